"""Logs that others wrote become receipts like any other: `stillhouse import`.

    line -> call -> counted before? -> priced -> a batch: one segment (durable), one transaction

A batch's receipts and the identities of its lines are posted together, so a line is counted once
whatever the file's split, the number of runs, or the moment of a kill. What a kill leaves is a
segment file that nothing names and a writer that nobody holds: the next run removes the one and
releases the other before it begins. One import runs at a time; the service may run meanwhile.

Memory is bounded by one batch, whatever the size of the file. No text of a call is kept.
"""

import fcntl
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from msgspec.structs import force_setattr

from stillhouse.compose.prices import known
from stillhouse.imports.call import Call, LineError, Reason
from stillhouse.imports.formats import LINE_BYTES_MAX, Format, reader
from stillhouse.imports.identity import content, identity
from stillhouse.imports.priced import NO_PRICE, Priced
from stillhouse.imports.templates import Finder
from stillhouse.ledger.ports import ConflictError, LogCost, NotFoundError, Store, Total
from stillhouse.ledger.receipt import Close, Open
from stillhouse.ledger.segment import Ending, Receipts, segment, totals
from stillhouse.store.folder import JournalFolder
from stillhouse.store.lake import Lake
from stillhouse.store.sqlite_control import DEFAULT_PROJECT
from stillhouse.store.sqlite_imports import EXACT
from stillhouse.units.instant import Instant, period
from stillhouse.worker.seal import without_gc

BATCH_LINES = 50_000
PROBES = 256
"""So many lines of a batch are looked up before the others are taken for new."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was not imported."""

    line: int
    reason: Reason
    message: str


@dataclass(slots=True)
class Report:
    """What a run did. Amounts in pico-units by currency; reported: what the log says it cost.

    unpriced: model -> calls without a sale price. accounts: names of those that were made.
    """

    lines: int = 0
    imported: int = 0
    known: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    accounts: list[str] = field(default_factory=list)
    projects: int = 0
    unpriced: Counter[str] = field(default_factory=Counter)
    counted: int = 0
    charge: Counter[str] = field(default_factory=Counter)
    cost: Counter[str] = field(default_factory=Counter)
    reported: dict[str, Decimal] = field(default_factory=dict)
    first: int | None = None
    last: int | None = None

    @property
    def ok(self) -> bool:
        return not self.rejected


def log_lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Each line of a log; None for one that is longer than any call's."""
    first = True
    while line := file.readline(LINE_BYTES_MAX + 1):
        if len(line) > LINE_BYTES_MAX and not line.endswith(b"\n"):
            while rest := file.readline(LINE_BYTES_MAX):
                if rest.endswith(b"\n"):
                    break
            yield None
            continue
        yield line.removeprefix(b"\xef\xbb\xbf") if first else line
        first = False


def import_log(
    data: Path,
    store: Store,
    lines: Iterable[bytes | None],
    *,
    log: Format,
    source: str,
    account: str = "",
    dry_run: bool = False,
    at: Instant,
    actor: str,
    on_problem: Callable[[Problem], None] = lambda _: None,
    on_batch: Callable[[Report], None] = lambda _: None,
) -> Report:
    """Import a log; lines that cannot be read are told one by one and never stop it.

    Args:
        data: the data folder of `store`.
        store: the ledger.
        lines: of the log, as `log_lines` gives them.
        log: the format.
        source: what to call the log in the ledger's entry.
        account: who pays for calls of lines that name nobody.
        dry_run: read and check everything, post nothing, make nothing.
        at: now.
        actor: who asks.
        on_problem: told each line that is not imported.
        on_batch: told after each batch how far it is.

    Raises:
        ConflictError: another import runs.
    """
    numbered = enumerate(lines, 1)
    with _alone(data), without_gc():
        if not dry_run:
            _sweep(data, store, at=at)
        run = _Run(data, store, log, account, source, at, actor, dry_run, on_problem)
        with run.writing:
            while batch := list(islice(numbered, BATCH_LINES)):
                run.take(batch)
                on_batch(run.report)
            run.end()
    return run.report


class _Line(NamedTuple):
    """A line that can be read. account, project: ids. workload: declared, or of its template."""

    number: int
    identity: bytes
    content: bytes
    call: Call
    account: str
    project: str
    workload: str


