"""A line is known again wherever it comes from, and a changed one is seen."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.imports.test_stillhouse import parsed

from stillhouse.imports.identity import CONTENT_BYTES, IDENTITY_BYTES, content, identity
from stillhouse.units.usage import Usage

words = st.text(min_size=1, max_size=20)


@given(words, words, st.binary(), st.binary())
def test_an_id_alone_says_which_line_it_is(one: str, other: str, here: bytes, there: bytes) -> None:
    a, b = parsed(id=one), parsed(id=other)
    first = identity(a, here, log="stillhouse", account="acct_1")

    assert IDENTITY_BYTES == len(first)
    assert (one == other) == (first == identity(b, there, log="stillhouse", account="acct_1"))
    assert first != identity(a, here, log="openai", account="acct_1")
    assert first != identity(a, here, log="stillhouse", account="acct_2")


def test_without_an_id_the_line_itself_does() -> None:
    call = parsed(id=None)
    one = identity(call, b'{"a": 1}\r\n', log="stillhouse", account="acct_1")

    assert one == identity(call, b'{"a": 1}', log="stillhouse", account="acct_1")
    assert one != identity(call, b'{"a": 2}', log="stillhouse", account="acct_1")
    assert one != identity(parsed(id='{"a": 1}'), b'{"a": 1}', log="stillhouse", account="acct_1")


@pytest.mark.parametrize(
    "change",
    [
        {"at": 1},
        {"project": "q"},
        {"key": "k2"},
        {"provider": "azure"},
        {"model": "gpt-5"},
        {"batch": True},
        {"tier": "flex"},
        {"outcome": "refused"},
        {"free": True},
        {"usage": Usage(input=10, output=3, requests=1)},
        {"workload": "w"},
        {"cohort": "c"},
    ],
)
def test_a_change_of_anything_that_a_receipt_says_is_seen(change: dict[str, object]) -> None:
    call = parsed()

    assert CONTENT_BYTES == len(content(call))
    assert content(call) != content(msgspec.structs.replace(call, **change))


def test_a_better_count_makes_no_old_line_look_changed() -> None:
    call = parsed(usage=None, request={"messages": [{"content": json.dumps("x" * 50)}]})
    recounted = msgspec.structs.replace(call, usage=Usage(input=999, requests=1))

    assert "counted" == call.witness
    assert content(call) == content(recounted)
