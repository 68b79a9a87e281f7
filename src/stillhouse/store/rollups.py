"""The ledger's totals as columns in memory, so that any sum over them takes milliseconds.

    ledger (SQLite: the truth) ── days that changed since ──► DuckDB tables ── GROUP BY ──► sums

A month of 100 million receipts is about two million totals. SQLite cannot add their 128-bit amounts
by itself, and to make Python objects of them takes half a minute. Here they are read once, and
after that only the days whose totals a posting has changed, which is what `posted_days` is for.
Amounts are HUGEINT: DuckDB raises when a sum of them overflows, and never makes a float of it.

Words are numbers here (one list for all of them), because to group by a number is several times
faster than by a text and takes a quarter of the room. Beside all totals stand two smaller tables
with the same sums by fewer dimensions (`COARSER`), made of a day's totals whenever those are read;
a question goes to the smallest table that can answer it, and the answer is the same.

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
import pyarrow.compute as pc

from stillhouse.ledger.ports import Total
from stillhouse.store.sqlite_rows import total_row
from stillhouse.tenants.key import IMPORTED
from stillhouse.units.usage import METERS

DIMENSIONS = (
    *("day", "account", "project", "key", "deployment", "model"),
    *("sale_tariff", "cost_tariff", "workload", "cohort"),
)
"""What totals are kept by, in the order of a total's row. "month" is made of the day, and
"imported" ("yes" or nothing) of the key."""

COARSER = {
    "by_account": ("day", "account", "imported"),
    "by_model": ("day", "deployment", "model", "sale_tariff", "cost_tariff", "workload"),
}
"""The same sums by fewer dimensions, smallest first: a few percent of the totals' rows."""

