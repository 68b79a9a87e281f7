"""One gateway worker: `python -m stillhouse.compose.gateway_process`, started by the supervisor.

Settings arrive as lines of JSON on standard input (they hold provider keys, so never in arguments):
the first to begin with, each further one a reload. End of input means that the supervisor is gone:
drain and exit. SIGTERM means the same.

    loop        serves; never blocks
    asker       one thread with its own store connection: leases asked and given back
    watcher     one thread with its own store connection: directory, approved prices and recalls,
                every 50 ms
    journal     one thread that syncs at a change of file, and always where there is no AIO
"""

import argparse
import asyncio
import gc
import os
import secrets
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count

import uvloop

from stillhouse.compose import lookout
from stillhouse.compose.capturing import Capturing, account_key
from stillhouse.compose.comparing import Comparing
from stillhouse.compose.comparing import kept as comparisons_kept
from stillhouse.compose.control import lines
from stillhouse.compose.log import log
from stillhouse.compose.lookout import Lookout
from stillhouse.compose.sampling import Sampling, kept
from stillhouse.compose.splits import splits
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.compose.terms_book import terms_for_receipts
from stillhouse.config.settings import Server, Settings, undump
from stillhouse.distill.capture import Consent
from stillhouse.distill.release import Audit, Release
from stillhouse.gateway.connection import Limits
from stillhouse.gateway.gateway import Gateway
from stillhouse.gateway.leases import Leases
from stillhouse.gateway.ports import Upstream
from stillhouse.gateway.release import Split
from stillhouse.gateway.routing import Routing, Terms, no_terms
from stillhouse.gateway.times import Times
from stillhouse.gateway.watched import Watch
from stillhouse.gateway.windows import Windows
from stillhouse.guard.signals import Signals
from stillhouse.ledger.ports import WorkloadRow
from stillhouse.store.aio import open_aio
from stillhouse.store.captured import Captured
from stillhouse.store.journal import JournalWriter
from stillhouse.tariff import PriceBook, Tariff
from stillhouse.tenants import Key
from stillhouse.units.instant import Instant
from stillhouse.units.money import Pico
from stillhouse.upstream.pool import Pool
from stillhouse.workloads.answers import Sample

WATCH_S = 0.05
ROTATION_S = 1.0
SAMPLES_EVERY = 15
"""rotations between two times that samples of answers are kept"""
BACKLOG = 4096
STALE_S = 5.0
"""A worker that could not look for changes for this long admits nothing until it can."""


def main() -> None:
    arguments = argparse.ArgumentParser(prog="stillhouse gateway worker")
    arguments.add_argument("--listen", type=int, required=True, help="inherited socket")
    arguments.add_argument("--index", type=int, required=True)
    arguments.add_argument("--workers", type=int, required=True)
    given = arguments.parse_args()
    control = lines()
    settings = undump(next(control))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a reload is the supervisor's business
    # A thread that waits for the interpreter gets it after this long, so that a busy loop does not
    # hold up a lease, a suspension or an fsync.
    sys.setswitchinterval(0.0005)
    worker = Worker(settings, control, index=given.index, workers=given.workers)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(worker.run(socket.socket(fileno=given.listen)))


