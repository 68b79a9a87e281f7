"""Sealed receipts: any engine reads them, the same receipts are the same bytes, they are small."""

import csv
import gzip
import random
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from msgspec.structs import replace
from tests.ledger.test_fold import MANY
from tests.store.test_journal import NOW, close, opened

from stillhouse.ledger.receipt import Receipt
from stillhouse.store.lake import SCHEMA, Lake, table
from stillhouse.units.usage import METERS

AZURE = Path(__file__).parents[2].parent / "shared" / "data" / "azure-llm-2023"


def receipt(seq: int, **changes: int) -> Receipt:
    return Receipt(7, opened(seq), replace(close(seq), **changes))


def test_the_file_is_named_by_its_segment_and_the_month_of_its_last_settlement(
    tmp_path: Path,
) -> None:
    december = NOW + 4 * 86_400_000_000
    written = Lake(tmp_path).write([receipt(1), receipt(2, settled_at=december)], file=3)

    assert written.path == "segments/2026-12/w7-3.parquet"
    assert written.size == (tmp_path / written.path).stat().st_size


def test_the_same_receipts_are_the_same_bytes(tmp_path: Path) -> None:
    rows = [receipt(seq, charge=seq) for seq in range(1, 50)]
    first = Lake(tmp_path / "a").write(rows, file=3)
    second = Lake(tmp_path / "b").write(rows, file=3)

    assert first == second
    assert sorted(p.name for p in (tmp_path / "a").rglob("*") if p.is_file()) == ["w7-3.parquet"]


@settings(max_examples=20, deadline=None)
@given(MANY.filter(bool))
def test_every_column_comes_back(rows: list[Receipt]) -> None:
    rows = [
        Receipt(w, o, replace(c, charge=c.charge % 10**18, cost=c.cost % 10**18))
        for w, o, c in rows
    ]
    sink = pa.BufferOutputStream()
    pq.write_table(table(rows), sink, store_decimal_as_integer=True)
    found = pq.read_table(pa.BufferReader(sink.getvalue())).to_pylist()

    for r, row in zip(rows, found, strict=True):
        assert (r.open.seq, r.open.account, r.open.model) == (
            row["seq"],
            row["account"],
            row["model"],
        )
        assert (r.close.charge, r.close.cost, r.close.flags) == (
            row["charge"],
            row["cost"],
            row["flags"],
        )
        assert list(r.close.usage) == [row[meter.value] for meter in METERS]


def test_words_come_back_in_whatever_order_they_first_came() -> None:
    budgets = [(), ("b@total", "c@2026-11"), ("b@total",)]
    rows = [
        Receipt(
            seq % 2,
            replace(
                opened(seq), model=f"m{seq % 5}", stream=seq % 2 == 0, budgets=budgets[seq % 3]
            ),
            replace(close(seq), status=200 + seq % 4, outcome="refused" if seq % 7 else "timeout"),
        )
        for seq in range(1, 2500)
    ]
    found = table(rows).to_pylist()

    for r, row in zip(rows, found, strict=True):
        assert (r.writer, r.open.seq, r.open.model, r.open.stream, " ".join(r.open.budgets)) == (
            row["writer"],
            row["seq"],
            row["model"],
            row["stream"],
            row["budgets"],
        )
        assert (r.close.status, r.close.outcome) == (row["status"], row["outcome"])
    assert table([]).num_rows == 0


def test_sums_beyond_64_bits_are_exact_in_other_engines(tmp_path: Path) -> None:
    most = 10**18 - 1
    rows = [receipt(seq, charge=most) for seq in range(1, 21)]
    path = tmp_path / Lake(tmp_path).write(rows, file=1).path
    query = f"SELECT sum(charge), typeof(sum(charge)) FROM '{path}'"
    [(total, kind)] = duckdb.connect().execute(query).fetchall()
    frame = pq.read_table(path, columns=["charge"]).column("charge").to_pylist()

    assert (20 * most, "DECIMAL(38,0)") == (int(total), kind)
    assert Decimal(20 * most) == sum(Decimal(c or 0) for c in frame)
    assert 20 * most > 2**63


def test_money_is_a_64_bit_integer_underneath(tmp_path: Path) -> None:
    path = tmp_path / Lake(tmp_path).write([receipt(1)], file=1).path
    columns = pq.ParquetFile(path).metadata.row_group(0)
    kinds = {
        columns.column(i).path_in_schema: columns.column(i).physical_type
        for i in range(columns.num_columns)
    }

    assert kinds["charge"] == kinds["cost"] == kinds["hold"] == "INT64"
    assert set(SCHEMA.names) == set(kinds)


def test_a_charge_that_does_not_fit_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises((ValueError, OverflowError)):
        Lake(tmp_path).write([receipt(1, charge=10**18)], file=1)

    assert list(tmp_path.rglob("*.parquet")) == []


def test_a_real_hour_of_traffic_takes_at_most_25_bytes_a_receipt(tmp_path: Path) -> None:
    """Azure's recorded token counts, arrivals 20 times as fast (160 calls/s), random latencies.

    200 accounts by a Zipf law, 4 models, a budget, a hold and a cost on every receipt.
    """
    if not AZURE.is_dir():
        pytest.skip("needs shared/data/azure-llm-2023 beside the repository")
    chance = random.Random(1)
    calls = []
    for file in sorted(AZURE.glob("*.csv.gz")):
        with gzip.open(file, "rt") as text:
            for row in csv.DictReader(text):
                at = datetime.fromisoformat(row["TIMESTAMP"][:26] + "+00:00")
                calls.append((at, int(row["ContextTokens"]), int(row["GeneratedTokens"])))
    calls.sort()
    weights = [1 / (i + 1) for i in range(200)]
    rows = []
    for seq, (at, tokens_in, tokens_out) in enumerate(calls, 1):
        who = chance.choices(range(200), weights)[0]
        model = chance.choices(range(4), [8, 4, 2, 1])[0]
        price_in, price_out = 2_500_000 + 500_000 * model, 10_000_000
        first = int(chance.lognormvariate(12.5, 0.5))
        rows.append(
            Receipt(
                1,
                replace(
                    opened(seq),
                    admitted_at=NOW + int((at - calls[0][0]).total_seconds() * 1_000_000) // 20,
                    account=f"acct_{who:012x}",
                    project=f"proj_{who:012x}",
                    key=f"key_{who:012x}",
                    model=f"model-{model}",
                    deployment=f"model-{model}",
                    sale_tariff=f"t_{model:016x}",
                    cost_tariff=f"t_{model + 9:016x}",
                    budgets=(f"budget_{who:012x}@2026-11",),
                    hold=tokens_in * price_in + 4096 * price_out,
                ),
                replace(
                    close(seq),
                    first_byte_us=first,
                    latency_us=first + int(tokens_out * chance.gauss(25_000, 3_000)),
                    usage=(tokens_in, 0, 0, 0, tokens_out, 0, 0, 0, 0, 0, 1),
                    charge=tokens_in * price_in + tokens_out * price_out,
                    cost=(tokens_in * price_in + tokens_out * price_out) * 4 // 5,
                ),
            )
        )
    written = Lake(tmp_path).write(rows, file=1)
    print(f"{written.size / len(rows):.2f} bytes a receipt")

    assert len(rows) > 25_000
    assert written.size <= 25 * len(rows)
