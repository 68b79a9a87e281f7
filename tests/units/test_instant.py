"""Instants are microseconds in UTC; periods are half-open and cover all time without a gap."""

from datetime import UTC, datetime, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.units.instant import (
    DAY,
    Instant,
    Span,
    days_of,
    instant,
    iso,
    moment,
    month_bounds,
    period,
    period_end,
    period_of,
)

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
instants = st.integers(instant(FIRST), instant(LAST)).map(Instant)
spans = st.sampled_from(get_args(Span))


@given(instants)
def test_an_instant_and_its_moment_are_the_same_point(at: Instant) -> None:
    assert at == instant(moment(at)) == instant(datetime.fromisoformat(iso(at)))


@given(instants, st.integers(-14, 14))
def test_the_same_point_in_another_zone_is_the_same_instant(at: Instant, hours: int) -> None:
    elsewhere = moment(at).astimezone(timezone(timedelta(hours=hours)))

    assert at == instant(elsewhere)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        instant(datetime(2026, 11, 23))  # noqa: DTZ001 # that is what is refused


def test_instants_are_written_with_all_their_digits() -> None:
    at = datetime(2026, 11, 23, 20, 15, 0, 123, tzinfo=UTC)

    assert "2026-11-23T20:15:00.000123Z" == iso(instant(at))


@given(instants, spans)
def test_a_period_is_from_its_first_day_to_its_last(at: Instant, span: Span) -> None:
    day, name = period(at, span="day"), period(at, span)
    first, last = days_of(name, span)

    assert first <= day <= last
    assert name == period_of(day, span)
    if span == "week":
        assert (0, 6) == tuple(datetime.fromisoformat(d).weekday() for d in (first, last))


def test_a_week_is_from_monday_and_of_the_year_that_has_its_thursday() -> None:
    sunday = instant(datetime(2027, 1, 3, 23, 59, tzinfo=UTC))

    assert "2026-W53" == period(sunday, "week")
    assert instant(datetime(2027, 1, 4, tzinfo=UTC)) == period_end(sunday, "week")
    assert ("2026-12-28", "2027-01-03") == days_of("2026-W53", "week")


@given(instants, spans)
def test_a_period_ends_exactly_where_the_next_one_begins(at: Instant, span: Span) -> None:
    end = period_end(at, span)

    assert at < end
    if span != "total":
        assert period(at, span) == period(end - 1, span)
        assert period(at, span) < period(end, span)


@pytest.mark.parametrize(
    ("month", "days"), [("2026-02", 28), ("2028-02", 29), ("2026-11", 30), ("2026-12", 31)]
)
def test_a_month_has_its_days_and_no_more(month: str, days: int) -> None:
    start, end = month_bounds(month)

    assert days * DAY == end - start
    assert (month, month) == (period(start, "month"), period(end - 1, "month"))
    assert month != period(start - 1, "month")
    assert month != period(end, "month")


@given(instants)
def test_every_instant_is_in_the_bounds_of_its_month(at: Instant) -> None:
    start, end = month_bounds(period(at, "month"))

    assert start <= at < end == period_end(at, "month")


@pytest.mark.parametrize("text", ["2026", "2026-13", "2026-00", "November", "2026-11-01", ""])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time data|unconverted|match"):
        month_bounds(text)
