"""What a student says, in OpenAI's shape: whole, streamed, or declined. Pure.

Usage is counted as the gateway counts when a provider says nothing (`wire.count`): the bytes of the
text divided by four, rounded up. A student has no vocabulary that bills by tokens; this count is
the same for the same call, whoever repeats it.
"""

from typing import Any

import msgspec
from msgspec import Raw

from stillhouse.distill.answer import Answer, Reason, Student
from stillhouse.wire.count import count_input, tokens
from stillhouse.wire.deployment import DECLINED, DECLINED_WHY

CREATED = 0
"""A student's answers are equal for equal questions, to the last byte but the id of the call."""
WHY: dict[Reason, str] = {
    "low_confidence": "the student is not sure enough of its answer",
    "another_task": "the student was trained for another template than this request's",
    "not_plain": "the student answers text with text: no tools, images, logprobs or other formats",
    "incomplete": "the student found no whole answer",
    "": "",
}
_JSON = b"application/json"
_STREAM = b"text/event-stream; charset=utf-8"


class Reply(msgspec.Struct, frozen=True, gc=False):
    """One HTTP answer. extra: further header lines."""

    status: int
    kind: bytes
    body: bytes
    extra: bytes = b""


class _StreamOptions(msgspec.Struct, gc=False):
    include_usage: bool | None = None


class _Format(msgspec.Struct, gc=False):
    type: str = "text"


class _Asked(msgspec.Struct, gc=False):
    model: str = ""
    messages: Raw = Raw()
    stream: bool | None = None
    stream_options: _StreamOptions | None = None
    response_format: _Format | None = None
    logprobs: bool | None = None


_asked = msgspec.json.Decoder(_Asked).decode
_encode = msgspec.json.encode


class Voice:
    """One student with its name, ready to be asked."""

    def __init__(self, student: Student, *, name: str, formats: frozenset[str]) -> None:
        """formats: the kinds of `response_format` that it was trained to answer in."""
        self._student = student
        self._name = name
        self._formats = formats

    def reply(self, body: bytes, number: int) -> Reply:
        """The answer to one request; `number` makes its id."""
        try:
            asked = _asked(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return refused(400, f"the body cannot be read: {error}")
        form = asked.response_format
        if asked.logprobs or (form is not None and form.type not in self._formats):
            return declined("not_plain")
        said = self._student.answer(body)
        if not said.kept:
            return declined(said.reason)
        used = usage(bytes(asked.messages), said.text)
        ident = f"chatcmpl-{number:012x}"
        if asked.stream:
            options = asked.stream_options
            counted = options is not None and bool(options.include_usage)
            return Reply(200, _STREAM, self._events(ident, said, used if counted else None))
        return Reply(200, _JSON, self._whole(ident, said, used))

    def _whole(self, ident: str, said: Answer, used: dict[str, int]) -> bytes:
        message = {"role": "assistant", "content": said.text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return _encode(self._object("chat.completion", ident, [choice]) | {"usage": used})

    def _events(self, ident: str, said: Answer, used: dict[str, int] | None) -> bytes:
        """The whole stream: a student knows all of its answer at once."""
        deltas: list[tuple[dict[str, str], str | None]] = [
            ({"role": "assistant", "content": ""}, None),
            ({"content": said.text}, None),
            ({}, "stop"),
        ]
        chunks = [
            self._object(
                "chat.completion.chunk",
                ident,
                [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": end}],
            )
            for delta, end in deltas
        ]
        if used is not None:
            chunks = [chunk | {"usage": None} for chunk in chunks]
            chunks.append(self._object("chat.completion.chunk", ident, []) | {"usage": used})
        return b"".join(b"data: %b\n\n" % _encode(c) for c in chunks) + b"data: [DONE]\n\n"

    def _object(self, kind: str, ident: str, choices: list[Any]) -> dict[str, Any]:
        return {
            "id": ident,
            "object": kind,
            "created": CREATED,
            "model": self._name,
            "choices": choices,
        }


def usage(messages: bytes, text: str) -> dict[str, int]:
    """messages: as they stand in the body."""
    prompt, completion = count_input(messages), tokens(len(text.encode()))
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def declined(reason: Reason) -> Reply:
    """Leave the call to the teacher."""
    message = f"Left to the teacher: {WHY[reason]}. Give the deployment a fallback that answers."
    error = {"message": message, "type": "student_declined", "param": None, "code": reason}
    extra = f"{DECLINED_WHY}: {reason}\r\n".encode()
    return Reply(DECLINED, _JSON, _encode({"error": error}), extra)


def refused(status: int, message: str) -> Reply:
    kind = "invalid_request_error" if status < 500 else "server_error"
    error = {"message": message, "type": kind, "param": None, "code": None}
    return Reply(status, _JSON, _encode({"error": error}))
