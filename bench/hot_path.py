"""The gateway's own work per call, without kernel, sockets or event loop: what Python costs.

Drives one Gateway through fake transports, in process: request bytes in, provider's answer bytes
in, answer bytes out, journal frames counted. Prints microseconds per unary call and per SSE chunk
(the least of 7: other load only adds), and the Python functions called per call.

    python -m bench.hot_path [--profile] [--calls N] [--guard]

`--guard` compares the same calls without and with guard's lookout, turn by turn, by CPU time.
"""

import argparse
import asyncio
import cProfile
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stillhouse.compose.capturing import Capturing, Waiting
from stillhouse.compose.lookout import Lookout, Row
from stillhouse.distill.capture import Consent
from stillhouse.gateway.connection import ClientConnection, Limits
from stillhouse.gateway.gateway import Gateway
from stillhouse.gateway.leases import Leases
from stillhouse.gateway.ports import Upstream
from stillhouse.gateway.routing import Routing
from stillhouse.gateway.times import Times
from stillhouse.gateway.windows import Windows
from stillhouse.guard.signals import Signals
from stillhouse.store.captured import Captured
from stillhouse.tariff import PriceBook, tariff
from stillhouse.tenants import Account, Budget, Directory, Key, Project, digest
from stillhouse.tenants import Limits as Rates
from stillhouse.units.instant import Instant
from stillhouse.units.money import Pico
from stillhouse.units.usage import Meter
from stillhouse.upstream.client import Connection
from stillhouse.upstream.pool import Pool
from stillhouse.wire.deployment import Deployment, Provider, ProviderKind

SECRET = "sk-sh-" + "0" * 64
BODY = (
    b'{"model":"gpt-4o","messages":[{"role":"user","content":"' + b"hello wor " * 90 + b'"}],'
    b'"max_tokens":20}'
)
STREAM_BODY = BODY[:-1] + b',"stream":true}'
ANSWER = (
    b'{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"gpt-4o","choices":'
    b'[{"index":0,"message":{"role":"assistant","content":"'
    + b"word "
    * 20
    + b'"},"finish_reason":'
    b'"stop"}],"usage":{"prompt_tokens":200,"completion_tokens":20,"total_tokens":220,'
    b'"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},'
    b'"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}}}'
)
PIECE = (
    b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,'
    b'"model":'
    b'"gpt-4o","choices":[{"index":0,"delta":{"content":" word"},"finish_reason":null}],'
    b'"usage":null}\n\n'
)
LAST = (
    b'data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,'
    b'"model":'
    b'"gpt-4o","choices":[],"usage":{"prompt_tokens":200,"completion_tokens":20,'
    b'"total_tokens":220}}\n\n'
    b"data: [DONE]\n\n"
)


