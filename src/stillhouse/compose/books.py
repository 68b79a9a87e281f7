"""The books of a data folder: totals, receipts and the audit, right at any moment.

    sealed segments (ledger, Parquet) + journals that are not sealed yet -> one answer

Everything here reads. The shared sealing lock is held while the two are taken, so a receipt is
never seen twice or missed on its way from one to the other; Parquet files never change, so they are
read after the lock is let go. Works while the service runs and while it does not.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from stillhouse.ledger.fold import fold, merge
from stillhouse.ledger.ports import Balance, Segment, Store, Total
from stillhouse.ledger.receipt import Open, Receipt, receipt_id
from stillhouse.ledger.segment import join
from stillhouse.ledger.verify import (
    SHOWN,
    Numbers,
    Problem,
    Verdict,
    check_balances,
    check_files,
    check_holds,
    check_numbers,
    check_record,
)
from stillhouse.store.audit import Audit
from stillhouse.store.folder import JournalFolder
from stillhouse.store.lake import table
from stillhouse.store.rollups import columns_of
from stillhouse.tenants import Directory
from stillhouse.units.instant import month_bounds
from stillhouse.units.money import Pico, exact

_STEADY = 5
"""How often to look again for a moment in which nothing moved between two reads."""


@dataclass(slots=True)
class Tail:
    """What is in journals and not yet in a segment.

    opens: in flight, by writer. issued: the highest number that each writer is known to have given
    out. alive: writers whose lock is held.
    """

    receipts: list[Receipt] = field(default_factory=list)
    opens: dict[int, dict[int, Open]] = field(default_factory=dict)
    issued: dict[int, int] = field(default_factory=dict)
    alive: set[int] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Sealed and unsealed at one moment, and the ledger's own view of the sealed part.

    totals: as `rollups.columns`.
    """

    segments: list[Segment]
    tail: Tail
    totals: pa.Table
    balances: list[Balance]
    leases: dict[tuple[int, str, str], Pico]
    writers: dict[int, bool]
    directory: Directory


class Books:
    """Reads a data folder through its store."""

    def __init__(self, data: Path, store: Store) -> None:
        self.data, self.store = data, store
        self.folder = JournalFolder(data)

    def totals(self, *, account: str | None, month: str) -> list[Total]:
        """Sums of one account (None: of all) and month, sealed or not."""
        with self.folder.reading():
            sealed = self.store.totals(account=account, month=month)
            tail = self._tail(self.store.segments())
        unsealed = [
            t for t in fold(tail.receipts) if account in {None, t.account} and t.day[:7] == month
        ]
        return merge([*sealed, *unsealed])

    def waiting(self, *, account: str, month: str) -> tuple[list[Receipt], int]:
        """Receipts of one account and month that are not sealed yet, and its calls in flight."""
        with self.folder.reading():
            tail = self._tail(self.store.segments())
        start, end = month_bounds(month)
        receipts = [
            r
            for r in tail.receipts
            if r.open.account == account and start <= r.open.admitted_at < end
        ]
        flying = [
            o
            for opens in tail.opens.values()
            for o in opens.values()
            if o.account == account and start <= o.admitted_at < end
        ]
        return receipts, len(flying)

    def unsealed(self) -> tuple[list[Receipt], list[Open]]:
        """Every receipt that is not sealed yet, and every call in flight."""
        with self.folder.reading():
            tail = self._tail(self.store.segments())
        return tail.receipts, [o for opens in tail.opens.values() for o in opens.values()]

    @contextmanager
    def receipts(self, *, account: str, month: str) -> Iterator[Iterator[dict[str, Any]]]:
        """One account's receipts admitted in a month, in order of admission, as columns."""
        start, end = month_bounds(month)
        with self.audit(month) as audit:
            yield audit.rows(account=account, start=start, end=end)

    @contextmanager
    def audit(self, month: str) -> Iterator[Audit]:
        """All receipts that a month's calls may be among; no tariffs."""
        with self.folder.reading():
            segments = self.store.segments()
            tail = self._tail(segments)
        # A segment's month is that of its last settlement: an earlier one holds no call of ours.
        paths = [self.data / s.path for s in segments if Path(s.path).parts[1] >= month]
        with Audit(paths, table(tail.receipts), {}) as audit:
            yield audit

    def verify(self) -> Verdict:
        """Every check of `ledger.verify` over everything that is here."""
        at = self._snapshot()
        tail = at.tail
        found = {s.path: _fingerprint(self.data / s.path) for s in at.segments}
        good = [s for s in at.segments if found[s.path] == (s.size, s.sha256)]
        tariffs = self.store.tariffs()
        entries = list(self.store.entries())
        verdict = Verdict(in_flight=sum(len(tail.opens.get(w, {})) for w in tail.alive))
        problems = verdict.problems
        problems += check_record(entries, tariffs)
        problems += check_files(at.segments, found, entries)
        problems += tail.problems
        problems += self._damaged()
        with Audit([self.data / s.path for s in good], table(tail.receipts), tariffs) as audit:
            numbers = _numbers(audit, tail, at.segments)
            verdict.receipts = sum(n.receipts for n in numbers)
            verdict.lost = sum(n.lost for n in numbers)
            verdict.duplicated = sum(n.doubled for n in numbers)
            problems += check_numbers(numbers)
            problems += _prices(audit, verdict)
            problems += _totals(audit, at.totals)
            spending = audit.spending()
            if at.directory.provided:
                spending += audit.spending_by_provider()
        problems += check_balances(
            at.directory.budgets,
            at.balances,
            at.leases,
            spending,
            entries,
            {key.id: key.member for key in at.directory.keys.values() if key.member},
        )
        dead = {w: len(opens) for w, opens in tail.opens.items() if w not in tail.alive}
        verdict.open_holds, holds = check_holds(dead, at.leases, at.writers)
        problems += holds
        return verdict

    def _snapshot(self) -> Snapshot:
        """Balances and leases move while gateways lease; look until both reads agree."""
        with self.folder.reading():
            for _ in range(_STEADY):
                balances, leases = self.store.balances(), self.store.leases()
                if balances == self.store.balances() and leases == self.store.leases():
                    break
            segments = self.store.segments()
            return Snapshot(
                segments=segments,
                tail=self._tail(segments),
                totals=columns_of(self.store),
                balances=balances,
                leases=leases,
                writers=self.store.writers(),
                directory=self.store.directory(),
            )

    def _tail(self, segments: Sequence[Segment]) -> Tail:
        """Call it with the sealing lock held: then files may appear or be named, never go."""
        posted = {s.id for s in segments}
        while True:
            tail = self._read_tail(posted)
            if tail is not None:
                return tail

    def _read_tail(self, posted: set[str]) -> Tail | None:
        tail = Tail()
        closed: dict[int, set[int]] = {}
        tail.alive = {w for w in self.folder.writers() if self.folder.alive(w)}
        for name in self.folder.names():
            found = self.folder.scan(name)
            if found is None:
                return None  # its writer has just named it: list again
            joined = join(name.writer, [*found.records, *found.salvaged])
            if joined.start is not None:
                seen = max(joined.start.next_seq - 1, tail.issued.get(name.writer, 0))
                tail.issued[name.writer] = max([seen, *joined.opens])
            if name.segment in posted:
                continue
            tail.receipts += joined.receipts
            closed.setdefault(name.writer, set()).update(r.open.seq for r in joined.receipts)
            tail.opens.setdefault(name.writer, {}).update(joined.opens)
            tail.problems += [
                Problem("journal", f"{name}: {what}", "report this; the file is kept")
                for what in joined.problems
            ]
            if found.salvaged:
                tail.problems.append(
                    Problem(
                        "damaged",
                        f"{name}: {found.damage}",
                        "sealing keeps a copy in damaged/ and every record that still proves "
                        "itself; check the disk",
                    )
                )
        for writer, opens in tail.opens.items():
            for seq in closed[writer]:
                opens.pop(seq, None)
        return tail

    def _damaged(self) -> list[Problem]:
        return [
            Problem(
                "damaged",
                f"a journal file was damaged and is kept as damaged/{name}",
                "check the disk; move the file away when its loss is accounted for",
            )
            for name in self.folder.set_aside_names()
        ]


