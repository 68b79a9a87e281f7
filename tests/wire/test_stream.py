"""A stream relays the same bytes and reads the same usage however it is cut."""

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import JSON_VALUES, chunks, cuts, events

from stillhouse.units.usage import Usage
from stillhouse.wire.paths import Surface
from stillhouse.wire.stream import Stream, StreamError

if TYPE_CHECKING:
    from tests.wire.conftest import Exchange

CHAT, RESPONSES, MESSAGES = Surface.CHAT, Surface.RESPONSES, Surface.MESSAGES
DONE = b"data: [DONE]\n\n"
USAGE = {"prompt_tokens": 12, "completion_tokens": 100, "total_tokens": 112}
READ = Usage(input=12, output=100, requests=1)


def event(value: object, name: str = "") -> bytes:
    """One event as providers write it."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(value, separators=(',', ':'))}\n\n".encode()


def delta(text: str, **more: Any) -> bytes:
    return event({"choices": [{"index": 0, "delta": {"content": text}}], **more})


def seen(stream: Stream, pieces: list[bytes]) -> tuple[Any, ...]:
    """Everything that a stream shows once these bytes and the end have come."""
    relayed = b"".join(stream.feed(piece) for piece in pieces) + stream.finish()
    return (
        relayed,
        stream.held,
        stream.usage,
        stream.final,
        stream.inconsistent,
        stream.usage_reports,
        stream.ended,
        stream.failed,
        stream.pieces,
    )


# The properties -----------------------------------------------------------------------------------

COUNTS = st.integers(0, 3)
OPENAI = st.fixed_dictionaries({"prompt_tokens": COUNTS, "completion_tokens": COUNTS})
ANTHROPIC = st.fixed_dictionaries({"input_tokens": COUNTS, "output_tokens": COUNTS})
TRICKY = st.sampled_from(
    ['"usage":{', "[DONE]", '\\"error\\"', '{"usage":{"prompt_tokens":9}}', ""]
)
PAYLOADS: dict[Surface, st.SearchStrategy[Any]] = {
    CHAT: st.fixed_dictionaries(
        {
            "choices": st.lists(st.fixed_dictionaries({"delta": TRICKY.map(lambda t: {"c": t})})),
            "usage": st.none() | OPENAI,
        },
        optional={"error": st.just({"message": "broken"})},
    ),
    RESPONSES: st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                ["response.created", "response.output_text.delta", "response.completed", "error"]
            ),
        },
        optional={
            "response": st.fixed_dictionaries({"usage": st.none() | ANTHROPIC}),
            "delta": TRICKY,
        },
    ),
    MESSAGES: st.fixed_dictionaries(
        {
            "type": st.sampled_from(
                [
                    "message_start",
                    "content_block_delta",
                    "message_delta",
                    "message_stop",
                    "ping",
                    "error",
                ]
            ),
        },
        optional={
            "message": st.fixed_dictionaries({"usage": ANTHROPIC}),
            "usage": ANTHROPIC,
            "text": TRICKY,
        },
    ),
}
PAYLOADS[Surface.COMPLETIONS] = PAYLOADS[CHAT]


def encoded(value: object) -> st.SearchStrategy[bytes]:
    return st.sampled_from([(",", ":"), (", ", ": ")]).map(
        lambda marks: json.dumps(value, separators=marks).encode()
    )


@st.composite
def streams(draw: st.DrawFn) -> tuple[Surface, bytes, list[int]]:
    """(surface, a stream's bytes with a tail or without, where to cut them)."""
    surface = draw(st.sampled_from(sorted(PAYLOADS)))
    plain = draw(st.sampled_from([b"[DONE]", b"{broken", b'{"usage":{}}', b"\xff", b""]))
    data = (PAYLOADS[surface] | JSON_VALUES).flatmap(encoded) | st.just(plain)
    whole = b"".join(draw(events(data)))
    tail = draw(st.sampled_from([b"", b"", b"data: [DO", b"data: [DONE]\n", b"\n", b"\r", b"\r\n"]))
    whole += tail
    return surface, whole, draw(cuts(len(whole)))


@given(streams(), st.booleans())
def test_any_chunking_gives_the_same_bytes_usage_and_counts(
    case: tuple[Surface, bytes, list[int]],
    strip: bool,  # noqa: FBT001  (a drawn value)
) -> None:
    surface, data, at = case
    at_once = seen(Stream(surface, strip_usage=strip), [data])
    in_pieces = seen(Stream(surface, strip_usage=strip), chunks(data, at))
    by_byte = seen(Stream(surface, strip_usage=strip), [bytes([byte]) for byte in data])

    assert at_once == in_pieces == by_byte


@given(streams())
def test_nothing_is_lost_when_nothing_is_stripped(
    case: tuple[Surface, bytes, list[int]],
) -> None:
    surface, data, at = case
    relayed, held, *_ = seen(Stream(surface, strip_usage=False), chunks(data, at))

    assert data == relayed + held


@given(streams())
def test_what_is_stripped_is_whole_events_of_usage_alone(
    case: tuple[Surface, bytes, list[int]],
) -> None:
    surface, data, at = case
    relayed, held, usage, *_ = seen(Stream(surface, strip_usage=True), chunks(data, at))

    assert len(relayed) + len(held) <= len(data)
    if surface in (RESPONSES, MESSAGES) or b'"usage"' not in data:
        assert data == relayed + held
    assert usage is None or b"tokens" in data


@given(st.lists(st.binary(max_size=30), max_size=10), st.sampled_from(sorted(PAYLOADS)))
def test_garbage_passes_through(pieces: list[bytes], surface: Surface) -> None:
    relayed, held, *_ = seen(Stream(surface, strip_usage=False), pieces)

    assert b"".join(pieces) == relayed + held


@given(streams())
def test_a_comment_may_be_put_wherever_the_stream_says_so(
    case: tuple[Surface, bytes, list[int]],
) -> None:
    surface, data, at = case
    stream = Stream(surface, strip_usage=False)
    relayed = b""
    for piece in chunks(data, at):
        relayed += stream.feed(piece)

        assert not stream.at_boundary or relayed.endswith((b"\n", b"\r")) or not relayed


# Recorded streams ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "surface", "usage", "pieces"),
    [
        ("chat-streaming", CHAT, None, 50),
        ("chat-streaming-web-search", CHAT, None, 25),
        ("chat-streaming-detailed-usage", CHAT, Usage(input=12, reasoning=100, requests=1), 2),
        ("completion-streaming", Surface.COMPLETIONS, None, 25),
        (
            "completion-streaming-usage",
            Surface.COMPLETIONS,
            Usage(input=31, output=25, requests=1),
            25,
        ),
    ],
)
@pytest.mark.parametrize("strip", [True, False])
@pytest.mark.parametrize("size", [1, 7, 1000, 10**6])
def test_recorded_streams_are_relayed_up_to_their_end(
    exchanges: "dict[str, Exchange]",
    name: str,
    surface: Surface,
    usage: Usage | None,
    pieces: int,
    strip: bool,  # noqa: FBT001  (a parameter)
    size: int,
) -> None:
    data = exchanges[name].response
    stream = Stream(surface, strip_usage=strip)
    relayed = b"".join(stream.feed(data[at : at + size]) for at in range(0, len(data), size))
    all_events = [part + b"\n\n" for part in data.split(b"\n\n") if part]
    expected = [
        e for e in all_events[:-1] if not (strip and b'"choices":[]' in e and b"_tokens" in e)
    ]

    assert b"".join(expected) == relayed
    assert stream.held == DONE
    assert (usage, pieces, True, False) == (
        stream.usage,
        stream.pieces,
        stream.ended,
        stream.failed,
    )
    assert stream.final == (usage is not None)
    assert stream.usage_reports == (usage is not None)