@dataclass(slots=True)
class _Fresh:
    """What is new in a batch. seq: the last that it takes. conflicts: (line, id)."""

    seq: int
    opens: list[Open] = field(default_factory=list)
    closes: list[Close] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    lines: dict[bytes, bytes] = field(default_factory=dict)
    known: int = 0
    conflicts: list[tuple[int, str]] = field(default_factory=list)
    rows: Receipts | None = None
    totals: Sequence[Total] = ()
    logged: list[LogCost] | None = None

    def receipts(self, writer: int) -> Receipts:
        """Made once: their columns are what takes the time."""
        if self.rows is None or self.rows.writers[:1] != [writer]:
            self.rows = Receipts([writer] * len(self.opens), self.opens, self.closes)
        return self.rows

    def costs(self) -> list[LogCost]:
        """What the log says that these calls cost, summed by all that a reader asks for."""
        if self.logged is not None:
            return self.logged
        sums: dict[tuple[str, str, str, str, str, str, str], tuple[int, Decimal]] = {}
        for opened, call in zip(self.opens, self.calls, strict=True):
            if call.reported_cost is None:
                continue
            key = (
                period(opened.admitted_at, "day"),
                opened.account,
                opened.project,
                opened.provider,
                opened.model,
                opened.cost_tariff,
                call.currency,
            )
            n, amount = sums.get(key, (0, Decimal(0)))
            sums[key] = (n + 1, EXACT.add(amount, call.reported_cost))
        self.logged = [LogCost(*key, n, amount) for key, (n, amount) in sums.items()]
        return self.logged


