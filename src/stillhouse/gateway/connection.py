"""One client's connection: strict HTTP/1.1 in, answers out, one request at a time.

Posture: fails closed on framing. Whatever llhttp rejects (bare LF, both Content-Length and
Transfer-Encoding, bad lengths) is answered 400 and the connection is closed, so that no two parsers
can disagree about where a request ends. Every buffer and wait has a limit:

    header bytes, body bytes      Limits.header_bytes_max, Limits.body_bytes_max (431, 413)
    slow heads and bodies         closed by the sweep after Limits.*_timeout_s (408)
    pipelined requests            PIPELINE_MAX, then reading stops until answers catch up
    a client that does not read   transport high-water mark -> the provider's reading stops

The connection knows nothing about money: it hands a Request to `handle` and gets `respond`, or
`write` and `done` for streams. Settling never depends on it being there.
"""

import asyncio
from collections import deque
from functools import partial
from typing import Any, NamedTuple, Protocol

import httptools

from stillhouse.gateway.head import Head, Request, learned
from stillhouse.wire.paths import Dialect

PIPELINE_MAX = 16
LESSONS_MAX = 4
"""Heads that a connection gives to remember; who sends a new one each time is always parsed."""
WRITE_HIGH_WATER = 256 * 1024
ONE_WRITE_MAX = 64 * 1024
"""Below this, copying a body costs less than a second system call."""

AGENT = b"user-agent"
"""Goes to nobody; guard keeps a keyed hash of it. Given twice, the first one counts."""
# Only these request headers are read; all others are dropped where they are parsed.
WANTED = frozenset(
    {
        b"authorization",
        b"api-key",
        b"x-api-key",
        b"connection",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"expect",
        b"transfer-encoding",
        b"anthropic-version",
        b"anthropic-beta",
        b"openai-beta",
        b"idempotency-key",
        AGENT,
        b"x-stillhouse-cohort",
        b"x-stillhouse-workload",
    }
)

NOT_HTTP = (httptools.HttpParserError, httptools.HttpParserUpgrade)


class Limits(NamedTuple):
    header_bytes_max: int
    body_bytes_max: int
    header_timeout_s: float
    body_timeout_s: float
    keepalive_timeout_s: float
    connections_max: int


class Listener(Protocol):
    """Who learns that the client left or stopped reading: the call in progress."""

    def client_left(self) -> None: ...
    def client_paused(self) -> None: ...
    def client_resumed(self) -> None: ...


class House(Protocol):
    """What a connection needs from its gateway. time: seconds, monotonic, at the last sweep."""

    limits: Limits
    connections: set["ClientConnection"]
    time: float

    def handle(self, connection: "ClientConnection", request: Request) -> None: ...
    def malformed(self, target: bytes, status: int, message: str) -> bytes:
        """A whole answer for a request that could not be read."""
        ...


