"""The client's side of one call: what it is sent, and in which framing. Knows nothing of money.

whole answer    one head and one body, sent at once
stream          head with the first bytes; chunks as they come; the end, once it may be had
refusal         in the caller's dialect
failure after the first byte   too late for a status: an error event, then the line is closed
"""

from collections.abc import Callable
from typing import Protocol

from stillhouse.gateway import answer
from stillhouse.gateway.admit import Room
from stillhouse.gateway.connection import ClientConnection, Request
from stillhouse.gateway.ports import Headers
from stillhouse.wire.failure import failure_event
from stillhouse.wire.paths import Route
from stillhouse.wire.refusals import Refusal


class Porch(Protocol):
    """What a reply needs from its gateway."""

    date: bytes
    draining: bool
    clock: Callable[[], float]


class Reply:
    """Writes to one connection until that connection is gone; then it swallows what it is given."""

    __slots__ = (
        "_porch",
        "_request",
        "capped",
        "connection",
        "head_sent",
        "last_sent",
        "request_id",
        "room",
        "route",
    )

    def __init__(
        self,
        porch: Porch,
        connection: ClientConnection,
        request: Request,
        route: Route,
        request_id: bytes,
        room: Room | None,
    ) -> None:
        self._porch = porch
        self.connection: ClientConnection | None = connection
        self._request = request
        self.route = route
        self.request_id = request_id
        self.room = room
        self.capped = 0
        self.head_sent = False
        self.last_sent = 0.0

    @property
    def keep_alive(self) -> bool:
        return self._request.keep_alive and not self._porch.draining

    def _lines(self, receipt: bytes) -> bytes:
        lines = b"%bx-stillhouse-receipt: %b\r\n%b" % (
            answer.request_id_line(self.route.dialect, self.request_id),
            receipt,
            self._porch.date,
        )
        if self.room is not None:
            lines += answer.room_lines(self.route.dialect, self.room)
        if self.capped:
            lines += b"x-stillhouse-capped: %d\r\n" % self.capped
        return lines

    # -- streams

    def relay(self, data: bytes, headers: Headers, receipt: bytes) -> None:
        """The next bytes of a stream; the first ones bring the head with them."""
        connection = self.connection
        if connection is None:
            return
        self.last_sent = self._porch.clock()
        if self.head_sent:
            if self._request.http_1_1:
                data = b"%x\r\n%b\r\n" % (len(data), data)
            connection.write(data)
            return
        self.head_sent = True
        chunked = self._request.http_1_1
        connection.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncache-control: no-cache\r\n%b%b%b\r\n%b"
            % (
                answer.content_type(headers),
                b"transfer-encoding: chunked\r\n" if chunked else b"connection: close\r\n",
                self._lines(receipt),
                answer.passed_lines(headers),
                answer.chunk(data) if chunked and data else data,
            )
        )

    def comment(self, data: bytes) -> None:
        """A keep-alive between two events."""
        if self.connection is not None:
            self.last_sent = self._porch.clock()
            self.connection.write(answer.chunk(data) if self._request.http_1_1 else data)

    def end_stream(self, tail: bytes, *, whole: bool) -> None:
        """The last bytes. Not whole: the connection closes, so that nobody takes it for an end."""
        connection, self.connection = self.connection, None
        if connection is None:
            return
        chunked = self._request.http_1_1
        if chunked:
            tail = (answer.chunk(tail) if tail else b"") + answer.LAST_CHUNK
        connection.write(tail)
        connection.done(keep_alive=self.keep_alive and chunked and whole)

    def break_off(self, refusal: Refusal, *, at_boundary: bool) -> None:
        """A failure after the first byte. at_boundary: not in the middle of an event."""
        route = self.route
        event = failure_event(route.surface, route.dialect, refusal, self.request_id.decode())
        self.end_stream(event if at_boundary else b"\n\n" + event, whole=False)

    # -- whole answers

    def send(
        self, status: int, headers: Headers, body: bytes, receipt: bytes, charge: bytes
    ) -> None:
        connection, self.connection = self.connection, None
        if connection is None:
            return
        keep_alive = self.keep_alive
        head = (
            b"%bcontent-type: %b\r\ncontent-length: %d\r\nx-stillhouse-charge: %b\r\n%b%b%b\r\n"
            % (
                answer.status_line(status),
                answer.content_type(headers),
                len(body),
                charge,
                self._lines(receipt),
                answer.passed_lines(headers),
                b"" if keep_alive else b"connection: close\r\n",
            )
        )
        connection.respond(head, body, keep_alive=keep_alive)

    def refuse(self, refusal: Refusal, receipt: bytes = b"") -> None:
        connection, self.connection = self.connection, None
        if connection is None:
            return
        keep_alive = self.keep_alive
        extra = b"" if self.room is None else answer.room_lines(self.route.dialect, self.room)
        if receipt:
            extra += b"x-stillhouse-receipt: %b\r\n" % receipt
        head, body = answer.refusal_answer(
            refusal,
            dialect=self.route.dialect,
            request_id=self.request_id,
            date=self._porch.date,
            keep_alive=keep_alive,
            extra=extra,
        )
        connection.respond(head, body, keep_alive=keep_alive)
