"""The wish survives both carriers, on every surface, and honest figures respect the request."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.testing.script import Script, bill_for, read_script

counts = st.integers(0, 10**6)
words = st.text("abcdefghijklmnopqrstuvwxyz_- .", max_size=20)
scripts = st.builds(
    Script,
    prompt_tokens=counts,
    completion_tokens=counts,
    cached_tokens=counts,
    reasoning_tokens=counts,
    chunks=st.integers(0, 100),
    delay_ms=st.floats(0, 1000, allow_nan=False),
    text=words,
    fault=words,
    tag=words,
)


@given(scripts)
def test_metadata_carries_the_whole_wish_as_strings(script: Script) -> None:
    metadata = json.loads(json.dumps(script.metadata()))

    assert all(isinstance(value, str) for value in metadata.values())
    assert script == read_script(metadata, None)


@given(scripts)
def test_user_carries_the_whole_wish(script: Script) -> None:
    assert script == read_script(None, script.user())
    assert script == read_script({"user_id": script.user()}, None)


def test_the_short_form_is_two_numbers() -> None:
    assert Script(374, 44).user() == "script:374:44"
    assert Script(374, 44) == read_script(None, "script:374:44")


def test_other_metadata_and_users_ask_for_nothing() -> None:
    assert Script() == read_script({"workload": "classify"}, "alice")


@pytest.mark.parametrize("user", ["script:x:44", "script:1:2:chunks=many"])
def test_a_malformed_wish_is_refused_not_ignored(user: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_script(None, user)


def test_a_colon_cannot_hide_in_a_user() -> None:
    with pytest.raises(ValueError, match="metadata only"):
        Script(text="a:b").user()


@given(scripts, st.binary(max_size=100), st.none() | st.integers(0, 1000))
def test_figures_respect_the_limit_and_parts_stay_inside_totals(
    script: Script, body: bytes, limit: int | None
) -> None:
    bill = bill_for(script, body, limit=limit)

    assert limit is None or bill.completion <= limit
    assert bill.cached + bill.cache_write <= bill.prompt
    assert bill.reasoning <= bill.completion


def test_unasked_figures_follow_from_the_body_alone() -> None:
    assert bill_for(Script(), b"same", limit=None) == bill_for(Script(), b"same", limit=None)
