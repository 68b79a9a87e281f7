"""Whatever the model prefers, what a grammar lets through is JSON of the asked shape."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.upstream.builtin.grammar import SchemaRefused, any_object, of_schema
from stillhouse.upstream.builtin.labels import LABELS
from stillhouse.upstream.builtin.model import Engine

if TYPE_CHECKING:
    from stillhouse.upstream.builtin.grammar import Grammar

ENGINE = Engine()
plain = (
    st.none()
    | st.booleans()
    | st.integers(-999, 999)
    | st.text(max_size=8)
    | st.sampled_from(["a", "ab", "abc"])
)
properties = st.one_of(
    st.fixed_dictionaries({"enum": st.lists(plain, min_size=1, max_size=5)}),
    st.fixed_dictionaries({"const": plain}),
    st.just({"type": "boolean"}),
)
schemas = st.dictionaries(st.text(max_size=6), properties, min_size=1, max_size=4).map(
    lambda fields: {"type": "object", "properties": fields}
)


def walk(grammar: Grammar, rng: random.Random) -> str:
    """A model that likes anything."""
    said = b""
    allowed = next(grammar)
    while True:
        token = rng.choice(allowed)
        said += ENGINE.bytes[token]
        try:
            allowed = grammar.send(token)
        except StopIteration:
            return said.decode()


def fits(value: Any, spec: dict[str, Any]) -> bool:
    options = spec.get("enum", [spec["const"]] if "const" in spec else [True, False])
    return json.dumps(value) in {json.dumps(option) for option in options}


@given(schemas, st.randoms(use_true_random=False))
def test_any_walk_writes_an_object_of_the_schema(
    schema: dict[str, Any], rng: random.Random
) -> None:
    written = json.loads(walk(of_schema(schema, ENGINE.encode)(), rng))

    assert list(schema["properties"]) == list(written)
    assert all(fits(written[k], spec) for k, spec in schema["properties"].items())


@given(st.randoms(use_true_random=False))
def test_json_object_writes_known_labels_once_each(rng: random.Random) -> None:
    text = walk(any_object(ENGINE.encode), rng)
    written = json.loads(text)

    assert json.dumps(written) == text
    assert all(value in LABELS[key] for key, value in written.items())


def test_a_label_without_an_enum_takes_the_labels_of_the_model() -> None:
    schema = {"type": "object", "properties": {"topic": {"type": "string"}}}
    written = json.loads(walk(of_schema(schema, ENGINE.encode)(), random.Random(1)))

    assert written["topic"] in LABELS["topic"]


def test_a_reference_is_followed() -> None:
    schema = {
        "type": "object",
        "properties": {"mood": {"$ref": "#/$defs/Mood"}},
        "$defs": {"Mood": {"type": "string", "enum": ["up"]}},
    }

    assert walk(of_schema(schema, ENGINE.encode)(), random.Random(1)) == '{"mood": "up"}'


def test_forced_text_is_tokenized_as_in_training() -> None:
    """Else the model would meet tokens that it never saw."""
    schema = {"type": "object", "properties": {k: {"enum": list(v)} for k, v in LABELS.items()}}
    grammar = of_schema(schema, ENGINE.encode)()
    answer = {key: values[0] for key, values in LABELS.items()}
    ids = ENGINE.encode(json.dumps(answer))
    allowed = [next(grammar)]
    for token in ids[:-1]:
        assert token in allowed[-1]
        allowed.append(grammar.send(token))

    assert ids[-1] in allowed[-1]


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "array"},
        {"type": "object", "properties": {}},
        {"type": "object", "properties": {"name": {"type": "string"}}},
        {"type": "object", "properties": {"count": {"type": "integer"}}},
        {"type": "object", "properties": {"inner": {"type": "object", "properties": {}}}},
        {"type": "object", "properties": {"lost": {"$ref": "#/$defs/Nowhere"}}},
        {"type": "object", "properties": {"many": {"enum": list(range(1000))}}},
    ],
)
def test_what_cannot_be_promised_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(SchemaRefused, match="builtin"):
        of_schema(schema, ENGINE.encode)