_TEXT = [*DIMENSIONS, "usage", "charge", "cost"]
_KEYS = (*DIMENSIONS, "imported")
_COUNTED = ("receipts", "charge", "cost", "unrated", *(meter.value for meter in METERS))
_MEASURES = ", ".join(f'"{name}"' for name in _COUNTED)
_SUMS = ", ".join(f'sum("{name}")' for name in _COUNTED)
TOTALS = "totals"
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
        self._words = [""]
        self._codes = {"": 0}
        self._naming = threading.Lock()
        for table, names in {TOTALS: _KEYS, **COARSER}.items():
            keys = ", ".join(f'"{n}" {"VARCHAR" if n == "day" else "INTEGER"}' for n in names)
            counts = ", ".join(f'"{meter.value}" BIGINT' for meter in METERS)
            self._db.execute(
                f"CREATE TABLE {table} ({keys}, receipts BIGINT, charge HUGEINT, cost HUGEINT,"
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
                cursor.execute(f"DELETE FROM {TOTALS} WHERE day = ?", [day])
                self._insert(cursor, TOTALS, rows)
                for table, names in COARSER.items():
                    cursor.execute(f"DELETE FROM {table} WHERE day = ?", [day])
                    cursor.execute(
                        f"INSERT INTO {table} SELECT {_quoted(names)}, {_SUMS} FROM {TOTALS}"
                        f" WHERE day = ? GROUP BY {_places(names)}",
                        [day],
                    )
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
        cursor = self._db.cursor()
        table, where, values = self._from(cursor, by, first, last, only, tail)
        names = [_expression(name) for name in by]
        keys = "".join(f"{name}, " for name in names)
        group = f" GROUP BY {_places(names)}" if names else ""
        in_time = bool(by) and by[0] in {"day", "month"}
        if limit is not None and names and not in_time:
            # Which are the dearest is one sum; all the others are then of those few alone.
            # Equals come too: their names decide, and those are not known there.
            found = cursor.execute(
                f"SELECT {', '.join(names)}, sum(charge) FROM {table} WHERE {where}{group}"
                f" QUALIFY rank() OVER (ORDER BY sum(charge) DESC) <= {int(limit)}",
                values,
            ).fetchall()
            found.sort(key=lambda row: (-row[-1], self._named(by, row)))
            marks = ", ".join(f"({', '.join('?' * len(names))})" for _ in found[:limit])
            where += f" AND ({', '.join(names)}) IN ({marks or 'NULL'})"
            values += [value for row in found[:limit] for value in row[:-1]]
        rows = cursor.execute(
            f"SELECT {keys}{_SUMS} FROM {table} WHERE {where}{group}", values
        ).fetchall()
        cursor.close()
        n = len(by)
        sums = [
            Rolled(self._named(by, row), row[n], row[n + 4 :], *row[n + 1 : n + 4])
            for row in rows
            if row[n] is not None
        ]
        sums.sort(key=(lambda r: r.keys) if in_time else (lambda r: (-r.charge, r.keys)))
        return sums if limit is None else sums[:limit]

    def leading(
        self,
        by: str,
        of: str,
        *,
        first: str,
        last: str,
        only: Mapping[str, str | Collection[str]] | None = None,
        tail: Sequence[Total] = (),
    ) -> dict[str, tuple[str, int]]:
        """For each value of `by`: the dearest value of `of` in it, and how many it has."""
        cursor = self._db.cursor()
        table, where, values = self._from(cursor, [by, of], first, last, only, tail)
        rows = cursor.execute(
            "SELECT one, arg_max(each, (charge, -each)), count(*) FROM ("
            f"SELECT {_expression(by)} AS one, {_expression(of)} AS each, sum(charge) AS charge"
            f" FROM {table} WHERE {where} GROUP BY 1, 2) GROUP BY 1",
            values,
        ).fetchall()
        cursor.close()
        return {
            self._named([by], [one])[0]: (self._named([of], [most])[0], count)
            for one, most, count in rows
        }

    def _from(
        self,
        cursor: duckdb.DuckDBPyConnection,
        by: Sequence[str],
        first: str,
        last: str,
        only: Mapping[str, str | Collection[str]] | None,
        tail: Sequence[Total],
    ) -> tuple[str, str, list[str | int]]:
        """(the smallest table that can answer, with the tail; a condition; its values)."""
        asked = {"day", *("day" if name == "month" else name for name in (*by, *(only or {})))}
        for name in asked:
            _expression(name)  # refuses what nothing is kept by
        table = next((t for t, kept in COARSER.items() if asked <= {*kept}), TOTALS)
        if tail:
            cursor.execute(f"CREATE TEMP TABLE tail AS SELECT * FROM {TOTALS} LIMIT 0")
            self._insert(cursor, "tail", [total_row(total) for total in tail])
            seen = f"{_quoted(sorted(asked))}, {_MEASURES}"
            table = f"(SELECT {seen} FROM {table} UNION ALL SELECT {seen} FROM tail)"
        wheres = ["day BETWEEN ? AND ?"]
        found: list[str | int] = [first, last]
        for name, kept in (only or {}).items():
            several = self._coded(name, [kept] if isinstance(kept, str) else kept)
            wheres.append(f"{_expression(name)} IN ({', '.join('?' * len(several)) or 'NULL'})")
            found += several
        return table, " AND ".join(wheres), found

    def _named(self, by: Sequence[str], row: Sequence[Any]) -> tuple[str, ...]:
        """The keys of a row as words; days and months are words already."""
        words = self._words
        return tuple(
            key if name in {"day", "month"} else words[key]
            for name, key in zip(by, row, strict=False)
        )

    def _coded(self, name: str, kept: Collection[str]) -> list[str | int]:
        """Words that are in no total are in no row."""
        if name in {"day", "month"}:
            return list(kept)
        return [self._codes[word] for word in kept if word in self._codes]

    def _insert(
        self, cursor: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[Any]]
    ) -> None:
        if not rows:
            return
        arrived = columns(rows)
        coded = {name: self._column(arrived[name]) for name in DIMENSIONS[1:]}
        imported = ["yes" if word.startswith(IMPORTED) else "" for word in self._words]
        coded["imported"] = pc.take(self._column(pa.array(imported)), coded["key"])
        rest = {n: arrived[n] for n in ("day", "receipts", "usage", "charge", "cost", "unrated")}
        cursor.register("arrived", pa.table({**rest, **coded}))
        counts = ", ".join(f"counts[{place}]" for place in range(1, len(METERS) + 1))
        cursor.execute(
            f"INSERT INTO {table} SELECT {_quoted(_KEYS)}, receipts, charge::HUGEINT,"
            f" cost::HUGEINT, unrated, {counts}"
            " FROM (SELECT *, usage::BIGINT[] AS counts FROM arrived)"
        )
        cursor.unregister("arrived")

    def _column(self, texts: Any) -> Any:
        """Words -> their numbers, both as columns; a new word gets the next number."""
        whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
        told = whole.dictionary_encode()
        known = [str(word) for word in told.dictionary.to_pylist()]
        with self._naming:
            for word in known:
                if word not in self._codes:
                    self._words.append(word)
                    self._codes[word] = len(self._words) - 1
        return pc.take(pa.array([self._codes[word] for word in known], pa.int32()), told.indices)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _places(names: Sequence[str]) -> str:
    return ", ".join(map(str, range(1, len(names) + 1)))


def _expression(name: str) -> str:
    if name == "month":
        return "day[1:7]"
    if name not in _KEYS:
        raise ValueError(f"totals are not kept by {name}; they are by {', '.join(DIMENSIONS)}")
    return f'"{name}"'


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