class Worker:
    """Wires one gateway to its journal, its stores and its providers."""

    def __init__(
        self, settings: Settings, control: Iterator[bytes], *, index: int, workers: int
    ) -> None:
        self._settings = settings
        self._control = control
        self._index = index
        self._workers = workers
        self._stopping = asyncio.Event()
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="asker")
        self._pools: dict[str, Pool] = {}
        self._template_key = b""
        self._sampling: Sampling | None = None
        self._lookout: Lookout | None = None
        self._approved: Sequence[Tariff] = ()
        self._prices_seen = 0
        self._terms: Terms = no_terms
        self._releases: tuple[list[Release], list[WorkloadRow]] = ([], [])

    async def run(self, listener: socket.socket) -> None:
        loop = self._loop = asyncio.get_running_loop()
        server = self._settings.server
        store = self._store = await loop.run_in_executor(self._asker, open_store, server.data)
        now = Instant(time.time_ns() // 1000)
        writer = self._writer = await loop.run_in_executor(
            self._asker, partial(store.register_writer, at=now)
        )
        leases = Leases(
            ask=self._ask,
            give_back=self._give_back,
            later=lambda delay, call: void(loop.call_later(delay, call)),
            clock=loop.time,
            workers=self._workers,
        )
        run_folder = server.data / "run"
        gateway = self._gateway = Gateway(
            loop=loop,
            limits=_limits(server),
            times=_times(server),
            leases=leases,
            windows=Windows(run_folder / "windows", self._index, self._workers, log=log),
            name=f"{writer:x}{secrets.token_hex(3)}".encode(),
            log=log,
        )
        aio = open_aio()
        journal = self._journal = JournalWriter(
            server.data,
            writer=writer,
            at=now,
            on_synced=gateway.committer.synced_from_thread,
            on_failed=gateway.committer.failed_from_thread,
            max_bytes=server.seal_bytes,
            max_age_s=server.seal_every_s,
            aio=aio,
        )
        if aio is not None:
            loop.add_reader(aio.eventfd, journal.reap)
        gateway.committer.attach(journal)
        gateway.use_directory(store.directory())
        key = await loop.run_in_executor(self._asker, store.template_key)
        self._template_key, self._sampling = key, Sampling(key, self._keep)
        self._lookout = Lookout(
            Signals(key),
            writer=writer,
            later=loop.call_later,
            keep=self._keep_signals,
            log=log,
            first=self._settings.guard.first_calls,
            payment=lambda account: gateway.admission.directory.accounts[account].payment,
        )
        self._prices_seen = store.prices_count()
        self._approved = store.approved_prices()
        self._terms = terms_for_receipts(store, log)
        self._comparing, self._releases = Comparing(gateway, self._compared), _released(store)
        self._begin_capture(store)
        self._apply(self._settings)
        watcher = threading.Thread(target=self._watch, name="watcher", daemon=True)
        watcher.start()
        threading.Thread(target=self._read_control, name="control", daemon=True).start()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        acceptor = await loop.create_server(
            gateway.connection, sock=listener, backlog=BACKLOG, ssl=_tls(server)
        )
        gateway.start_sweep()
        rotation = loop.create_task(self._rotate())
        gateway.ready = True
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 100)
        log("worker_ready", writer=writer, index=self._index, pid=os.getpid())
        await self._stopping.wait()
        await self._drain(acceptor)
        rotation.cancel()
        leases.return_all()
        self._flush()
        await loop.run_in_executor(self._asker, lambda: None)  # after every give-back
        if aio is not None:
            loop.remove_reader(aio.eventfd)
        try:
            journal.close()
        except OSError as error:
            log("journal_not_closed", error=str(error))
        self._asker.shutdown()
        log("worker_stopped", writer=writer, index=self._index)

    def _flush(self) -> None:
        """Hand over everything that was gathered beside the calls."""
        if self._sampling is not None:
            self._sampling.flush()
        if self._lookout is not None:
            self._lookout.flush()
        self._comparing.flush()
        self._keep_captured()

    async def _drain(self, acceptor: asyncio.Server) -> None:
        """Stop accepting, let calls end, within the limit; what is left is for recovery."""
        acceptor.close()
        gateway = self._gateway
        gateway.drain()
        until = self._loop.time() + self._settings.server.drain_timeout_s
        broken = gateway.committer.broken
        while not broken and not gateway.quiet and self._loop.time() < until:  # noqa: ASYNC110 - rare, and simple
            await asyncio.sleep(0.02)
        if gateway.calls:
            log("drain_cut", calls=len(gateway.calls))
        gateway.stop()

    # -- settings

    def _apply(self, settings: Settings) -> None:
        """Begin with these settings, or go over to them; calls in flight keep the old ones."""
        self._settings = settings
        pools: dict[str, Pool] = {}
        for name, provider in settings.providers.items():
            kept = self._pools.get(name)
            if kept is not None and kept.provider == provider:
                pools[name] = kept
            else:
                pools[name] = Pool(provider, loop=self._loop, clock=self._loop.time)
        self._pools = pools
        self._route()
        self._gateway.configure(_limits(settings.server), _times(settings.server))
        looks, sampling = settings.server.templates, self._sampling
        self._gateway.find_templates(self._template_key if looks else None)
        self._gateway.sampler = sampling.look if looks and sampling is not None else None
        guards = settings.guard.enabled and self._lookout is not None
        self._gateway.watcher = self._lookout.look if guards and self._lookout else None
        if self._lookout is not None:
            self._lookout.first = settings.guard.first_calls

    def _route(self) -> None:
        """By the configuration's prices and the approved ones, which never contradict them."""
        settings, pools = self._settings, self._pools
        routing = Routing(
            deployments=settings.deployments,
            upstream=pools.__getitem__,
            book=PriceBook([*settings.tariffs, *self._approved]),
            terms=self._terms,
        )
        upstreams: dict[str, Upstream] = dict(pools)
        self._gateway.route_by(routing, upstreams)
        self._routing = routing
        self._divide()

    def _divide(self) -> None:
        """Calls from now on go by the live releases; those in flight keep what they began with."""
        releases, workloads = self._releases
        self._comparing.use(releases)
        divided = splits(releases, self._routing.ways, workloads, self._template_key)
        watched = divided or any(consent.holds for consent in self._consents)
        self._gateway.release_by(divided, self._watches if watched else None)

    def _watches(self, key: Key, split: Split | None) -> Watch | None:
        """Who is told how this key's calls end: nobody, but under a release or a consent."""
        looks = [] if split is None else [self._comparing.look]
        if self._capturing.wants(key.project):
            looks.append(self._capturing.look)
        if len(looks) < len((self._comparing, self._capturing)):
            return looks[0] if looks else None
        return lambda call: void([look(call) for look in looks])

    def _begin_capture(self, store: WholeStore) -> None:
        self._capturing = Capturing(writer=self._writer, log=log)
        key = partial(account_key, store, self._settings.server.data)
        self._captured = Captured(self._settings.server.data, key)
        self._consents = store.consents()
        self._capturing.use(self._consents)

    def _consent(self, consents: list[Consent]) -> None:
        self._captured.forget_keys()  # an account's may have been erased
        if consents != self._consents:
            self._consents = consents
            self._capturing.use(consents)
            self._divide()

    def _keep_captured(self) -> None:
        taken = self._capturing.take()
        if taken:
            self._asker.submit(self._capturing.keep, taken, self._captured)

    def _release(self, releases: tuple[list[Release], list[WorkloadRow]]) -> None:
        if releases != self._releases:
            self._releases = releases
            self._divide()

    def _compared(self, release: str, audits: Sequence[Audit]) -> None:
        def add() -> Release:
            return self._store.add_audits(release, audits, at=self._gateway.now())

        def told(after: Release) -> None:
            self._loop.call_soon_threadsafe(self._comparing.counted, after)

        self._asker.submit(comparisons_kept, add, told, log)

    def _reprice(self, approved: Sequence[Tariff]) -> None:
        """Calls from now on are priced so; calls in flight keep the prices that they began with."""
        self._approved = approved
        self._route()
        log("prices_approved", prices=len(approved))

    def _reterm(self, terms: Terms) -> None:
        """Somebody signed for a reading: receipts from now on name the version that it made."""
        self._terms = terms
        self._route()

    def _read_control(self) -> None:
        """Each line is a new settings document; the end of input is the end of the supervisor."""
        for line in self._control:
            try:
                settings = undump(line)
            except ValueError as error:  # the calls go on by the settings that they have
                log("settings_not_read", error=str(error))
                continue
            self._loop.call_soon_threadsafe(self._apply, settings)
        self._loop.call_soon_threadsafe(self._stopping.set)

    # -- the ledger, off the loop

    def _ask(
        self,
        budget: str,
        period: str,
        need: int,
        want: int,
        answer: Callable[[int, int, int], None],
    ) -> None:
        """Off the loop; a ledger that fails is one that has nothing to lease."""

        def lease() -> None:
            granted = posted = leased = 0
            store = self._store
            try:
                granted = store.lease(
                    self._writer, budget, period, need=Pico(need), want=Pico(want)
                )
                if not granted:
                    found = [
                        b for b in store.balances() if (b.budget, b.period) == (budget, period)
                    ]
                    posted, leased = (found[0].posted, found[0].leased) if found else (0, 0)
            except Exception as error:  # noqa: BLE001 - fails closed, whatever it was
                log("lease_failed", budget=budget, error=str(error))
            self._loop.call_soon_threadsafe(answer, granted, posted, leased)

        self._asker.submit(lease)

    def _give_back(self, budget: str, period: str, amount: int) -> None:
        self._asker.submit(self._store.give_back, self._writer, budget, period, Pico(amount))

    def _keep(self, samples: Mapping[tuple[str, str], Sample]) -> None:
        self._asker.submit(kept, self._store.add_answers, samples, log)

    def _keep_signals(self, rows: Sequence[lookout.Row]) -> None:
        self._asker.submit(lookout.kept, self._store.add_signals, rows, log)

    def _watch(self) -> None:
        """Look for changes twenty times a second, so that a suspension takes effect within one."""
        store = open_store(self._settings.server.data)
        version, recall, seen = -1, store.recalls(0)[0], time.monotonic()
        prices, signed = self._prices_seen, store.terms_count()
        while not self._stopping.is_set():
            try:
                now_version = store.version()
                if now_version != version:
                    directory = store.directory()
                    self._loop.call_soon_threadsafe(self._release, _released(store))
                    self._loop.call_soon_threadsafe(self._consent, store.consents())
                    self._loop.call_soon_threadsafe(self._gateway.use_directory, directory)
                    now_prices = store.prices_count()
                    if now_prices != prices:
                        approved = store.approved_prices()
                        self._loop.call_soon_threadsafe(self._reprice, approved)
                        prices = now_prices
                    now_signed = store.terms_count()
                    if now_signed != signed:
                        terms = terms_for_receipts(store, log)
                        self._loop.call_soon_threadsafe(self._reterm, terms)
                        signed = now_signed
                    version = now_version
                recall, names = store.recalls(recall)
                seen = time.monotonic()
                self._gateway.stale = False
                if names:
                    self._loop.call_soon_threadsafe(self._gateway.leases.recalled, names)
            except Exception as error:  # noqa: BLE001 - whatever it was, look again; say so
                log("watch_failed", error=str(error))
                if time.monotonic() - seen > STALE_S:
                    self._gateway.stale = True  # a suspension could be missed: admit nothing
            time.sleep(WATCH_S)

    def _look_every(self) -> int:
        """In rotations."""
        return max(1, round(self._settings.guard.every_s / ROTATION_S))

    async def _rotate(self) -> None:
        for turn in count(1):
            await asyncio.sleep(ROTATION_S)
            self._keep_captured()
            if self._sampling is not None and not turn % SAMPLES_EVERY:
                self._sampling.flush()
            if self._lookout is not None and not turn % self._look_every():
                self._lookout.flush()
            if self._gateway.committer.broken:
                self._stopping.set()  # a successor begins a new journal; recovery settles this one
                return
            now = self._gateway.now()
            if self._journal.should_rotate(now):
                try:
                    self._journal.rotate(list(self._gateway.opens.values()), at=now)
                except OSError as error:
                    log("rotation_failed", error=str(error))


def _released(store: WholeStore) -> tuple[list[Release], list[WorkloadRow]]:
    """Live releases, and the merges of workloads where there are any."""
    live = [release for release in store.releases() if release.live]
    return live, store.workloads() if live else []


def void(_: object) -> None:
    """For callers that promise to return nothing."""


def _tls(server: Server) -> ssl.SSLContext | None:
    if server.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(server.tls_cert, server.tls_key)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _limits(server: Server) -> Limits:
    return Limits(
        header_bytes_max=server.max_header_bytes,
        body_bytes_max=server.max_body_bytes,
        header_timeout_s=server.header_timeout_s,
        body_timeout_s=server.body_timeout_s,
        keepalive_timeout_s=server.keepalive_timeout_s,
        connections_max=server.max_connections,
    )


def _times(server: Server) -> Times:
    return Times(
        max_attempts=server.max_attempts,
        deadline_s=server.deadline_s,
        drain_s=server.client_gone_drain_s,
        drains_max=server.client_gone_drains,
        keepalive_s=server.keepalive_comment_s,
    )


if __name__ == "__main__":
    main()
