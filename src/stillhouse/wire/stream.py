"""One streamed answer: bytes in from the provider, bytes out to the client, usage read in passing.

Sans-IO. `feed` returns what the client may have now; concatenated with `held`, that is everything
the provider sent, in order, minus the usage chunk that we asked for and the client did not. Nothing
is rewritten: an event is passed, withheld or dropped whole. (With `include_usage` on, OpenAI puts
`"usage":null` into every chunk; those bytes stay as they are.)

The event that completes an answer goes to `held`, with all that follows it. Clients close their
connection the moment they read it, so it must not leave before the receipt is on disk.

    chat, completions   data: [DONE]
    responses           response.completed, .incomplete, .failed, error
    messages            message_stop
    any                 an error event, on which clients raise and close

Only whole events are relayed, so an incomplete one waits in `_tail` until its end arrives. A chunk
that consists of whole, plain events takes the fast path: a few substring searches, and the very
object that came in is returned. Everything else is cut into events and looked at one by one; both
ways give the same bytes and counts for any chunking.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Raw

from stillhouse.wire.bodies import ABSENT, is_given
from stillhouse.wire.paths import Surface
from stillhouse.wire.sse import KEEPALIVE, PING, data_of, event_ends, trailer
from stillhouse.wire.usage import (
    AnthropicUsage,
    OpenAIUsage,
    Reported,
    ResponsesUsage,
    from_anthropic,
    from_openai,
)

if TYPE_CHECKING:
    from stillhouse.units.usage import Usage

__all__ = ["EVENT_BYTES_MAX", "KEEPALIVE", "PING", "Stream", "StreamError", "trailer"]

EVENT_BYTES_MAX = 4 * 1024 * 1024
"""One event, or all that follows a terminal event, may be this long."""


class StreamError(Exception):
    """The provider's stream breaks a limit; close it. The client keeps what it has."""


class _Chunk(msgspec.Struct, gc=False):
    choices: list[Raw] | None = None
    usage: OpenAIUsage | None = None
    error: Raw = ABSENT
    service_tier: Any = None


class _Response(msgspec.Struct, gc=False):
    usage: ResponsesUsage | None = None
    service_tier: Any = None


class _ResponseEvent(msgspec.Struct, gc=False):
    type: str = ""
    response: _Response | None = None


class _Message(msgspec.Struct, gc=False):
    usage: AnthropicUsage | None = None


class _MessageEvent(msgspec.Struct, gc=False):
    type: str = ""
    message: _Message | None = None
    usage: AnthropicUsage | None = None


_chunk = msgspec.json.Decoder(_Chunk).decode
_response_event = msgspec.json.Decoder(_ResponseEvent).decode
_message_event = msgspec.json.Decoder(_MessageEvent).decode

_RESPONSE_ENDS = ("response.completed", "response.incomplete", "response.failed", "error")
_PASS, _HOLD, _DROP = range(3)


def _plain_chunk(data: bytes) -> bool:
    # "usage":null is in every chunk of a stream that was asked for usage.
    return (
        b"[DONE]" not in data
        and b'"error"' not in data
        and data.count(b'"usage"') == data.count(b'"usage":null')
    )


def _plain_response(data: bytes) -> bool:
    # Events that carry a response (created, completed, ...) have it under this key; deltas do not.
    return b'"response"' not in data and b'"error"' not in data


def _plain_message(data: bytes) -> bool:
    # message_start, message_delta, message_stop; a quote inside a text would be escaped.
    return b'"message' not in data and b'"error"' not in data


_PLAIN: dict[Surface, Callable[[bytes], bool]] = {
    Surface.CHAT: _plain_chunk,
    Surface.COMPLETIONS: _plain_chunk,
    Surface.RESPONSES: _plain_response,
    Surface.MESSAGES: _plain_message,
}
_PIECE: dict[Surface, bytes] = {
    Surface.CHAT: b'"delta"',
    Surface.COMPLETIONS: b'"text"',
    Surface.RESPONSES: b'.delta"',
    Surface.MESSAGES: b'_block_delta"',
}
"""Once in every event that carries a piece of the answer."""


