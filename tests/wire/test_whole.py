"""A stream put together says what the whole answer of the same call says."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.testing.answers import pieces
from stillhouse.testing.call import Route, read_call
from stillhouse.testing.call import Surface as Scripted
from stillhouse.wire.paths import Surface
from stillhouse.wire.said import said
from stillhouse.wire.whole import assembled

SURFACES: dict[Surface, tuple[Scripted, dict[str, Any]]] = {
    Surface.CHAT: (Scripted.CHAT, {"messages": []}),
    Surface.COMPLETIONS: (Scripted.COMPLETIONS, {"prompt": "x"}),
    Surface.RESPONSES: (Scripted.RESPONSES, {"input": "x"}),
    Surface.MESSAGES: (Scripted.MESSAGES, {"messages": []}),
}


def both(surface: Surface, text: str, **more: Any) -> tuple[bytes, bytes]:
    """(events, whole answer) of one call."""
    scripted, body = SURFACES[surface]
    wish = {"prompt_tokens": "7", "completion_tokens": "9", "text": text}
    answers = []
    for stream in (True, False):
        asked = {"model": "m", "stream": stream, "metadata": wish, **body, **more}
        if surface is Surface.COMPLETIONS:
            asked["metadata"] = wish
        call = read_call(1, Route(scripted), msgspec.json.encode(asked))
        answers.append(b"".join(pieces(call)))
    return answers[0], answers[1]


@pytest.mark.parametrize("surface", SURFACES, ids=str)
def test_it_says_what_the_whole_answer_says(surface: Surface) -> None:
    events, whole = both(surface, 'cheap "followers", link in bio 🙂')

    assert said(surface, whole) == said(surface, assembled(surface, events))


def test_usage_logprobs_and_the_end_are_kept() -> None:
    events = b"".join(
        b"data: %b\n\n" % msgspec.json.encode(chunk)
        for chunk in (
            {"id": "c", "model": "m", "choices": [{"index": 0, "delta": {"content": "a"},
             "logprobs": {"content": [{"token": "a", "logprob": -1}]}}]},
            {"choices": [{"index": 0, "delta": {"content": "b"},
             "logprobs": {"content": [{"token": "b", "logprob": -2}]}}]},
            {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
            {"choices": [], "usage": {"prompt_tokens": 3}},
        )
    )  # fmt: skip
    found = msgspec.json.decode(assembled(Surface.CHAT, events + b"data: [DONE]\n\n"))

    [choice] = found["choices"]
    assert ("ab", "stop") == (choice["message"]["content"], choice["finish_reason"])
    assert ["a", "b"] == [token["token"] for token in choice["logprobs"]["content"]]
    assert ({"prompt_tokens": 3}, "c", "m") == (found["usage"], found["id"], found["model"])


def test_arguments_of_tools_are_put_together() -> None:
    deltas = [
        {"index": 0, "id": "t", "function": {"name": "f", "arguments": ""}},
        {"index": 0, "function": {"arguments": '{"a"'}},
        {"index": 0, "function": {"arguments": ": 1}"}},
    ]
    events = b"".join(
        b"data: %b\n\n"
        % msgspec.json.encode({"choices": [{"index": 0, "delta": {"tool_calls": [d]}}]})
        for d in deltas
    )

    assert '{"a": 1}' == said(Surface.CHAT, assembled(Surface.CHAT, events))


@given(st.sampled_from(list(SURFACES)), st.binary(max_size=200))
def test_whatever_came_nothing_breaks(surface: Surface, events: bytes) -> None:
    assembled(surface, b"data: " + events + b"\n\n" + events)


@given(st.sampled_from(list(SURFACES)), st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["choices", "delta", "index", "type", "message", "tool_calls", "usage",
                         "function", "response", "content_block", "logprobs", "content"]),
        inner, max_size=4),
    max_leaves=12,
))  # fmt: skip
def test_events_of_any_shape_break_nothing(surface: Surface, event: Any) -> None:
    assembled(surface, b"data: %b\n\n" % msgspec.json.encode(event))