class ClientConnection(asyncio.Protocol):
    """States: reading a head, reading a body, busy (a request is being answered)."""

    __slots__ = (
        "_begun",
        "_body",
        "_broken",
        "_feed",
        "_framed",
        "_head",
        "_headers",
        "_house",
        "_in_head",
        "_in_turn",
        "_lessons",
        "_parser",
        "_pending",
        "_piece",
        "_reading_paused",
        "_received",
        "_request_open",
        "_target",
        "busy",
        "call",
        "closing",
        "on_body",
        "on_message_begin",
        "paused",
        "since",
        "transport",
    )

    def __init__(self, house: House) -> None:
        self._house = house
        self._body: list[bytes] = []
        self._begun: list[None] = []  # a message that the parser is in the middle of
        # The parser's callbacks, without a frame of ours.
        self.on_body = self._body.append
        self.on_message_begin = partial(self._begun.append, None)
        self._head: Head | None = None
        self._lessons = LESSONS_MAX
        self._piece = b""  # what began between two messages and may be a request of its own
        self._parser = httptools.HttpRequestParser(self)
        self._feed = self._parser.feed_data
        self._pending: deque[Request] = deque()
        self._target = b""
        self._headers: dict[bytes, bytes] = {}
        self._received = 0
        self._in_head = True
        self._in_turn = False
        self._request_open = False
        self._framed = False
        self._broken = False
        self._reading_paused = False
        self.transport: Any = None
        self.busy = False
        self.paused = False
        self.closing = False
        self.call: Listener | None = None
        self.since = 0.0

    # -- asyncio.Protocol

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.set_write_buffer_limits(high=WRITE_HIGH_WATER)
        self.since = self._house.time
        if len(self._house.connections) >= self._house.limits.connections_max:
            transport.abort()  # full: a waiting client is told nothing true by staying open
            return
        self._house.connections.add(self)

    def data_received(self, data: bytes) -> None:
        if self._broken:
            return
        if not (self._begun or self.busy or self.closing):
            head = self._head
            if head is not None:
                request = head.request(data)
                if request is not None and len(data) <= self._house.limits.body_bytes_max:
                    self.busy = True
                    self._house.handle(self, request)
                    return
            if self._lessons:
                self._piece = data
        received = self._received + len(data)
        limits = self._house.limits
        if self._in_head:
            if received >= limits.header_bytes_max:
                self._take_in_pieces(data, limits.header_bytes_max)
                return
        elif received > limits.body_bytes_max:
            received = len(data) + sum(map(len, self._body))  # without the framing of chunks
            if received > limits.body_bytes_max:
                self._too_large()
                return
        self._received = received
        try:
            self._feed(data)
        except NOT_HTTP as error:
            self._not_http(error)

    def _take_in_pieces(self, data: bytes, most: int) -> None:
        """No more at once than a head may be: where a head ends is the parser's to say."""
        while data and not self._broken:
            piece = data[: most - self._received] if self._in_head else data
            data = data[len(piece) :]
            if self._in_head:
                self._received += len(piece)
            try:
                self._feed(piece)
            except NOT_HTTP as error:
                self._not_http(error)
            if self._in_head and self._received >= most:
                self._refuse(
                    431, f"the request's headers exceed {most} bytes; send fewer or shorter"
                )

    def _not_http(self, error: Exception) -> None:
        if isinstance(error, httptools.HttpParserUpgrade):
            # The offer is ignored, as RFC 9110 section 7.8 allows: the request has its answer, or
            # will have it, and what follows could be in either protocol.
            self._broken = self.closing = True
            if not self.busy and self.transport is not None:
                self.transport.close()
            return
        cause = error.__context__
        if cause is not None and not isinstance(cause, httptools.HttpParserError):
            raise cause from None
        self._refuse(400, f"not a well-formed HTTP/1.1 request ({error}); check its framing")

    def connection_lost(self, exc: Exception | None) -> None:
        self._house.connections.discard(self)
        self._broken = True
        self._pending.clear()
        call, self.call = self.call, None
        self.transport = None
        if call is not None:
            call.client_left()

    def eof_received(self) -> bool:
        # A half-closed client cannot be told from one that left; it is treated as gone.
        return False

    def pause_writing(self) -> None:
        self.paused = True
        if self.call is not None:
            self.call.client_paused()

    def resume_writing(self) -> None:
        self.paused = False
        if self.call is not None:
            self.call.client_resumed()

    # -- httptools callbacks

    def on_url(self, url: bytes) -> None:
        if not self._request_open:
            self._request_open = True
            self._headers = {}
            self._target = url
            self.since = self._house.time
        else:
            self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        name = name.lower()
        if name not in WANTED or not self._in_head:
            return  # a trailer is no header: a proxy in front that looked at those never saw it
        if self._headers.setdefault(name, value) != value and name != AGENT:
            self._refuse(400, f"the header {name.decode()} is given twice; send it once")

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._received = 0
        if self._broken:
            return
        headers = self._headers
        length = headers.pop(b"content-length", None)
        coded = b"transfer-encoding" in headers
        self._framed = coded or length is not None
        if coded:
            if length is not None:
                self._refuse(400, "both Content-Length and Transfer-Encoding; send one of them")
                return
            if headers[b"transfer-encoding"].strip().lower() != b"chunked":
                self._refuse(501, "the only transfer coding understood here is chunked")
                return
        elif length is not None and int(length) > self._house.limits.body_bytes_max:
            self._too_large()
            return
        if b"expect" in headers and headers[b"expect"].lower() == b"100-continue" and not self.busy:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_message_complete(self) -> None:
        pieces, headers, target = self._body, self._headers, self._target
        self._in_head = True
        self._received = 0
        self._request_open = False
        self._begun.clear()
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        if self._broken or self.closing:
            return
        if len(body) > self._house.limits.body_bytes_max:
            self._too_large()
            return
        parser = self._parser
        keep_alive = parser.should_keep_alive()
        if parser.should_upgrade():
            keep_alive = False
            if self._framed:
                # The parser takes what follows the head for the other protocol: the body is lost.
                self._refuse(400, "connection upgrades are not offered; send no Upgrade header")
                return
        # Who is kept alive without having asked speaks 1.1; asking the parser costs more.
        spoken = keep_alive and b"connection" not in headers
        http_1_1 = spoken or parser.get_http_version() == "1.1"
        request = Request(parser.get_method(), target, headers, body, keep_alive, http_1_1)
        if self._piece:
            self._lessons -= 1
            self._head = learned(self._piece, request)
            self._piece = b""
        if self.busy:
            self._pending.append(request)
            if len(self._pending) >= PIPELINE_MAX and not self._reading_paused:
                self._reading_paused = True
                self.transport.pause_reading()
            return
        self.busy = True
        self._house.handle(self, request)

    # -- refusing what cannot be read

    def _too_large(self) -> None:
        most = self._house.limits.body_bytes_max
        self._refuse(413, f"the body exceeds {most} bytes; send less, or raise max_body_bytes")

    def _refuse(self, status: int, message: str) -> None:
        if self._broken:
            return
        self._broken = True
        if self.busy or self.closing or self.transport is None:
            # An earlier answer is under way, and anything written now would be read as part of it;
            # or it was the last one.
            self.closing = True
            return
        self.transport.write(self._house.malformed(self._target, status, message))
        self.transport.close()

    def expire(self, now: float) -> None:
        """Called by the sweep: close what is too slow or idle for too long."""
        if self.busy or self.transport is None:
            return
        limits, waited = self._house.limits, now - self.since
        if self.transport.is_closing():
            # Closing waits for the client to read what is left; one that never does is cut.
            if waited > limits.keepalive_timeout_s:
                self.transport.abort()
        elif self._request_open:
            if self._in_head and waited > limits.header_timeout_s:
                self._refuse(408, "the request's headers took too long")
            elif waited > limits.body_timeout_s:
                self._refuse(408, "the request's body took too long")
        elif waited > limits.keepalive_timeout_s:
            self.since = now
            self.transport.close()

    # -- answering

    def respond(self, head: bytes, body: bytes, keep_alive: bool) -> None:  # noqa: FBT001 - hot
        """A whole answer; `head` ends with the blank line, or with a body that is not long."""
        transport = self.transport
        if transport is None:
            return
        transport.write(head)
        if body:
            transport.write(body)
        if keep_alive and not (self.closing or self._broken or self._pending):
            self.call = None
            self.busy = False
            self.since = self._house.time
        else:
            self.done(keep_alive)

    def write(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)

    def done(self, keep_alive: bool) -> None:  # noqa: FBT001 - hot
        """The answer is complete: take the next pipelined request, or close."""
        self.call = None
        self.busy = False
        if self.transport is None:
            return
        self.since = self._house.time
        if not keep_alive or self.closing or (self._broken and not self._pending):
            self.closing = True
            self.transport.close()
            return
        if self._pending and not self._in_turn:
            self._take_turns()

    def _take_turns(self) -> None:
        """Pipelined requests, one after the other. A loop: most are answered before it goes on."""
        self._in_turn = True
        while self._pending and not (self.busy or self.closing or self.transport is None):
            self.busy = True
            self._house.handle(self, self._pending.popleft())
        self._in_turn = False
        if self._reading_paused and len(self._pending) <= PIPELINE_MAX // 2 and self.transport:
            self._reading_paused = False
            self.transport.resume_reading()

    def close_when_idle(self) -> None:
        """Draining: idle connections close now, busy ones after their answer."""
        self.closing = True
        if not self.busy and self.transport is not None:
            self.transport.close()

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()


def dialect_header(dialect: Dialect) -> bytes:
    """The name under which each dialect's clients look for a request's id."""
    return b"request-id" if dialect is Dialect.ANTHROPIC else b"x-request-id"
