"""Labels that the other rows contradict: corrected, where that can be shown to help.

    rows ─► out of fold: what do the others say? ─► far likelier than what was given: relabel
         ─► twice ─► is a student of the corrected rows closer to the teacher, on rows left out,
                     than one of the rows as they are? ─► corrected | left as they were

Where a teacher errs at random, its errors cost the student several points, and the other rows know
better. Where it does not err, the same step would overwrite hard cases with easy guesses: on clean
data it costs two points. So it must prove itself: against the teacher's own labels on a fifth of
the rows that it has not touched, by a paired bound. Errors at random cannot favour either side
there. Errors of a kind that the words foretell cannot be corrected so, and are not.

The same models tell whether labels changed their names midway (`distill.renamed`).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from msgspec.structs import replace

from stillhouse.distill.example import Example, as_label
from stillhouse.distill.linear import softmax
from stillhouse.distill.paired import paired
from stillhouse.distill.renamed import Change, change, partners
from stillhouse.training.crossed import Codes, codes_of, crossed, temperature
from stillhouse.training.words import Features, layer

CAREFUL = 0.2
"""C of the models that correct: less than the student's, so that noise is averaged, not learned."""
LIKELIER = (10.0, 3.0)
"""In each round: how many times likelier a label is than the one given, to take its place."""
PROVED = 10_000
"""Rows on which it proves itself, at most."""
FEWEST = 200
"""Rows, below which nothing is corrected: too few to prove that it helps."""


@dataclass(frozen=True, slots=True)
class Relabelled:
    rows: list[Example]
    relabelled: int = 0
    renamed: int = 0
    old: int = 0
    notes: tuple[str, ...] = ()


def relabelled(rows: Sequence[Example], *, seed: int) -> Relabelled:
    """Rows with labels as the whole of them says, or as they were."""
    same = Relabelled(list(rows))
    if len(rows) < FEWEST:
        return same
    names, codes = codes_of([as_label(row.output) for row in rows])
    if len(names) < 2:
        return same
    texts = [row.input for row in rows]
    x = Features(texts).of(texts)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(codes))[:PROVED]
    judged, rest = np.sort(order[: len(order) // 5]), np.sort(order[len(order) // 5 :])
    better = _corrected(x[rest], codes[rest], len(names), seed)
    pairs = zip(
        _right(x[rest], better, x[judged], codes[judged], len(names)),
        _right(x[rest], codes[rest], x[judged], codes[judged], len(names)),
        strict=True,
    )
    if paired(pairs).bound <= 0:
        return same
    fixed = _corrected(x, codes, len(names), seed)
    out = [
        row if new == old else replace(row, output=names[int(new)], corrected=row.output)
        for row, new, old in zip(rows, fixed, codes, strict=True)
    ]
    return Relabelled(out, relabelled=int((fixed != codes).sum()))


def renamed(rows: Sequence[Example]) -> Relabelled:
    """Rows, in the order of time, with old names replaced by new ones; old labels taken away."""
    labels = [as_label(row.output) for row in rows]
    found = change(labels)
    if found is None:
        return Relabelled(list(rows))
    named = _partners(rows, labels, found)
    out = []
    gone = changed = 0
    for row, label in zip(rows, labels, strict=True):
        if label not in found.old:
            out.append(row)
        elif label in named:
            changed += 1
            out.append(replace(row, output=named[label], corrected=row.output))
        else:
            gone += 1
    said = ", ".join(f"{old} is {new}" for old, new in sorted(named.items())[:12])
    lost = ", ".join(sorted(found.old - named.keys())[:12])
    notes = [f"the teacher changed its labels midway: {said or 'none took the place of another'}"]
    notes += [f"given up: {lost}"] if lost else []
    return Relabelled(out, renamed=changed, old=gone, notes=tuple(notes))


def _partners(rows: Sequence[Example], labels: Sequence[str], found: Change) -> dict[str, str]:
    names, codes = codes_of(labels)
    texts = [row.input for row in rows]
    x = Features(texts).of(texts)
    before, after = np.arange(found.at), np.arange(found.at, len(rows))
    ways = []
    for learned, asked, of in ((after, before, found.old), (before, after, found.new)):
        weights, bias = layer(x[learned], codes[learned], len(names))
        some = [row for row in asked.tolist() if labels[row] in of]
        said = np.asarray(x[some] @ weights + bias).argmax(axis=1)
        counted: dict[str, Counter[str]] = defaultdict(Counter)
        for row, code in zip(some, said, strict=True):
            counted[labels[row]][names[int(code)]] += 1
        ways.append(counted)
    return partners(found, ways[0], ways[1])


def _corrected(x: Any, given: Codes, many: int, seed: int) -> Codes:
    """Codes, with what is far likelier put in the place of what was given."""
    codes = given
    for number, likelier in enumerate(LIKELIER):
        scores = crossed(x, codes, _careful(many), seed=seed + number)
        chances = softmax(scores / temperature(scores, given))
        best = chances.argmax(axis=1)
        rows = np.arange(len(given))
        far = chances[rows, best] > likelier * chances[rows, given]
        codes = np.where(far, best, given)
    return codes


def _careful(many: int) -> Any:
    def fit(x: Any, codes: Codes) -> Any:
        weights, bias = layer(x, codes, many, c=CAREFUL)
        return lambda other: np.asarray(other @ weights + bias)

    return fit


def _right(x: Any, codes: Codes, asked: Any, given: Codes, many: int) -> list[bool]:
    weights, bias = layer(x, codes, many)
    said = np.asarray(asked @ weights + bias).argmax(axis=1)
    return [bool(right) for right in said == given]
