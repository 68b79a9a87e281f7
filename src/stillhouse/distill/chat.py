"""What a request asks and what an answer says, in any of the dialects. Loose on purpose.

Text alone counts: a request that holds an image, or that offers tools, is one that a text student
must not answer, and says so by `plain`.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from stillhouse.distill.example import Finish, Step, Turn

_ROLES = {"developer": "system", "model": "assistant", "function": "tool"}
_FINISHES: dict[str, Finish] = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "completed": "stop",
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "tool_calls": "tool_calls",
    "tool_use": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "content_filter",
}
_TEXT_PARTS = frozenset({"text", "input_text", "output_text"})


class _Body(msgspec.Struct, gc=False):
    messages: Any = None
    system: Any = None
    instructions: Any = None
    input: Any = None
    prompt: Any = None
    tools: Any = None
    functions: Any = None
    n: Any = None


class _Reply(msgspec.Struct, gc=False):
    choices: Any = None
    content: Any = None
    output: Any = None
    stop_reason: Any = None
    status: Any = None


class Asked(msgspec.Struct, frozen=True, gc=False):
    """plain: one answer of text is wanted, and all that was given is text."""

    turns: tuple[Turn, ...]
    plain: bool


class Said(msgspec.Struct, frozen=True, gc=False):
    text: str
    finish: Finish
    steps: tuple[Step, ...] = ()


_body = msgspec.json.Decoder(_Body).decode
_reply = msgspec.json.Decoder(_Reply).decode


def asked(body: bytes | bytearray | memoryview) -> Asked | None:
    """None for what is no request with turns of text."""
    try:
        said = _body(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    turns: list[Turn] = []
    whole = not (said.tools or said.functions) and said.n in (None, 1)
    for instructions in (said.system, said.instructions):
        if instructions:
            text, all_text = _text(instructions)
            turns.append(Turn("system", text))
            whole = whole and all_text
    messages = next((m for m in (said.messages, said.input, said.prompt) if m is not None), None)
    if isinstance(messages, str):
        turns.append(Turn("user", messages))
    elif isinstance(messages, list):
        for message in messages:
            if isinstance(message, str):
                turns.append(Turn("user", message))
                continue
            if not isinstance(message, dict):
                return None
            role = str(message.get("role") or "tool")
            text, all_text = _text(message.get("content"))
            turns.append(Turn(_ROLES.get(role, role), text))
            whole = whole and all_text and not message.get("tool_calls")
    if not turns:
        return None
    return Asked(tuple(turns), whole)


def said(body: bytes | bytearray | memoryview) -> Said | None:
    """None for what is no answer of text; of several choices the first counts."""
    try:
        reply = _reply(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    if isinstance(reply.choices, list) and reply.choices and isinstance(reply.choices[0], dict):
        return _choice(reply.choices[0])
    if reply.content is not None:
        text, _ = _text(reply.content)
        return Said(text, _FINISHES.get(str(reply.stop_reason), "unknown")) if text else None
    if isinstance(reply.output, list):
        items = [i for i in reply.output if isinstance(i, dict) and i.get("content")]
        text = "".join(_text(item["content"])[0] for item in items)
        finish = _FINISHES.get(str(reply.status), "length")
        return Said(text, finish) if text else None
    return None


def _choice(choice: dict[str, Any]) -> Said | None:
    message = choice.get("message")
    finish = _FINISHES.get(str(choice.get("finish_reason")), "unknown")
    if not isinstance(message, dict):
        text = choice.get("text")
        return Said(text, finish) if isinstance(text, str) else None
    text, _ = _text(message.get("content"))
    if not text:
        calls = message.get("tool_calls")
        if isinstance(calls, list) and calls and isinstance(calls[0], dict):
            arguments = (calls[0].get("function") or {}).get("arguments")
            if isinstance(arguments, str):
                return Said(arguments, "tool_calls")
        return None
    return Said(text, finish, tuple(_steps(choice.get("logprobs"))))


def _steps(logprobs: Any) -> Iterator[Step]:
    for token in (logprobs.get("content") or ()) if isinstance(logprobs, dict) else ():
        tops = [(t["token"], float(t["logprob"])) for t in token.get("top_logprobs") or ()]
        tops = tops or [(token["token"], float(token["logprob"]))]
        yield Step(token["token"], tuple(tops))


def _text(content: Any) -> tuple[str, bool]:
    """The text of a message's content, and whether that is all there is."""
    if content is None or isinstance(content, str):
        return content or "", True
    if not isinstance(content, list):
        return "", False
    texts, whole = [], True
    for part in content:
        kind = part.get("type", "text") if isinstance(part, dict) else None
        if kind in _TEXT_PARTS and isinstance(part.get("text"), str):
            texts.append(part["text"])
        else:
            whole = False
    return "".join(texts), whole
