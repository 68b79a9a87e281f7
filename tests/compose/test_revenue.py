"""Revenue is what invoices say; what is not invoiced yet is metered, and marked as open."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from tests.compose.test_imports import call, run
from tests.compose.test_invoices import BIG, MONTH, WHO, Desk
from tests.worker.house import House

from stillhouse.billing.contract import Commitment, Contract, Prepaid
from stillhouse.billing.credit import Take
from stillhouse.billing.fx import StoredRate
from stillhouse.billing.settings import Customer, Issuer, TaxRule
from stillhouse.compose.revenue import report
from stillhouse.ledger.ports import ConflictError, NotFoundError


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House.found(tmp_path / "data")
    yield built
    built.close()


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    taxed = Issuer(name="Stillhouse", taxes=(TaxRule(name="PPN", rate_bp=1100),))
    made = Desk(house, issuer=taxed)
    yield made
    made.store.close()


def told(desk: Desk, month: str = MONTH, currency: str | None = None) -> tuple[Fraction, str, str]:
    said = report(desk.house.data, desk.store, month=month, currency=currency).revenue
    return said.total, said.currency, said.state


def store_rate(desk: Desk, rate: str, day: str) -> None:
    desk.store.set_rate(
        StoredRate(
            base="USD", quote="IDR", rate=rate, date=day, policy="month_end", source="a bank"
        ),
        at=desk.at,
        actor=WHO,
    )


def test_an_open_month_is_metered_sealed_or_not_and_a_finalised_one_is_its_invoice(
    desk: Desk,
) -> None:
    desk.sell(BIG)
    desk.sell(BIG, seal=False)
    before = told(desk)
    desk.house.recover()
    desk.close()

    assert (Fraction(6), "USD", "open") == before
    assert (Fraction(6), "USD", "finalised") == told(desk)


def test_credit_notes_take_away_and_late_usage_waits_for_its_invoice(desk: Desk) -> None:
    desk.sell(BIG)
    number = desk.close().number
    desk.sell(BIG)
    desk.credit(number, Take(line=1, amount="1.00"))

    assert (Fraction(2), "USD", "finalised") == told(desk)


def test_what_was_paid_before_is_revenue_of_the_month_that_uses_it(desk: Desk) -> None:
    commitment = Commitment(id="c", amount="2", start="2026-01-01", end="2026-12-31")
    larger = Commitment(id="d", amount="100", start="2026-01-01", end="2027-01-31", paid=False)
    prepaid = Prepaid(id="p", amount="0.40", bought="2026-01-01")
    desk.store.set_contract(
        Contract(
            account=desk.account,
            since="2026-01",
            commitments=(commitment, larger),
            prepaid=(prepaid,),
        ),
        at=desk.at,
        actor=WHO,
    )
    desk.sell(BIG)
    [open_stake] = report(desk.house.data, desk.store, month=MONTH).exposures
    document = desk.close()
    [stake] = report(desk.house.data, desk.store, month=MONTH).exposures

    assert Fraction(document.subtotal) < 3
    assert (Fraction(3), "USD", "finalised") == told(desk)
    assert Fraction(102) == open_stake.committed
    assert Fraction(99) == stake.committed
    assert (Fraction(1), Fraction(3)) == (stake.share, stake.amount)


def test_an_invoice_in_rupiah_comes_back_by_its_own_rate_and_constant_by_another(
    desk: Desk,
) -> None:
    store_rate(desk, "16000", "2026-11-30")
    desk.store.set_customer(desk.account, Customer(currency="IDR"), at=desk.at, actor=WHO)
    desk.sell(BIG)
    desk.close()
    store_rate(desk, "20000", "2026-11-29")
    store_rate(desk, "15000", "2026-10-31")
    said = report(desk.house.data, desk.store, month=MONTH, currency="USD", rates="2026-10").revenue

    assert (Fraction(48_000), "IDR", "finalised") == told(desk)
    assert Fraction(3) == said.total
    assert Fraction(48_000, 15_000) == said.months[-1].constant


def test_a_missing_rate_is_named(desk: Desk) -> None:
    desk.sell(BIG)

    with pytest.raises(ConflictError, match="stillhouse fx set USD IDR"):
        told(desk, currency="IDR")


def test_imported_calls_count_beside_the_invoice_and_are_marked(desk: Desk) -> None:
    desk.store.configure_prices(desk.store.tariffs().values(), at=desk.at)
    desk.sell(BIG)
    desk.close()
    lines = [call(5, account="acme"), call(0, account="other")]
    run(desk.house.data, desk.store, lines)
    said = report(desk.house.data, desk.store, month=MONTH).revenue
    states = {desk.store.directory().accounts[s.account].name: s.state for s in said.shares}

    assert {"acme": "imported", "other": "imported"} == states
    assert Fraction(3) + Fraction(5 * 25 + 2 * 100, 10**7) == said.total


def test_growth_compares_with_the_same_month_of_another_year(desk: Desk) -> None:
    desk.sell(BIG, day=-365)
    desk.close("2025-11")
    desk.sell(BIG, BIG)
    desk.close()
    said = report(desk.house.data, desk.store, month=MONTH).revenue

    assert (Fraction(1), False) == (said.year_on_year.rate, said.year_on_year.provisional)
    assert ["2025-11", MONTH] == [m.month for m in said.months]


def test_calls_in_flight_are_told_of_whom_they_are(desk: Desk) -> None:
    gateway = desk.house.gateway()
    gateway.open()
    gateway.call()
    gateway.journal.flush()
    made = report(desk.house.data, desk.store, month=MONTH, accounts=["acme"])

    assert [1] == [e.in_flight for e in made.exposures]
    assert "acme" == made.names[made.exposures[0].account]
    with pytest.raises(NotFoundError):
        report(desk.house.data, desk.store, month=MONTH, accounts=["nobody"])


def test_nothing_is_no_error(desk: Desk) -> None:
    made = report(desk.house.data, desk.store, month="2020-01")

    assert ((), 0) == (made.revenue.shares, made.unrated)
