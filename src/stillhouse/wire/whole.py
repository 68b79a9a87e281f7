"""A stream's events as the whole answer that the same call would have had without streaming.

For readers of what was said (captured content, comparisons), never for clients. Text, logprobs,
arguments of tool calls, how it ended and what it used are put together; what no reader needs
(fingerprints, timings) is left out. An event that cannot be read is passed over; events that do
not have their surface's shape make no answer.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from stillhouse.wire.paths import Surface
from stillhouse.wire.sse import data_of, event_ends

_decode = msgspec.json.Decoder(dict[str, Any]).decode
SEVERAL_MAX = 128
"""Choices, tool calls or blocks of one answer."""
_ENDS = ("response.completed", "response.incomplete", "response.failed")


def assembled(surface: Surface, events: bytes) -> bytes:
    """JSON; b"" where the events hold no answer."""
    try:
        whole = _assembled(surface, list(_objects(events)))
        return msgspec.json.encode(whole) if whole else b""
    except (AttributeError, KeyError, TypeError, ValueError):
        return b""


def _assembled(surface: Surface, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Raises what reading a wrong shape raises."""
    match surface:
        case Surface.CHAT | Surface.COMPLETIONS:
            return _choices(found, chat=surface is Surface.CHAT)
        case Surface.RESPONSES:
            ends = [e["response"] for e in found if e.get("type") in _ENDS and "response" in e]
            return dict(ends[-1]) if ends else {}
        case Surface.MESSAGES:
            return _message(found)
        case _:
            return {}


def _objects(events: bytes) -> Iterator[dict[str, Any]]:
    start = 0
    for stop in [*event_ends(events, 0), len(events)]:
        data, start = data_of(events[start:stop]), stop
        if data and data != b"[DONE]":
            try:
                yield _decode(data)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                continue


def _choices(chunks: list[dict[str, Any]], *, chat: bool) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    choices: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        whole |= {k: chunk[k] for k in ("id", "created", "model") if k in chunk}
        if chunk.get("usage"):
            whole["usage"] = chunk["usage"]
        for part in _list(chunk.get("choices")):
            place = _index(part)
            choice = choices.setdefault(place, {"index": place, "finish_reason": None})
            choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
            _add_logprobs(choice, part.get("logprobs"))
            if chat:
                _add_delta(choice.setdefault("message", {"role": "assistant"}), part.get("delta"))
            else:
                choice["text"] = choice.get("text", "") + (part.get("text") or "")
    if not choices:
        return {}
    kind = "chat.completion" if chat else "text_completion"
    return {"object": kind, **whole, "choices": [choices[n] for n in sorted(choices)]}


def _add_delta(message: dict[str, Any], delta: Any) -> None:
    if not isinstance(delta, dict):
        return
    for name in ("content", "refusal", "reasoning_content"):
        if isinstance(delta.get(name), str):
            message[name] = message.get(name, "") + delta[name]
    for part in _list(delta.get("tool_calls")):
        calls = message.setdefault("tool_calls", [])
        while len(calls) <= _index(part):
            calls.append({"type": "function", "function": {"name": "", "arguments": ""}})
        call, said = calls[_index(part)], part.get("function") or {}
        call |= {"id": part["id"]} if part.get("id") else {}
        for name in ("name", "arguments"):
            call["function"][name] += said.get(name) or ""


def _add_logprobs(choice: dict[str, Any], logprobs: Any) -> None:
    if isinstance(logprobs, dict) and isinstance(logprobs.get("content"), list):
        choice.setdefault("logprobs", {"content": []})["content"] += logprobs["content"]


def _message(events: list[dict[str, Any]]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    blocks: dict[int, dict[str, Any]] = {}
    for event in events:
        match event.get("type"):
            case "message_start":
                whole = dict(event.get("message") or {})
            case "content_block_start":
                blocks[_index(event)] = dict(event.get("content_block") or {})
            case "content_block_delta":
                block = blocks.setdefault(_index(event), {"type": "text"})
                delta = event.get("delta") or {}
                for name in ("text", "thinking", "partial_json"):
                    if isinstance(delta.get(name), str):
                        block[name] = block.get(name, "") + delta[name]
            case "message_delta":
                whole |= event.get("delta") or {}
                whole["usage"] = (whole.get("usage") or {}) | (event.get("usage") or {})
            case _:
                pass
    return (
        {"type": "message", **whole, "content": [blocks[n] for n in sorted(blocks)]}
        if blocks
        else {}
    )


def _index(part: dict[str, Any]) -> int:
    """Which of several it belongs to. Raises ValueError: no such number, or too high a one."""
    index = part.get("index", 0)
    if not isinstance(index, int) or not 0 <= index < SEVERAL_MAX:
        raise ValueError(f"{index!r} is no index")
    return index


def _list(value: Any) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []
