"""Evidence is kept once per segment, can be thrown away, and month totals are sums of totals."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.compose.sales import Sales, at, sale

from stillhouse.billing.document import Cover
from stillhouse.billing.evidence import Odd, Part
from stillhouse.billing.merkle import leaf
from stillhouse.ledger.fold import by_month
from stillhouse.store.migrations import steps
from stillhouse.store.sqlite import SQLiteStore
from stillhouse.units.usage import Usage

MONTH = "2026-11"
SMALL = Usage(input=10, output=2, requests=1)
ODD = Odd("p", "", "m", "t", "client_left", "counted", 0, 2, "90", (20, 0, 4))


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[Sales]:
    made = Sales.found(tmp_path)
    yield made
    made.close()


def part(account: str, file: int, month: str = MONTH) -> Part:
    return Part(1, file, month, account, 3, 1, 9, leaf(f"{file}"), (ODD,) if file == 2 else ())


def covers(upto: int = 1_000, after: int = 0, month: str = MONTH) -> list[Cover]:
    return [Cover(period=month, after=after, upto=upto)]


def test_segments_wait_for_evidence_until_it_is_kept(sales: Sales) -> None:
    mine = sales.account("mine")
    sales.sell(mine, at("2026-10-30"), SMALL)
    sales.sell(mine, at("2026-11-02"), SMALL)
    store = sales.store

    assert ["w1-2"] == [each.id for each in store.unread([MONTH])]
    assert ["w1-1", "w1-2"] == [each.id for each in store.unread([MONTH, "2026-10"])]
    assert store.keep_evidence("w1-2", [part(mine, 2)])
    assert not store.keep_evidence("w1-2", [])
    assert [] == store.unread([MONTH])
    assert [part(mine, 2)] == store.evidence(mine, covers())
    store.forget_evidence()
    assert ["w1-2"] == [each.id for each in store.unread([MONTH])]
    assert [] == store.evidence(mine, covers())


def test_evidence_is_found_by_account_month_and_entries_in_order(sales: Sales) -> None:
    mine, other = sales.account("mine"), sales.account("other")
    for _ in range(3):
        sales.sell(mine, at("2026-11-02"), SMALL)
    store = sales.store
    for file in (3, 1, 2):
        parts = [part(mine, file), part(other, file), part(mine, file, "2026-10")]
        store.keep_evidence(f"w1-{file}", parts)
    entries = [e.number for e in store.entries() if e.kind == "segment"]

    assert [1, 2, 3] == [p.file for p in store.evidence(mine, covers())]
    assert [1, 2] == [p.file for p in store.evidence(mine, covers(entries[1]))]
    assert [3] == [p.file for p in store.evidence(mine, covers(after=entries[1]))]
    assert [(1, "2026-10"), (1, MONTH)] == [
        (p.file, p.month)
        for p in store.evidence(mine, [*covers(), *covers(month="2026-10")])
        if p.file == 1
    ]
    assert "segments/2026-11/w1-2.parquet" == store.segment_path(1, 2)


PRICES = [sale(input=3, output=10**15), sale(input=2, output=5)]
SOLD = st.tuples(
    st.sampled_from(["2026-10-31", "2026-11-01", "2026-11-30"]),
    st.integers(0, 999),
    st.sampled_from(PRICES),
    st.sampled_from(["", "chat"]),
    st.sampled_from([None, None, "import:x"]),
)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.lists(SOLD, min_size=1, max_size=4), max_size=4))
def test_month_totals_are_the_sums_of_totals_posted_or_migrated(
    tmp_path_factory: pytest.TempPathFactory, segments: list[list[tuple[object, ...]]]
) -> None:
    made = Sales.found(tmp_path_factory.mktemp("sales"), *PRICES)
    mine = made.account("mine")
    for sold in segments:
        made.post(
            [
                made.receipt(mine, at(day), Usage(output=n), price=price, workload=work, key=key)  # type: ignore[arg-type]
                for day, n, price, work, key in sold
            ]
        )
    store = made.store
    assert isinstance(store, SQLiteStore)
    [fill] = [s for step in steps() for s in step.statements if "INSERT INTO month_totals" in s]
    for _ in range(2):
        for month in ("2026-10", MONTH):
            expected = by_month(store.totals(account=mine, month=month))
            found = store.month_totals(mine, month)

            assert _said(expected) == _said(found)
            assert found == store.closing(mine, [month]).months[month]
        with store._change() as db:
            db.execute("DELETE FROM month_totals")
            db.execute(fill)
    made.close()


def _said(totals: Sequence[object]) -> set[str]:
    return {str(total) for total in totals}
