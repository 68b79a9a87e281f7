"""Savings of a data folder: the teacher's price of the day, merges, and what is entered when."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.billing.test_saving import total
from tests.store.test_sqlite_releases import WHO, plan

from stillhouse.compose.savings import enter, saved
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.ledger.ports import Total
from stillhouse.tariff import Tariff, tariff
from stillhouse.units.instant import DAY, Instant, instant, moment
from stillhouse.units.usage import Meter

NOON = instant(moment(0).replace(year=2026, month=11, day=15, hour=12))


def price(amount: int, since: Instant) -> Tariff:
    return tariff(book="sale", model="gpt-4o", valid_from=since, prices={Meter.INPUT: amount})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WholeStore]:
    with closing(open_store(tmp_path, create=True)) as store:
        store.configure_prices(
            [price(100, Instant(0)), price(40, Instant(NOON + DAY // 24))], at=NOON
        )
        yield store


def sold(store: WholeStore, **changes: Any) -> Total:
    [account] = store.directory().accounts
    return total(account=account, used=(1000, 0), charge=5, **changes)


def test_the_teachers_price_of_the_day_counts_and_merged_workloads_with_it(
    store: WholeStore,
) -> None:
    release = store.begin_release(plan(store), at=Instant(NOON - 3 * DAY), actor=WHO)
    store.merge_workload(release.account, "t:9", "w", at=NOON, actor=WHO)
    rows = [
        sold(store, day="2026-11-14", workload="t:9"),
        sold(store, day="2026-11-15"),
        sold(store, day="2026-11-16"),
        sold(store, day="2026-11-11"),
    ]
    [one] = saved(store, rows, month="2026-11")

    assert 1000 * (100 + 40 + 40) - 3 * 5 == one.saved
    assert [] == saved(store, rows, month="2026-11", account="acct_none")


def test_after_it_was_rolled_back_a_release_saves_no_more(store: WholeStore) -> None:
    release = store.begin_release(plan(store), at=Instant(NOON - 3 * DAY), actor=WHO)
    store.move_release(release.id, "rolled_back", reason="", at=NOON, actor=WHO)

    assert [] == saved(store, [sold(store, day="2026-11-16")], month="2026-11")


def test_whole_days_are_entered_and_a_late_receipt_corrects_them(
    store: WholeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.begin_release(plan(store), at=Instant(NOON - 3 * DAY), actor=WHO)
    rows = [sold(store, day="2026-11-14"), sold(store, day="2026-11-15")]
    monkeypatch.setattr(store, "totals", lambda *, month: rows if month == "2026-11" else [])

    [first] = enter(store, NOON)
    assert 10 == first.calls, "today is not over"
    assert [] == enter(store, NOON)
    rows.append(sold(store, day="2026-11-13"))
    assert [20] == [each.calls for each in enter(store, NOON)]
    told = [e.body["more"] for e in store.entries() if e.kind == "saving"]
    assert [str(1000 * 100 - 5)] * 2 == told
