"""Who says what was used: the provider where it can be believed, else what passed our hands."""

import pytest

from stillhouse.gateway.witness import counted, reported
from stillhouse.units.usage import NOTHING
from stillhouse.wire.paths import Surface
from stillhouse.wire.stream import Stream

CHAT = Surface.CHAT
USAGE = b'{"usage":{"prompt_tokens":%d,"completion_tokens":3,"total_tokens":9}}'
PIECE = b'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n'


def test_a_report_is_read_from_answers_that_succeeded() -> None:
    usage, flags, _ = reported(CHAT, None, 200, USAGE % 6)

    assert usage is not None
    assert (6, 3, 0) == (usage.input, usage.output, flags)
    assert (None, 0, None) == reported(CHAT, None, 500, USAGE % 6)
    assert (None, 0, None) == reported(CHAT, None, 200, b"")
    assert (None, 0, None) == reported(CHAT, None, 200, b"<html>")


def test_a_stream_is_counted_by_its_pieces() -> None:
    stream = Stream(CHAT, strip_usage=False)
    stream.feed(PIECE * 4)

    assert (None, 0, None) == reported(CHAT, stream, 200, b"")
    for outcome in ("completed", "client_left"):
        usage = counted(CHAT, stream, outcome, b"", b'{"messages":[]}')
        assert (4, 1) == (usage.output, usage.requests)


@pytest.mark.parametrize("outcome", ["client_left", "upstream_cut", "timeout", "unreachable"])
def test_of_a_whole_answer_that_did_not_come_nothing_is_counted(outcome: str) -> None:
    assert NOTHING == counted(CHAT, None, outcome, b'{"choices":[', b"{}")  # type: ignore[arg-type]