class Stream:
    """One streamed answer of a chat, completions, responses or messages call.

    held: what must wait for the receipt: the terminal event and whatever follows it.
    ended: the terminal event was seen. failed: it says that the answer failed.
    usage: as last reported, None if never. final: it is the provider's last word, not a running
        count (vLLM's continuous statistics, Anthropic's message_start).
    usage_reports: final reports that differ; more than 1 means that usage was reported twice.
    inconsistent: the last report's details exceeded its totals.
    tier: the service tier that was named with it, None if never.
    pieces: deltas seen, for counting when no usage came: a delta is about one token, and the first
        and last one of a choice may be empty.
    at_boundary: the last relayed byte ended an event, so a comment may go between.
    """

    __slots__ = (
        "_after_cr",
        "_buffer",
        "_event_max",
        "_held",
        "_last",
        "_message",
        "_piece",
        "_plain",
        "_scanned",
        "_strip",
        "_surface",
        "_whole",
        "at_boundary",
        "ended",
        "failed",
        "final",
        "inconsistent",
        "pieces",
        "tier",
        "usage",
        "usage_reports",
    )

    def __init__(
        self, surface: Surface, *, strip_usage: bool, event_max: int = EVENT_BYTES_MAX
    ) -> None:
        self._surface = surface
        self._plain = _PLAIN[surface]
        self._piece = _PIECE[surface]
        self._strip = strip_usage
        self._event_max = event_max
        self._buffer = bytearray()
        self._scanned = 0
        self._after_cr = False
        self._whole = True
        self._held = bytearray()
        self._last = _PASS
        self._message = AnthropicUsage()
        self.usage: Usage | None = None
        self.tier: str | None = None
        self.final = False
        self.inconsistent = False
        self.usage_reports = 0
        self.ended = False
        self.failed = False
        self.pieces = 0
        self.at_boundary = True

    @property
    def held(self) -> bytes:
        return bytes(self._held)

    def feed(self, data: bytes) -> bytes:
        """Take what the provider sent; return what the client may have now.

        Raises:
            StreamError: an event without end, or too much after the terminal event.
        """
        if self._whole and data[-2:] == b"\n\n" and self._plain(data):
            self.pieces += data.count(self._piece)
            return data
        return self._cut(data)

    def finish(self) -> bytes:
        """The provider closed: what is left, an event without its empty line, is looked at too."""
        event = bytes(self._buffer)
        self._buffer.clear()
        self._scanned = 0
        if not event:
            return b""
        relayed = bytearray()
        self._place(event, relayed)
        if relayed:
            self.at_boundary = False
        return bytes(relayed)

    def _cut(self, data: bytes) -> bytes:
        relayed = bytearray()
        if self._after_cr and data:
            # The event ended with CR; an LF right after it is the other half of that line end.
            self._after_cr = False
            if data[:1] == b"\n":
                self._put(b"\n", self._last, relayed)
                data = data[1:]
        buffer = self._buffer
        buffer += data
        start = 0
        for stop in event_ends(buffer, max(0, self._scanned - 3)):
            self._place(bytes(buffer[start:stop]), relayed)
            start = stop
        if start:
            self._after_cr = start == len(buffer) and buffer[-1:] == b"\r"
            del buffer[:start]
        self._scanned = len(buffer)
        if len(buffer) > self._event_max or len(self._held) > self._event_max:
            raise StreamError(f"the provider sent an event longer than {self._event_max} bytes")
        self._whole = not (buffer or self._after_cr or self.ended)
        self.at_boundary = not self._after_cr
        return bytes(relayed)

    def _place(self, event: bytes, relayed: bytearray) -> None:
        self.pieces += event.count(self._piece)
        drop = not self._plain(event) and self._look(data_of(event))
        self._last = _DROP if drop else _HOLD if self.ended else _PASS
        self._put(event, self._last, relayed)

    def _put(self, text: bytes, where: int, relayed: bytearray) -> None:
        if where == _PASS:
            relayed += text
        elif where == _HOLD:
            self._held += text

    def _look(self, data: bytes) -> bool:
        """Read an event that is not plain; true when it must not reach the client."""
        try:
            match self._surface:
                case Surface.RESPONSES:
                    self._read_response(_response_event(data))
                case Surface.MESSAGES:
                    self._read_message(_message_event(data))
                case _ if data == b"[DONE]":
                    self.ended = True
                    self.final = self.usage is not None
                case _:
                    return self._read_chunk(_chunk(data))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass  # not ours to judge: relayed as it is
        return False

    def _read_chunk(self, chunk: _Chunk) -> bool:
        if not chunk.choices and is_given(chunk.error):
            self.ended = self.failed = True
            return False
        if chunk.usage is None:
            return False
        alone = not chunk.choices
        self._report(from_openai(chunk.usage, chunk.service_tier), final=alone)
        return alone and self._strip

    def _read_response(self, event: _ResponseEvent) -> None:
        response = event.response
        if response is not None and response.usage is not None:
            self._report(from_openai(response.usage, response.service_tier), final=True)
        if event.type in _RESPONSE_ENDS:
            self.ended = True
            self.failed = event.type in ("response.failed", "error")

    def _read_message(self, event: _MessageEvent) -> None:
        match event.type:
            case "message_start" if event.message is not None and event.message.usage is not None:
                self._merge(event.message.usage, final=False)
            case "message_delta" if event.usage is not None:
                self._merge(event.usage, final=True)
            case "message_stop":
                self.ended = True
            case "error":
                self.ended = self.failed = True
            case _:
                pass

    def _merge(self, usage: AnthropicUsage, *, final: bool) -> None:
        """Anthropic reports input first and output last; each later figure replaces the earlier."""
        merged = self._message
        for field in AnthropicUsage.__struct_fields__:
            value = getattr(usage, field)
            if value is not None:
                setattr(merged, field, value)
        self._report(from_anthropic(merged), final=final)

    def _report(self, reported: Reported | None, *, final: bool) -> None:
        if reported is None:
            return
        # Running counts grow, and Anthropic's message_delta may come more than once; another
        # final word that differs from the first is a provider's mistake, and the last one counts.
        if self.usage_reports == 0 or (
            self.final and self._surface is not Surface.MESSAGES and reported.usage != self.usage
        ):
            self.usage_reports += 1
        self.usage, self.inconsistent = reported.usage, reported.inconsistent
        if reported.tier is not None:
            self.tier = reported.tier
        self.final = self.final or final
