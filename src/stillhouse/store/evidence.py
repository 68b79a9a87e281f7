"""What documents say of one segment's receipts, asked of its file. Read only, by DuckDB.

    one Parquet file -> for each month and account: count, first, last, Merkle root, odd calls

One pass over the file makes it for all of its accounts: the engine writes and hashes each leaf and
puts them in order of (account, seq); the trees are built from that one run of hashes, 32 bytes a
receipt. Calls that were imported from other systems' logs are nobody's to invoice: left out.
"""

# ruff: noqa: S608
# SQL is put together from column names and numbers of our own; values are always bound.

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa

from stillhouse.billing.evidence import Odd, Part
from stillhouse.billing.merkle import FIELDS, root_of
from stillhouse.ledger.receipt import FLAG_UNRATED
from stillhouse.store.lake import SCHEMA
from stillhouse.tenants.key import IMPORTED
from stillhouse.units.instant import Instant, month_bounds, period, period_end
from stillhouse.units.usage import METERS

HASH_BYTES = 32
_METERS = [f'"{meter.value}"' for meter in METERS]
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
_ODD = (
    "outcome <> 'completed' OR witness IN ('counted', 'lower_bound')"
    f" OR flags & {FLAG_UNRATED} <> 0"
)


class SegmentReceipts:
    """The receipts of one segment that somebody may be invoiced for."""

    def __init__(
        self, path: Path, *, writer: int, file: int, threads: int = 1, memory: str = "1GB"
    ) -> None:
        self._writer, self._file = writer, file
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
        self._db.register("empty", SCHEMA.empty_table())
        # By name, and with `empty`: a file from before a column came does not have it.
        self._db.read_parquet(str(path)).create_view("file")
        self._db.execute(
            "CREATE VIEW rows AS SELECT * REPLACE (coalesce(workload, '') AS workload)"
            " FROM (SELECT * FROM empty UNION ALL BY NAME FROM file)"
            f" WHERE NOT starts_with(\"key\", '{IMPORTED}')"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def parts(self) -> list[Part]:
        """Every (month, account) of the segment."""
        return [part for month in self._months() for part in self._parts(month)]

    def _months(self) -> Iterator[str]:
        [(first, last)] = self._all(
            "SELECT epoch_us(min(admitted_at)), epoch_us(max(admitted_at)) FROM rows"
        )
        at = first
        while at is not None and at <= last:
            yield period(at, "month")
            at = period_end(Instant(at), "month")

    def _parts(self, month: str) -> Iterator[Part]:
        within = _within(month)
        groups = self._all(
            f"SELECT account, count(*), min(seq), max(seq) FROM rows WHERE {within}"
            " GROUP BY account ORDER BY account"
        )
        hashes = self._hashes(within)
        if len(hashes) != HASH_BYTES * sum(n for _, n, _, _ in groups):
            raise RuntimeError("the engine counted other receipts than it hashed")
        odd = self._odd(within)
        at = 0
        for account, n, first, last in groups:
            end = at + HASH_BYTES * n
            root = root_of(hashes[at:end])
            at = end
            told = tuple(odd.get(account, ()))
            yield Part(self._writer, self._file, month, account, n, first, last, root, told)

    def _hashes(self, within: str) -> bytes:
        """Leaves in order of (account, seq), one after the other."""
        found = self._db.sql(
            f"SELECT {_HASH} AS hash FROM rows WHERE {within} ORDER BY account, seq"
        ).to_arrow_table()
        return b"".join(_bytes_of(chunk) for chunk in found.column(0).chunks)

    def _odd(self, within: str) -> dict[str, list[Odd]]:
        sums = ", ".join(f"sum({name})" for name in _METERS)
        rows = self._all(
            "SELECT account, project, workload, model, sale_tariff, outcome, witness, flags,"
            f" count(*), sum(charge), {sums} FROM rows WHERE {within} AND ({_ODD})"
            " GROUP BY ALL ORDER BY ALL"
        )
        found: dict[str, list[Odd]] = {}
        for account, project, workload, model, tariff, outcome, *rest in rows:
            witness, flags, n, charge, *usage = rest
            one = Odd(
                project=project,
                workload=workload,
                model=model,
                tariff=tariff,
                outcome=outcome,
                witness=witness,
                flags=flags,
                receipts=n,
                charge=str(int(charge)),
                usage=tuple(int(count) for count in usage),
            )
            found.setdefault(account, []).append(one)
        return found

    def of(self, account: str, month: str) -> tuple[list[int], bytes]:
        """A part's sequence numbers in order, and their leaves one after the other."""
        self._db.execute("SET VARIABLE account = ?", [account])
        within = f"{_within(month)} AND account = getvariable('account')"
        numbers = [seq for (seq,) in self._all(f"SELECT seq FROM rows WHERE {within} ORDER BY seq")]
        return numbers, self._hashes(within)

    def fields(self, account: str, seq: int) -> dict[str, str]:
        """The fields of one receipt's leaf."""
        names = ", ".join(f"{sql} AS f{at}" for at, sql in enumerate(_LEAF))
        [row] = self._all(f"SELECT {names} FROM rows WHERE account = ? AND seq = ?", [account, seq])
        return dict(zip(FIELDS, row, strict=True))

    def _all(self, query: str, values: list[object] | None = None) -> list[tuple[Any, ...]]:
        return self._db.execute(query, values).fetchall()


def _within(month: str) -> str:
    start, end = month_bounds(month)
    return f"epoch_us(admitted_at) >= {start} AND epoch_us(admitted_at) < {end}"


def _bytes_of(chunk: "pa.Array[Any]") -> bytes:
    """The memory behind a column of hashes."""
    fixed = chunk.cast(pa.binary(HASH_BYTES))
    data = fixed.buffers()[1]
    if not len(fixed) or data is None:
        return b""
    return data.to_pybytes()[fixed.offset * HASH_BYTES :][: len(fixed) * HASH_BYTES]