# Chat ---------------------------------------------------------------------------------------------


def test_a_plain_chunk_is_passed_on_as_the_very_object() -> None:
    stream = Stream(CHAT, strip_usage=True)
    data = delta("Hi", usage=None) + delta(" there", usage=None)

    assert stream.feed(data) is data
    assert stream.pieces == 2


def test_the_usage_chunk_that_the_client_did_not_ask_for_is_removed() -> None:
    usage = event({"choices": [], "usage": USAGE})
    stripped = Stream(CHAT, strip_usage=True)
    kept = Stream(CHAT, strip_usage=False)

    assert delta("Hi") == stripped.feed(delta("Hi") + usage + DONE)
    assert delta("Hi") + usage == kept.feed(delta("Hi") + usage + DONE)
    assert READ == stripped.usage == kept.usage


def test_usage_beside_content_keeps_its_chunk() -> None:
    stream = Stream(CHAT, strip_usage=True)
    last = delta("!", usage=USAGE)

    assert last == stream.feed(last)
    assert stream.usage == READ
    assert not stream.final


def test_azures_first_chunk_without_choices_passes() -> None:
    first = event({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]})

    assert first == Stream(CHAT, strip_usage=True).feed(first)


def test_text_that_looks_like_usage_is_text() -> None:
    stream = Stream(CHAT, strip_usage=True)
    data = delta('{"usage":{"prompt_tokens":5}} data: [DONE] "error"')

    assert data == stream.feed(data)
    assert (stream.usage, stream.ended) == (None, False)


