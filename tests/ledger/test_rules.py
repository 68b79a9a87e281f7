"""The table of broken calls: complete, applied as written, and the same as its page."""

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.ledger.receipt import (
    FLAG_INCONSISTENT,
    FLAG_NO_CHARGE,
    FLAG_OVER_HOLD,
    FLAG_UNRATED,
    FLAG_ZERO_RATED,
    Outcome,
)
from stillhouse.ledger.rules import RULES, Settlement, charge_due, cost_due, rule, settle
from stillhouse.tariff import Tariff, charge, tariff
from stillhouse.units.instant import Instant
from stillhouse.units.usage import COUNT_MAX, METERS, NOTHING, Meter, Usage

PAGE = Path(__file__).parents[2] / "docs" / "concepts" / "broken-calls.md"
EVERY = {m: 3 + i for i, m in enumerate(METERS)}
SALE = tariff(book="sale", model="m", valid_from=Instant(0), prices=EVERY)
COST = tariff(book="cost", model="m", valid_from=Instant(0), prices=dict.fromkeys(METERS, 2))
TEXT = tariff(
    book="sale", model="m", valid_from=Instant(0), prices={Meter.INPUT: 2, Meter.OUTPUT: 5}
)
REPORTED = Usage(input=100, output=10, requests=1)
COUNTED = Usage(input=90, output=4, requests=1)
usages = st.lists(st.integers(0, 10**6), min_size=11, max_size=11).map(lambda n: Usage(*n))
outcomes = st.sampled_from(get_args(Outcome))


def settled(
    outcome: Outcome,
    reported: Usage | None = REPORTED,
    counted: Usage = COUNTED,
    *,
    zero_rated: bool = False,
    hold: int = 0,
    sale: Tariff = SALE,
    status: int = 200,
) -> Settlement:
    return settle(
        outcome=outcome,
        reported=reported,
        count=lambda: counted,
        zero_rated=zero_rated,
        hold=hold,
        sale=sale,
        cost=COST,
        status=status,
    )


def test_every_outcome_has_a_rule_with_and_without_a_usage_report() -> None:
    expected = {(outcome, said) for outcome in get_args(Outcome) for said in (True, False)}

    assert expected == {(r.outcome, r.reported) for r in RULES}
    assert len(expected) == len(RULES)


@pytest.mark.parametrize("outcome", ["completed", "client_left"])
def test_a_customer_pays_what_the_provider_reported(outcome: Outcome) -> None:
    got = settled(outcome)

    assert (got.usage, got.witness, got.flags) == (REPORTED, "reported", 0)
    assert (charge(REPORTED, SALE), charge(REPORTED, COST)) == (got.charge, got.cost)


def test_without_a_report_a_whole_answer_is_counted_and_a_left_one_is_a_lower_bound() -> None:
    whole, left = settled("completed", None), settled("client_left", None)

    assert (whole.witness, left.witness) == ("counted", "lower_bound")
    assert charge(COUNTED, SALE) == whole.charge == left.charge


@given(outcomes, st.none() | usages, usages, st.integers(0, 10**9))
def test_nobody_pays_for_a_failure_that_is_not_theirs(
    outcome: Outcome, reported: Usage | None, counted: Usage, hold: int
) -> None:
    got = settled(outcome, reported, counted, hold=hold)
    pays = rule(outcome, reported=reported is not None).pays

    if pays == "customer":
        assert charge(got.usage, SALE) == got.charge
    else:
        assert (got.charge, got.flags) == (0, FLAG_NO_CHARGE)
    if pays == "nobody":
        assert (got.usage, got.cost) == (NOTHING, 0)


def test_a_cut_answer_costs_us_and_not_the_customer() -> None:
    for outcome in ("upstream_cut", "timeout"):
        told, untold = settled(outcome), settled(outcome, None)

        assert (told.charge, untold.charge) == (0, 0)
        assert charge(REPORTED, COST) == told.cost
        assert (charge(COUNTED, COST), "lower_bound") == (untold.cost, untold.witness)


def test_an_error_status_is_a_refusal_and_free() -> None:
    got = settled("completed", status=429)

    assert (got.charge, got.cost, got.witness, got.flags) == (0, 0, "none", FLAG_NO_CHARGE)


@pytest.mark.parametrize("count", [-1, COUNT_MAX + 1, 10**30])
def test_a_report_that_cannot_be_true_is_not_believed(count: int) -> None:
    got = settled("completed", Usage(input=count, requests=1))

    assert (got.usage, got.witness, got.flags) == (COUNTED, "counted", FLAG_INCONSISTENT)
    assert charge(COUNTED, SALE) == got.charge


def test_a_zero_rated_route_keeps_its_usage_and_is_free() -> None:
    got = settle(
        outcome="completed",
        reported=REPORTED,
        count=lambda: COUNTED,
        status=200,
        zero_rated=True,
        hold=0,
        sale=None,
        cost=None,
    )

    assert (got.usage, got.flags, got.charge, got.cost) == (REPORTED, FLAG_ZERO_RATED, 0, 0)


def test_a_priced_route_without_a_sale_tariff_is_an_error_never_free() -> None:
    with pytest.raises(ValueError, match="no sale tariff"):
        settle(
            outcome="completed",
            reported=REPORTED,
            count=lambda: COUNTED,
            status=200,
            hold=0,
            sale=None,
            cost=None,
        )


def test_a_meter_without_a_price_is_flagged_and_the_rest_still_charged() -> None:
    got = settled("completed", Usage(input=10, audio_in=7), sale=TEXT)

    assert (got.charge, got.flags) == (20, FLAG_UNRATED)


def test_more_than_the_hold_is_charged_in_full_and_flagged() -> None:
    owed = charge(REPORTED, SALE)

    assert (owed, FLAG_OVER_HOLD) == (
        settled("completed", hold=owed - 1).charge,
        settled("completed", hold=owed - 1).flags,
    )
    assert settled("completed", hold=owed).flags == 0


@given(outcomes, st.none() | usages, usages, st.integers(0, 599))
def test_an_auditor_with_only_the_receipt_and_the_prices_finds_the_same_charge(
    outcome: Outcome, reported: Usage | None, counted: Usage, status: int
) -> None:
    for sale, zero_rated in ((SALE, False), (TEXT, False), (SALE, True)):
        got = settled(outcome, reported, counted, zero_rated=zero_rated, sale=sale, status=status)

        assert charge_due(got.usage, got.flags, sale) == got.charge
        assert cost_due(got.usage, got.flags, COST) == got.cost


def test_the_page_for_people_shows_exactly_this_table() -> None:
    rows = [
        f"| {r.outcome} | {'yes' if r.reported else 'no'} | {r.pays} | {r.witness} | {r.because} |"
        for r in RULES
    ]
    shown = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")][1:]

    assert rows == shown
