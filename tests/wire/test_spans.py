"""Spans measure a JSON object without changing it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import JSON_VALUES, NAMES, SPACE, TEXT, written

from stillhouse.wire.spans import is_empty, members

OBJECTS = st.dictionaries(NAMES | TEXT, JSON_VALUES, max_size=5)


@given(OBJECTS.flatmap(lambda value: st.tuples(st.just(value), written(value))), SPACE)
def test_each_member_is_found_with_the_bytes_of_its_value(
    case: tuple[dict[str, Any], bytes], space: bytes
) -> None:
    value, text = case
    text = space + text + space
    found = [(m.key, json.loads(text[m.value : m.end])) for m in members(text)]

    assert list(value.items()) == found


def test_duplicates_are_found_each() -> None:
    text = b'{"a":1,"\\u0061":2}'

    assert [(m.key, text[m.value : m.end]) for m in members(text)] == [("a", b"1"), ("a", b"2")]


@given(st.binary(max_size=40) | st.text('{}[]":,\\a1 ', max_size=40).map(str.encode))
def test_garbage_ends_with_an_error_or_an_answer(text: bytes) -> None:
    try:
        list(members(text))
    except ValueError:
        return


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{", b'{"a"', b'{"a":', b'{"a":"', b'{"a":[', b'{"a":1 2}', b"{1:2}"]
)
def test_what_is_no_object_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="byte"):
        list(members(text))


def test_a_long_string_is_passed_in_one_step() -> None:
    text = b'{"a":"' + b'\\"x' * 500_000 + b'","b":1}'

    assert [m.key for m in members(text)] == ["a", "b"]


def test_an_object_is_empty_when_nothing_but_space_is_in_it() -> None:
    assert is_empty(b"{ \n}", 0)
    assert not is_empty(b'{ "a":1}', 0)
