"""The pool: as many connections as allowed, each counted once, none kept that may be stale."""

import asyncio
import contextlib
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillhouse.ledger.receipt import Outcome
from stillhouse.upstream.client import Connection
from stillhouse.upstream.pool import IDLE_SECONDS_MAX, Connecting, Pool
from stillhouse.wire.deployment import Provider, ProviderKind
from stillhouse.wire.paths import Surface

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Reads:
    """A sink; `over` is done once it was told an end."""

    def __init__(self) -> None:
        self.body = b""
        self.told: list[str] = []
        self.over = asyncio.Event()

    def on_head(self, status: int, headers: dict[bytes, bytes]) -> None: ...

    def on_data(self, data: bytes) -> None:
        self.body += data

    def on_end(self) -> None:
        self.told.append("end")
        self.over.set()

    def on_answer(self, status: int, headers: dict[bytes, bytes], body: bytes) -> None:
        self.on_head(status, headers)
        if body:
            self.on_data(body)
        self.on_end()

    def on_failure(self, kind: Outcome, message: str) -> None:
        self.told.append(f"{kind}: {message}")
        self.over.set()


def provider(url: str, **more: Any) -> Provider:
    return Provider(name="p", kind=ProviderKind.OPENAI, base_url=url, **more)


def pool_of(given_provider: Provider) -> Pool:
    loop = asyncio.get_running_loop()
    return Pool(given_provider, loop=loop, clock=loop.time)


def ask(pool: Pool, sink: Reads) -> Connection | Connecting | None:
    return pool.dispatch(Surface.CHAT, "m", b"{}", b"", sink)


def opened(pool: Pool) -> int:
    return pool._open  # the count that decides whether another connection may be made


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.001)


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    with asyncio.Runner() as runner:
        runner.run(scenario())


async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(2)
            writer.write(ANSWER)
    writer.close()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await reader.read()
    writer.close()


@asynccontextmanager
async def served(serve: Serve, **more: Any) -> AsyncIterator[int]:
    """A server on a free port."""
    lines: list[asyncio.StreamWriter] = []

    async def each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(writer)
        await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(each, "127.0.0.1", 0, **more)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in lines:
            if not writer.is_closing():  # CPython 3.11.2 cannot abort a closed TLS connection
                writer.transport.abort()
        await asyncio.sleep(0.01)


def test_connections_are_kept_and_used_again() -> None:
    async def scenario() -> None:
        async with served(answers) as port:
            pool = pool_of(provider(f"http://127.0.0.1:{port}/v1"))
            for _ in range(3):
                sink = Reads()
                ask(pool, sink)
                await sink.over.wait()
                assert (b"hi", ["end"]) == (sink.body, sink.told)

            assert 1 == opened(pool)
            pool.retire()
            assert 0 == opened(pool)

    run(scenario)


def test_there_are_never_more_connections_than_allowed() -> None:
    async def scenario() -> None:
        async with served(silent) as port:
            pool = pool_of(provider(f"http://127.0.0.1:{port}", max_connections=2))
            first, second = ask(pool, Reads()), ask(pool, Reads())
            assert first is not None
            assert second is not None
            assert ask(pool, Reads()) is None
            await until(lambda: getattr(first, "connection", None) is not None)
            first.abandon()

            assert 1 == opened(pool)
            third = ask(pool, Reads())
            assert third is not None
            second.abandon()
            third.abandon()
            await until(lambda: opened(pool) == 0)

    run(scenario)


def test_who_is_idle_for_long_is_closed_and_others_are_kept() -> None:
    async def scenario() -> None:
        async with served(answers) as port:
            pool = pool_of(provider(f"http://127.0.0.1:{port}"))
            sinks = [Reads(), Reads()]
            for sink in sinks:
                ask(pool, sink)
            for sink in sinks:
                await sink.over.wait()
            now = asyncio.get_running_loop().time()
            pool.sweep(now)
            assert 2 == opened(pool)
            pool.sweep(now + IDLE_SECONDS_MAX + 1)

            assert 0 == opened(pool)
            sink = Reads()
            ask(pool, sink)
            await sink.over.wait()
            assert ["end"] == sink.told
            pool.retire()

    run(scenario)


