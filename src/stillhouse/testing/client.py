"""A light HTTP/1.1 client for load: kept connections, bounded concurrency, no retries.

General HTTP libraries cost more than the gateway that they would measure. This one writes a
prepared request to a free connection and hands back the whole answer with two times. Any answer
that does not end as HTTP says, for whatever reason, is a `BrokenReplyError` that keeps what had
arrived.
"""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Iterable
from types import TracebackType
from typing import NamedTuple, Self, cast
from urllib.parse import urlsplit

import httptools


class Reply(NamedTuple):
    """A complete answer. Times are seconds since the request was written."""

    status: int
    headers: dict[str, str]
    body: bytes
    first_byte_s: float
    elapsed_s: float


class BrokenReplyError(Exception):
    """The answer did not end as it should. `partial`: what had arrived; status 0: nothing."""

    def __init__(self, message: str, partial: Reply) -> None:
        super().__init__(message)
        self.partial = partial


class HttpClient:
    """Connections to one server. At most `connections` at once: further requests wait for one."""

    def __init__(
        self, url: str, *, connections: int = 64, timeout_s: float = 600.0, host_header: str = ""
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is not an address such as http://127.0.0.1:8080")
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._where = (parts.hostname, parts.port or (443 if self._tls else 80))
        self._prefix = parts.path.rstrip("/")
        self._host = host_header or parts.netloc.rpartition("@")[2]
        self._slots = asyncio.Semaphore(connections)
        self._timeout_s = timeout_s
        self._idle: list[_Channel] = []
        self._all: set[_Channel] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for channel in list(self._all):
            channel.close()
        await asyncio.sleep(0)

    def head(self, method: str, path: str, headers: Iterable[tuple[str, str]]) -> bytes:
        """The part of a request that many share: everything but its content-length and body."""
        lines = [f"{method} {self._prefix}{path} HTTP/1.1", f"host: {self._host}"]
        lines += [f"{name}: {value}" for name, value in headers]
        return "\r\n".join(lines).encode() + b"\r\n"

    async def send(self, head: bytes, body: bytes = b"") -> Reply:
        """Send one request and wait for its whole answer.

        Raises:
            BrokenReplyError: the answer was cut, malformed or late.
            OSError: no connection could be made.
        """
        async with self._slots:
            channel = await self._channel()
            try:
                async with asyncio.timeout(self._timeout_s):
                    reply = await channel.ask(
                        head + b"content-length: %d\r\n\r\n%b" % (len(body), body)
                    )
            except TimeoutError:
                raise BrokenReplyError(
                    f"no complete answer within {self._timeout_s} s", channel.so_far()
                ) from None
            finally:
                if channel.free:
                    self._idle.append(channel)
                else:
                    channel.close()
                    self._all.discard(channel)
            return reply

    async def _channel(self) -> "_Channel":
        while self._idle:
            channel = self._idle.pop()
            if channel.free:
                return channel
            self._all.discard(channel)
        loop = asyncio.get_running_loop()
        _, made = await loop.create_connection(lambda: _Channel(loop), *self._where, ssl=self._tls)
        self._all.add(made)
        return made


class _Channel(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Reply] | None = None
        self._keep = True
        self._status = 0
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._sent = self._first = 0.0

    @property
    def free(self) -> bool:
        return self._transport is not None and self._answer is None and self._keep

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    async def ask(self, request: bytes) -> Reply:
        transport = self._transport
        answer: asyncio.Future[Reply] = self._loop.create_future()
        self._answer = answer
        self._status, self._headers, self._body = 0, {}, []
        self._first = 0.0
        self._sent = time.perf_counter()
        if transport is None:
            self._answer = None
            raise BrokenReplyError("the connection was closed", self.so_far())
        transport.write(request)
        try:
            return await answer
        except BaseException:
            self._keep = False  # an answer that nobody waits for may still be on its way
            raise

    def so_far(self) -> Reply:
        now = time.perf_counter()
        first = self._first - self._sent if self._first else -1.0
        return Reply(self._status, self._headers, b"".join(self._body), first, now - self._sent)

    def _break(self, message: str) -> None:
        answer, self._answer = self._answer, None
        self._keep = False
        if answer is not None and not answer.done():
            answer.set_exception(BrokenReplyError(message, self.so_far()))

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        with contextlib.suppress(httptools.HttpParserError):
            self._parser.feed_data(b"")  # an answer without a length ends with the connection
        self._break(f"the connection was lost: {exc}" if exc else "the connection was closed")

    def data_received(self, data: bytes) -> None:
        if not self._first:
            self._first = time.perf_counter()
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._break(f"not HTTP: {error}")
            self.close()

    # What the parser calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self._status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if self._status == 100:
            return
        if not self._parser.should_keep_alive():
            self._keep = False
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_result(self.so_far())