def request(body: bytes) -> bytes:
    return (
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
        b"Authorization: Bearer " + SECRET.encode() + b"\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    )


class FakeTransport:
    """Counts what is written."""

    def __init__(self) -> None:
        self.written = 0

    def write(self, data: bytes) -> None:
        self.written += len(data)

    def is_closing(self) -> bool:
        return False

    def set_write_buffer_limits(self, high: int) -> None: ...
    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def abort(self) -> None: ...
    def close(self) -> None: ...

    def get_extra_info(self, _name: str) -> tuple[str, int]:
        return ("203.0.113.9", 51_000)


class FakeJournal:
    """Everything is on disk at once."""

    writer = 1

    def __init__(self, synced: Callable[[int], None]) -> None:
        self._synced = synced
        self._pending: list[bytes] = []
        self._next = 1
        self.position = 0

    def next_seq(self) -> int:
        seq = self._next
        self._next = seq + 1
        return seq

    def append(self, frame: bytes) -> None:
        self._pending.append(frame)

    def flush(self) -> int:
        data = b"".join(self._pending)
        self._pending.clear()
        self.position += len(data)
        return self.position

    def sync(self, position: int) -> None:
        self._synced(position)


class FakeLoop:
    """call_soon is collected and run by `turn`."""

    def __init__(self) -> None:
        self.ready: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        self.later: tuple[float, Callable[[], None]] | None = None

    time = staticmethod(time.monotonic)

    def call_soon(self, call: Callable[..., None], *arguments: Any) -> None:
        self.ready.append((call, arguments))

    call_soon_threadsafe = call_soon

    def call_later(self, _delay: float, call: Callable[..., None], *arguments: Any) -> None: ...

    def put_off(self, delay: float, call: Callable[[], None]) -> None:
        """Guard's slices, at their time."""
        self.later = (time.monotonic() + delay, call)

    def turn(self) -> None:
        if self.later is not None and time.monotonic() >= self.later[0]:
            call, self.later = self.later[1], None
            call()
        while self.ready:
            ready, self.ready = self.ready, []
            for call, arguments in ready:
                call(*arguments)


class Rig:
    """One gateway, one client, one provider connection."""

    def __init__(self) -> None:
        loop = FakeLoop()
        self.loop = loop
        leases = Leases(
            ask=lambda _b, _p, _n, want, answer: answer(want, 0, 0),
            give_back=lambda *_: None,
            later=lambda *_: None,
            clock=loop.time,
            workers=1,
        )
        anything: Any = loop
        gateway = Gateway(
            loop=anything,
            limits=Limits(32768, 1 << 20, 10, 60, 75, 10_000),
            times=Times(
                max_attempts=3,
                deadline_s=600,
                drain_s=30,
                drains_max=256,
                keepalive_s=15,
            ),
            leases=leases,
            windows=Windows(None, 0, 1),
            name=b"1",
            log=lambda *_, **__: None,
        )
        gateway.committer.attach(FakeJournal(gateway.committer.synced_from_thread))
        provider = Provider(name="stub", kind=ProviderKind.OPENAI, base_url="http://127.0.0.1:1/v1")
        pool = Pool(provider, loop=anything, clock=loop.time)
        prices = {Meter.INPUT: 2_500_000, Meter.CACHE_READ: 1_250_000, Meter.OUTPUT: 10_000_000}
        book = PriceBook(
            [tariff(book="sale", model="gpt-4o", valid_from=Instant(0), prices=prices)]
        )
        upstreams: dict[str, Upstream] = {"stub": pool}
        gateway.route_by(
            Routing(
                deployments={"gpt-4o": Deployment(name="gpt-4o", provider="stub", model="gpt-4o")},
                upstream=upstreams.__getitem__,
                book=book,
            ),
            upstreams,
        )
        limits = Rates(requests_per_minute=10**9, tokens_per_minute=10**12, concurrent=10_000)
        account = Account("acct_1", "a", limits=limits)
        budget = Budget("bud_1", "account", "acct_1", "month", Pico(10**19), hard=True)
        key = Key(
            id="key_1",
            account="acct_1",
            project="proj_1",
            digest=digest(SECRET.encode()),
            hint="sk",
            created_at=Instant(0),
        )
        gateway.find_templates(b"k" * 32)
        gateway.use_directory(
            Directory(
                accounts=[account],
                projects=[Project("proj_1", "acct_1", "p")],
                keys=[key],
                budgets=[budget],
            )
        )
        self.client = ClientConnection(gateway)
        self.client_side = FakeTransport()
        self.client.connection_made(self.client_side)
        self.upstream = Connection(pool)
        self.upstream.connection_made(FakeTransport())
        pool._open = 1  # noqa: SLF001
        pool.release(self.upstream)
        self.gateway = gateway
        self.answer = (
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
            % len(ANSWER)
            + ANSWER
        )
        self.unary_request = request(BODY)

    def unary(self) -> None:
        self.client.data_received(self.unary_request)
        self.loop.turn()
        self.upstream.data_received(self.answer)
        self.loop.turn()

    def open_stream(self) -> None:
        self.client.data_received(request(STREAM_BODY))
        self.loop.turn()
        self.upstream.data_received(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )

    def piece(self, data: bytes = b"%x\r\n%b\r\n" % (len(PIECE), PIECE)) -> None:
        self.upstream.data_received(data)

    def close_stream(self) -> None:
        self.upstream.data_received(b"%x\r\n%b\r\n0\r\n\r\n" % (len(LAST), LAST))
        self.loop.turn()


def per_run(work: Callable[[], None], times: int) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times * 1e6


def guarded(rounds: int = 25, calls: int = 3000) -> None:
    """Without and with the lookout, one after another, so that other load meets both alike."""
    plain, watched = Rig(), Rig()
    kept: list[Row] = []
    lookout = Lookout(
        Signals(b"k" * 32),
        first=256,
        writer=1,
        later=watched.loop.put_off,
        keep=kept.extend,
        log=lambda event, **_: sys.exit(event),
    )
    watched.gateway.watcher = lookout.look

    def cpu(rig: Rig) -> float:
        begun = time.process_time()
        for _ in range(calls):
            rig.unary()
        lookout.flush()
        return (time.process_time() - begun) / calls * 1e6

    cpu(plain), cpu(watched)
    pairs = [(cpu(plain), cpu(watched)) for _ in range(rounds)]
    ratio = statistics.median(b / a for a, b in pairs)
    print(f"without guard {min(a for a, _ in pairs):6.1f} us of CPU a call")
    print(f"with guard    {min(b for _, b in pairs):6.1f} us; {100 * (ratio - 1):+.1f} % (median)")
    print(f"{len(kept):,} signals of {rounds * calls:,} calls; {lookout.missed:,} missed for time")


def captured(rounds: int = 25, calls: int = 3000) -> None:
    """Without and with content capture, alike; and what its thread takes for a row."""
    plain, watched = Rig(), Rig()
    capturing = Capturing(writer=1, log=lambda event, **_: sys.exit(event))
    capturing.use(
        [
            Consent(
                project="proj_1", account="acct_1", by="b", words="bench", days=1,
                began_at=Instant(0),
            )
        ]
    )  # fmt: skip
    watched.gateway.release_by(
        {}, lambda key, _: capturing.look if capturing.wants(key.project) else None
    )
    taken: list[Waiting] = []

    def cpu(rig: Rig) -> float:
        begun = time.process_time()
        for _ in range(calls):
            rig.unary()
        taken[:] = capturing.take() or taken
        return (time.process_time() - begun) / calls * 1e6

    cpu(plain), cpu(watched)
    pairs = [(cpu(plain), cpu(watched)) for _ in range(rounds)]
    ratio = statistics.median(b / a for a, b in pairs)
    with tempfile.TemporaryDirectory() as folder:
        files = Captured(Path(folder), lambda _: b"k" * 32)
        begun = time.process_time()
        capturing.keep(taken, files)
        row = (time.process_time() - begun) / len(taken) * 1e6
    print(f"without capture {min(a for a, _ in pairs):6.2f} us of CPU a call")
    print(
        f"with capture    {min(b for _, b in pairs):6.2f} us; {100 * (ratio - 1):+.1f} % (median)"
    )
    print(f"its thread      {row:6.2f} us a row: read, compressed, encrypted, written")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--guard", action="store_true", help="what guard's lookout adds")
    arguments.add_argument("--capture", action="store_true", help="what content capture adds")
    arguments.add_argument("--profile", action="store_true")
    arguments.add_argument("--calls", type=int, help="only make this many calls (for callgrind)")
    given = arguments.parse_args()
    asyncio.set_event_loop(None)
    if given.guard:
        guarded()
        return
    if given.capture:
        captured()
        return
    rig = Rig()
    if given.calls:
        per_run(rig.unary, given.calls)
        return
    per_run(rig.unary, 2000)
    if rig.client_side.written < 1_000_000:
        sys.exit("the rig does not answer; something refuses its calls")
    if given.profile:
        profile = cProfile.Profile()
        profile.runcall(per_run, rig.unary, 10_000)
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)
        return
    unary = min(per_run(rig.unary, 5000) for _ in range(7))
    rig.open_stream()
    piece = min(per_run(rig.piece, 20_000) for _ in range(7))
    rig.close_stream()
    rig.unary()  # the next one is like its last
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    rig.unary()
    sys.setprofile(None)
    print(f"unary call   {unary:6.1f} us, {calls} Python functions called")
    print(f"SSE chunk    {piece:6.1f} us")


if __name__ == "__main__":
    main()
