"""What a student says, byte for byte, and what it declines."""

import json
from typing import Any

import pytest
from tests.students import FILES, SURE, UNSURE, body, manifest

from stillhouse.distill.answer import student
from stillhouse.upstream.student.chat import Voice
from stillhouse.wire.paths import Surface
from stillhouse.wire.stream import Stream


def voice(*formats: str) -> Voice:
    return Voice(student(manifest(), FILES), name="spam", formats=frozenset({"text", *formats}))


def test_an_answer_is_openais_with_exact_usage() -> None:
    reply = voice().reply(body(SURE), 7)
    said = json.loads(reply.body)

    assert (200, b"application/json") == (reply.status, reply.kind)
    assert "spam" == said["choices"][0]["message"]["content"]
    assert "stop" == said["choices"][0]["finish_reason"]
    # 4 bytes a token: the words of both turns and of their roles, "spam" is one.
    text = len("systemIs it spam?" + "user" + SURE)
    assert {
        "prompt_tokens": -(-text // 4),
        "completion_tokens": 1,
        "total_tokens": -(-text // 4) + 1,
    } == said["usage"]


def test_a_stream_says_what_the_whole_says_and_reports_as_asked() -> None:
    whole = json.loads(voice().reply(body(SURE), 1).body)
    reply = voice().reply(body(SURE, stream=True, stream_options={"include_usage": True}), 1)
    stream = Stream(Surface.CHAT, strip_usage=False)
    stream.feed(reply.body)
    events = [json.loads(line[6:]) for line in reply.body.split(b"\n\n")[:-2]]

    assert b"text/event-stream" in reply.kind
    assert stream.ended
    assert stream.usage is not None
    assert whole["usage"]["prompt_tokens"] == stream.usage.input
    assert "spam" == "".join(
        choice["delta"].get("content", "") for e in events for choice in e["choices"]
    )
    assert b"usage" not in voice().reply(body(SURE, stream=True), 1).body


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (body(UNSURE), "low_confidence"),
        (body("cheap"), "another_task"),
        (body(SURE, system="Translate."), "another_task"),
        (body(SURE, tools=[{"type": "function", "function": {"name": "f"}}]), "not_plain"),
        (body(SURE, logprobs=True), "not_plain"),
        (body(SURE, response_format={"type": "json_object"}), "not_plain"),
    ],
)
def test_what_it_was_not_trained_for_is_left_to_the_teacher(asked: bytes, why: str) -> None:
    reply = voice().reply(asked, 1)
    error: dict[str, Any] = json.loads(reply.body)["error"]

    assert 421 == reply.status
    assert b"x-stillhouse-declined: %b\r\n" % why.encode() == reply.extra
    assert ("student_declined", why) == (error["type"], error["code"])


def test_a_format_that_it_was_trained_for_is_answered() -> None:
    asked = body(SURE, response_format={"type": "json_object"})

    assert 200 == voice("json_object").reply(asked, 1).status


@pytest.mark.parametrize("asked", [b"{", b"[]", b'{"messages": 1, "stream": "x"}', b"\xff"])
def test_what_is_no_request_is_refused(asked: bytes) -> None:
    assert 400 == voice().reply(asked, 1).status
