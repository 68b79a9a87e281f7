"""What a document says of its receipts, asked of the receipts themselves. Read only, by DuckDB.

    parts (files, months) of one account -> counts, broken calls, what was estimated, Merkle leaves

A part is a month's receipts in the segments that some ledger entries posted (`Cover`). Leaves come
in order of (writer, seq), a window of sequence numbers at a time, so that a hundred million of them
need no more memory than one window; their text is made and hashed by the engine.

Calls that were imported from other systems' logs are nobody's to invoice and are left out.
"""

# ruff: noqa: S608
# SQL is put together from column names and numbers of our own; values are always bound.

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

import duckdb
import pyarrow as pa

from stillhouse.billing.capacity import UsageKey
from stillhouse.billing.document import Broken, WriterRange
from stillhouse.billing.merkle import FIELDS
from stillhouse.ledger.fold import FLAGS_FREE
from stillhouse.ledger.receipt import FLAG_UNRATED, Outcome, receipt_id
from stillhouse.ledger.rules import rule
from stillhouse.store.lake import SCHEMA
from stillhouse.tenants.key import IMPORTED
from stillhouse.units.instant import Instant
from stillhouse.units.usage import METERS, Meter

WINDOW = 1 << 19
"""About so many leaves are in memory at once."""
_METERS = [f'"{meter.value}"' for meter in METERS]
_REQUESTS = METERS.index(Meter.REQUESTS)
_LEAF_FIELDS = {
    "id": "'w' || writer || '-' || seq",
    "admitted_at": "epoch_us(admitted_at)::VARCHAR",
    "flags": "flags::VARCHAR",
    "usage": f"concat_ws(',', {', '.join(_METERS)})",
    "charge": "charge::VARCHAR",
    "tariff": "sale_tariff::VARCHAR",
}
_LEAF = [_LEAF_FIELDS.get(name, f'"{name}"::VARCHAR') for name in FIELDS]
_HASH = f"unhex(sha256(chr(0) || concat_ws(chr(10), {', '.join(_LEAF)})))"


@dataclass(frozen=True, slots=True)
class Part:
    """Receipts of one month [start, end) in these files."""

    period: str
    start: Instant
    end: Instant
    paths: tuple[Path, ...]


@dataclass(slots=True)
class Exceptions:
    """What a document says of receipts that are not simply reported, priced and whole.

    estimated: charged use that the provider did not report. unrated: receipts.
    """

    estimated: dict[tuple[str, UsageKey], int] = field(default_factory=dict)
    unrated: int = 0
    _broken: dict[tuple[str, str, bool], tuple[int, int, int]] = field(default_factory=dict)

    def add(
        self, outcome: str, witness: str, n: int, usage: list[int], charge: int, *, charged: bool
    ) -> None:
        tokens = sum(usage) - usage[_REQUESTS]
        have = self._broken.get((outcome, witness, charged), (0, 0, 0))
        row = (have[0] + n, have[1] + tokens, have[2] + charge)
        self._broken[outcome, witness, charged] = row

    @property
    def broken(self) -> tuple[Broken, ...]:
        """By how they ended and who says what they used."""
        return tuple(
            Broken(
                outcome=outcome,
                witness=witness,
                charged=charged,
                receipts=n,
                tokens=str(tokens),
                rule=rule(cast("Outcome", outcome), reported=witness == "reported").because,
                exact_pico=str(charge),
            )
            for (outcome, witness, charged), (n, tokens, charge) in sorted(self._broken.items())
        )


