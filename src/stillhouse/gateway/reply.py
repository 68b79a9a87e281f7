"""The client's side of one call: what it is sent, and in which framing. Knows nothing of money.

whole answer    one head and one body, sent at once
stream          head with the first bytes; chunks as they come; the end, once it may be had
refusal         in the caller's dialect
failure after the first byte   too late for a status: an error event, then the line is closed
"""

from typing import Protocol

from stillhouse.gateway import answer
from stillhouse.gateway.answer import PASSED
from stillhouse.gateway.connection import ONE_WRITE_MAX, ClientConnection
from stillhouse.gateway.head import Request
from stillhouse.gateway.ports import Headers
from stillhouse.units.money import PICO_PER_UNIT
from stillhouse.wire.failure import failure_event
from stillhouse.wire.paths import Dialect, Route
from stillhouse.wire.rates import Room, rate_headers
from stillhouse.wire.refusals import Refusal

ANTHROPIC = Dialect.ANTHROPIC
OURS = b"%bx-request-id: %b\r\nx-stillhouse-receipt: %b\r\n%b%b%b%b"
"""The lines that we add to a provider's answer."""
WHOLE = (
    b"%bcontent-type: %b\r\ncontent-length: %d\r\nx-stillhouse-charge: %d.%012d %b\r\n"
    + OURS
    + b"%b%b\r\n%b"
)
STREAMED = (
    b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncache-control: no-cache\r\n%b" + OURS + b"%b\r\n%b"
)


class Porch(Protocol):
    """What a reply needs from its gateway. time: monotonic seconds, as of the last sweep."""

    date: bytes
    draining: bool
    time: float


class Reply:
    """Writes to one connection until that connection is gone; then it swallows what it is given.

    Its fields are set by `Call`, all at once.
    """

    __slots__ = (
        "capped",
        "connection",
        "head_sent",
        "last_sent",
        "notice",
        "porch",
        "request",
        "request_id",
        "room",
        "route",
    )

    porch: Porch
    connection: ClientConnection | None
    request: Request
    route: Route
    request_id: bytes
    room: Room | None
    notice: bytes
    capped: int
    head_sent: bool
    last_sent: float

    @property
    def keep_alive(self) -> bool:
        return self.request.keep_alive and not self.porch.draining

    def _ours(self, receipt: bytes) -> tuple[bytes, ...]:
        """What goes into OURS."""
        dialect, room, name = self.route.dialect, self.room, self.request_id
        return (
            b"request-id: %b\r\n" % name if dialect is ANTHROPIC else b"",
            name,
            receipt,
            b"" if room is None else rate_headers(dialect, room),
            b"x-stillhouse-capped: %d\r\n" % self.capped if self.capped else b"",
            self.notice,
            self.porch.date,
        )

    # -- streams

    def relay(self, data: bytes, headers: Headers, receipt: bytes) -> None:
        """The next bytes of a stream; the first ones bring the head with them."""
        connection = self.connection
        if connection is None:
            return
        self.last_sent = self.porch.time
        if self.head_sent:
            if self.request.http_1_1:
                data = b"%x\r\n%b\r\n" % (len(data), data)
            connection.write(data)
            return
        self.head_sent = True
        chunked = self.request.http_1_1
        connection.write(
            STREAMED
            % (
                headers.get(b"content-type", b"text/event-stream"),
                b"transfer-encoding: chunked\r\n" if chunked else b"connection: close\r\n",
                *self._ours(receipt),
                answer.passed(headers),
                answer.chunk(data) if chunked and data else data,
            )
        )

    def comment(self, data: bytes) -> None:
        """A keep-alive between two events."""
        if self.connection is not None:
            self.last_sent = self.porch.time
            self.connection.write(answer.chunk(data) if self.request.http_1_1 else data)

    def end_stream(self, tail: bytes, *, whole: bool) -> None:
        """The last bytes. Not whole: the connection closes, so that nobody takes it for an end."""
        connection, self.connection = self.connection, None
        if connection is None:
            return
        chunked = self.request.http_1_1
        if chunked:
            tail = (answer.chunk(tail) if tail else b"") + answer.LAST_CHUNK
        connection.write(tail)
        connection.done(self.keep_alive and chunked and whole)

    def break_off(self, refusal: Refusal, *, at_boundary: bool) -> None:
        """A failure after the first byte. at_boundary: not in the middle of an event."""
        route = self.route
        event = failure_event(route.surface, route.dialect, refusal, self.request_id.decode())
        self.end_stream(event if at_boundary else b"\n\n" + event, whole=False)

    # -- whole answers

    def send(
        self,
        status: int,
        headers: Headers,
        body: bytes,
        receipt: bytes,
        charge: int,
        currency: bytes,
    ) -> None:
        """charge: pico-units, not negative."""
        connection = self.connection
        if connection is None:
            return
        self.connection = None
        keep_alive = self.request.keep_alive and not self.porch.draining
        long = len(body) > ONE_WRITE_MAX
        connection.respond(
            WHOLE
            % (
                answer.STATUS.get(status) or answer.status_line(status),
                headers.get(b"content-type", b"application/json"),
                len(body),
                charge // PICO_PER_UNIT,
                charge % PICO_PER_UNIT,
                currency,
                *self._ours(receipt),
                b"" if PASSED.isdisjoint(headers) else answer.passed(headers),
                b"" if keep_alive else b"connection: close\r\n",
                b"" if long else body,
            ),
            body if long else b"",
            keep_alive,
        )

    def refuse(self, refusal: Refusal, receipt: bytes = b"") -> None:
        connection, self.connection = self.connection, None
        if connection is None:
            return
        keep_alive, room = self.keep_alive, self.room
        extra = b"" if room is None else rate_headers(self.route.dialect, room)
        if receipt:
            extra += b"x-stillhouse-receipt: %b\r\n" % receipt
        head, body = answer.refusal_answer(
            refusal,
            dialect=self.route.dialect,
            request_id=self.request_id,
            date=self.porch.date,
            keep_alive=keep_alive,
            extra=extra,
        )
        connection.respond(head, body, keep_alive)
