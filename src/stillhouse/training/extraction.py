"""JSON of a fixed shape -> a layer for each member that varies (`distill.fields`).

    objects ─► members ─► constant | closed | copied ─► layers ─► out of fold: how often is the
                            └─ neither: refused, by name             whole object right?

A member whose values are ever new and are not in the input (a summary, a sum) cannot be learned
so: then there is no extraction student, and the message names the member. An object is right only
when every member is.
"""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from stillhouse.distill import fields, linear
from stillhouse.distill.example import Example, agree, as_json
from stillhouse.distill.fields import ABSENT, TAGS, WORD, Fields, Member, Shape, Token
from stillhouse.distill.linear import Block, Layer
from stillhouse.distill.threshold import threshold
from stillhouse.training import validation
from stillhouse.training.crossed import codes_of, crossed, folds, temperature
from stillhouse.training.fitting import Fitted, Settings, UnfitError
from stillhouse.training.words import BLOCKS, LEAST_ROWS, Features, layer

FEW_ONCE, FOUND = 0.05, 0.9
VALUES_MAX, FOLDS = 300, 3
LABELS = 12
"""More values than these are looked for in the input before they are taken for labels."""
Object = dict[str, Any]


def fit(
    train: Sequence[Example],
    valid: Sequence[Example],
    *,
    settings: Settings,
    folder: Path,
    moved: Callable[[float], None] = lambda _: None,
) -> Fitted:
    rows = train
    if len(rows) < LEAST_ROWS:
        raise UnfitError(f"{len(rows)} rows are left to learn from, and {LEAST_ROWS} are the least")
    texts, objects = [row.input for row in rows], [_object(row) for row in rows]
    plan = shape_of(texts, objects)
    judged = _out_of_fold(plan, texts, objects, settings.seed, lambda s: moved(s * 0.75))
    cut = threshold(judged, target=settings.target)
    made, files = _made(plan, texts, objects, settings.seed)
    shape = Shape(made, compact=_compact(rows))
    if valid:
        student = fields.read(shape, files)
        cut = validation.chosen([_judged(student, row) for row in valid], target=settings.target)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    moved(1.0)
    right = sum(ok for _, ok in judged) / len(judged)
    return Fitted(
        kind="extraction",
        form="fields",
        files=tuple(sorted(files)),
        model=msgspec.to_builtins(shape),
        threshold=cut.threshold,
        metrics={
            "accuracy": round(right, 6),
            "kept": round(cut.kept, 6),
            "accuracy_kept": round(cut.right, 6),
            "members": {m.name: m.how for m in made},
        }
        | ({"chosen_on": len(valid)} if valid else {}),
    )


def _judged(student: Fields, row: Example) -> tuple[float, bool]:
    said, sure = student.say(row.input)
    return sure, said != "" and agree(said, row.output)


def _object(row: Example) -> Object:
    found = as_json(row.output)
    if found is None:
        raise UnfitError("an answer is no JSON object: ask for --student classifier or generative")
    return dict(found)


def _compact(rows: Sequence[Example]) -> bool:
    return sum('": ' in row.output for row in rows) < len(rows) / 2


def written(found: Object, name: str) -> str:
    """A member's value as JSON, or ABSENT."""
    return json.dumps(found[name], ensure_ascii=False) if name in found else ABSENT


def shape_of(texts: Sequence[str], objects: Sequence[Object]) -> tuple[Member, ...]:
    """How each member can be learned, in the order in which the teacher writes them.

    Raises:
        UnfitError: one cannot be; which, and why.
    """
    order = {name: None for found in objects for name in found}
    return tuple(_member(name, texts, objects) for name in order)


def closed(texts: Sequence[str], objects: Sequence[Object]) -> list[str]:
    """Members that have few values, and more than one; others may not be learnable at all."""
    found = []
    for name in {name: None for each in objects for name in each}:
        with suppress(UnfitError):
            if _member(name, texts, objects).how == "closed":
                found.append(name)
    return found


def _member(name: str, texts: Sequence[str], objects: Sequence[Object]) -> Member:
    values = [written(found, name) for found in objects]
    counted = Counter(values)
    if len(counted) == 1:
        return Member(name, "constant", (values[0],))
    copied = _copied(name, texts, objects) if len(counted) > LABELS else None
    if copied is not None:
        return copied
    once = sum(n == 1 for n in counted.values())
    if once <= FEW_ONCE * len(values) and len(counted) <= VALUES_MAX:
        return Member(name, "closed", tuple(sorted(v for v, n in counted.items() if n > 1)))
    raise UnfitError(
        f"the values of {name!r} are ever new ({len(counted)} in {len(values)} rows) and are not"
        " words of the question: no extraction student can say them. Ask for --student generative"
    )


