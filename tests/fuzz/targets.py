"""What is fuzzed: each parser with its collaborators played, and all that can be seen of it.

A target takes pieces and returns a value; for the same bytes it must be the same value, however
they are cut, and nothing may be raised.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from stillhouse.gateway.connection import ClientConnection, Limits
from stillhouse.gateway.head import Request
from stillhouse.upstream.client import Connection
from stillhouse.wire.paths import Surface
from stillhouse.wire.stream import Stream, StreamError


class Transport:
    """Keeps what is written; after it was closed nothing more may be."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        if self.closed:
            raise AssertionError(f"written after close: {data!r}")
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def set_write_buffer_limits(self, high: int) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


class House:
    """Answers each request at once, or all of them when the bytes have ended."""

    limits = Limits(2048, 4096, 10, 10, 10, 100)

    def __init__(self, *, at_once: bool) -> None:
        self.connections: set[ClientConnection] = set()
        self.requests: list[Request] = []
        self.waiting: list[tuple[ClientConnection, Request]] = []
        self._at_once = at_once
        self.time = 0.0

    def handle(self, connection: ClientConnection, request: Request) -> None:
        self.requests.append(request)
        if self._at_once:
            self.answer(connection, request)
        else:
            self.waiting.append((connection, request))

    def answer(self, connection: ClientConnection, request: Request) -> None:
        connection.respond(b"A\r\n", b"%d" % len(self.requests), request.keep_alive)

    def malformed(self, target: bytes, status: int, message: str) -> bytes:
        assert isinstance(target, bytes)
        assert message
        return b"malformed %d" % status


def client(pieces: Sequence[bytes], *, at_once: bool = True) -> object:
    """A client's bytes -> the requests that were understood, and what was written."""
    house = House(at_once=at_once)
    connection = ClientConnection(house)
    transport = Transport()
    connection.connection_made(transport)
    for piece in pieces:
        if transport.closed:
            break
        if piece:
            connection.data_received(piece)
    while house.waiting:
        connection_, request = house.waiting.pop(0)
        house.answer(connection_, request)
    connection.expire(100.0)
    seen = (list(house.requests), b"".join(transport.written))
    connection.connection_lost(None)
    return [
        (r.method, r.target, sorted(r.headers.items()), r.body, r.keep_alive, r.http_1_1)
        for r in seen[0]
    ], seen[1]


def known(pieces: Sequence[bytes]) -> object:
    """The same from a client whose head was read before."""
    return client([_POST, *pieces])


class Owner:
    """The pool: counts what comes back."""

    def __init__(self) -> None:
        self.released = 0

    def release(self, connection: Connection) -> None:
        self.released += 1

    def forget(self, connection: Connection) -> None: ...


class Sink:
    """Holds the gateway's ports to their promise: one head, data, one end."""

    def __init__(self) -> None:
        self.status: list[int] = []
        self.body = b""
        self.ends: list[str] = []

    def on_head(self, status: int, headers: dict[bytes, bytes]) -> None:
        assert not self.ends
        self.status.append(status)

    def on_data(self, data: bytes) -> None:
        assert self.status
        assert not self.ends
        self.body += data

    def on_end(self) -> None:
        self.ends.append("end")

    def on_answer(self, status: int, headers: dict[bytes, bytes], body: bytes) -> None:
        self.on_head(status, headers)
        if body:
            self.on_data(body)
        self.on_end()

    def on_failure(self, kind: str, message: str) -> None:
        self.ends.append(kind)


def upstream(pieces: Sequence[bytes]) -> object:
    """A provider's bytes, then its close -> one answer or one failure."""
    owner, sink, transport = Owner(), Sink(), Transport()
    connection = Connection(owner)
    connection.connection_made(transport)
    connection.send(b"POST / HTTP/1.1\r\n\r\n", b"", sink)
    for piece in pieces:
        if transport.closed:
            break
        if piece:
            connection.data_received(piece)
    connection.connection_lost(None)
    assert 1 == len(sink.ends)
    assert len(sink.status) <= 1
    return sink.status, sink.body, sink.ends


class Read(NamedTuple):
    """All that a call learns from a stream.

    held: without the line ends before it: a stray one is relayed or held as the pieces fall.
    """

    text: bytes
    held: bytes
    facts: tuple[Any, ...]


def stream(pieces: Sequence[bytes], *, surface: Surface, strip: bool) -> object:
    reader = Stream(surface, strip_usage=strip, event_max=3000)
    relayed = b""
    try:
        for piece in pieces:
            relayed += reader.feed(piece)
        relayed += reader.finish()
    except StreamError:
        return "too long"
    facts = (
        reader.usage,
        reader.final,
        reader.ended,
        reader.failed,
        reader.pieces,
        reader.usage_reports,
        reader.inconsistent,
    )
    return Read(relayed + reader.held, reader.held.lstrip(b"\r\n"), facts)


Target = Callable[[Sequence[bytes]], object]
_POST = (
    b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n"
    b"Content-Length: 13\r\n\r\n" + b'{"model":"m"}'
)
_CHUNKED = (
    b"POST /v1/responses HTTP/1.1\r\nHost: x\r\napi-key: k\r\nTransfer-Encoding: chunked\r\n"
    b"Expect: 100-continue\r\n\r\n5;a=b\r\nhello\r\n3\r\nabc\r\n0\r\nx-trailer: y\r\n\r\n"
)
_MORE = tuple(
    _POST.replace(b"13\r\n\r\n" + b'{"model":"m"}', b"%d\r\n\r\n%b" % (size, b"x" * size))
    for size in (0, 5, 130)
)
REQUESTS = (_POST, _CHUNKED, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.0\r\n\r\n")
ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ndata: a\r\n2\r\n\n\n\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 No\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
)
_CHAT = (
    b'data: {"choices":[{"delta":{"content":"a"}}],"usage":null}\n\n',
    b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\r\n\r\n',
    b"data: [DONE]\n\n",
)
_RESPONSES = (
    b'data: {"type":"response.output_text.delta","delta":"a"}\n\n',
    b'data: {"type":"response.completed","response":{"usage":{"output_tokens":2}}}\n\n',
    b'event: error\ndata: {"type":"error","message":"x"}\n\n',
)
_MESSAGES = (
    b'data: {"type":"message_start","message":{"usage":{"input_tokens":3,"output_tokens":1}}}\n\n',
    b'data: {"type":"content_block_delta","delta":{"text":"a"}}\r\r',
    b'data: {"type":"message_delta","usage":{"output_tokens":5}}\n\n',
    b'event: message_stop\ndata: {"type":"message_stop"}\n\n',
)


def _stream_target(surface: Surface, *, strip: bool) -> Target:
    return lambda pieces: stream(pieces, surface=surface, strip=strip)


TARGETS: dict[str, tuple[Target, tuple[bytes, ...]]] = {
    "client": (client, REQUESTS),
    "client, answered late": (lambda pieces: client(pieces, at_once=False), REQUESTS),
    "client, known": (known, (*REQUESTS, *_MORE)),
    "upstream": (upstream, ANSWERS),
    "chat stream": (_stream_target(Surface.CHAT, strip=True), (*_CHAT, b"".join(_CHAT))),
    "completions stream": (_stream_target(Surface.COMPLETIONS, strip=False), _CHAT),
    "responses stream": (_stream_target(Surface.RESPONSES, strip=False), _RESPONSES),
    "messages stream": (_stream_target(Surface.MESSAGES, strip=False), _MESSAGES),
}