def test_a_retired_pool_ends_its_connections_as_their_answers_end() -> None:
    async def scenario() -> None:
        async with served(answers) as port:
            pool = pool_of(provider(f"http://127.0.0.1:{port}"))
            sink = Reads()
            ask(pool, sink)
            pool.retire()
            await sink.over.wait()

            assert (["end"], 0) == (sink.told, opened(pool))

    run(scenario)


def test_nobody_listening_is_unreachable() -> None:
    async def scenario() -> None:
        async with served(answers) as port:
            pass
        pool = pool_of(provider(f"http://127.0.0.1:{port}"))
        sink = Reads()
        ask(pool, sink)
        await sink.over.wait()

        assert sink.told[0].startswith("unreachable: ")
        assert 0 == opened(pool)

    run(scenario)


@pytest.mark.parametrize(
    "url", ["http://" + "a" * 64 + ".example", "http://a..b/", "http://x:99999"]
)
def test_an_address_that_cannot_be_is_unreachable(url: str) -> None:
    async def scenario() -> None:
        pool = pool_of(provider(url, connect_timeout_s=2.0))
        sink = Reads()
        ask(pool, sink)
        async with asyncio.timeout(30):
            await sink.over.wait()

        assert sink.told[0].startswith("unreachable: ")
        assert 0 == opened(pool)

    run(scenario)


def test_a_handshake_that_never_ends_is_unreachable_within_its_time() -> None:
    async def scenario() -> None:
        async with served(silent) as port:
            pool = pool_of(provider(f"https://127.0.0.1:{port}", connect_timeout_s=0.05))
            sink = Reads()
            ask(pool, sink)
            await sink.over.wait()

            assert ["unreachable: no connection within 0.05 s"] == sink.told
            assert 0 == opened(pool)

    run(scenario)


def test_who_is_abandoned_while_connecting_is_told_nothing() -> None:
    async def scenario() -> None:
        async with served(answers) as port:
            pool = pool_of(provider(f"http://127.0.0.1:{port}"))
            sink = Reads()
            line = ask(pool, sink)
            assert line is not None
            line.abandon()
            await until(lambda: opened(pool) == 0)

            assert [] == sink.told

    run(scenario)


def test_pausing_before_there_is_a_connection_holds_once_there_is() -> None:
    async def scenario() -> None:
        async with served(answers) as port:
            pool = pool_of(provider(f"http://127.0.0.1:{port}"))
            sink = Reads()
            line = ask(pool, sink)
            assert isinstance(line, Connecting)
            line.pause()
            await until(lambda: line.connection is not None)
            await asyncio.sleep(0.05)
            assert b"" == sink.body
            line.resume()
            await sink.over.wait()

            assert b"hi" == sink.body
            pool.retire()

    run(scenario)


def test_a_provider_that_hangs_up_at_once_is_a_failure_and_nothing_hangs() -> None:
    async def hangs_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async def scenario() -> None:
        async with served(hangs_up) as port:
            pool = pool_of(provider(f"http://127.0.0.1:{port}"))
            for _ in range(30):
                sink = Reads()
                ask(pool, sink)
                async with asyncio.timeout(30):
                    await sink.over.wait()
                assert 1 == len(sink.told)
                assert sink.told[0].startswith(("upstream_cut: ", "unreachable: "))
            await until(lambda: opened(pool) == 0)

    run(scenario)


def test_a_unix_socket_is_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path may have 107 bytes

    async def scenario() -> None:
        server = await asyncio.start_unix_server(answers, "s.sock")
        pool = pool_of(provider("unix:s.sock"))
        sink = Reads()
        ask(pool, sink)
        await sink.over.wait()

        assert b"hi" == sink.body
        pool.retire()
        server.close()
        await asyncio.sleep(0.01)

    run(scenario)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate of 127.0.0.1 and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl command to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext"
        f" subjectAltName=IP:127.0.0.1 -keyout {key} -out {certificate}".split(),
        check=True,
        capture_output=True,
    )
    return certificate, key