def test_the_same_usage_twice_is_one_report_and_another_is_two() -> None:
    once = event({"choices": [], "usage": USAGE})
    other = event({"choices": [], "usage": USAGE | {"completion_tokens": 7, "total_tokens": 19}})
    same, differing = Stream(CHAT, strip_usage=True), Stream(CHAT, strip_usage=True)
    same.feed(once + once + DONE)
    differing.feed(once + other + DONE)

    assert (same.usage_reports, same.usage) == (1, READ)
    assert (2, READ._replace(output=7)) == (differing.usage_reports, differing.usage)


def test_running_counts_are_one_report_and_the_last_counts() -> None:
    stream = Stream(CHAT, strip_usage=False)
    for n in (1, 2, 3):
        stream.feed(delta("x", usage={"prompt_tokens": 12, "completion_tokens": n}))

    assert (
        stream.usage_reports,
        stream.usage and stream.usage.output,
        stream.final,
    ) == (1, 3, False)


def test_an_error_in_the_stream_ends_it() -> None:
    stream = Stream(CHAT, strip_usage=True)
    error = event({"error": {"message": "overloaded", "type": "server_error"}})

    assert delta("Hi") == stream.feed(delta("Hi") + error)
    assert (True, True, error) == (stream.ended, stream.failed, stream.held)


def test_an_error_of_the_content_filter_is_no_end() -> None:
    stream = Stream(CHAT, strip_usage=True)
    data = event({"choices": [{"delta": {}, "content_filter_result": {"error": {"code": "x"}}}]})

    assert data == stream.feed(data)
    assert not stream.ended


def test_usage_after_the_end_is_read_and_still_removed() -> None:
    stream = Stream(CHAT, strip_usage=True)
    stream.feed(DONE + event({"choices": [], "usage": USAGE}))

    assert (stream.usage, stream.held) == (READ, DONE)


def test_whatever_follows_the_end_is_held_with_it() -> None:
    stream = Stream(CHAT, strip_usage=True)

    assert stream.feed(DONE) == b""
    assert stream.feed(delta("more")) == b""
    assert DONE + delta("more") == stream.held


def test_usage_beside_the_last_content_is_final_once_the_stream_has_ended() -> None:
    stream = Stream(CHAT, strip_usage=True)
    stream.feed(delta("!", usage=USAGE) + DONE)

    assert (stream.usage, stream.final) == (READ, True)


def test_a_terminal_event_cut_at_its_last_byte_is_still_held() -> None:
    stream = Stream(CHAT, strip_usage=True)

    assert stream.feed(delta("Hi") + b"data: [DONE]") == delta("Hi")
    assert stream.finish() == b""
    assert (stream.ended, stream.held) == (True, b"data: [DONE]")


def test_an_incomplete_tail_is_flushed_and_leaves_no_boundary() -> None:
    stream = Stream(CHAT, strip_usage=True)

    assert stream.feed(b'data: {"choi') == b""
    assert stream.at_boundary
    assert stream.finish() == b'data: {"choi'
    assert not stream.at_boundary


