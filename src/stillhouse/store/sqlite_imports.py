"""What was read from other people's files: lines of logs, and what providers say they bill.

A log's calls are posted with the identities of their lines in one transaction: both hold or neither
does, so a line is counted once however often its file is read and wherever a run was killed. The
primary key is the guard; asking before (`known_lines`) only saves work.
"""

# ruff: noqa: S608
# SQL is put together from column names of our own; values are always bound.

import sqlite3
from collections.abc import Iterable, Sequence
from decimal import Context, Decimal

from stillhouse.ledger.ports import (
    ConflictError,
    LogCost,
    Segment,
    Statement,
    StatementLine,
)
from stillhouse.store.sqlite_ledger import SQLiteLedger
from stillhouse.units.instant import Instant

EXACT = Context(prec=200)
"""Decimal arithmetic that never rounds what a log can say."""
CACHE_KIB, CHECKPOINT_PAGES = 1 << 18, 1 << 14
COST = "day, account, project, provider, model, cost_tariff, currency, receipts, amount"
STATEMENT = "source, kind, format, timezone, imported_at"
LINE = "day, item, model, meter, currency, amount"


class SQLiteImports(SQLiteLedger):
    """`stillhouse.ledger.ports.Imports` in SQLite."""

    def register_importer(self, *, source: str, log_format: str, at: Instant, actor: str) -> int:
        # Identities lie anywhere in their table: a batch touches most of its pages.
        self._rows(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._rows(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        with self._change() as db:
            writer = int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM writers").fetchone()[0])
            db.execute("INSERT INTO writers (id, registered_at) VALUES (?, ?)", (writer, at))
            db.execute("INSERT INTO import_writers (writer) VALUES (?)", (writer,))
            body = {"writer": writer, "source": source, "format": log_format}
            self._enter(at=at, kind="import", actor=actor, body=body)
        return writer

    def importers(self) -> list[int]:
        return [w for (w,) in self._rows("SELECT writer FROM import_writers ORDER BY writer")]

    def known_lines(self, identities: Sequence[bytes]) -> dict[bytes, bytes]:
        with self._read() as db:
            db.execute(
                "CREATE TEMP TABLE IF NOT EXISTS asked (identity BLOB PRIMARY KEY) WITHOUT ROWID"
            )
            db.execute("DELETE FROM asked")
            db.executemany(
                "INSERT OR IGNORE INTO asked VALUES (?)", ((i,) for i in sorted(identities))
            )
            return dict(
                db.execute("SELECT identity, content FROM asked JOIN import_lines USING (identity)")
            )

    def post_import(
        self,
        segment: Segment,
        *,
        lines: Sequence[tuple[bytes, bytes]],
        costs: Iterable[LogCost],
        at: Instant,
    ) -> None:
        try:
            with self._change() as db:
                db.executemany("INSERT INTO import_lines VALUES (?, ?)", sorted(lines))
                for cost in costs:
                    _add_cost(db, cost)
                if not self._post(db, segment, at=at):
                    raise ConflictError(f"segment {segment.id} was posted before")
        except sqlite3.IntegrityError as error:
            raise ConflictError(
                "a line of this batch was imported meanwhile; run the import again"
            ) from error

    def log_costs(self, *, month: str | None = None) -> list[LogCost]:
        days = f"{month}-" if month else ""
        rows = self._rows(
            f"SELECT {COST} FROM import_costs WHERE day BETWEEN ? AND ? ORDER BY {COST}",
            (days, f"{days}~"),
        )
        return [LogCost(*(*row, Decimal(amount))) for *row, amount in rows]

    def add_statement(
        self, statement: Statement, *, digest: str, at: Instant, actor: str
    ) -> int | None:
        with self._change() as db:
            if db.execute("SELECT 1 FROM statements WHERE digest = ?", (digest,)).fetchone():
                return None
            number = int(
                db.execute("SELECT coalesce(max(number), 0) + 1 FROM statements").fetchone()[0]
            )
            said = statement
            db.execute(
                f"INSERT INTO statements (number, digest, {STATEMENT})"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (number, digest, said.source, said.kind, said.format, said.timezone, at),
            )
            db.executemany(
                f"INSERT INTO statement_lines (statement, {LINE}) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    (number, x.day, x.item, x.model, x.meter, x.currency, str(x.amount))
                    for x in said.lines
                ),
            )
            body = {
                "number": number,
                "digest": digest,
                "source": said.source,
                "kind": said.kind,
                "format": said.format,
                "timezone": said.timezone,
                "lines": len(said.lines),
            }
            self._enter(at=at, kind="statement", actor=actor, body=body)
        return number

    def statements(self, *, month: str) -> list[Statement]:
        with self._read() as db:
            heads = db.execute(
                f"SELECT number, {STATEMENT} FROM statements ORDER BY number DESC"
            ).fetchall()
            rows = db.execute(
                f"SELECT statement, {LINE} FROM statement_lines WHERE day BETWEEN ? AND ?"
                f" ORDER BY statement, {LINE}",
                (f"{month}-", f"{month}-~"),
            ).fetchall()
        lines: dict[int, list[StatementLine]] = {}
        for number, *rest, amount in rows:
            lines.setdefault(number, []).append(StatementLine(*(*rest, Decimal(amount))))
        taken: dict[tuple[str, str, str], int] = {}
        found = []
        for number, source, kind, form, timezone, at in heads:
            own = [
                x
                for x in lines.get(number, ())
                if taken.setdefault((source, kind, x.day), number) == number
            ]
            if own:
                found.append(
                    Statement(
                        source=source,
                        kind=kind,
                        format=form,
                        timezone=timezone,
                        lines=tuple(own),
                        imported_at=at,
                    )
                )
        return found


def _add_cost(db: sqlite3.Connection, cost: LogCost) -> None:
    """Add to a sum, exactly; the caller's transaction is the only one that writes."""
    key = (
        cost.day,
        cost.account,
        cost.project,
        cost.provider,
        cost.model,
        cost.cost_tariff,
        cost.currency,
    )
    row = db.execute(
        "SELECT amount FROM import_costs WHERE day = ? AND account = ? AND project = ?"
        " AND provider = ? AND model = ? AND cost_tariff = ? AND currency = ?",
        key,
    ).fetchone()
    amount = EXACT.add(Decimal(row[0]) if row else Decimal(0), cost.amount)
    db.execute(
        f"INSERT INTO import_costs ({COST}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET receipts = receipts + excluded.receipts,"
        " amount = excluded.amount",
        (*key, cost.receipts, str(amount)),
    )