@pytest.mark.parametrize(
    ("trust", "verify", "told"),
    [(True, True, "end"), (False, True, "unreachable: "), (False, False, "end")],
)
def test_tls_is_spoken_to_whom_the_operator_trusts(
    certificate: tuple[Path, Path], *, trust: bool, verify: bool, told: str
) -> None:
    async def scenario() -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        async with served(answers, ssl=context) as port:
            asyncio.get_running_loop().set_exception_handler(lambda *_: None)
            pool = pool_of(
                provider(
                    f"https://127.0.0.1:{port}",
                    ca_file=str(certificate[0]) if trust else "",
                    verify_tls=verify,
                )
            )
            sink = Reads()
            ask(pool, sink)
            await sink.over.wait()

            assert sink.told[0].startswith(told)
            assert (1 if told == "end" else 0) == opened(pool)
            pool.retire()
            await asyncio.sleep(0.02)

    run(scenario)


# -- the count of connections, over any life


class Wire:
    """A transport that ends as transports do: once, a moment after it was told to."""

    def __init__(self, loop: asyncio.AbstractEventLoop, connection: Connection) -> None:
        self._loop, self.connection = loop, connection
        self.closed = False

    def write(self, data: bytes) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        if not self.closed:
            self.closed = True
            self._loop.call_soon(self.connection.connection_lost, None)

    close = abort


Line = tuple[Connection | Connecting, Reads]


class Dialled(Pool):
    """A pool whose next dials are given: "ok", "refused", "late" or "gone"."""

    dials: list[str]
    wires: list[Wire]

    async def _dial(self, factory: Callable[[], Connection]) -> None:
        how = self.dials.pop(0) if self.dials else "ok"
        if how == "refused":
            raise ConnectionRefusedError("refused")
        connection = factory()
        wire = Wire(self._loop, connection)
        connection.connection_made(wire)
        if how == "late":  # connected, and the time is up before anybody knows
            wire.close()
            raise TimeoutError
        if how == "gone":
            wire.close()
        await asyncio.sleep(0)
        self.wires.append(wire)


def step(pool: Dialled, lines: list[Line], what: str, which: int) -> None:
    """One thing that may happen to a pool."""
    live = [wire for wire in pool.wires if not wire.closed]
    wire = live[which % len(live)] if live else None
    match what:
        case "ask":
            sink = Reads()
            line = ask(pool, sink)
            if line is not None:
                lines.append((line, sink))
        case "abandon" if lines:
            line, sink = lines[which % len(lines)]
            if not sink.told:
                line.abandon()
        case "sweep":
            pool.sweep(asyncio.get_running_loop().time() + which * 20)
        case "retire":
            pool.retire()
        case "answer" if wire:
            wire.connection.data_received(ANSWER)
        case "close" if wire:
            wire.connection.data_received(ANSWER.replace(b"OK", b"OK\r\nconnection: close"))
        case "lost" if wire:
            wire.close()
        case _:
            pass


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(["ok", "ok", "refused", "late", "gone"]), max_size=10),
    st.lists(
        st.tuples(
            st.sampled_from(["ask", "answer", "close", "abandon", "lost", "sweep", "retire"]),
            st.integers(0, 5),
        ),
        max_size=30,
    ),
)
def test_every_connection_is_counted_once_whatever_its_life(
    dials: list[str], steps: list[tuple[str, int]]
) -> None:
    async def scenario() -> None:
        loop, most = asyncio.get_running_loop(), 3
        pool = Dialled(provider("http://x", max_connections=most), loop=loop, clock=loop.time)
        pool.dials, pool.wires = list(dials), []
        lines: list[Line] = []
        for what, which in steps:
            step(pool, lines, what, which)
            for _ in range(which + 1):  # what was closed ends a moment later
                await asyncio.sleep(0)
            live = sum(not wire.closed for wire in pool.wires)

            assert 0 <= opened(pool) <= most
            assert opened(pool) <= live + len(pool._connecting)
        for _ in range(5):
            await asyncio.sleep(0)
        pool.retire()
        for wire in pool.wires:
            wire.close()
        for _ in range(5):
            await asyncio.sleep(0)

        assert 0 == opened(pool)
        assert all(len(sink.told) <= 1 for _, sink in lines)

    with asyncio.Runner() as runner:
        runner.run(scenario())