class AccountReceipts:
    """One account's receipts of some parts, and of a table that is not sealed yet."""

    def __init__(
        self,
        account: str,
        parts: Iterable[Part],
        tail: tuple[Part, pa.Table] | None = None,
        *,
        threads: int = 2,
        memory: str = "2GB",
    ) -> None:
        self._db = duckdb.connect(
            config={
                "threads": threads,
                "memory_limit": memory,
                "temp_directory": f"{tempfile.gettempdir()}/stillhouse-proof-{os.getpid()}",
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        )
        self._db.execute("SET enable_progress_bar = false")
        self._db.execute("SET VARIABLE account = ?", [account])
        self._db.register("empty", SCHEMA.empty_table())
        chosen = [_chosen("SELECT * FROM empty", "", 0, 0)]
        for at, part in enumerate(each for each in parts if each.paths):
            names = [str(path) for path in part.paths]
            # By name, and with `empty`: a file from before a column came does not have it.
            self._db.read_parquet(names, union_by_name=True).create_view(f"part{at}")
            rows = f"SELECT * FROM empty UNION ALL BY NAME FROM part{at}"
            chosen.append(_chosen(rows, part.period, part.start, part.end))
        if tail is not None:
            self._db.register("tail", tail[1])
            rows = "SELECT * FROM empty UNION ALL BY NAME FROM tail"
            chosen.append(_chosen(rows, tail[0].period, tail[0].start, tail[0].end))
        self._db.execute("CREATE VIEW mine AS " + " UNION ALL ".join(chosen))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def writers(self) -> tuple[WriterRange, ...]:
        rows = self._all(
            "SELECT writer, min(seq), max(seq), count(*) FROM mine GROUP BY writer ORDER BY writer"
        )
        return tuple(
            WriterRange(writer=writer, first=first, last=last, count=n)
            for writer, first, last, n in rows
        )

    def exceptions(self) -> "Exceptions":
        """Broken calls, what the provider did not report, and what has no price; in one pass."""
        sums = ", ".join(f"sum({name})" for name in _METERS)
        rows = self._all(
            "SELECT period, project, workload, model, sale_tariff, outcome, witness, flags,"
            f" count(*), sum(charge), {sums} FROM mine WHERE outcome <> 'completed'"
            f" OR witness IN ('counted', 'lower_bound') OR flags & {FLAG_UNRATED} <> 0"
            " GROUP BY ALL ORDER BY ALL"
        )
        found = Exceptions()
        for period, project, workload, model, tariff, outcome, witness, flags, n, *sums_ in rows:
            charge, usage = int(sums_[0]), [int(count) for count in sums_[1:]]
            charged = not flags & FLAGS_FREE
            if flags & FLAG_UNRATED:
                found.unrated += n
            if outcome != "completed":
                found.add(outcome, witness, n, usage, charge, charged=charged)
            if charged and witness != "reported":
                for meter, count in zip(METERS, usage, strict=True):
                    key = (period, (project, workload, model, tariff, meter))
                    if count:
                        found.estimated[key] = found.estimated.get(key, 0) + count
        return found

    def leaves(self) -> Iterator[list[bytes]]:
        """Hashes of leaves in order, some at a time."""
        for each in self.writers():
            steps = -(-each.count // WINDOW)
            width = -(-(each.last - each.first + 1) // steps)
            for first in range(each.first, each.last + 1, width):
                found = self._db.execute(
                    f"SELECT {_HASH} FROM mine WHERE writer = ? AND seq >= ? AND seq < ?"
                    " ORDER BY seq",
                    [each.writer, first, first + width],
                )
                while batch := found.fetchmany(1 << 16):
                    yield [digest for (digest,) in batch]

    def receipts(self, ids: Sequence[tuple[int, int]]) -> dict[str, dict[str, str]]:
        """(writer, seq) that are here -> id -> the fields of its leaf."""
        names = ", ".join(f"{sql} AS f{at}" for at, sql in enumerate(_LEAF))
        found: dict[str, dict[str, str]] = {}
        for writer, seq in ids:
            for row in self._all(
                f"SELECT {names} FROM mine WHERE writer = ? AND seq = ?", [writer, seq]
            ):
                found[receipt_id(writer, seq)] = dict(zip(FIELDS, row, strict=True))
        return found

    def places(self, ids: Sequence[tuple[int, int]]) -> Mapping[tuple[int, int], int]:
        """(writer, seq) -> how many leaves are before it."""
        return {
            (writer, seq): self._all(
                "SELECT count(*) FROM mine WHERE writer < ? OR (writer = ? AND seq < ?)",
                [writer, writer, seq],
            )[0][0]
            for writer, seq in ids
        }

    def _all(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._db.execute(query, list(values)).fetchall()


def _chosen(rows: str, period: str, start: int, end: int) -> str:
    return (
        f"SELECT * REPLACE (coalesce(workload, '') AS workload), '{period}' AS period"
        f" FROM ({rows}) WHERE account = getvariable('account')"
        f" AND epoch_us(admitted_at) >= {start} AND epoch_us(admitted_at) < {end}"
        f" AND NOT starts_with(\"key\", '{IMPORTED}')"
    )
