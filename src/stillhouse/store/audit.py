"""Questions to raw receipts, answered by DuckDB over Parquet and the unsealed tail. Read only.

Nothing here looks at the ledger's sums: totals are computed anew from every receipt, and every
receipt is priced anew from its usage and its tariff, in 64-bit products (checked: DuckDB raises on
overflow) and 128-bit sums. Never DOUBLE.

Instants are compared as microseconds and days as numbers, so that no answer depends on a time zone.
"""

# ruff: noqa: S608
# SQL is put together from column names and numbers of our own; values are always bound.

import os
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa

from stillhouse.ledger.fold import FLAGS_FREE, key_of
from stillhouse.ledger.ports import Total
from stillhouse.ledger.receipt import FLAG_UNRATED, FLAG_ZERO_RATED
from stillhouse.ledger.verify import Spending
from stillhouse.store.lake import SCHEMA
from stillhouse.tariff import Tariff
from stillhouse.tariff.book import spans
from stillhouse.tariff.prices import UNPRICED
from stillhouse.tenants.key import IMPORTED
from stillhouse.units.instant import DAY, Instant, period
from stillhouse.units.usage import INPUT_METERS, METERS

DISTINCT_AT_ONCE = 20_000_000
"""So many numbers are held in memory at once to see whether any is there twice."""
EXACT_MAX = 5_000_000

_METERS = [f'"{meter.value}"' for meter in METERS]
_SUMS = ", ".join(f"sum({name}) AS {name}" for name in _METERS)
_FREE = f"flags & {FLAGS_FREE} <> 0"
_DUE = " + ".join(
    f"(CASE WHEN {{t}}.p{i} = {UNPRICED} THEN 0 ELSE r.{name} * {{t}}.p{i} END)"
    for i, name in enumerate(_METERS)
)
_TOKENS_IN = "(" + " + ".join(f'"{m.value}"' for m in METERS if m in INPUT_METERS) + ")"
_KEY = (
    f"epoch_us(admitted_at) // {DAY} AS day, account, project, key, deployment, model,"
    f" CASE WHEN {_FREE} THEN '' ELSE sale_tariff END AS sale, cost_tariff AS cost_,"
    " workload, cohort"
)
_KEY_NAMES = (
    *("account", "project", "key", "deployment", "model", "sale", "cost_"),
    *("workload", "cohort", "day"),
)


@dataclass(frozen=True, slots=True)
class Count:
    """One writer's receipts: how many, how many different numbers, from where to where."""

    writer: int
    receipts: int
    distinct: int
    seq_min: int
    seq_max: int


@dataclass(frozen=True, slots=True)
class Mispriced:
    """A receipt whose charge or cost is not what its usage and tariff say; due None: no tariff."""

    writer: int
    seq: int
    charge: int
    charge_due: int | None
    cost: int
    cost_due: int | None


@dataclass(frozen=True, slots=True)
class Spread:
    """Completed calls of one group; tariff None: of all tariffs together.

    input_tokens, cached_tokens: sums. beginning: the first percentile of a call's input tokens.
    p50_us, p95_us: latency from admission to the end.
    """

    group: str
    tariff: str | None
    calls: int
    input_tokens: int
    cached_tokens: int
    beginning: int
    p50_us: int
    p95_us: int


