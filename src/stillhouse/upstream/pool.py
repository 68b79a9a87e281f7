"""Connections to one provider: kept alive, bounded, one TLS context for the life of the pool.

Posture: fails towards the call. No room, no name, no route or no handshake within the connect
timeout becomes `on_failure("unreachable", why)`; the call decides what happens next.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from stillhouse.upstream.client import ONE_WRITE_MAX, Connection, Reader
from stillhouse.upstream.providers import request_head
from stillhouse.wire.deployment import Provider
from stillhouse.wire.paths import Surface

IDLE_SECONDS_MAX = 50.0
"""Shorter than the idle timeouts of common load balancers (60 s), which then rarely close first."""


class Pool:
    """Implements gateway.ports.Upstream."""

    def __init__(
        self,
        provider: Provider,
        *,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float],
    ) -> None:
        self.provider = provider
        self._loop = loop
        self._swept = clock()
        self._heads: dict[tuple[Surface, str], bytes] = {}
        self._idle: list[Connection] = []
        self._open = 0
        self._retired = False
        self._connecting: set[asyncio.Task[None]] = set()
        self._tls = _tls_context(provider)

    def dispatch(
        self, surface: Surface, model: str, body: bytes, extra: bytes, sink: Reader
    ) -> "Connection | Connecting | None":
        fixed = self._heads.get((surface, model))
        if fixed is None:
            fixed = self._heads[surface, model] = request_head(self.provider, surface, model)
        size = len(body)
        if size < ONE_WRITE_MAX:
            request = b"%b%d\r\n%b\r\n%b" % (fixed, size, extra, body)
            body = b""
        else:
            request = b"%b%d\r\n%b\r\n" % (fixed, size, extra)
        idle = self._idle
        while idle:
            connection = idle.pop()
            transport = connection.transport
            if transport is not None and not transport.is_closing():
                connection.send(request, body, sink)
                return connection
        if self._open >= self.provider.max_connections:
            return None
        self._open += 1
        pending = Connecting(sink)
        task = self._loop.create_task(self._connect(pending, request, body))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)
        return pending

    async def _connect(self, pending: "Connecting", request: bytes, body: bytes) -> None:
        connection = Connection(self)
        why = ""
        try:
            async with asyncio.timeout(self.provider.connect_timeout_s):
                await self._dial(lambda: connection)
        except (OSError, ValueError) as error:  # ValueError: a name or port that cannot be
            why = str(error) or f"no connection within {self.provider.connect_timeout_s:g} s"
        else:
            if connection.transport is None:
                why = "the connection was closed as soon as it was made"
        if why:
            self.forget(connection)
            if pending.sink is not None:
                pending.sink.on_failure("unreachable", why)
            return
        if pending.sink is None:
            connection.abandon()
            return
        connection.send(request, body, pending.sink)
        if pending.paused:
            connection.pause()
        pending.connection = connection

    async def _dial(self, factory: Callable[[], Connection]) -> None:
        url = self.provider.base_url
        if url.startswith("unix:"):
            await self._loop.create_unix_connection(factory, url.removeprefix("unix:"))
            return
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        await self._loop.create_connection(
            factory,
            parts.hostname or "",
            port,
            ssl=self._tls,
            server_hostname=parts.hostname if self._tls else None,
        )

    def release(self, connection: Connection) -> None:
        if self._retired:
            connection.abandon()
            return
        connection.idle_since = self._swept
        self._idle.append(connection)

    def forget(self, connection: Connection) -> None:
        """Called once or more as a connection ends; counted once."""
        if connection.idle_since < 0:
            return
        connection.idle_since = -1.0
        self._open -= 1
        if connection in self._idle:
            self._idle.remove(connection)

    def sweep(self, now: float) -> None:
        self._swept = now
        while self._idle and now - self._idle[0].idle_since > IDLE_SECONDS_MAX:
            self._idle[0].abandon()

    def retire(self) -> None:
        self._retired = True
        for connection in list(self._idle):
            connection.abandon()


class Connecting:
    """Stands in for a connection until there is one."""

    __slots__ = ("connection", "paused", "sink")

    def __init__(self, sink: Reader) -> None:
        self.sink: Reader | None = sink
        self.connection: Connection | None = None
        self.paused = False

    def abandon(self) -> None:
        self.sink = None
        if self.connection is not None:
            self.connection.abandon()

    def pause(self) -> None:
        self.paused = True
        if self.connection is not None:
            self.connection.pause()

    def resume(self) -> None:
        self.paused = False
        if self.connection is not None:
            self.connection.resume()


def _tls_context(provider: Provider) -> Any:
    """Made once per pool: building one per request costs 33 ms at the nearest peer."""
    if not provider.base_url.startswith("https:"):
        return None
    context = ssl.create_default_context(cafile=provider.ca_file or None)
    context.set_alpn_protocols(["http/1.1"])
    if not provider.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
