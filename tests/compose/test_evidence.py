"""Evidence by segment is what a scan of all receipts says, whatever the split; proofs hold."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.compose.sales import NOW, WHO, Sales, at

from stillhouse.billing.document import Document
from stillhouse.billing.draft import DraftError
from stillhouse.billing.inclusion import check_inclusion
from stillhouse.billing.settings import Issuer
from stillhouse.compose.evidence import NotIncludedError, prepare, stay_prepared
from stillhouse.ledger.ports import ConflictError
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Usage

MONTH = "2026-11"
NOVEMBER_15 = at("2026-11-15")
Sold = tuple[str, int, str, bool]
SOLD = st.tuples(
    st.sampled_from(["2026-10-31", "2026-11-01", "2026-11-30"]),
    st.integers(0, 99),
    st.sampled_from(["completed", "client_left", "upstream_cut"]),
    st.booleans(),
)


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[Sales]:
    made = Sales.found(tmp_path)
    made.store.set_issuer(Issuer(name="Toko"), at=NOW, actor=WHO)
    yield made
    made.close()


def close(sales: Sales, account: str) -> Document:
    for step in (sales.invoices.draft, sales.invoices.approve):
        step(account, MONTH, at=NOW, actor=WHO)
    return sales.invoices.finalise(account, MONTH, at=NOW, actor=WHO).document


def closed(folder: Path, calls: Sequence[Sold], cuts: Sequence[int]) -> tuple[Sales, Document]:
    """The same calls, in as many segments as the cuts say."""
    made = Sales.found(folder)
    made.store.set_issuer(Issuer(name="Toko"), at=NOW, actor=WHO)
    mine, other = made.account("mine"), made.account("other")
    receipts = [
        made.receipt(
            *(who, at(day), Usage(input=n, requests=1)),
            outcome=outcome,  # type: ignore[arg-type]
            reported=reported,
        )
        for day, n, outcome, reported in calls
        for who in (mine, other)
    ]
    for first, end in zip([0, *cuts], [*cuts, len(receipts)], strict=True):
        if receipts[first:end]:
            made.post(receipts[first:end])
    return made, close(made, mine)


@settings(max_examples=15, deadline=None)
@given(st.lists(SOLD, min_size=1, max_size=12), st.data())
def test_however_receipts_are_split_into_segments_the_document_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, calls: list[Sold], data: st.DataObject
) -> None:
    n = 2 * len(calls)
    cuts = sorted(data.draw(st.sets(st.integers(1, n - 1), max_size=4)))
    folder = tmp_path_factory.mktemp("split")
    whole, one = closed(folder / "one", calls, [])
    split, many = closed(folder / "many", calls, cuts)

    assert _but_root(one) == _but_root(many)
    for made, document in ((whole, one), (split, many)):
        ids = [f"w1-{2 * place + 1}" for place, (day, *_) in enumerate(calls) if day[:7] == MONTH]
        assert len(ids) == document.receipts.count
        proof = made.invoices.proof(document.number, ids)
        assert [] == check_inclusion(document, proof, ids)
        made.close()


def _but_root(document: Document) -> object:
    said = document.receipts
    ids = {line.project for line in document.lines}
    lines = [(line.meter, line.quantity, line.amount, line.estimated) for line in document.lines]
    return (said.count, said.writers, document.broken, lines, document.total, len(ids))


def test_evidence_is_made_once_and_made_again_when_it_is_thrown_away(sales: Sales) -> None:
    mine = sales.account("mine")
    for _ in range(5):
        sales.sell(mine, at("2026-11-03"), Usage(input=1, requests=1))
    told: list[tuple[int, int]] = []
    done = prepare(
        sales.data, sales.store, [MONTH], threads=2, progress=lambda *at: told.append(at)
    )
    assert (5, [(n, 5) for n in range(6)]) == (done, told)
    assert 0 == prepare(sales.data, sales.store, [MONTH])
    document = close(sales, mine)
    proof = sales.invoices.proof(document.number, ["w1-4"])
    sales.store.forget_evidence()

    assert proof == sales.invoices.proof(document.number, ["w1-4"])
    assert [] == check_inclusion(document, proof, ["w1-4"])


def test_proofs_open_only_the_segments_of_their_receipts(sales: Sales) -> None:
    mine = sales.account("mine")
    for _ in range(3):
        sales.sell(mine, at("2026-11-03"), Usage(input=1, requests=1))
    document = close(sales, mine)
    for file in (1, 3):
        (sales.data / f"segments/2026-11/w1-{file}.parquet").unlink()

    assert [] == check_inclusion(document, sales.invoices.proof(document.number, ["w1-2"]))
    with pytest.raises(NotIncludedError, match="w1-9"):
        sales.invoices.proof(document.number, ["w1-9"])


def test_a_receipt_that_was_changed_on_disk_is_not_proven(sales: Sales) -> None:
    mine = sales.account("mine")
    sales.sell(mine, at("2026-11-03"), *[Usage(input=1, requests=1)] * 2)
    document = close(sales, mine)
    path = sales.data / "segments/2026-11/w1-1.parquet"
    rows = pq.read_table(path)
    place = rows.schema.get_field_index("status")
    same = rows.set_column(place, "status", pa.array([1, 2], pa.int16()))
    place = rows.schema.get_field_index("input")
    changed = rows.set_column(place, "input", pa.array([1, 2], pa.int64()))
    shutil.copy(path, sales.data / "kept")
    pq.write_table(same, path)
    sales.invoices.proof(document.number, ["w1-1"])
    pq.write_table(changed, path)

    for forget in (False, True):
        if forget:
            sales.store.forget_evidence()
        with pytest.raises(ConflictError, match="do not give the root of INV-000001"):
            sales.invoices.proof(document.number, ["w1-1"])


def test_evidence_is_made_in_the_background_where_somebody_issues(sales: Sales) -> None:
    mine = sales.account("mine")
    stop = threading.Event()

    def clock() -> Instant:
        stop.set()  # one round
        return NOVEMBER_15

    for month in ("2026-09", "2026-10", "2026-11"):
        sales.sell(mine, at(f"{month}-02"), Usage(input=1, requests=1))
    worker = threading.Thread(target=stay_prepared, args=(sales.data, stop, clock))
    worker.start()
    worker.join(30)

    assert not worker.is_alive()
    assert ["w1-1"] == [each.id for each in sales.store.unread(["2026-09"])]


def test_totals_that_are_not_of_the_same_receipts_are_refused(sales: Sales) -> None:
    mine = sales.account("mine")
    sales.sell(mine, at("2026-11-03"), Usage(input=1, requests=1))
    with sqlite3.connect(sales.data / "stillhouse.sqlite") as edited:
        edited.execute("UPDATE month_totals SET receipts = 2")

    with pytest.raises(DraftError, match="of 2 receipts, and its segments have 1"):
        sales.invoices.draft(mine, MONTH, at=NOW, actor=WHO)