class Audit:
    """Views `sealed` (Parquet), `tail` (not yet sealed) and `receipts` (both)."""

    def __init__(
        self,
        sealed: Sequence[Path],
        tail: pa.Table,
        tariffs: Mapping[str, Tariff],
        *,
        threads: int = 2,
        memory: str = "2GB",
    ) -> None:
        self._db = duckdb.connect(
            config={
                "threads": threads,
                "memory_limit": memory,
                "temp_directory": f"{tempfile.gettempdir()}/stillhouse-audit-{os.getpid()}",
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        # DuckDB draws on stdout where it takes a program for a person (python -c, a notebook).
        self._db.execute("SET enable_progress_bar = false")
        self._db.register("tail", tail)
        self._db.register("empty", SCHEMA.empty_table())
        self._db.register("tariffs", _tariff_table(tariffs))
        self._banded = any(t.above for t in tariffs.values())
        self._db.execute("CREATE VIEW found AS FROM empty")
        if sealed:
            # By name, and with `empty`: a file from before a column came does not have it.
            files = self._db.read_parquet([str(path) for path in sealed], union_by_name=True)
            files.create_view("files")
            self._db.execute(
                "CREATE OR REPLACE VIEW found AS FROM empty UNION ALL BY NAME FROM files"
            )
        self._db.execute(
            "CREATE VIEW sealed AS SELECT * REPLACE (coalesce(workload, '') AS workload,"
            " coalesce(cohort, '') AS cohort, coalesce(terms, '') AS terms) FROM found"
        )
        self._db.execute("CREATE VIEW receipts AS FROM sealed UNION ALL BY NAME FROM tail")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def rebuild(self, view: str = "sealed") -> int:
        """Compute all totals anew, as the table `rollups`; returns how many there are."""
        self._db.execute(
            f"CREATE OR REPLACE TEMP TABLE rollups AS SELECT {_KEY}, count(*) AS receipts,"
            " sum(charge) AS charge, sum(cost) AS cost,"
            f" count(*) FILTER (flags & {FLAG_UNRATED} <> 0) AS unrated, {_SUMS}"
            f" FROM {view} GROUP BY ALL"
        )
        [(n,)] = self._all("SELECT count(*) FROM rollups")
        return int(n)

    def whole(self) -> tuple[int, int]:
        """Receipts and charges of all roll-ups."""
        [(receipts, charge)] = self._all("SELECT sum(receipts), sum(charge) FROM rollups")
        return int(receipts or 0), int(charge or 0)

    def totals(self, view: str = "sealed") -> list[Total]:
        """The same as `ledger.fold`, from raw receipts."""
        self.rebuild(view)
        return sorted(map(_total, self._all("SELECT * FROM rollups")), key=key_of)

    def differing(
        self, claimed: pa.Table | Callable[[], pa.Table], *, limit: int
    ) -> list[tuple[str, ...]]:
        """Keys of totals that raw sealed receipts do not give exactly, or only one side has.

        claimed: the ledger's totals, as `rollups.columns`; or what reads them, while it rebuilds.
        """
        with ThreadPoolExecutor(1, "totals") as pool:
            reading = pool.submit(claimed) if callable(claimed) else None
            self.rebuild()
            stored = claimed if reading is None else reading.result()
        self._db.register("stored", stored)
        counts = ", ".join(f'u[{i}] AS "{meter.value}"' for i, meter in enumerate(METERS, 1))
        self._db.execute(
            "CREATE OR REPLACE TEMP TABLE claimed AS SELECT"
            " datediff('day', DATE '1970-01-01', day::DATE) AS day, account, project, key,"
            " deployment, model, sale_tariff AS sale, cost_tariff AS cost_, workload, cohort,"
            " receipts, TRY_CAST(charge AS HUGEINT) AS charge,"
            f" TRY_CAST(cost AS HUGEINT) AS cost, unrated, {counts}"
            " FROM (SELECT *, TRY_CAST(usage AS BIGINT[]) AS u FROM stored)"
        )
        same = " AND ".join(
            f'r."{name}" IS NOT DISTINCT FROM c."{name}"'
            for name in ("receipts", "charge", "cost", "unrated", *METERS)
        )
        names = ", ".join(f'coalesce(r."{n}", c."{n}") AS "{n}"' for n in _KEY_NAMES)
        on = " AND ".join(f'r."{name}" = c."{name}"' for name in _KEY_NAMES)
        rows = self._all(
            f"SELECT {names} FROM rollups AS r FULL JOIN claimed AS c ON {on}"
            f" WHERE NOT ({same}) ORDER BY ALL LIMIT ?",
            [limit],
        )
        return [(*words, period(day * DAY, "day")) for *words, day in rows]

    def spending(self) -> list[Spending]:
        """What each key was charged on each day, by the totals that `differing` was given."""
        rows = self._all(
            "SELECT day, account, project, key, coalesce(sum(charge), 0) FROM claimed GROUP BY ALL"
        )
        return [
            Spending(period(day * DAY, "day"), account, project, key, int(charge))
            for day, account, project, key, charge in rows
        ]

    def spending_by_provider(self) -> list[Spending]:
        """What was charged for what each provider served on each day, imports apart."""
        rows = self._all(
            "SELECT epoch_us(admitted_at) // ? AS day, provider, sum(charge)::HUGEINT FROM receipts"
            ' WHERE NOT starts_with("key", ?) GROUP BY ALL',
            [DAY, IMPORTED],
        )
        return [
            Spending(period(day * DAY, "day"), "", "", "", int(charge), provider)
            for day, provider, charge in rows
        ]

    def counts(self) -> list[Count]:
        """Each writer's numbers. Different ones are counted in parts, to bound the memory."""
        rows = self._all(
            "SELECT writer, count(*), min(seq), max(seq) FROM receipts GROUP BY writer"
            " ORDER BY writer"
        )
        parts = 1 + sum(receipts for _, receipts, _, _ in rows) // DISTINCT_AT_ONCE
        distinct: dict[int, int] = dict.fromkeys((writer for writer, *_ in rows), 0)
        for part in range(parts):
            for writer, n in self._all(
                "SELECT writer, count(DISTINCT seq) FROM receipts WHERE seq % ? = ?"
                " GROUP BY writer",
                [parts, part],
            ):
                distinct[writer] += n
        return [
            Count(writer, receipts, distinct[writer], first, last)
            for writer, receipts, first, last in rows
        ]

    def missing(self, writer: int, last: int, *, limit: int) -> list[int]:
        """Numbers of 1..last that no receipt of this writer has; at most `limit`."""
        rows = self._all(
            "SELECT n FROM range(1, ? + 1) AS all_(n)"
            " ANTI JOIN (SELECT seq FROM receipts WHERE writer = ?) AS had ON n = seq"
            " ORDER BY n LIMIT ?",
            [last, writer, limit],
        )
        return [n for (n,) in rows]

    def doubled(self, *, limit: int) -> list[tuple[int, int, int]]:
        """(writer, seq, times) of receipts that are there more than once."""
        rows = self._all(
            "SELECT writer, seq, count(*) FROM receipts GROUP BY ALL HAVING count(*) > 1"
            " ORDER BY 1, 2 LIMIT ?",
            [limit],
        )
        return [(writer, seq, times) for writer, seq, times in rows]

    def mispriced(self, *, limit: int) -> list[Mispriced]:
        """Receipts whose money does not follow from their usage, flags and tariffs.

        A receipt must name the band that its input falls into: it is priced by that one.
        """
        sale, cost = (
            f"LEFT JOIN tariffs AS {t} ON {t}.id = r.{column}"
            if not self._banded
            else f"LEFT JOIN tariffs AS {t}_ ON {t}_.id = r.{column} LEFT JOIN tariffs AS {t}"
            f" ON {t}.family = {t}_.family AND {_TOKENS_IN} <= {t}.upto"
            f" AND ({_TOKENS_IN} > {t}.above OR {t}.above = 0)"
            for t, column in (("s", "sale_tariff"), ("c", "cost_tariff"))
        )
        rows = self._all(
            f"""
            SELECT writer, seq, charge, charge_due, cost, cost_due FROM (
                SELECT r.writer, r.seq, r.charge::BIGINT AS charge, r.cost::BIGINT AS cost,
                    CASE WHEN {_FREE} THEN 0 ELSE {_DUE.format(t="s")} END AS charge_due,
                    CASE WHEN cost_tariff = '' OR flags & {FLAG_ZERO_RATED} <> 0 THEN 0
                        ELSE {_DUE.format(t="c")} END AS cost_due
                FROM receipts AS r
                {sale} {cost}
            ) WHERE charge IS DISTINCT FROM charge_due OR cost IS DISTINCT FROM cost_due
            ORDER BY writer, seq LIMIT ?
            """,
            [limit],
        )
        return [Mispriced(*row) for row in rows]

    def cut(
        self,
        *,
        tariffs: Collection[str],
        start: Instant,
        end: Instant,
        account: str | None,
        moments: Sequence[Instant],
        edges: Sequence[int],
    ) -> list[tuple[int, int, Total]]:
        """Totals of calls admitted in [start, end) under these sale tariffs, cut further.

        moments, edges: sorted. Each answer begins with how many of the moments are not after its
        admissions, and how many of the edges are below its calls' input tokens.
        """
        parts = [
            " + ".join([*(f"(epoch_us(admitted_at) >= {int(at)})::INT" for at in moments), "0"]),
            " + ".join([*(f"({_TOKENS_IN} > {int(edge)})::INT" for edge in edges), "0"]),
        ]
        rows = self._all(
            f"SELECT {parts[0]} AS moments, {parts[1]} AS edges, {_KEY}, count(*) AS receipts,"
            " sum(charge) AS charge, sum(cost) AS cost,"
            f" count(*) FILTER (flags & {FLAG_UNRATED} <> 0) AS unrated, {_SUMS} FROM receipts"
            " WHERE epoch_us(admitted_at) >= ? AND epoch_us(admitted_at) < ?"
            " AND (?::VARCHAR IS NULL OR account = ?)"
            f" AND NOT ({_FREE}) AND sale_tariff IN (SELECT unnest(?)) GROUP BY ALL ORDER BY ALL",
            [start, end, account, account, sorted(tariffs)],
        )
        return [(row[0], row[1], _total(row[2:])) for row in rows]

    def rows(self, *, account: str, start: Instant, end: Instant) -> Iterator[dict[str, Any]]:
        """An account's receipts admitted in [start, end), in order of admission."""
        names = [name for name in SCHEMA.names if name != "admitted_at"]
        columns = ", ".join(f'"{name}"' for name in names)
        found = self._db.execute(
            f"SELECT epoch_us(admitted_at), {columns} FROM receipts WHERE account = ?"
            " AND epoch_us(admitted_at) >= ? AND epoch_us(admitted_at) < ?"
            " ORDER BY epoch_us(admitted_at), writer, seq",
            [account, start, end],
        )
        while batch := found.fetchmany(10_000):
            for at, *rest in batch:
                yield {"admitted_at": at, **dict(zip(names, rest, strict=True))}

    def spread(
        self,
        groups: Mapping[tuple[str, str], str],
        *,
        start: Instant,
        end: Instant,
        account: str | None = None,
    ) -> list[Spread]:
        """How calls admitted in [start, end) are spread, by group and sale tariff, and by group.

        groups: (account, workload) -> what it is counted under; others are groups of their own
        and are left out. Quantiles are exact up to `EXACT_MAX` receipts and close beyond.
        """
        names = pa.table(
            {
                "account": pa.array([a for a, _ in groups], pa.string()),
                "workload": pa.array([w for _, w in groups], pa.string()),
                "name": pa.array(list(groups.values()), pa.string()),
            }
        )
        self._db.register("groups", names)
        chosen = (
            "FROM receipts JOIN groups USING (account, workload) WHERE epoch_us(admitted_at) >= ?"
            " AND epoch_us(admitted_at) < ? AND (? IS NULL OR account = ?)"
        )
        values: list[object] = [start, end, account, account]
        [(n,)] = self._all(f"SELECT count(*) {chosen}", values)
        quantile = "quantile_disc" if n <= EXACT_MAX else "approx_quantile"
        given = '"input" + cache_read + cache_write + cache_write_1h + audio_in + image_in'
        rows = self._all(
            f"SELECT name, sale_tariff, count(*), sum({given})::BIGINT, sum(cache_read)::BIGINT,"
            f" {quantile}({given}, 0.01), {quantile}(latency_us, [0.5, 0.95])"
            f" {chosen} AND outcome = 'completed'"
            " GROUP BY GROUPING SETS ((name, sale_tariff), (name)) ORDER BY ALL",
            values,
        )
        return [
            Spread(name, tariff, calls, inputs, cached, int(least), int(p50), int(p95))
            for name, tariff, calls, inputs, cached, least, (p50, p95) in rows
        ]

    def _all(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._db.execute(query, list(values)).fetchall()


def _total(row: tuple[Any, ...]) -> Total:
    day, account, project, key, deployment, model, sale, cost_tariff, workload, cohort = row[:10]
    return Total(
        day=period(day * DAY, "day"),
        account=account,
        project=project,
        key=key,
        deployment=deployment,
        model=model,
        sale_tariff=sale,
        cost_tariff=cost_tariff,
        workload=workload,
        cohort=cohort,
        receipts=row[10],
        charge=int(row[11]),
        cost=int(row[12]),
        unrated=row[13],
        usage=tuple(int(n) for n in row[14:]),
    )


def _tariff_table(tariffs: Mapping[str, Tariff]) -> pa.Table:
    known = [span for span in map(spans(tariffs.values()).get, tariffs) if span is not None]
    columns: dict[str, pa.Array[Any]] = {
        "id": pa.array(list(tariffs), pa.string()),
        "family": pa.array([span.family for span in known], pa.string()),
        "above": pa.array([span.above for span in known], pa.int64()),
        "upto": pa.array([span.upto for span in known], pa.int64()),
    }
    for i in range(len(METERS)):
        columns[f"p{i}"] = pa.array([t.prices[i] for t in tariffs.values()], pa.int64())
    return pa.table(columns)
