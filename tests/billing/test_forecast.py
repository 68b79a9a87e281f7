"""Forecasts: exact where the future is like the past, honest about how wrong they were."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.billing.forecast import WINDOWS_MIN, forecast

TODAY = date(2026, 11, 20)


def history(
    days: int, amount: Callable[[date], int] | int, *, until: date = TODAY
) -> dict[date, int]:
    """Amounts of the days before `until`, and none of it."""
    past = [until - timedelta(n) for n in range(1, days + 1)]
    return {day: amount(day) if callable(amount) else amount for day in past}


def test_a_steady_bill_goes_on_and_its_error_is_nought() -> None:
    found = forecast(history(90, 100), today=TODAY)
    assert found is not None

    assert (1900, 3000, 0) == tuple(map(int, (found.so_far, found.expected, found.error or 0)))
    assert date(2026, 11, 30) == found.days[-1][0]
    assert 11 == len(found.days)


def test_a_bill_of_working_days_is_forecast_by_the_day_of_the_week() -> None:
    found = forecast(history(120, lambda d: 0 if d.weekday() > 4 else 100), today=TODAY)
    assert found is not None
    assert found.error is not None

    assert "weekday" == found.way
    saturday = next(amount for day, amount in found.days if day.weekday() == 5)
    monday = next(amount for day, amount in found.days if day.weekday() == 0)
    assert saturday < 30 < 85 < monday
    assert found.error < Fraction(3, 100)


def test_a_step_up_is_followed_by_the_recent_days() -> None:
    grown = history(150, lambda d: 100 * 2 ** ((d - date(2026, 6, 1)).days // 20))
    found = forecast(grown, today=TODAY)
    assert found is not None

    assert "recent" == found.way
    assert found.error_high is not None
    assert found.error is not None
    assert found.error_high >= found.error > 0


def test_with_little_history_there_is_a_forecast_and_no_error() -> None:
    found = forecast(history(10, 100), today=TODAY)
    assert found is not None

    assert (None, None) == (found.error, found.error_high)
    assert found.windows < WINDOWS_MIN
    assert 1000 + 11 * 100 == found.expected


def test_with_hardly_any_there_is_none() -> None:
    assert forecast({}, today=TODAY) is None
    assert forecast(history(2, 100), today=TODAY) is None
    assert forecast({TODAY: 5}, today=TODAY) is None


def test_today_counts_as_it_is_or_as_expected_if_that_is_more() -> None:
    little = forecast({**history(60, 100), TODAY: 5}, today=TODAY)
    much = forecast({**history(60, 100), TODAY: 500}, today=TODAY)
    assert little is not None
    assert much is not None

    assert (1905, 3000) == (int(little.so_far), int(little.expected))
    assert (2400, 3400) == (int(much.so_far), int(much.expected))


@given(st.integers(0, 2**32), st.integers(20, 200), st.integers(1, 31))
def test_a_forecast_is_never_below_what_is_known_and_scales_with_money(
    seed: int, days: int, day: int
) -> None:
    today = date(2026, 10, day)
    chance = random.Random(seed)
    daily = history(days, lambda _: chance.randrange(10**6), until=today)
    one, ten = (
        forecast({d: times * amount for d, amount in daily.items()}, today=today)
        for times in (1, 10)
    )
    assert one is not None
    assert ten is not None

    assert one.expected >= one.so_far
    assert (10 * one.expected, one.error, one.way) == (ten.expected, ten.error, ten.way)
