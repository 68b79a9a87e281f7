"""Labels that the other rows contradict: corrected, where that can be shown to help.

    rows ─► out of fold: what do the others say? ─► far likelier than what was given: relabel
         ─► twice ─► is a student of the corrected rows closer to the teacher, on rows left out,
                     than one of the rows as they are? ─► corrected | left as they were

Where a teacher errs at random, its errors cost the student several points, and the other rows know
better. Where it does not err, the same step would overwrite hard cases with easy guesses: on clean
data it costs two points. So it must prove itself: against the teacher's own labels on rows that it
has not touched, a fifth of them or, where that leaves it open, all by turns, by a paired bound.
Errors at random cannot favour either side there. Errors of a kind that the words foretell cannot be
corrected so, and are not.

The same models tell whether labels changed their names midway (`distill.renamed`).
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from operator import ne
from typing import Any

import numpy as np
from msgspec.structs import replace

from stillhouse.distill.example import Example, as_json, as_label
from stillhouse.distill.fields import ABSENT
from stillhouse.distill.linear import softmax
from stillhouse.distill.paired import paired
from stillhouse.distill.renamed import Change, change, partners
from stillhouse.training.crossed import Codes, codes_of, crossed, temperature
from stillhouse.training.extraction import closed, written
from stillhouse.training.words import Features, layer

CAREFUL = 0.2
"""C of the models that correct: less than the student's, so that noise is averaged, not learned."""
LIKELIER = (10.0, 3.0)
"""In each round: how many times likelier a label is than the one given, to take its place."""
PROVED = 10_000
"""Rows on which it proves itself, at most."""
FIFTHS = 5
WORTH = 0.005
"""What a first fifth has to leave possible, for the others to be asked."""
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
    given = [as_label(row.output) for row in rows]
    fixed = _proven([row.input for row in rows], given, seed)
    out = [
        row if new == old else replace(row, output=new, corrected=row.output)
        for row, new, old in zip(rows, fixed, given, strict=True)
    ]
    return Relabelled(out, relabelled=sum(map(ne, fixed, given)))


def relabelled_members(rows: Sequence[Example], *, seed: int) -> Relabelled:
    """The same for objects: each member that has few values is a label, and proves itself alone.

    A value that is copied out of the input is none: it is left as it is.
    """
    texts = [row.input for row in rows]
    objects = [found for row in rows if (found := as_json(row.output)) is not None]
    if len(objects) < len(rows):
        return Relabelled(list(rows))  # training says what is wrong with the others
    made = [dict(found) for found in objects]
    for name in closed(texts, objects):
        given = [written(found, name) for found in objects]
        fixed = _proven(texts, given, seed)
        for found, new, old in zip(made, fixed, given, strict=True):
            if new != old and ABSENT not in {new, old}:
                found[name] = json.loads(new)
    out = [
        row if new == old else replace(row, output=_as(row.output, new), corrected=row.output)
        for row, new, old in zip(rows, made, objects, strict=True)
    ]
    return Relabelled(out, relabelled=sum(map(ne, made, objects)))


def _as(output: str, found: dict[str, Any]) -> str:
    """As it was written: with blanks, or without."""
    blanks = (", ", ": ") if '": ' in output else (",", ":")
    return json.dumps(found, ensure_ascii=False, separators=blanks)


def _proven(texts: Sequence[str], given: list[str], seed: int) -> list[str]:
    """A label for each text: corrected, where correcting proves itself."""
    if len(given) < FEWEST:
        return given
    names, codes = codes_of(given)
    if len(names) < 2:
        return given
    x = Features(texts).of(texts)
    if not _helps(x, codes, len(names), seed):
        return given
    return [names[int(code)] for code in _corrected(x, codes, len(names), seed)]


def _helps(x: Any, codes: Codes, many: int, seed: int) -> bool:
    """Whether students of corrected rows are closer to the teacher, on rows left out of both.

    A fifth is asked first. If it leaves that open, the other four are asked too, and all of them
    decide: two looks at the same question, so each has half of the 5 %.
    """
    order = np.random.default_rng(seed).permutation(len(codes))[:PROVED]
    folds = np.array_split(order, FIFTHS)
    pairs: list[tuple[bool, bool]] = []
    for number, fold in enumerate(folds):
        judged = np.sort(fold)
        rest = np.sort(np.concatenate([other for n, other in enumerate(folds) if n != number]))
        better = _corrected(x[rest], codes[rest], many, seed)
        pairs += zip(
            _right(x[rest], better, x[judged], codes[judged], many),
            _right(x[rest], codes[rest], x[judged], codes[judged], many),
            strict=True,
        )
        if number == 0:
            first = paired(pairs)
            if first.low > 0:
                return True
            if first.high < WORTH:
                return False
    return paired(pairs).low > 0


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
