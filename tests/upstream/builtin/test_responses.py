"""Events are numbered, end once, and carry usage only at the end."""

from __future__ import annotations

import pytest

from stillhouse.upstream.builtin.answers import Count
from stillhouse.upstream.builtin.asked import Asked
from stillhouse.upstream.builtin.responses import Reply
from stillhouse.upstream.builtin.sampling import Sampling


def reply() -> Reply:
    return Reply("resp_1", 0, {}, Asked([[1]], 9, Sampling()))


@pytest.mark.parametrize(
    ("finish", "last"), [("stop", "response.completed"), ("length", "response.incomplete")]
)
def test_a_stream_is_numbered_and_ends_once(finish: str, last: str) -> None:
    told = reply()
    events = [*told.opening(), told.delta("yes"), *told.closing("yes", finish, Count(4, 1))]

    assert list(range(len(events))) == [e["sequence_number"] for e in events]
    assert last == events[-1]["type"]
    assert events[-1]["response"]["usage"]["total_tokens"] == 5
    assert all(e["response"]["usage"] is None for e in events[:-1] if "response" in e)


def test_the_whole_is_what_the_last_event_carries() -> None:
    *_, last = reply().closing("yes", "stop", Count(4, 1))

    assert reply().whole("yes", "stop", Count(4, 1)) == last["response"]
