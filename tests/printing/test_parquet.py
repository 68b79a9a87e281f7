"""The Parquet file says what the CSV says, in exact types, to any reader."""

import csv
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from tests.billing.exports.documents import documents, made, usage
from tests.billing.exports.focus_specification import COLUMNS, violations

from stillhouse.billing.document import Document
from stillhouse.billing.exports.focus import focus_rows
from stillhouse.billing.exports.focus_columns import focus_csv
from stillhouse.printing.parquet import focus_parquet


def read(data: bytes) -> pa.Table:
    return pq.read_table(io.BytesIO(data))


@given(documents())
def test_it_reads_back_as_the_csv(document: Document) -> None:
    rows = focus_rows(document)
    table = read(focus_parquet(rows))
    again = [{name: _seconds(value) for name, value in row.items()} for row in table.to_pylist()]
    header, *cells = csv.reader(io.StringIO(focus_csv(again), newline=""), strict=True)
    texts = [{name: cell or None for name, cell in zip(header, row, strict=True)} for row in cells]

    assert focus_csv(rows) == focus_csv(again)
    assert [] == violations(header, texts, {document.number: document.total})


def _seconds(value: Any) -> Any:
    return int(value.timestamp()) * 10**6 if hasattr(value, "timestamp") else value


def test_every_decimal_of_the_specification_is_a_decimal_with_18_places() -> None:
    schema = read(focus_parquet([])).schema
    found = {name: schema.field(name).type for name, c in COLUMNS.items() if c.kind == "Decimal"}

    assert dict.fromkeys(found, pa.decimal128(38, 18)) == found
    assert b"1.2" == schema.metadata[b"FocusVersion"]


def test_another_reader_sums_it_exactly(tmp_path: Path) -> None:
    line = usage("gpt-4o", "output", 25 * 10**11 + 1, "10.00", rate="16123.4567")
    document = made([line] * 3, unit="1", currency="IDR", number="INV-1")
    file = tmp_path / "focus.parquet"
    file.write_bytes(focus_parquet(focus_rows(document)))
    query = f"SELECT InvoiceId, sum(BilledCost) FROM '{file}' GROUP BY InvoiceId"
    with duckdb.connect() as reader:
        [found] = reader.execute(query).fetchall()

    assert ("INV-1", Decimal(document.total)) == found


def test_the_same_rows_give_the_same_bytes() -> None:
    rows = focus_rows(made([usage("gpt-4o", "input", 10**6, "2.50")]))

    assert focus_parquet(rows) == focus_parquet(rows)
