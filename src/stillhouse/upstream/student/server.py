"""HTTP/1.1 for one student, on httptools: what a framework would cost is most of an answer's time.

A gateway worker keeps a few lines open and sends one request after another on each. A student's
answer takes a fraction of a millisecond of one core, so it is made at once, on the loop.

Posture: fails closed. What is no request ends its line; a defect is a 500 without detail. Nothing
is logged: what travels here is customers' text, and the gateway keeps the record.
"""

import asyncio
from typing import cast

import httptools
import msgspec

from stillhouse.upstream.student.chat import Reply, Voice, refused

BODY_BYTES_MAX = 20 * 1024 * 1024
REASONS = {
    200: b"OK",
    400: b"Bad Request",
    404: b"Not Found",
    413: b"Content Too Large",
    421: b"Misdirected Request",
    500: b"Internal Server Error",
}
_HEAD = b"HTTP/1.1 %d %b\r\ncontent-type: %b\r\ncontent-length: %d\r\n%b%b\r\n"
CHAT = b"/v1/chat/completions"


class Service:
    """One student's routes."""

    def __init__(self, voice: Voice, *, name: str) -> None:
        self._voice = voice
        self._name = name
        self._count = 0
        self.lines: set[Line] = set()
        self.stopping = False

    def answer(self, method: bytes, path: bytes, body: bytes) -> Reply:
        if path == CHAT and method == b"POST":
            self._count += 1
            try:
                return self._voice.reply(body, self._count)
            except Exception:  # noqa: BLE001 - whatever it was: the teacher answers
                return refused(500, "The student failed.")
        if method == b"GET" and path == b"/health":
            return _told({"status": "ok", "student": self._name})
        if method == b"GET" and path == b"/v1/models":
            card = {"id": self._name, "object": "model", "created": 0, "owned_by": "stillhouse"}
            return _told({"object": "list", "data": [card]})
        return refused(404, "POST /v1/chat/completions is what a student answers.")

    def line(self) -> "Line":
        """The protocol factory of the server."""
        return Line(self)

    def stop(self) -> None:
        """What came in whole is answered already; lines that wait are closed."""
        self.stopping = True
        for line in list(self.lines):
            line.close()


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._url = b""
        self._body: list[bytes] = []
        self._size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._service.lines.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._service.lines.discard(self)
        self._transport = None

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._write(refused(400, "This is not HTTP."), keep=False)

    # What httptools calls while it parses.

    def on_message_begin(self) -> None:
        self._url = b""
        self._body = []
        self._size = 0

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size <= BODY_BYTES_MAX:
            self._body.append(body)

    def on_message_complete(self) -> None:
        parser, keep = self._parser, self._parser.should_keep_alive()
        if self._size > BODY_BYTES_MAX:
            self._write(refused(413, f"A body has {BODY_BYTES_MAX} bytes at most."), keep=False)
            return
        path, body = self._url.partition(b"?")[0], b"".join(self._body)
        reply = self._service.answer(parser.get_method(), path, body)
        self._write(reply, keep=keep and not self._service.stopping)

    def _write(self, reply: Reply, *, keep: bool) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        body = reply.body
        more = b"" if keep else b"connection: close\r\n"
        head = _HEAD % (
            *(reply.status, REASONS[reply.status], reply.kind, len(body), reply.extra, more),
        )
        transport.write(head + body)
        if not keep:
            transport.close()


def _told(value: object) -> Reply:
    return Reply(200, b"application/json", msgspec.json.encode(value))
