"""Periods: a running month is compared with as many whole days of the one before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.console.pages.periods import (
    after,
    alike,
    before,
    bounds,
    chosen_months,
    days_of,
    every_day,
    month_of,
    whole_days,
)
from stillhouse.console.views import Days
from stillhouse.units.instant import Instant, instant, moment

NOON = instant(moment(0).replace(year=2026, month=11, day=23, hour=12))


def test_a_running_month_is_compared_by_the_days_that_are_over() -> None:
    month = month_of("", NOON)

    assert (Days("2026-11-01", "2026-11-23"), True) == (month.days, month.open)
    assert Days("2026-11-01", "2026-11-22") == whole_days(month)
    assert Days("2026-10-01", "2026-10-22") == alike(month)


def test_a_month_that_is_over_is_compared_with_all_of_the_one_before() -> None:
    assert Days("2026-02-01", "2026-02-28") == alike(month_of("2026-03", NOON))


def test_on_the_first_of_a_month_nothing_is_over() -> None:
    first = month_of("", instant(moment(0).replace(year=2026, month=3, day=1)))

    assert whole_days(first) is None
    assert Days("2026-02-01", "2026-02-01") == alike(first)


@given(st.integers(0, 4_000_000_000_000_000))
def test_the_days_of_a_month_are_its_days(at: int) -> None:
    month = month_of("", Instant(at))

    assert month.number_of_days == len(every_day(month.days))
    assert month.name == before(after(month.name))


@pytest.mark.parametrize("wrong", ["2026", "2026-13", "x", "2027-01", "2026-1"])
def test_what_is_no_month_is_refused_with_how_to_write_one(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"write it as 2026-11|has not begun"):
        month_of(wrong, NOON)


def test_days_are_a_week_unless_they_are_given() -> None:
    assert Days("2026-11-17", "2026-11-23") == days_of("", "", NOON)
    assert Days("2026-11-01", "2026-11-02") == days_of("2026-11-01", "2026-11-02", NOON)
    with pytest.raises(ValueError, match="swap"):
        days_of("2026-11-03", "2026-11-02", NOON)
    with pytest.raises(ValueError, match="written as"):
        days_of("yesterday", "", NOON)


def test_the_bounds_of_days_are_midnights() -> None:
    start, end = bounds(Days("2026-11-23", "2026-11-23"))

    assert 86_400_000_000 == end - start
    assert start <= NOON < end


def test_the_chosen_month_is_among_those_to_choose_from() -> None:
    assert ["2026-11", "2026-10", "2026-09", "2025-01"] == chosen_months(
        month_of("2025-01", NOON), NOON
    )
