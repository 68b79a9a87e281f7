"""What each provider served, by slices of time: raw receipts summed by DuckDB. Read only.

Totals know no provider and only UTC days; a provider's statement is of one provider and of days in
any zone. A quarter of an hour is the finest step between two time zones that are in use.
"""

# ruff: noqa: S608
# SQL is put together from column names and numbers of our own; values are always bound.

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from stillhouse.ledger.receipt import FLAG_ZERO_RATED
from stillhouse.units.instant import SECOND, Instant
from stillhouse.units.usage import METERS

SLICE = 900 * SECOND


class Served(NamedTuple):
    """at: when the slice begins. cost: pico-units of the cost tariff's currency."""

    at: Instant
    provider: str
    model: str
    cost_tariff: str
    receipts: int
    cost: int
    usage: tuple[int, ...]


def served(files: Sequence[Path], tail: pa.Table, *, start: Instant, end: Instant) -> list[Served]:
    """Sums of receipts that were admitted in [start, end).

    files: sealed segments; tail: receipts that are not sealed yet. What nobody bills (cache hits,
    counting) is left out.
    """
    sums = ", ".join(f'sum("{meter.value}")' for meter in METERS)
    with closing(
        duckdb.connect(
            config={
                "threads": 2,
                "memory_limit": "2GB",
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
    ) as db:
        db.execute("SET enable_progress_bar = false")
        db.register("tail", tail)
        source = "FROM tail"
        if files:
            db.read_parquet([str(path) for path in files], union_by_name=True).create_view("sealed")
            source = "FROM sealed UNION ALL BY NAME FROM tail"
        rows = db.execute(
            f"SELECT epoch_us(admitted_at) // {SLICE} * {SLICE} AS at, provider, model,"
            f" cost_tariff, count(*), sum(cost), {sums} FROM ({source})"
            " WHERE epoch_us(admitted_at) >= ? AND epoch_us(admitted_at) < ?"
            f" AND flags & {FLAG_ZERO_RATED} = 0 GROUP BY ALL ORDER BY ALL",
            [start, end],
        ).fetchall()
    return [_served(row) for row in rows]


def _served(row: tuple[Any, ...]) -> Served:
    at, provider, model, tariff, receipts, cost, *usage = row
    return Served(
        Instant(at), provider, model, tariff, receipts, int(cost), tuple(int(n) for n in usage)
    )
