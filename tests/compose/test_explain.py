"""A bill explained: every table adds up to the bill, the bridge to the difference, open or not."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from tests.compose.sales import WHO, Sales, at, sale

from stillhouse.billing.fx import StoredRate
from stillhouse.compose.explain import DIMENSIONS, Explained, explain, sums_of
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Usage

OCTOBER, NOVEMBER = at("2026-10-05"), at("2026-11-05")
AFTER = at("2027-01-10")
CHEAP = sale("cheap", input=1_000_000, output=2_000_000)


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[Sales]:
    made = Sales.found(tmp_path / "data", CHEAP)
    yield made
    made.close()


def told(
    sales: Sales, *, now: Instant = AFTER, month: str = "2026-11", **more: object
) -> Explained:
    with sums_of(sales.data, sales.store) as asked:
        return explain(asked, sales.store, month=month, now=now, **more)  # type: ignore[arg-type]


def used(n: int, *, output: int = 0) -> Usage:
    return Usage(input=n, output=output, requests=1)


def test_every_table_adds_up_to_the_bill_and_the_bridge_to_the_difference(sales: Sales) -> None:
    one, two = sales.account("one"), sales.account("two")
    sales.sell(one, OCTOBER, *[used(1000)] * 3, workload="triage")
    sales.sell(one, OCTOBER, used(5000, output=7), workload="old")
    sales.sell(one, NOVEMBER, *[used(1100, output=3)] * 4, workload="triage")
    sales.sell(one, NOVEMBER, used(10, output=3), price=CHEAP, workload="t:0123456789ab")
    sales.sell(two, NOVEMBER, used(77))
    all_, ones = told(sales), told(sales, account=one)

    for said in (all_, ones):
        assert said.amount - said.before == sum(said.bridge.effects.values())
        for name in DIMENSIONS:
            assert said.amount == sum(p.amount for p in said.parts[name])
            assert said.before == sum(p.before for p in said.parts[name])
            assert 1 == sum(p.share for p in said.parts[name])
    assert {"triage (one)", "old (one)", "t:0123456789ab (one)", "(no template) (two)"} == {
        p.name for p in all_.parts["workload"]
    }
    assert {"triage", "old", "t:0123456789ab"} == set(ones.names.values())
    assert "one" == ones.account_name
    assert ones.bridge.effects["lost"] < 0 < ones.bridge.effects["new"]


def test_a_merged_workload_is_counted_as_one_and_shown_by_its_name(sales: Sales) -> None:
    one = sales.account("one")
    sales.sell(one, OCTOBER, used(1000), workload="t:aaaaaaaaaaaa")
    sales.sell(one, NOVEMBER, used(1000), workload="t:bbbbbbbbbbbb")
    assert {"new", "lost"} == {e for e, a in told(sales).bridge.effects.items() if a}
    sales.store.rename_workload(one, "t:aaaaaaaaaaaa", "triage", at=NOVEMBER, actor=WHO)
    sales.store.merge_workload(one, "t:bbbbbbbbbbbb", "t:aaaaaaaaaaaa", at=NOVEMBER, actor=WHO)
    said = told(sales, account=one)

    assert [("triage", Fraction(0))] == [(p.name, p.growth) for p in said.parts["workload"]]
    assert set() == {e for e, a in said.bridge.effects.items() if a}


def test_an_open_month_is_compared_with_as_many_days_and_forecast(sales: Sales) -> None:
    one = sales.account("one")
    for month, days in (("2026-10", 31), ("2026-11", 20)):
        for day in range(1, days + 1):
            sales.sell(one, at(f"{month}-{day:02d}"), used(1000))
    said = told(sales, now=at("2026-11-20T23:00"))

    assert ("2026-11-20", False, "2026-10-20", False) == (
        said.days.last,
        said.days.whole,
        said.against.last,
        said.against.whole,
    )
    assert said.amount == said.before
    assert said.forecast is not None
    assert said.forecast.expected == said.amount * 30 / 20
    assert told(sales).forecast is None
    assert told(sales).amount == said.amount


def test_a_month_is_open_until_its_last_day_is_over(sales: Sales) -> None:
    one = sales.account("one")
    for month, days in (("2026-10", 31), ("2026-11", 30)):
        for day in range(1, days + 1):
            sales.sell(one, at(f"{month}-{day:02d}"), used(1000))
    said = told(sales, now=at("2026-11-30T09:00"))

    assert ("2026-11-30", False, "2026-10-30") == (
        *(said.days.last, said.days.whole),
        said.against.last,
    )
    assert said.forecast is not None
    assert told(sales, now=at("2026-12-01")).days.whole


def test_what_nobody_is_charged_for_and_what_is_not_sealed(sales: Sales) -> None:
    one = sales.account("one")
    sales.sell(one, NOVEMBER, used(1000), outcome="upstream_cut", reported=False)
    with pytest.raises(NotFoundError, match="nothing was billed in 2026-11 or in 2026-10"):
        told(sales)


def test_a_rate_that_moved_is_an_effect_and_a_given_one_is_not(sales: Sales) -> None:
    one = sales.account("one")
    sales.sell(one, OCTOBER, used(1000))
    sales.sell(one, NOVEMBER, used(1000))
    with pytest.raises(ConflictError, match="--fx"):
        told(sales, currency="IDR")
    for rate, day in (("16000", "2026-10-31"), ("16100", "2026-11-30")):
        sales.store.set_rate(
            StoredRate(
                base="USD", quote="IDR", rate=rate, date=day, policy="month_end", source="bank"
            ),
            at=NOVEMBER,
            actor=WHO,
        )
    stored = told(sales, currency="IDR")
    given = told(sales, currency="IDR", rate=Fraction(16_000))
    both = told(sales, currency="IDR", rate=Fraction(16_000), rate_against=Fraction(15_000))

    assert stored.bridge.effects["fx"] == stored.amount - stored.before == 100 * 2_500_000_000
    assert {0} == set(given.bridge.effects.values())
    assert both.bridge.effects["fx"] == 1000 * 2_500_000_000


def test_a_price_that_was_in_force_before_prices_a_model_that_was_not_used_then(
    sales: Sales,
) -> None:
    one = sales.account("one")
    sales.store.configure_prices([CHEAP], at=Instant(0))
    sales.sell(one, OCTOBER, used(1000), workload="w")
    sales.sell(one, NOVEMBER, used(1000), price=CHEAP, workload="w")
    said = told(sales)

    assert 0 == said.bridge.effects["price"]
    assert said.amount - said.before == said.bridge.effects["mix"] < 0


def test_prices_of_two_currencies_need_one_to_report_in(sales: Sales) -> None:
    one, euro = sales.account("one"), sale("e", "EUR", input=3_000_000)
    sales.store.register_tariffs([euro], at=Instant(0))
    sales.sell(one, OCTOBER, used(1000))
    sales.sell(one, NOVEMBER, used(1000), price=euro)
    with pytest.raises(ConflictError, match="--currency"):
        told(sales)

    assert told(sales, currency="EUR", rate=Fraction(1, 2)).amount == 3_000_000_000


def test_the_other_month_may_be_any(sales: Sales) -> None:
    one = sales.account("one")
    sales.sell(one, at("2025-11-03"), used(500))
    sales.sell(one, NOVEMBER, used(1000))
    said = told(sales, against="2025-11")

    assert "2025-11-30" == said.against.last
    assert Fraction(1) == said.growth
    assert told(sales).growth is None
