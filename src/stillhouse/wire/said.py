"""What an unstreamed answer said: its first text, or the arguments of its first tool call."""

import msgspec

from stillhouse.wire.paths import Surface


class _Function(msgspec.Struct, gc=False):
    arguments: str | None = None


class _ToolCall(msgspec.Struct, gc=False):
    function: _Function | None = None


class _Message(msgspec.Struct, gc=False):
    content: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(msgspec.Struct, gc=False):
    message: _Message | None = None
    text: str | None = None


class _Part(msgspec.Struct, gc=False):
    text: str | None = None
    input: msgspec.Raw = msgspec.Raw()


class _Item(msgspec.Struct, gc=False):
    content: list[_Part] | None = None
    arguments: str | None = None


class _Answer(msgspec.Struct, gc=False):
    choices: list[_Choice] | None = None
    content: list[_Part] | None = None
    output: list[_Item] | None = None


_decode = msgspec.json.Decoder(_Answer).decode
ANSWERING = frozenset({Surface.CHAT, Surface.COMPLETIONS, Surface.RESPONSES, Surface.MESSAGES})


def said(surface: Surface, body: bytes) -> str | None:
    """None where it says nothing, or is not what this surface answers with."""
    if surface not in ANSWERING:
        return None
    try:
        answer = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    for choice in answer.choices or ():
        if choice.message is not None:
            return choice.message.content or _called(choice.message.tool_calls)
        return choice.text
    for part in answer.content or ():
        if part.text is not None or part.input:
            return part.text or bytes(part.input).decode()
    for item in answer.output or ():
        if item.arguments:
            return item.arguments
        for part in item.content or ():
            if part.text is not None:
                return part.text
    return None


def _called(calls: list[_ToolCall] | None) -> str | None:
    for call in calls or ():
        if call.function is not None:
            return call.function.arguments
    return None