def test_there_is_no_boundary_between_the_halves_of_a_line_end() -> None:
    stream = Stream(CHAT, strip_usage=True)

    assert stream.feed(b"data: {}\r\n\r") == b"data: {}\r\n\r"
    assert not stream.at_boundary
    assert stream.feed(b"\n") == b"\n"
    assert stream.at_boundary


@pytest.mark.parametrize("head", [b"data: ", DONE])
def test_an_event_without_end_is_refused(head: bytes) -> None:
    stream = Stream(CHAT, strip_usage=True, event_max=1000)
    stream.feed(head)
    stream.feed(b"x" * 900)

    with pytest.raises(StreamError, match="longer than 1000"):
        stream.feed(b"x" * 200)


# Responses and messages ---------------------------------------------------------------------------

RESPONSE = {"input_tokens": 12, "output_tokens": 100, "total_tokens": 112}


@pytest.mark.parametrize(
    ("kind", "failed"),
    [("response.completed", False), ("response.incomplete", False), ("response.failed", True)],
)
def test_every_end_of_a_response_is_held_and_gives_its_usage(kind: str, failed: bool) -> None:  # noqa: FBT001
    stream = Stream(RESPONSES, strip_usage=True)
    begin = event({"type": "response.created", "response": {"usage": None}}, "response.created")
    text = event(
        {"type": "response.output_text.delta", "delta": "Hi"}, "response.output_text.delta"
    )
    end = event({"type": kind, "response": {"status": "x", "usage": RESPONSE}}, kind)

    assert begin + text == stream.feed(begin + text + end)
    assert (end, READ, True, failed, 1) == (
        stream.held,
        stream.usage,
        stream.final,
        stream.failed,
        stream.pieces,
    )


def test_an_error_event_ends_a_response() -> None:
    stream = Stream(RESPONSES, strip_usage=True)
    error = event({"type": "error", "code": "server_error", "message": "x"}, "error")

    assert stream.feed(error) == b""
    assert (error, True, True, None) == (stream.held, stream.ended, stream.failed, stream.usage)


def message(*, start: dict[str, Any], delta: dict[str, Any]) -> list[bytes]:
    return [
        event({"type": "message_start", "message": {"id": "m", "usage": start}}, "message_start"),
        event({"type": "ping"}, "ping"),
        event(
            {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hi"}},
            "content_block_delta",
        ),
        event({"type": "message_delta", "delta": {}, "usage": delta}, "message_delta"),
        event({"type": "message_stop"}, "message_stop"),
    ]


def test_a_message_merges_its_first_and_last_report() -> None:
    stream = Stream(MESSAGES, strip_usage=True)
    start = {"input_tokens": 25, "cache_read_input_tokens": 7, "output_tokens": 1}
    all_events = message(start=start, delta={"output_tokens": 15})

    assert b"".join(all_events[:4]) == stream.feed(b"".join(all_events))
    assert all_events[4] == stream.held
    assert Usage(input=25, cache_read=7, output=15, requests=1) == stream.usage
    assert (stream.usage_reports, stream.final, stream.pieces) == (1, True, 1)


def test_the_later_figure_of_a_message_replaces_the_earlier() -> None:
    stream = Stream(MESSAGES, strip_usage=True)
    start = {"input_tokens": 25, "output_tokens": 1}
    stream.feed(b"".join(message(start=start, delta={"input_tokens": 90, "output_tokens": 15})))

    assert Usage(input=90, output=15, requests=1) == stream.usage


def test_a_message_cut_after_its_start_has_no_final_usage() -> None:
    stream = Stream(MESSAGES, strip_usage=True)
    stream.feed(message(start={"input_tokens": 25, "output_tokens": 1}, delta={})[0])

    assert Usage(input=25, output=1, requests=1) == stream.usage
    assert not stream.final
    assert not stream.ended


def test_an_error_event_ends_a_message() -> None:
    stream = Stream(MESSAGES, strip_usage=True)
    error = event({"type": "error", "error": {"type": "overloaded_error", "message": "x"}}, "error")

    assert stream.feed(error) == b""
    assert (error, True, True) == (stream.held, stream.ended, stream.failed)
