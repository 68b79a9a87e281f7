"""A margin is sale less cost by account and model; a cost that nothing says is never made up."""

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from tests.compose.test_imports import run
from tests.compose.test_reconcile import BIG, MONTH, WHO, sell
from tests.worker.house import NOON, SALE, House

from stillhouse.billing.fx import StoredRate
from stillhouse.compose.margin import margins
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.ledger.ports import ConflictError


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House.found(tmp_path / "data")
    yield built
    built.close()


@pytest.fixture
def store(house: House) -> Iterator[WholeStore]:
    opened = open_store(house.data)
    yield opened
    opened.close()


def test_sale_less_cost_sealed_or_not(house: House, store: WholeStore) -> None:
    sell(house, BIG)
    gateway = house.gateway()
    gateway.call(BIG)
    gateway.journal.flush()
    [row] = margins(house.data, store, month=MONTH).rows

    assert (house.account, "m", 2, 0, 0) == (
        row.account,
        row.model,
        row.calls,
        row.unknown,
        row.unrated,
    )
    assert (Fraction(15), Fraction(12), Fraction(3), Fraction(1, 5)) == (
        row.charge,
        row.cost,
        row.margin,
        row.rate,
    )


def test_sums_are_those_of_the_ledger(house: House, store: WholeStore) -> None:
    sell(house, BIG, BIG)
    sell(house, BIG, hours=24)
    rows = margins(house.data, store, month=MONTH).rows
    totals = store.totals()

    assert sum(t.charge for t in totals) == sum(r.charge for r in rows) * 10**12
    assert sum(t.cost for t in totals) == sum(r.cost for r in rows) * 10**12


def test_a_logs_own_cost_stands_in_and_the_rest_is_unknown(house: House, store: WholeStore) -> None:
    store.configure_prices([SALE], at=NOON)
    rows = [
        {
            "request_id": f"r{n}",
            "startTime": "2026-11-27T10:00:00",
            "model": "m",
            "spend": spend,
            "prompt_tokens": 1_000_000,
            "completion_tokens": 0,
            "custom_llm_provider": "stub",
        }
        for n, spend in enumerate([2, None])
    ]
    run(house.data, store, [json.dumps(r).encode() + b"\n" for r in rows], "litellm", account="x")
    [row] = margins(house.data, store, month=MONTH).rows

    assert (Fraction(5), Fraction(2), Fraction(2), 1) == (
        row.charge,
        row.cost,
        row.reported,
        row.unknown,
    )


def test_another_currency_needs_a_stored_rate(house: House, store: WholeStore) -> None:
    sell(house, BIG)
    with pytest.raises(ConflictError, match="stillhouse fx set USD IDR"):
        margins(house.data, store, month=MONTH, currency="IDR")
    rate = StoredRate(
        base="USD",
        quote="IDR",
        rate="16000",
        date="2026-11-30",
        policy="month_end",
        source="a bank",
    )
    store.set_rate(rate, at=NOON, actor=WHO)
    made = margins(house.data, store, month=MONTH, currency="IDR")

    assert ("IDR", Fraction(24_000)) == (made.currency, made.rows[0].margin)


def test_an_empty_month_has_none(house: House, store: WholeStore) -> None:
    assert () == margins(house.data, store, month="2020-01").rows
