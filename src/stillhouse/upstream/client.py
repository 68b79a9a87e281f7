"""One HTTP/1.1 connection to a provider, on httptools, driven by callbacks.

General HTTP clients cost 5 to 400 times what the rest of the gateway does (aiohttp about 200
microseconds a request, httpx milliseconds), so this one does only what a gateway needs: write a
request, hand the answer's pieces to a sink as they arrive, and go back to the pool when the answer
ended cleanly. It fails towards the sink: whatever breaks becomes one `on_failure`, and a connection
whose answer did not end is never used again.
"""

import asyncio
from typing import Any, Protocol

import httptools

from stillhouse.ledger.receipt import Outcome

MAX_ANSWER_HEAD = 64 * 1024
ONE_WRITE_MAX = 64 * 1024
"""Below this, copying a body costs less than a second system call."""

ENDED = b""
"""No header has this name."""


class Reader(Protocol):
    """See gateway.ports.Sink, whose shape this is."""

    def on_head(self, status: int, headers: dict[bytes, bytes]) -> None: ...
    def on_data(self, data: bytes) -> None: ...
    def on_end(self) -> None: ...
    def on_answer(self, status: int, headers: dict[bytes, bytes], body: bytes) -> None: ...
    def on_failure(self, kind: Outcome, message: str) -> None: ...


class Owner(Protocol):
    """The pool that a connection belongs to."""

    def release(self, connection: "Connection") -> None: ...
    def forget(self, connection: "Connection") -> None: ...


class Connection(asyncio.Protocol):
    """Carries one exchange at a time. `sink` is set while an answer is awaited."""

    __slots__ = (
        "_feed",
        "_head_bytes",
        "_headers",
        "_keep_alive",
        "_owner",
        "_parser",
        "_paused",
        "_pieces",
        "_raw",
        "_started",
        "_untold",
        "idle_since",
        "on_body",
        "on_header",
        "on_message_begin",
        "sink",
        "transport",
    )

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self.sink: Reader | None = None
        self.transport: Any = None
        self.idle_since = 0.0
        self._raw: dict[bytes, bytes] = {}
        self._pieces: list[bytes] = []
        # The parser's callbacks, without a frame of ours.
        self.on_message_begin = self._raw.clear
        self.on_header = self._raw.__setitem__
        self.on_body = self._pieces.append
        self._parser = httptools.HttpResponseParser(self)
        self._feed = self._parser.feed_data
        self._headers: dict[bytes, bytes] = {}
        self._head_bytes = 0
        self._started = False
        self._untold = 0  # the status of a head that was read and not told yet
        self._keep_alive = False
        self._paused = False

    # -- towards the provider

    def send(self, request: bytes, body: bytes, sink: Reader) -> None:
        """request: with its body, unless that is long: then it follows."""
        self.sink = sink
        self._started = False
        self._head_bytes = 0
        self.transport.write(request)
        if body:
            self.transport.write(body)

    def abandon(self) -> None:
        """The answer is not wanted any more: the connection cannot be used again."""
        self.sink = None
        self._close()

    def pause(self) -> None:
        if not self._paused and self.transport is not None:
            self._paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        if self._paused and self.transport is not None:
            self._paused = False
            self.transport.resume_reading()

    def _close(self) -> None:
        self._owner.forget(self)
        if self.transport is not None:
            self.transport.abort()

    # -- asyncio.Protocol

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self.sink is None:
            # Bytes that nobody asked for: an answer to nothing. Never read them as the next answer.
            self._close()
            return
        if not self._started:
            self._head_bytes += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserUpgrade:
            self._hand_over()
            self._fail("upstream_cut", "the provider switched protocols")
            return
        except httptools.HttpParserError as error:
            cause = error.__context__
            if cause is not None and not isinstance(cause, httptools.HttpParserError):
                raise cause from None  # a bug in a sink, not in the provider
            self._hand_over()
            self._fail("upstream_cut", f"the provider broke HTTP: {error}")
            return
        if self.sink is not None:
            if self._started:
                self._hand_over()
            elif self._head_bytes > MAX_ANSWER_HEAD:
                self._fail("upstream_cut", "the provider's answer head is too large")
        elif ENDED not in self._raw:
            # Behind the end of an answer, in the same piece, another one begins: nobody asked.
            self._close()

    def _hand_over(self) -> None:
        """Tell who reads the answer what has come of it: its head once, its body as one piece."""
        if not self._started:
            self._pieces.clear()  # an informational answer has no body
            return
        status, self._untold = self._untold, 0
        if status and self.sink is not None:
            self.sink.on_head(status, self._headers)
        if self._pieces:
            data = self._body()
            if self.sink is not None:
                self.sink.on_data(data)

    def _body(self) -> bytes:
        pieces = self._pieces
        if len(pieces) == 1:
            return pieces.pop()
        data = b"".join(pieces)
        pieces.clear()
        return data

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._owner.forget(self)
        self.transport = None
        if self.sink is None:
            return
        if self._started and exc is None and not self._framed():
            # An answer without length or chunks ends with its connection (RFC 9112 section 6.3).
            sink, self.sink = self.sink, None
            sink.on_end()
            return
        self._fail("upstream_cut", "the provider closed the connection before its answer ended")

    def _framed(self) -> bool:
        return b"content-length" in self._headers or b"transfer-encoding" in self._headers

    def _fail(self, kind: Outcome, message: str) -> None:
        sink, self.sink = self.sink, None
        self._close()
        if sink is not None:
            sink.on_failure(kind, message)

    # -- httptools callbacks

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            return  # informational: the answer follows
        self._headers = {name.lower(): value for name, value in self._raw.items()}
        self._started = True
        self._untold = status
        self._keep_alive = self._parser.should_keep_alive()

    def on_message_complete(self) -> None:
        if not self._started:
            self._pieces.clear()
            return
        status = self._untold
        if not status:
            self._hand_over()
        sink, self.sink = self.sink, None
        self._started = False
        if sink is None:
            return  # abandoned while its last bytes were being parsed
        self._raw[ENDED] = b""  # until another message begins
        transport = self.transport
        if self._keep_alive and transport is not None and not transport.is_closing():
            if self._paused:
                self.resume()
            self._owner.release(self)
        else:
            self._close()
        if status:  # the whole answer came at once
            self._untold = 0
            sink.on_answer(status, self._headers, self._body())
        else:
            sink.on_end()
