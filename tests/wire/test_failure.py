"""A stream that breaks ends with an event that the official clients raise on."""

import json

import pytest

from stillhouse.wire.failure import failure_event
from stillhouse.wire.paths import Dialect, Surface
from stillhouse.wire.refusals import provider_unreachable
from stillhouse.wire.sse import EVENT_END, data_of
from stillhouse.wire.stream import Stream

SURFACES = [
    (Surface.CHAT, Dialect.OPENAI),
    (Surface.CHAT, Dialect.AZURE),
    (Surface.COMPLETIONS, Dialect.OPENAI),
    (Surface.RESPONSES, Dialect.OPENAI),
    (Surface.MESSAGES, Dialect.ANTHROPIC),
]


@pytest.mark.parametrize(("surface", "dialect"), SURFACES)
def test_a_failure_is_one_whole_event_that_says_why(surface: Surface, dialect: Dialect) -> None:
    refusal = provider_unreachable("openai")
    event = failure_event(surface, dialect, refusal, "req_1")
    data = json.loads(data_of(event))

    assert [len(event)] == [found.end() for found in EVENT_END.finditer(event)]
    assert refusal.message == data.get("error", data)["message"]


@pytest.mark.parametrize(("surface", "dialect"), SURFACES)
def test_our_own_failures_end_a_stream_when_read_back(surface: Surface, dialect: Dialect) -> None:
    stream = Stream(surface, strip_usage=True)
    event = failure_event(surface, dialect, provider_unreachable("openai"), "req_1")

    assert stream.feed(event) == b""
    assert (True, True, event) == (stream.ended, stream.failed, stream.held)
