"""Writers, leases, segments, totals: money set aside and money posted.

Per balance, at all times:   leased = sum of its leases        (exactly)
                             posted + what writers may still spend <= limit
A writer whose provider reported more than the hold ends below zero on its lease. It owes that to
itself: its next lease must first fill the hole. Other writers never see the hole as room, or one
over-report would allow another.
"""

# ruff: noqa: S608
# SQL is put together from column and table names of our own; values are always bound.

import sqlite3
from typing import Any

from stillhouse.ledger.fold import by_month
from stillhouse.ledger.ports import Balance, ConflictError, NotFoundError, Segment, Total
from stillhouse.store.sqlite_balances import hold, leases, move, posted, spend
from stillhouse.store.sqlite_database import Database
from stillhouse.store.sqlite_rows import (
    BALANCE,
    SEGMENT,
    TOTAL,
    balance_of,
    month_row,
    segment_of,
    segment_row,
    total_of,
    total_row,
)
from stillhouse.units.instant import Instant
from stillhouse.units.money import Pico

SERVICE = "service"
"""The actor of what no person did."""


class SQLiteLedger(Database):
    """The part of the store that gateways and workers change."""

    def register_writer(self, *, at: Instant) -> int:
        with self._change() as db:
            writer = int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM writers").fetchone()[0])
            db.execute("INSERT INTO writers (id, registered_at) VALUES (?, ?)", (writer, at))
            self._enter(at=at, kind="writer", actor=SERVICE, body={"writer": writer})
        return writer

    def writers(self) -> dict[int, bool]:
        rows = self._rows("SELECT id, released_at IS NOT NULL FROM writers ORDER BY id")
        return {writer: bool(released) for writer, released in rows}

    def release_writer(self, writer: int, *, at: Instant) -> None:
        with self._change() as db:
            if _released(db, writer):
                return
            held = leases(db, "writer = ?", (writer,))
            for (_, budget, period), amount in held.items():
                move(db, budget, period, leased=-amount)
            db.execute("DELETE FROM leases WHERE writer = ?", (writer,))
            db.execute("UPDATE writers SET released_at = ? WHERE id = ?", (at, writer))
            returned = {f"{b}@{p}": str(amount) for (_, b, p), amount in held.items()}
            body = {"writer": writer, "returned": returned}
            self._enter(at=at, kind="writer_released", actor=SERVICE, body=body)

    def lease(self, writer: int, budget: str, period: str, *, need: Pico, want: Pico) -> Pico:
        if not 0 <= need <= want:
            raise ValueError(f"a lease needs 0 <= need <= want, not {need} and {want}")
        with self._change() as db:
            _check_writing(db, writer)
            row = db.execute("SELECT limit_pico FROM budgets WHERE id = ?", (budget,)).fetchone()
            if row is None:
                raise NotFoundError(f"no budget {budget}")
            held = leases(db, "budget = ? AND period = ?", (budget, period))
            own = held.pop((writer, budget, period), 0)
            others = sum(max(amount, 0) for amount in held.values())
            free = int(row[0]) - posted(db, budget, period) - others - own
            if free < need:
                if others:
                    self._recall(db, budget, period)
                return Pico(0)
            granted = min(want, free)
            if granted:
                move(db, budget, period, leased=granted)
                hold(db, writer, budget, period, granted)
            return Pico(granted)

    def give_back(self, writer: int, budget: str, period: str, amount: Pico) -> None:
        """Of a budget that was removed, nothing is held any more: then this changes nothing."""
        if amount < 0:
            raise ValueError(f"cannot give back {amount}")
        with self._change() as db:
            if not db.execute("SELECT 1 FROM budgets WHERE id = ?", (budget,)).fetchone():
                return
            _check_writing(db, writer)
            key = (writer, budget, period)
            held = leases(db, "writer = ? AND budget = ? AND period = ?", key).get(key, 0)
            if amount > max(held, 0):
                raise ConflictError(f"writer {writer} holds {held} of {budget}, less than {amount}")
            if amount:
                move(db, budget, period, leased=-amount)
                hold(db, writer, budget, period, -amount)

    def _recall(self, db: sqlite3.Connection, budget: str, period: str) -> None:
        db.execute(
            "INSERT INTO recalls (budget, period, number) VALUES (?, ?, ?)"
            " ON CONFLICT (budget, period) DO UPDATE SET number = excluded.number",
            (budget, period, self._count("recall")),
        )

    def recalls(self, since: int) -> tuple[int, list[tuple[str, str]]]:
        newest = self._counter("recall")
        if newest <= since:
            return newest, []
        rows = self._rows(
            "SELECT budget, period, number FROM recalls WHERE number > ? ORDER BY number", (since,)
        )
        newest = max([newest, *(number for _, _, number in rows)])
        return newest, [(budget, period) for budget, period, _ in rows]

    def balances(self) -> list[Balance]:
        rows = self._rows(f"SELECT {BALANCE} FROM balances ORDER BY budget, period")
        return [balance_of(row) for row in rows]

    def leases(self) -> dict[tuple[int, str, str], Pico]:
        with self._read() as db:
            return {key: Pico(amount) for key, amount in leases(db, "TRUE", ()).items()}

    def post_segment(self, segment: Segment, *, at: Instant) -> bool:
        with self._change() as db:
            return self._post(db, segment, at=at)

    def _post(self, db: sqlite3.Connection, segment: Segment, *, at: Instant) -> bool:
        """`post_segment` inside a change that may post more in the same transaction."""
        _check_sums(segment)
        if _posted_before(db, segment):
            return False
        _check_writing(db, segment.writer)
        db.execute(
            f"INSERT INTO segments ({SEGMENT}, posted_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            segment_row(segment, at=at),
        )
        db.executemany(
            f"INSERT INTO totals ({TOTAL}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET receipts = receipts + excluded.receipts,"
            " usage = plus_each(usage, excluded.usage), charge = plus(charge, excluded.charge),"
            " cost = plus(cost, excluded.cost), unrated = unrated + excluded.unrated",
            map(total_row, segment.totals),
        )
        db.executemany(
            "INSERT INTO month_totals (account, month, project, workload, model, sale_tariff,"
            " receipts, usage, charge) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET receipts = receipts + excluded.receipts,"
            " usage = plus_each(usage, excluded.usage), charge = plus(charge, excluded.charge)",
            map(month_row, by_month(segment.totals)),
        )
        posting = self._count("posting")
        db.executemany(
            "INSERT INTO posted_days (day, posting) VALUES (?, ?)"
            " ON CONFLICT (day) DO UPDATE SET posting = excluded.posting",
            [(day, posting) for day in {total.day for total in segment.totals}],
        )
        spend(db, segment)
        body = {
            "id": segment.id,
            "sha256": segment.sha256,
            "receipts": segment.receipts,
            "seq_min": segment.seq_min,
            "seq_max": segment.seq_max,
            "charge": str(segment.charge),
            "cost": str(segment.cost),
        }
        self._enter(at=at, kind="segment", actor=f"writer:{segment.writer}", body=body)
        return True

    def segments(self) -> list[Segment]:
        rows = self._rows(f"SELECT {SEGMENT} FROM segments ORDER BY writer, file")
        return [segment_of(row) for row in rows]

    def totals(self, *, account: str | None = None, month: str | None = None) -> list[Total]:
        days = f"{month}-" if month else ""
        rows = self._rows(
            f"SELECT {TOTAL} FROM totals WHERE (? IS NULL OR account = ?) AND day BETWEEN ? AND ?"
            ' ORDER BY day, account, project, "key", deployment, model, sale_tariff, cost_tariff,'
            " workload, cohort",
            (account, account, days, f"{days}~"),
        )
        return [total_of(row) for row in rows]

    def posted_days(self, since: int) -> tuple[int, list[str]]:
        newest = self._counter("posting")
        rows = self._rows("SELECT day FROM posted_days WHERE posting > ? ORDER BY day", (since,))
        return newest, [day for (day,) in rows]

    def total_rows(self, day: str) -> list[tuple[Any, ...]]:
        return self._rows(f"SELECT {TOTAL} FROM totals WHERE day = ?", (day,))


