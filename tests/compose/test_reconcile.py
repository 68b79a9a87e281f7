"""A statement is kept once and compared with raw receipts, in its own days and currency."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.compose.test_imports import run
from tests.worker.house import NOON, House

from stillhouse.billing.fx import StoredRate
from stillhouse.compose.reconcile import Imported, import_statement, reconcile
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.units.instant import SECOND, Instant
from stillhouse.units.usage import Usage

MONTH, WHO = "2026-11", "test"
MIDNIGHT = int(datetime(2026, 11, 27, tzinfo=UTC).timestamp())
BIG = Usage(input=1_000_000, output=500_000, requests=1)  # costs USD 2 and 4
HEAD = "day,model,meter,amount,currency\n"


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


def sell(house: House, *usages: Usage, hours: int = 0) -> None:
    before = house.at
    house.at = Instant(before + hours * 3600 * SECOND)
    gateway = house.gateway()
    for usage in usages:
        gateway.call(usage)
    gateway.stop()
    house.recover()
    house.at = before


def keep(store: WholeStore, text: str, **more: Any) -> Imported:
    given: dict[str, Any] = {"form": "csv", "source": "stub", "timezone": "UTC"}
    return import_statement(store, [text], **{**given, **more}, at=NOON, actor=WHO)


def told(
    house: House, store: WholeStore, **more: Any
) -> tuple[Fraction, Fraction, Fraction | None]:
    [found] = reconcile(house.data, store, month=MONTH, **more).comparisons
    return found.ours, found.theirs, found.capture


def test_costs_agree_by_day_model_and_meter(house: House, store: WholeStore) -> None:
    sell(house, BIG, BIG)
    keep(store, HEAD + "2026-11-27,m,input,4,USD\n2026-11-27,m,output,8.04,USD\n")
    [found] = reconcile(house.data, store, month=MONTH).comparisons

    assert (Fraction(12), Fraction(1204, 100)) == (found.ours, found.theirs)
    assert Fraction(1200, 1204) == found.capture
    assert [("m", "input", 0), ("m", "output", Fraction(-4, 100))] == [
        (r.model, r.meter, r.difference) for r in found.rows
    ]


def test_what_is_not_sealed_yet_counts_too(house: House, store: WholeStore) -> None:
    gateway = house.gateway()
    gateway.call(BIG)
    gateway.journal.flush()
    keep(store, HEAD + "2026-11-27,m,,6,USD\n")

    assert (Fraction(6), Fraction(6), Fraction(1)) == told(house, store)


def test_importing_twice_changes_nothing_and_a_newer_word_on_a_day_holds(
    house: House, store: WholeStore
) -> None:
    sell(house, BIG)
    first = keep(store, HEAD + "2026-11-27,m,,5,USD\n")
    before = (list(store.entries()), store.statements(month=MONTH))
    again = keep(store, HEAD + "2026-11-27,m,,5.00,USD\n")

    assert (1, None) == (first.number, again.number)
    assert before == (list(store.entries()), store.statements(month=MONTH))
    assert 2 == keep(store, HEAD + "2026-11-27,m,,6,USD\n").number
    assert (Fraction(6), Fraction(6), Fraction(1)) == told(house, store)


def test_days_are_those_of_the_statements_zone(house: House, store: WholeStore) -> None:
    """Noon in UTC and eight hours later: one day there, two days in Jakarta."""
    sell(house, BIG)
    sell(house, BIG, hours=8)
    keep(store, HEAD + "2026-11-27,m,,6,USD\n2026-11-28,m,,6,USD\n", timezone="Asia/Jakarta")

    assert (Fraction(12), Fraction(12), Fraction(1)) == told(house, store)


def test_only_days_that_the_statement_covers_are_compared(house: House, store: WholeStore) -> None:
    sell(house, BIG)
    sell(house, BIG, hours=24)
    keep(store, HEAD + "2026-11-28,m,,6,USD\n")

    assert (Fraction(6), Fraction(6), Fraction(1)) == told(house, store)


def test_another_currency_is_converted_at_the_stored_rate_or_named(
    house: House, store: WholeStore
) -> None:
    sell(house, BIG)
    keep(store, HEAD + "2026-11-27,m,,96000,IDR\n")
    with pytest.raises(ConflictError, match="stillhouse fx set USD IDR"):
        reconcile(house.data, store, month=MONTH)
    rate = StoredRate(
        base="USD",
        quote="IDR",
        rate="16000",
        date="2026-11-30",
        policy="month_end",
        source="a bank",
    )
    store.set_rate(rate, at=NOON, actor=WHO)

    assert (Fraction(96_000), Fraction(96_000), Fraction(1)) == told(house, store)


def test_usage_is_compared_in_tokens(house: House, store: WholeStore) -> None:
    sell(house, Usage(input=700, cache_read=300, output=20, reasoning=30, requests=1))
    row = {
        "model": "m-2026-01-01",
        "input_tokens": 1000,
        "input_cached_tokens": 300,
        "output_tokens": 50,
        "num_model_requests": 1,
    }
    bucket = {"start_time": MIDNIGHT, "end_time": MIDNIGHT + 86_400, "results": [row]}
    keep(store, json.dumps(bucket), form="openai-usage", timezone=None)
    [found] = reconcile(house.data, store, month=MONTH).comparisons

    assert ("usage", "tokens", Fraction(1)) == (found.kind, found.unit, found.capture)
    assert {"cache_read": 300, "input": 700, "output": 50, "requests": 1} == {
        r.meter: int(r.ours) for r in found.rows
    }


def test_models_are_matched_as_told(house: House, store: WholeStore) -> None:
    sell(house, BIG)
    keep(store, HEAD + "2026-11-27,theirs,,6,USD\n")

    assert Fraction(0) == told(house, store)[2]
    assert Fraction(1) == told(house, store, models={"theirs": "m"})[2]


def test_a_provider_that_no_receipt_names_is_told(house: House, store: WholeStore) -> None:
    sell(house, BIG)
    keep(store, HEAD + "2026-11-27,m,,6,USD\n", source="other")
    said = reconcile(house.data, store, month=MONTH)

    assert Fraction(0) == said.comparisons[0].capture
    assert "no receipt of 2026-11 names the provider other (they name: stub)" in said.notes[0]


def test_what_an_imported_log_says_it_cost_stands_in_for_a_cost_price(
    house: House, store: WholeStore
) -> None:
    row = {
        "request_id": "r",
        "startTime": "2026-11-27T10:00:00",
        "model": "new",
        "spend": 0.25,
        "prompt_tokens": 1,
        "completion_tokens": 1,
        "custom_llm_provider": "stub",
    }
    run(house.data, store, [json.dumps(row).encode()], "litellm", account="acme")
    keep(store, HEAD + "2026-11-27,new,input,0.2,USD\n2026-11-27,new,output,0.05,USD\n")

    assert (Fraction(1, 4), Fraction(1, 4), Fraction(1)) == told(house, store)
    keep(store, HEAD + "2026-11-27,new,,0.25,USD\n", timezone="Asia/Jakarta", source="stub")
    said = reconcile(house.data, store, month=MONTH)
    assert "only by UTC days" in said.notes[0]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"timezone": None}, "--timezone"),
        ({"timezone": "Nowhere"}, "no time zone Nowhere"),
        ({"timezone": "../x"}, "no time zone"),
        ({"source": None}, "--source"),
        ({"form": "openai-costs"}, "not JSON"),
    ],
)
def test_what_cannot_be_told_is_refused_and_nothing_is_kept(
    house: House, store: WholeStore, changes: dict[str, Any], says: str
) -> None:
    before = list(store.entries())
    with pytest.raises(ConflictError, match=says):
        keep(store, HEAD + "2026-11-27,m,,6,USD\n", **changes)

    assert before == list(store.entries())
    with pytest.raises(NotFoundError, match="no statement of 2026-11"):
        reconcile(house.data, store, month=MONTH)
