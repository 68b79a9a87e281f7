"""Rows keep what they hold, and answers are compared by what they say."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.distill.example import (
    Example,
    Step,
    Turn,
    agree,
    as_json,
    as_label,
    read,
    written,
)
from stillhouse.terms import Origin

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
EXAMPLES = st.builds(
    Example,
    id=TEXT,
    at=st.integers(0, 2**52),
    account=TEXT,
    workload=TEXT,
    turns=st.lists(st.builds(Turn, TEXT, TEXT), max_size=3).map(tuple),
    output=TEXT,
    lineage=st.lists(st.builds(Origin, path=TEXT, model=TEXT), max_size=2).map(tuple),
    gold=st.none() | TEXT,
    steps=st.lists(
        st.builds(Step, TEXT, st.lists(st.tuples(TEXT, st.floats(-50, 0)), max_size=2).map(tuple)),
        max_size=2,
    ).map(tuple),
)


@given(EXAMPLES)
def test_a_row_that_was_written_is_read_again_whole(example: Example) -> None:
    assert example == read(written(example))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Spam", ' "spam".', True),
        ("card  arrival", "card arrival", True),
        ("spam", "ham", False),
        ('{"a": 1, "b": "x"}', '```json\n{"b":"x","a":1}\n```', True),
        ('{"a": 1}', '{"a": 2}', False),
        ('{"a": 1}', "a", False),
    ],
)
def test_two_answers_agree_when_they_say_the_same(one: str, other: str, *, same: bool) -> None:
    assert same == agree(one, other)


@given(st.dictionaries(TEXT, TEXT | st.integers() | st.none(), max_size=3))
def test_json_is_found_in_and_out_of_its_fence(value: dict[str, object]) -> None:
    text = json.dumps(value)

    assert [value, value] == [as_json(text), as_json(f"```json\n{text}\n```")]


def test_what_is_no_object_is_no_json() -> None:
    assert [None] * 4 == [as_json(t) for t in ("", "[1]", "{broken", "yes")]
    assert "yes" == as_label("**Yes**.").lower()