def _check_sums(segment: Segment) -> None:
    """What an invoice adds up and what the chain says must be the same money."""
    receipts = sum(total.receipts for total in segment.totals)
    charge = sum(total.charge for total in segment.totals)
    cost = sum(total.cost for total in segment.totals)
    if (receipts, charge, cost) != (segment.receipts, segment.charge, segment.cost):
        raise ConflictError(
            f"segment {segment.id} says {segment.receipts} receipts, charge {segment.charge},"
            f" cost {segment.cost}; its totals say {receipts}, {charge}, {cost}"
        )


def _posted_before(db: sqlite3.Connection, segment: Segment) -> bool:
    """The hash may differ: a segment sealed again after a crash may be another file of the same."""
    row = db.execute(
        "SELECT receipts, seq_min, seq_max, charge, cost FROM segments WHERE id = ?", (segment.id,)
    ).fetchone()
    if row is None:
        return False
    known = (*row[:3], int(row[3]), int(row[4]))
    again = (segment.receipts, segment.seq_min, segment.seq_max, segment.charge, segment.cost)
    if known != again:
        raise ConflictError(
            f"segment {segment.id} was posted with other contents: {known}, now {again};"
            " keep both files and run `stillhouse verify`"
        )
    return True


def _released(db: sqlite3.Connection, writer: int) -> bool:
    row = db.execute("SELECT released_at FROM writers WHERE id = ?", (writer,)).fetchone()
    if row is None:
        raise NotFoundError(f"no writer {writer}: it was never registered")
    return row[0] is not None


def _check_writing(db: sqlite3.Connection, writer: int) -> None:
    if _released(db, writer):
        raise ConflictError(f"writer {writer} was released; register a new one")
