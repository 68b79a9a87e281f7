"""Invoices of every kind, judged by a checker in SQL that shares no line with what wrote them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.compose.independent import problems
from tests.compose.sales import NOW, WHO, Sales, at, sale

from stillhouse.billing.contract import Capacity, Commitment, Contract, Discount, Prepaid
from stillhouse.billing.credit import Take
from stillhouse.billing.fx import StoredRate
from stillhouse.billing.settings import Customer, Issuer, TaxRule
from stillhouse.units.usage import Usage

DEAR = sale("n", input=123_457, output=7_654_321, requests=250_000_001)
PPN = TaxRule(name="PPN", rate_bp=1100)


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[Sales]:
    made = Sales.found(tmp_path, DEAR)
    yield made
    made.close()


def close(sales: Sales, account: str, month: str) -> str:
    for step in (sales.invoices.draft, sales.invoices.approve):
        step(account, month, at=NOW, actor=WHO)
    done = sales.invoices.finalise(account, month, leave_unpriced=True, at=NOW, actor=WHO)
    return done.row.number


def trade(sales: Sales) -> list[str]:
    """Three accounts, two currencies, three months, and everything that a contract can have."""
    store = sales.store
    store.set_issuer(Issuer(name="Toko", taxes=(PPN,)), at=NOW, actor=WHO)
    plain, rupiah, rich = (sales.account(name) for name in ("plain", "rupiah", "rich"))
    store.set_customer(rupiah, Customer(currency="IDR"), at=NOW, actor=WHO)
    for month, fx in (("2026-10", "16100.25"), ("2026-11", "15990.5")):
        stored = StoredRate(
            base="USD", quote="IDR", rate=fx, date=f"{month}-28", policy="month_end", source="x"
        )
        store.set_rate(stored, at=NOW, actor=WHO)
    agreed = Contract(
        account=rich,
        since="2026-01",
        discounts=(Discount(bp=333),),
        minimum="50",
        capacity=(
            Capacity(
                id="ptu",
                model="m",
                units=3,
                unit_price="0.0123",
                tokens_per_unit_hour=100,
                start="2026-10-15T00:00:00Z",
            ),
        ),
        commitments=(Commitment(id="c", amount="20", start="2026-01-01", end="2026-12-01"),),
        prepaid=(Prepaid(id="p", amount="5", bought="2026-01-01"),),
    )
    store.set_contract(agreed, at=NOW, actor=WHO)
    numbers = []
    for month in ("2026-10", "2026-11"):
        for seed, account in enumerate((plain, rupiah, rich), 1):
            usage = Usage(input=1_234_567 * seed, output=98_765, reasoning=3, requests=1)
            sales.sell(account, at(f"{month}-03"), usage, usage, workload="chat")
            sales.sell(account, at(f"{month}-20"), usage, price=DEAR)
            sales.sell(account, at(f"{month}-20"), usage, key="import:x")
            sales.sell(account, at(f"{month}-21"), usage, outcome="upstream_cut")
            sales.sell(account, at(f"{month}-21"), Usage(audio_in=seed, requests=1))
            if month == "2026-11":
                sales.sell(account, at("2026-10-30"), usage, outcome="client_left", reported=False)
            numbers.append(close(sales, account, month))
    for number in numbers[:3]:
        lines = sales.invoices.document(number).document.lines
        large = next(e.id for e in lines if e.kind == "usage" and float(e.amount or 0) > 6)
        for takes in ([Take(large, amount="3")], [Take(large, quantity=77)], []):
            note = sales.invoices.credit(
                number, takes, reason=f"{takes}", reopen=not takes, at=NOW, actor=WHO
            )
            numbers.append(note.row.number)
    sales.sell(plain, at("2026-10-31"), Usage(input=5, output=5, requests=1))
    numbers.append(close(sales, plain, "2026-10"))
    return numbers


def test_every_document_is_what_its_receipts_and_prices_say(sales: Sales) -> None:
    numbers = trade(sales)

    assert 16 == len(numbers)
    assert [] == problems(sales.data, sales.store)


def test_the_checker_sees_what_is_changed(sales: Sales) -> None:
    trade(sales)
    folder = sales.data
    problems(folder, sales.store)
    document = sales.store.document("INV-000001")
    for old, new, says in (
        ('"quantity":"', '"quantity":"1', "receipts have"),
        ('"exact_pico":"', '"exact_pico":"1', "exact"),
        ('"amount":"', '"amount":"9', "amount"),
        ('"total":"', '"total":"9', "sums"),
        ('"residue":"-?', '"residue":"9', "residue"),
        ('"root":"', '"root":"0', "root or count"),
        ('"parts":', '"parts":1', "root or count"),
        ('"rate_bp":1100', '"rate_bp":1200', "PPN"),
        ('"unit_price":"2.50"', '"unit_price":"2.51"', "unit price"),
    ):
        text = re.sub(old, new, document.text, count=1)
        found = problems(folder, _Edited(sales, text))  # type: ignore[arg-type]

        assert any(says in what for _, _, what in found), (old, found)
        assert any("hash" == what for _, _, what in found)


class _Edited:
    """The store, with one document's text changed."""

    def __init__(self, sales: Sales, text: str) -> None:
        self.sales, self.text = sales, text

    def __getattr__(self, name: str) -> object:
        return getattr(self.sales.store, name)

    def documents(self) -> list[object]:
        first, *others = self.sales.store.documents()
        return [replace(first, text=self.text), *others]
