"""The ledger's totals as columns in memory, so that any sum over them takes milliseconds.

    ledger (SQLite: the truth) ── days that changed since ──► DuckDB table ── GROUP BY ──► sums

A month of 100 million receipts is about two million totals. SQLite cannot add their 128-bit amounts
by itself, and to make Python objects of them takes half a minute. Here they are read once, and
after that only the days whose totals a posting has changed, which is what `posted_days` is for.
Amounts are HUGEINT: DuckDB raises when a sum of them overflows, and never makes a float of it.

Posture: read only. A copy is as old as its last `refresh`; what is not sealed yet is handed in.
"""

# ruff: noqa: S608
# SQL is put together from column names and numbers of our own; values are always bound.

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from stillhouse.ledger.ports import Total
from stillhouse.store.sqlite_rows import total_row
from stillhouse.tenants.key import IMPORTED
from stillhouse.units.usage import METERS

DIMENSIONS = (
    *("day", "account", "project", "key", "deployment", "model"),
    *("sale_tariff", "cost_tariff", "workload", "cohort"),
)
"""What totals are kept by, in the order of a total's row. "month" is made of the day, and "imported"
("yes" or nothing) of the key."""

_TEXT = [*DIMENSIONS, "usage", "charge", "cost"]
_LAYOUT = [*DIMENSIONS, "receipts", "usage", "charge", "cost", "unrated"]


class Source(Protocol):
    """The part of a store that this reads."""

    def posted_days(self, since: int) -> tuple[int, list[str]]: ...
    def total_rows(self, day: str) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True, slots=True)
class Rolled:
    """A sum of totals. keys: in the order that was asked for. usage: in the order of METERS."""

    keys: tuple[str, ...]
    receipts: int
    usage: tuple[int, ...]
    charge: int
    cost: int
    unrated: int


class Rollups:
    """A copy of one store's totals; several threads may ask it."""

    def __init__(self, source: Source, *, threads: int = 2, memory: str = "2GB") -> None:
        self._source = source
        self._lock = threading.Lock()
        self._seen = 0
        self._db = duckdb.connect(
            config={
                "threads": threads,
                "memory_limit": memory,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        self._db.execute("SET enable_progress_bar = false")
        words = ", ".join(f'"{name}" VARCHAR' for name in DIMENSIONS)
        counts = ", ".join(f'"{meter.value}" BIGINT' for meter in METERS)
        self._db.execute(
            f"CREATE TABLE totals ({words}, receipts BIGINT, charge HUGEINT, cost HUGEINT,"
            f" unrated BIGINT, {counts})"
        )

    def close(self) -> None:
        self._db.close()

    def refresh(self) -> int:
        """Read what was posted since the last time; returns how many days that were."""
        with self._lock:
            newest, days = self._source.posted_days(self._seen)
            for day in days:
                rows = self._source.total_rows(day)
                cursor = self._db.cursor()
                cursor.execute("BEGIN")
                cursor.execute("DELETE FROM totals WHERE day = ?", [day])
                _insert(cursor, "totals", rows)
                cursor.execute("COMMIT")
            self._seen = newest
            return len(days)

    def sums(
        self,
        by: Sequence[str],
        *,
        first: str,
        last: str,
        only: Mapping[str, str | Collection[str]] | None = None,
        tail: Sequence[Total] = (),
        limit: int | None = None,
    ) -> list[Rolled]:
        """Sums over the days first..last, both included; dearest first, or in order of time.

        only: dimension -> the one value, or the values, to keep. tail: totals that the ledger does
        not have yet.

        Raises:
            ValueError: a dimension that totals are not kept by.
        """
        names = [_expression(name) for name in by]
        wheres, values = ["day BETWEEN ? AND ?"], [first, last]
        for name, kept in (only or {}).items():
            several = [kept] if isinstance(kept, str) else list(kept)
            wheres.append(f"{_expression(name)} IN ({', '.join('?' * len(several)) or 'NULL'})")
            values += several
        cursor = self._db.cursor()
        source = "totals"
        if tail:
            cursor.execute("CREATE TEMP TABLE tail AS SELECT * FROM totals LIMIT 0")
            _insert(cursor, "tail", [total_row(total) for total in tail])
            source = "(FROM totals UNION ALL FROM tail)"
        counts = ", ".join(f'sum("{meter.value}")' for meter in METERS)
        keys = "".join(f"{name}, " for name in names)
        places = ", ".join(map(str, range(1, len(names) + 1)))
        in_time = bool(by) and by[0] in {"day", "month"}
        order = places if in_time else f"sum(charge) DESC, {places}"
        where = " AND ".join(wheres)
        if limit is not None and names and not in_time:
            # Which are the dearest is one sum; all the others are then of those few alone.
            found = cursor.execute(
                f"SELECT {', '.join(names)} FROM {source} WHERE {where} GROUP BY {places}"
                f" ORDER BY {order} LIMIT {int(limit)}",
                values,
            ).fetchall()
            marks = ", ".join(f"({', '.join('?' * len(names))})" for _ in found) or "NULL"
            where += f" AND ({', '.join(names)}) IN ({marks})"
            values += [value for row in found for value in row]
        rows = cursor.execute(
            f"SELECT {keys}sum(receipts), sum(charge), sum(cost), sum(unrated), {counts}"
            f" FROM {source} WHERE {where}"
            + (f" GROUP BY {places} ORDER BY {order}" if names else "")
            + (f" LIMIT {int(limit)}" if limit is not None else ""),
            values,
        ).fetchall()
        cursor.close()
        return [_rolled(row, len(names)) for row in rows if row[len(names)] is not None]


def _expression(name: str) -> str:
    if name == "month":
        return "day[1:7]"
    if name == "imported":
        return f"""CASE WHEN starts_with("key", '{IMPORTED}') THEN 'yes' ELSE '' END"""
    if name not in DIMENSIONS:
        raise ValueError(f"totals are not kept by {name}; they are by {', '.join(DIMENSIONS)}")
    return f'"{name}"'


def _rolled(row: tuple[Any, ...], n: int) -> Rolled:
    receipts, charge, cost, unrated = (int(value) for value in row[n : n + 4])
    return Rolled(tuple(row[:n]), receipts, tuple(map(int, row[n + 4 :])), charge, cost, unrated)


def columns(rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows of totals as they are stored -> columns: words and amounts as text, counts as numbers.

    `usage` is text too: DuckDB reads it with `usage::BIGINT[]`, amounts with `::HUGEINT`.
    """
    found = zip(*rows, strict=True) if rows else [[]] * len(_LAYOUT)
    return pa.table(
        {
            name: pa.array(column, pa.string() if name in _TEXT else pa.int64())
            for name, column in zip(_LAYOUT, found, strict=True)
        }
    )


def columns_of(source: Source) -> pa.Table:
    """All totals of a store, read day by day."""
    _, days = source.posted_days(0)
    return pa.concat_tables([columns(source.total_rows(day)) for day in days] or [columns([])])


def _insert(cursor: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    if not rows:
        return
    cursor.register("arrived", columns(rows))
    words = ", ".join(f'"{name}"' for name in DIMENSIONS)
    counts = ", ".join(f"counts[{place}]" for place in range(1, len(METERS) + 1))
    cursor.execute(
        f"INSERT INTO {table} SELECT {words}, receipts, charge::HUGEINT, cost::HUGEINT, unrated,"
        f" {counts} FROM (SELECT *, usage::BIGINT[] AS counts FROM arrived)"
    )
    cursor.unregister("arrived")
