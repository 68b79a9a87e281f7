"""What the engine says of receipts is what they say, one by one; leaves come in one order."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.compose.sales import PLAIN, Sales, at

from stillhouse.billing.merkle import leaf, leaf_text
from stillhouse.store import evidence
from stillhouse.store.evidence import AccountReceipts, Part
from stillhouse.units.instant import month_bounds
from stillhouse.units.usage import Meter, Usage

SMALL = Usage(input=10, output=2, requests=1)
NOVEMBER = at("2026-11-15")


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[Sales]:
    made = Sales.found(tmp_path)
    yield made
    made.close()


def part(sales: Sales, month: str = "2026-11") -> Part:
    start, end = month_bounds(month)
    return Part(month, start, end, tuple(sales.data / s.path for s in sales.store.segments()))


def test_only_the_accounts_own_calls_of_the_month_are_there(sales: Sales) -> None:
    mine, other = sales.account("mine"), sales.account("other")
    sales.sell(mine, NOVEMBER, SMALL, SMALL)
    sales.sell(other, NOVEMBER, SMALL)
    sales.sell(mine, NOVEMBER, SMALL, key="import:x")
    sales.sell(mine, at("2026-10-31"), SMALL)
    sales.sell(mine, at("2026-12-01"), SMALL)
    with AccountReceipts(mine, [part(sales)]) as said:
        [found] = said.writers()

        assert (1, 1, 2, 2) == (found.writer, found.first, found.last, found.count)
        assert ["w1-1"] == list(said.receipts([(1, 1), (1, 3), (1, 4), (9, 9)]))


def test_leaves_are_the_hashes_of_their_texts_in_order_however_small_the_window(
    sales: Sales, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = sales.account("mine")
    for day in (20, 3, 11):
        sales.sell(mine, at(f"2026-11-{day:02d}"), SMALL, SMALL, SMALL, workload="chat é")
    for window in (1, 2, 1 << 19):
        monkeypatch.setattr(evidence, "WINDOW", window)
        with AccountReceipts(mine, [part(sales)]) as said:
            ids = [(1, seq) for seq in range(1, 10)]
            fields = said.receipts(ids)
            leaves = [each for batch in said.leaves() for each in batch]

            assert [leaf(leaf_text(fields[f"w1-{seq}"])) for seq in range(1, 10)] == leaves
            assert {(1, 1): 0, (1, 9): 8} == said.places([(1, 1), (1, 9)])
    first = fields["w1-1"]
    assert ("10,0,0,0,2,0,0,0,0,0,1", "45000000") == (first["usage"], first["charge"])
    assert (PLAIN.id, "chat é", str(at("2026-11-20"))) == (
        first["tariff"],
        first["workload"],
        first["admitted_at"],
    )


def test_broken_estimated_and_unpriced_calls_are_told_apart(sales: Sales) -> None:
    mine = sales.account("mine")
    sales.sell(mine, NOVEMBER, SMALL)
    sales.sell(mine, NOVEMBER, SMALL, SMALL, reported=False)
    sales.sell(mine, NOVEMBER, SMALL, outcome="client_left", reported=False)
    sales.sell(mine, NOVEMBER, SMALL, outcome="upstream_cut")
    sales.sell(mine, NOVEMBER, Usage(audio_in=5))
    with AccountReceipts(mine, [part(sales)]) as said:
        odd = said.exceptions()
    key = ("2026-11", (sales.keys[mine][0], "", "m", PLAIN.id, Meter.INPUT))

    assert [
        ("client_left", "lower_bound", True, 1, "12", "45000000"),
        ("upstream_cut", "reported", False, 1, "12", "0"),
    ] == [(b.outcome, b.witness, b.charged, b.receipts, b.tokens, b.exact_pico) for b in odd.broken]
    assert (30, 1) == (odd.estimated[key], odd.unrated)


def test_nothing_has_no_leaves(sales: Sales) -> None:
    with AccountReceipts(sales.account("mine"), []) as said:
        assert ((), []) == (said.writers(), list(said.leaves()))
