"""Receipts as Parquet: one flat file per segment that DuckDB, pandas, polars or Spark reads.

    DIR/segments/2026-11/w7-3.parquet       receipts that writer 7 closed in its journal file 3

Written to a temporary name, fsynced, renamed, folder fsynced: a file under its final name is whole.
The same receipts always give the same bytes and the same path, so sealing again after a crash
changes nothing. The month is that of the last settlement in the file, not of the sealing clock.

charge, cost and hold are DECIMAL(18,0) pico-units, kept as 64-bit integers. Not BIGINT: a 64-bit
sum of pico-dollars wraps at USD 9.22 million in several engines without a word, while a decimal sum
is widened to 128 bits by all of them. One call holds at most USD 999,999.

Columns are added at the end only. A file from before a column came has "" there: see `store.audit`.

Rows are in sequence order. Times and sequence numbers are stored as differences, everything else as
dictionaries, and all is compressed by zstd. Measured and left out: BYTE_STREAM_SPLIT of counts and
latencies (0.5 bytes less in 25, and not every engine reads it).
"""

import hashlib
import os
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stillhouse.ledger.receipt import Receipt
from stillhouse.ledger.segment import Coded, Ending, Receipts, Words, segment_id
from stillhouse.units.instant import period
from stillhouse.units.usage import METERS

MONEY = pa.decimal128(18, 0)
WORD = pa.dictionary(pa.int32(), pa.string())
SCHEMA = pa.schema(
    [
        ("writer", pa.int32()),
        ("seq", pa.int64()),
        ("call", pa.int64()),
        ("admitted_at", pa.timestamp("us", tz="UTC")),
        ("account", WORD),
        ("project", WORD),
        ("key", WORD),
        ("deployment", WORD),
        ("provider", WORD),
        ("model", WORD),
        ("surface", WORD),
        ("stream", pa.bool_()),
        ("status", pa.int16()),
        ("outcome", WORD),
        ("witness", WORD),
        ("flags", pa.int32()),
        ("first_byte_us", pa.int64()),
        ("latency_us", pa.int64()),
        *((meter.value, pa.int64()) for meter in METERS),
        ("charge", MONEY),
        ("cost", MONEY),
        ("hold", MONEY),
        ("sale_tariff", WORD),
        ("cost_tariff", WORD),
        ("budgets", WORD),
        ("workload", WORD),
        ("cohort", WORD),
        ("terms", WORD),
    ]
)
DELTAS = ["seq", "call", "admitted_at", "first_byte_us", "latency_us"]
REPEATS = [field.name for field in SCHEMA if field.name not in {*DELTAS, "stream"}]
"""Columns kept as dictionaries: words, and numbers too, since calls resemble each other."""
ROW_GROUP = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """A sealed file. path is relative to the data folder; sha256 is of the whole file."""

    path: str
    sha256: str
    size: int


class Lake:
    """DIR/segments. Posture: fails closed; a failed write leaves at most a temporary file."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def write(self, receipts: Sequence[Receipt], *, file: int) -> Written:
        """Write one segment, durably; receipts of one writer, sorted by seq, not empty."""
        rows = Receipts.of(receipts)
        month = period(max(rows.columns.numbers["settled_at"]), "month")
        path = Path("segments") / month / f"{segment_id(rows.writers[0], file)}.parquet"
        return write_parquet(table(rows), self.data, path)


def write_parquet(rows: pa.Table, data: Path, path: Path) -> Written:
    target = data / path
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    with part.open("wb") as sink:
        pq.write_table(
            rows,
            sink,
            compression="zstd",
            compression_level=9,
            use_dictionary=REPEATS,  # type: ignore[arg-type]  # the stubs know only bool
            column_encoding=dict.fromkeys(DELTAS, "DELTA_BINARY_PACKED"),
            store_decimal_as_integer=True,
            row_group_size=ROW_GROUP,
            write_statistics=["writer", "seq", "admitted_at", "account"],
            store_schema=False,
        )
        sink.flush()
        os.fsync(sink.fileno())
    digest = hashlib.sha256(part.read_bytes()).hexdigest()
    size = part.stat().st_size
    part.rename(target)
    for folder in (target.parent, target.parent.parent, data):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
    return Written(path=path.as_posix(), sha256=digest, size=size)


def table(receipts: Iterable[Receipt]) -> pa.Table:
    """Receipts as columns, in the order given."""
    rows = Receipts.of(receipts)
    said = rows.columns
    columns = {
        "writer": pa.array(rows.writers, pa.int32()),
        **{
            name: _numbers(said.numbers[name], name)
            for name in SCHEMA.names
            if name in said.numbers
        },
        **_spread(said.words, Words._fields),
        **_spread(said.endings, Ending._fields),
    }
    return pa.table([columns[name] for name in SCHEMA.names], schema=SCHEMA)


def _numbers(column: "array[int]", name: str) -> "pa.Array[Any]":
    """A column over the same memory; money is checked to fit."""
    kind = SCHEMA.field(name).type
    buffers = [None, pa.py_buffer(column)]
    if kind != MONEY:
        return pa.Array.from_buffers(kind, len(column), buffers)
    whole = pa.Array.from_buffers(pa.int64(), len(column), buffers)
    return whole.cast(pa.decimal128(19, 0)).cast(MONEY)


def _spread(rows: Coded, names: Sequence[str]) -> dict[str, "pa.Array[Any]"]:
    """The columns of coded tuples: each value is converted once, then put where its code is."""
    codes = pa.array(rows.codes, pa.int32())
    fields = list(zip(*rows.values, strict=True)) or [()] * len(names)
    columns: dict[str, pa.Array[Any]] = {}
    for name, values in zip(names, fields, strict=True):
        kind = SCHEMA.field(name).type
        if kind != WORD:
            columns[name] = pa.array(values, kind).take(codes)
            continue
        words = Coded.of(map(" ".join, values) if name == "budgets" else values)
        columns[name] = pa.DictionaryArray.from_arrays(
            pa.array(words.codes, pa.int32()).take(codes), pa.array(words.values, pa.string())
        )
    return columns