class _Run:
    """One import, batch by batch."""

    def __init__(
        self,
        data: Path,
        store: Store,
        log: Format,
        account: str,
        source: str,
        at: Instant,
        actor: str,
        dry_run: bool,  # noqa: FBT001 - private
        on_problem: Callable[[Problem], None],
    ) -> None:
        self.store, self.log, self.source = store, log, source
        self.at, self.actor, self.dry_run = at, actor, dry_run
        self.on_problem = on_problem
        self.report = Report()
        self.read = reader(log, account=account)
        prices = known(store)
        self.currency = {name: t.currency for name, t in prices.by_id.items()}
        self.currency[NO_PRICE.id] = NO_PRICE.currency
        self.priced = Priced(prices)
        self.templates = Finder(b"" if dry_run else store.template_key())
        self.payers = _Payers(store, self.report, at=at, actor=actor, dry_run=dry_run)
        self.folder, self.lake = JournalFolder(data), Lake(data)
        self.writing = ExitStack()
        self.writer = self.file = self.seq = 0

    def take(self, batch: list[tuple[int, bytes | None]]) -> None:
        read = self._read(batch)
        known, all_asked = self._known(read)
        fresh = self._fresh(read, known)
        if fresh.opens and not self.dry_run:
            try:
                self._post(fresh)
            except ConflictError:
                if all_asked:
                    raise
                fresh = self._fresh(read, self.store.known_lines([r.identity for r in read]))
                if fresh.opens:
                    self._post(fresh)
        self._tell(fresh)

    def _known(self, read: list[_Line]) -> tuple[dict[bytes, bytes], bool]:
        """(lines that were counted before, whether all were asked after).

        A log is mostly new as a whole or known as a whole. When none of a few is known, the others
        are taken for new as well: should one not be, the transaction refuses the batch.
        """
        identities = [line.identity for line in read]
        step = 1 if self.dry_run else max(len(identities) // PROBES, 1)
        if step > 1 and not self.store.known_lines(identities[::step]):
            return {}, False
        return self.store.known_lines(identities), True

    def _fresh(self, read: list[_Line], known: dict[bytes, bytes]) -> _Fresh:
        """What is new among these lines, priced."""
        fresh = _Fresh(seq=self.seq)
        lines, seq = fresh.lines, self.seq
        for number, ident, said, call, account, project, workload in read:
            before = lines.get(ident) or known.get(ident)
            if before is not None:
                if before == said:
                    fresh.known += 1
                else:
                    fresh.conflicts.append((number, call.id))
                continue
            lines[ident] = said
            seq += 1
            opened, closed = self.priced.halves(
                call, seq=seq, account=account, project=project, workload=workload
            )
            fresh.opens.append(opened)
            fresh.closes.append(closed)
            fresh.calls.append(call)
        fresh.seq = seq
        return fresh

    def end(self) -> None:
        """The writer has written its last: nobody waits for more."""
        if self.writer:
            self.store.release_writer(self.writer, at=self.at)
            self.folder.forget(self.writer)

    def _read(self, batch: list[tuple[int, bytes | None]]) -> list[_Line]:
        """The lines that can be read; the others are told."""
        found = []
        for number, line in batch:
            self.report.lines += 1
            if line is None:
                self._reject(
                    number, "too_long", f"the line is longer than {LINE_BYTES_MAX >> 20} MiB"
                )
                continue
            if line.isspace():
                self.report.lines -= 1
                continue
            try:
                call = self.read(line)
                account, project = self.payers.of(call)
                ident = identity(call, line, log=self.log, account=account)
            except LineError as error:
                self._reject(number, error.reason, error.message)
                continue
            workload = call.workload
            if call.template:
                workload = workload or self.templates.find(call.surface, call.template)
                force_setattr(call, "template", b"")  # a batch holds calls, and none of their text
            found.append(_Line(number, ident, content(call), call, account, project, workload))
        return found

    def _reject(self, number: int, reason: Reason, message: str) -> None:
        self.report.rejected[reason] += 1
        self.on_problem(Problem(number, reason, message))

    def _post(self, fresh: _Fresh) -> None:
        if not self.writer:
            self.writer = self._register()
            self.store.register_tariffs([NO_PRICE], at=self.at)
        receipts = fresh.receipts(self.writer)
        file = self.file + 1
        written = self.lake.write(receipts, file=file)
        sealed = segment(
            receipts,
            file=file,
            path=written.path,
            sha256=written.sha256,
            size=written.size,
            sealed_at=self.at,
            spent={},
        )
        try:
            with self.folder.sealing():  # or a reader sees half of what `verify` compares
                self.store.post_import(
                    sealed, lines=list(fresh.lines.items()), costs=fresh.costs(), at=self.at
                )
        except ConflictError:
            (self.lake.data / written.path).unlink()
            raise
        self.file, self.seq = file, fresh.seq
        fresh.totals = sealed.totals

    def _register(self) -> int:
        """A writer of our own, its lock held so that nobody takes it for dead."""
        while True:
            writer = self.store.register_importer(
                source=self.source, log_format=self.log, at=self.at, actor=self.actor
            )
            self.writing.enter_context(self.folder.claim(writer))
            # A service that started at this very moment may have taken it for one that died.
            if not self.store.writers()[writer]:
                return writer

    def _tell(self, fresh: _Fresh) -> None:
        report = self.report
        report.known += fresh.known
        for number, ident in fresh.conflicts:
            self._reject(
                number,
                "conflict",
                f'"{ident}" was imported before with other contents; it stays as it was first',
            )
        if not fresh.opens:
            return
        report.imported += len(fresh.opens)
        said = fresh.receipts(self.writer).columns
        times = said.numbers["admitted_at"]
        first, last = min(times), max(times)
        report.first = first if report.first is None else min(first, report.first)
        report.last = last if report.last is None else max(last, report.last)
        for ending, n in Counter(said.endings.codes).items():
            if Ending(*said.endings.values[ending]).witness == "counted":
                report.counted += n
        for total in fresh.totals or totals(fresh.receipts(self.writer)):
            if total.charge:
                report.charge[self.currency[total.sale_tariff]] += total.charge
            if total.cost:
                report.cost[self.currency[total.cost_tariff]] += total.cost
            if total.unrated:
                report.unpriced[total.model] += total.unrated
        for cost in fresh.costs():
            report.reported[cost.currency] = EXACT.add(
                report.reported.get(cost.currency, Decimal(0)), cost.amount
            )


class _Payers:
    """Accounts and projects by the names that logs use; made when they do not exist."""

    def __init__(
        self, store: Store, report: Report, *, at: Instant, actor: str, dry_run: bool
    ) -> None:
        self.store, self.report, self.at, self.actor = store, report, at, actor
        self.dry_run = dry_run
        here = store.directory()
        self.accounts = {a.name: a.id for a in here.accounts.values()}
        self.accounts |= {ident: ident for ident in here.accounts}
        self.projects = {(p.account, p.name): p.id for p in here.projects.values()}
        self.projects |= {(p.account, p.id): p.id for p in here.projects.values()}

    def of(self, call: Call) -> tuple[str, str]:
        account = self.accounts.get(call.account) or self._account(call.account)
        name = call.project or DEFAULT_PROJECT
        return account, self.projects.get((account, name)) or self._project(account, name)

    def _account(self, name: str) -> str:
        try:
            if self.dry_run:
                ident = f"(new) {name}"
            else:
                ident = self.store.create_account(name, at=self.at, actor=self.actor).id
            self.report.accounts.append(name)
        except ConflictError as error:
            ident = self._made_meanwhile(name, error)
        self.accounts[name] = ident
        return ident

    def _made_meanwhile(self, name: str, error: ConflictError) -> str:
        try:
            return self.store.find_account(name).id
        except NotFoundError:
            raise LineError("bad_name", str(error)) from None

    def _project(self, account: str, name: str) -> str:
        try:
            if self.dry_run:
                ident = f"(new) {name}"
            else:
                made = self.store.create_project(
                    name, account=account, at=self.at, actor=self.actor
                )
                ident = made.id
            self.report.projects += 1
        except ConflictError as error:
            try:
                ident = self.store.find_project(name, account=account).id
            except NotFoundError:
                raise LineError("bad_name", str(error)) from None
        self.projects[account, name] = ident
        return ident


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    fd = os.open(data / "import.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConflictError("another import is running here; wait until it ends") from None
        yield
    finally:
        os.close(fd)


def _sweep(data: Path, store: Store, *, at: Instant) -> None:
    """Take away what a killed import left: files that nothing names, and its writer."""
    importers = store.importers()
    if not importers:
        return
    posted = {s.path for s in store.segments()}
    stems = tuple(f"w{writer}-" for writer in importers)
    for path in (data / "segments").glob("*/*"):
        if path.name.startswith(stems) and path.relative_to(data).as_posix() not in posted:
            path.unlink(missing_ok=True)
    folder, released = JournalFolder(data), store.writers()
    locked = set(folder.writers())
    for writer in importers:
        if writer in locked or not released[writer]:
            with folder.claim(writer) as dead:
                if dead:
                    store.release_writer(writer, at=at)
                    folder.forget(writer)
