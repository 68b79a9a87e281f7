"""Workloads as they are: money as `explain` says it, latency and caching from receipts."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from tests.compose.sales import WHO, Sales, at, sale

from stillhouse.compose.explain import sums_of
from stillhouse.compose.workloads import Listing, found, workloads
from stillhouse.ledger.ports import NotFoundError
from stillhouse.units.usage import Usage
from stillhouse.workloads.answers import Output, Sample

CACHED = sale("c", input=2_500_000, cache_read=625_000, output=10_000_000)
NOVEMBER = at("2026-11-05")


@pytest.fixture
def sales(tmp_path: Path) -> Iterator[Sales]:
    made = Sales.found(tmp_path / "data", CACHED)
    yield made
    made.close()


def told(sales: Sales, account: str | None = None) -> Listing:
    with sums_of(sales.data, sales.store) as asked:
        return workloads(
            asked,
            sales.store,
            sales.data,
            month="2026-11",
            now=at("2027-01-10"),
            account=account,
        )


def test_a_workload_has_its_money_its_pace_and_its_days(sales: Sales) -> None:
    one = sales.account("one")
    sales.sell(one, at("2026-10-30"), Usage(input=500, requests=1), workload="triage")
    sales.sell(one, NOVEMBER, *[Usage(input=1000, output=7, requests=1)] * 3, workload="triage")
    sales.sell(one, at("2026-11-09"), Usage(input=1000, requests=1))
    triage, rest = told(sales).workloads

    assert ("triage", "declared", "2026-10-30", "2026-11-05", 3, 3000, 21) == (
        triage.name,
        triage.origin,
        triage.first,
        triage.last,
        triage.calls,
        triage.tokens_in,
        triage.tokens_out,
    )
    assert (2, 2, Output("unknown")) == (triage.p50_us, triage.p95_us, triage.output)
    assert (30, triage.amount) == (len(triage.trend), sum(triage.trend))
    assert triage.trend[4] == triage.amount
    assert ("(no template)", "none", None) == (rest.name, rest.origin, rest.caching)
    assert Fraction(1) == triage.share + rest.share


def test_what_could_come_from_a_cache_is_priced_at_the_caches_price(sales: Sales) -> None:
    one = sales.account("one")
    usage = Usage(input=1900, cache_read=100, requests=1)
    sales.sell(one, NOVEMBER, *[usage] * 11, price=CACHED, workload="t:0123456789ab")
    [found_] = told(sales).workloads
    assert found_.caching is not None

    assert (22_000, 19_200, 1_100) == (
        found_.caching.input,
        found_.caching.cacheable,
        found_.caching.cached,
    )
    assert (19_200 - 1_100) * (2_500_000 - 625_000) == found_.caching.saving
    assert "template" == found_.origin


def test_merged_workloads_are_one_with_all_their_calls_and_answers(sales: Sales) -> None:
    one = sales.account("one")
    for n, name in enumerate(("t:aaaaaaaaaaaa", "t:bbbbbbbbbbbb")):
        sales.sell(one, at(f"2026-11-0{n + 2}"), Usage(input=1000, requests=1), workload=name)
        sample = Sample()
        for _ in range(25):
            sample.see("yes", asked_json=False, key=b"k")
        sales.store.add_answers({(one, name): sample.written()}, str.__add__)
    sales.store.rename_workload(one, "t:aaaaaaaaaaaa", "triage", at=NOVEMBER, actor=WHO)
    sales.store.merge_workload(one, "t:bbbbbbbbbbbb", "t:aaaaaaaaaaaa", at=NOVEMBER, actor=WHO)
    listing = told(sales, one)
    [both] = listing.workloads

    assert ("triage", 2, ("t:bbbbbbbbbbbb",), "2026-11-02", "2026-11-03") == (
        both.name,
        both.calls,
        both.merged,
        both.first,
        both.last,
    )
    assert Output("closed labels", 1, 50) == both.output
    assert both == found(listing, "triage") == found(listing, "t:bbbbbbbbbbbb")


def test_the_same_name_in_two_accounts_is_two_workloads(sales: Sales) -> None:
    one, two = sales.account("one"), sales.account("two")
    for account in (one, two):
        sales.sell(account, NOVEMBER, Usage(input=1000, requests=1), workload="w")
    listing = told(sales)

    assert 2 == len(listing.workloads)
    assert one == found(listing, "w (one)").account
    with pytest.raises(NotFoundError, match="one, two: choose with --account"):
        found(listing, "w")
    with pytest.raises(NotFoundError, match="workloads list"):
        found(listing, "x")