def _copied(name: str, texts: Sequence[str], objects: Sequence[Object]) -> Member | None:
    """A member whose values are words of the input, in one of four ways of writing them."""
    given = [
        (text, found[name])
        for text, found in zip(texts, objects, strict=True)
        if isinstance(found.get(name), str | int | float) and not isinstance(found[name], bool)
    ]
    others = Counter(written(found, name) for found in objects if found.get(name) is None)
    if len(given) + others.total() < FOUND * len(objects) or not given:
        return None
    for how in ("int", "float", "text", "lower"):
        hits = sum(
            _span(fields.tokens(text), text, value, how) is not None for text, value in given
        )
        if hits >= FOUND * len(given):
            empty = (others.most_common(1)[0][0],) if others else ()
            return Member(name, "copied", empty, cast=how)
    return None


def _span(words: Sequence[Token], text: str, value: Any, how: str) -> tuple[int, int] | None:
    """(first, last) word whose text is the value."""
    length = len(fields.tokens(str(value)))
    for first in range(len(words) - length + 1):
        last = first + length - 1
        try:
            said = fields.cast(text[words[first].start : words[last].end], how)
        except ValueError:
            continue
        if type(said) is type(value) and said == value:
            return first, last
    return None


def _made(
    plan: Sequence[Member], texts: Sequence[str], objects: Sequence[Object], seed: int
) -> tuple[tuple[Member, ...], dict[str, bytes]]:
    """Members with their layers, and the layers' files."""
    made: list[Member] = []
    files: dict[str, bytes] = {}
    for at, member in enumerate(plan):
        if member.how == "constant":
            made.append(member)
            continue
        if member.how == "closed":
            rows = [
                (text, value)
                for text, found in zip(texts, objects, strict=True)
                if (value := written(found, member.name)) in member.values
            ]
        else:
            rows = list(_tagged(member, texts, objects))
        blocks = BLOCKS if member.how == "closed" else WORD
        of, said = _layer(fields.names(at), rows, blocks, seed)
        made.append(msgspec.structs.replace(member, layer=of))
        files |= said
    return tuple(made), files


def _tagged(
    member: Member, texts: Sequence[str], objects: Sequence[Object]
) -> Sequence[tuple[str, str]]:
    """(what is seen of a word, its tag) of every word."""
    rows = []
    for text, found in zip(texts, objects, strict=True):
        words = fields.tokens(text)
        value = found.get(member.name)
        span = None if value is None else _span(words, text, value, member.cast)
        if value is not None and span is None:
            continue
        for at in range(len(words)):
            inside = span is not None and span[0] <= at <= span[1]
            tag = "O" if not inside else "B" if span is not None and at == span[0] else "I"
            rows.append((fields.seen(words, at), tag))
    return [*rows, *((f"never{tag}", tag) for tag in TAGS)]


def _layer(
    name: str, rows: Sequence[tuple[str, str]], blocks: tuple[Block, ...], seed: int
) -> tuple[Layer, dict[str, bytes]]:
    texts = [text for text, _ in rows]
    labels, codes = codes_of([label for _, label in rows])
    features = Features(texts, blocks)
    x = features.of(texts)

    def fits(some: Any, known: Any) -> Any:
        weights, bias = layer(some, known, len(labels))
        return lambda other: np.asarray(other @ weights + bias)

    heat = temperature(crossed(x, codes, fits, seed=seed), codes)
    weights, bias = layer(x, codes, len(labels))
    made = Layer(name, labels, tuple(map(float, bias)), heat, blocks)
    return made, linear.write(made, features.terms, features.idf, weights)


def _out_of_fold(
    plan: Sequence[Member],
    texts: Sequence[str],
    objects: Sequence[Object],
    seed: int,
    moved: Callable[[float], None],
) -> list[tuple[float, bool]]:
    """(confidence, whether the whole object was right) by students that have not seen the row."""
    place = folds(np.zeros(len(texts), dtype=np.intp), many=FOLDS, seed=seed)
    judged = []
    for fold in range(FOLDS):
        learn = np.flatnonzero(place != fold).tolist()
        members, files = _made(plan, [texts[i] for i in learn], [objects[i] for i in learn], seed)
        student: Fields = fields.read(Shape(members), files)
        for i in np.flatnonzero(place == fold).tolist():
            said, sure = student.say(texts[i])
            judged.append((sure, said != "" and as_json(said) == objects[i]))
        moved((fold + 1) / FOLDS)
    return judged