def _fingerprint(path: Path) -> tuple[int, str] | None:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return file.tell(), digest
    except FileNotFoundError:
        return None


def _numbers(audit: Audit, tail: Tail, segments: Sequence[Segment]) -> list[Numbers]:
    issued = dict(tail.issued)
    for s in segments:
        issued[s.writer] = max(issued.get(s.writer, 0), s.seq_max)
    counts = {c.writer: c for c in audit.counts()}
    numbers = []
    for writer in sorted(issued.keys() | counts.keys()):
        count = counts.get(writer)
        flying = frozenset(tail.opens.get(writer, ()))
        last = max(issued.get(writer, 0), count.seq_max if count else 0, *flying, 0)
        found = Numbers(
            writer=writer,
            receipts=count.receipts if count else 0,
            distinct=count.distinct if count else 0,
            issued=last,
            in_flight=flying,
        )
        if found.lost:
            absent = audit.missing(writer, last, limit=SHOWN + len(flying))
            missing = tuple(seq for seq in absent if seq not in flying)
            found = Numbers(
                writer=writer,
                receipts=found.receipts,
                distinct=found.distinct,
                issued=last,
                in_flight=flying,
                missing=missing,
            )
        numbers.append(found)
    return numbers


def _prices(audit: Audit, verdict: Verdict) -> list[Problem]:
    wrong = audit.mispriced(limit=SHOWN)
    verdict.mispriced = len(wrong)
    return [
        Problem(
            "mispriced",
            f"{receipt_id(m.writer, m.seq)} is charged {exact(m.charge)} (cost {exact(m.cost)}); "
            + (
                "its price list is not in the ledger"
                if m.charge_due is None or m.cost_due is None
                else f"its usage and prices say {exact(m.charge_due)} (cost {exact(m.cost_due)})"
            ),
            "report this with the receipt; correct it by an entry, never by editing",
        )
        for m in wrong
    ]


def _totals(audit: Audit, claimed: pa.Table) -> list[Problem]:
    return [
        Problem(
            "totals",
            f"the ledger's total of {' / '.join(key)} is not the sum of its receipts",
            "if a segment file is missing or changed, put that right first; else report this",
        )
        for key in audit.differing(claimed, limit=SHOWN)
    ]
