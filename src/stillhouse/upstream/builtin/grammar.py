"""A JSON schema -> the tokens allowed next, so that an asked shape is a kept shape.

A grammar is a generator: it yields the tokens allowed and is sent the one taken, until the object
is closed. Every step of the objects that this model writes is a choice among a few known strings:

    {"topic": "  then  food", "spam":  |  music", "spam":  |  ...  then  true}  |  false}

An option carries the punctuation that follows it, so no option is the beginning of another and
the text between two choices is forced, not hoped for. Strings start where the tokenizer would
have split anyway (between letters and punctuation): the model meets the tokens that it was
trained on.

What it takes: an object of named properties that are booleans, enums or constants. Anything else
is refused by name: a model this small would fill a free string with noise, and a wrong shape is
worse than a clear no.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Final, TypeVar

from stillhouse.upstream.builtin.labels import LABELS

Grammar = Generator[Sequence[int], int, None]
Encode = Callable[[str], list[int]]
T = TypeVar("T")

MAX_OPTIONS: Final = 256


class SchemaRefused(ValueError):  # noqa: N818 a refusal is an answer
    """The client's schema is outside what this model can promise."""


def any_object(encode: Encode) -> Grammar:
    """`json_object`: some of the model's labels, each at most once, in the order it likes."""
    left = dict(LABELS)
    opening = '{"'
    while left:
        yield from _forced(encode(opening))
        key = yield from _choice([(encode(f'{name}":'), name) for name in left])
        values = left.pop(key)
        ends = (",", "}") if left else ("}",)
        text = _all_text(values)
        if text:
            yield from _forced(encode(' "'))
        end = yield from _choice(
            [(encode(_value(v, text=text) + end), end) for v in values for end in ends]
        )
        if end == "}":
            return
        opening = ' "'


def of_schema(schema: Mapping[str, Any], encode: Encode) -> Callable[[], Grammar]:
    """A grammar for the objects of `schema`, keys in the schema's order, optional ones included.

    Raises:
        SchemaRefused: the schema asks for something that cannot be promised.
    """
    fields = {key: _options(key, spec, schema) for key, spec in _properties(schema).items()}
    names = list(fields)
    opening = encode("{" + _head(names[0], fields[names[0]]))
    choices = []
    for here, following in zip(names, [*names[1:], None], strict=True):
        tail = "}" if following is None else ", " + _head(following, fields[following])
        text = _all_text(fields[here])
        choices.append([(encode(_value(v, text=text) + tail), v) for v in fields[here]])

    def grammar() -> Grammar:
        yield from _forced(opening)
        for options in choices:
            yield from _choice(options)

    return grammar


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    properties: Any = schema.get("properties")
    if schema.get("type") != "object" or not isinstance(properties, dict) or not properties:
        raise SchemaRefused(
            "builtin writes objects with named properties: "
            'give {"type": "object", "properties": {...}}.'
        )
    return properties


def _options(key: str, spec: Any, schema: Mapping[str, Any]) -> Sequence[Any]:
    """The values that a property may take."""
    if isinstance(spec, dict) and isinstance(spec.get("$ref"), str):
        definitions = schema.get("$defs")
        name = spec["$ref"].removeprefix("#/$defs/")
        spec = definitions.get(name) if isinstance(definitions, dict) else None
    match spec:
        case {"enum": [_, *_] as values} if len(values) <= MAX_OPTIONS and all(map(_plain, values)):
            options: list[Any] = values
            return options
        case {"const": value} if _plain(value):
            return [value]
        case {"type": "boolean"}:
            return [True, False]
        case {"type": "string"} if key in LABELS and _all_text(LABELS[key]):
            return LABELS[key]
    raise SchemaRefused(
        f"Property {key!r}: builtin promises booleans, constants and enums of up to {MAX_OPTIONS} "
        "plain values, not free text, numbers, arrays or nested objects. Give an enum, or leave "
        "response_format out and read the text."
    )


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def _all_text(values: Sequence[Any]) -> bool:
    return all(isinstance(v, str) for v in values)


def _write(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _head(key: str, values: Sequence[Any]) -> str:
    """Up to the first value; with its opening quote when every value has one."""
    return _write(key) + (': "' if _all_text(values) else ":")


def _value(value: Any, *, text: bool) -> str:
    return _write(value)[1:] if text else " " + _write(value)


def _forced(ids: Sequence[int]) -> Grammar:
    for token in ids:
        yield (token,)


def _choice(options: Sequence[tuple[Sequence[int], T]]) -> Generator[Sequence[int], int, T]:
    """Walk the options as a trie; what came with the one that was taken."""
    alive = list(options)
    at = 0
    while all(len(ids) > at for ids, _ in alive):
        taken = yield tuple(dict.fromkeys(ids[at] for ids, _ in alive))
        alive = [(ids, value) for ids, value in alive if ids[at] == taken]
        at += 1
    return next(value for ids, value in alive if len(ids) == at)
