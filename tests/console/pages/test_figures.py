"""Figures: growth, concentration and sums, in whole numbers."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.console.pages.figures import (
    METERS_IN,
    METERS_OUT,
    by_key,
    change_between,
    counted,
    growth_ppm,
    hhi,
    rate,
    tokens,
)
from stillhouse.console.views import Sum


@given(st.lists(st.integers(0, 10**25), max_size=30))
def test_concentration_lies_between_nobody_and_one_alone(parts: list[int]) -> None:
    assert 0 <= hhi(parts) <= 10_000
    assert (10_000 if sum(p > 0 for p in parts) == 1 else hhi(parts)) == hhi(parts)


def test_four_equal_parts_are_2500_points() -> None:
    assert (2500, 0) == (hhi([7, 7, 7, 7]), hhi([]))


@pytest.mark.parametrize(
    ("now", "before", "direction", "ppm"),
    [(131, 100, "up", 310_000), (50, 100, "down", -500_000), (1000, 1001, "same", -1000),
     (5, 0, "new", None)],
)  # fmt: skip
def test_a_change_has_a_direction(now: int, before: int, direction: str, ppm: int | None) -> None:
    change = change_between(now, before)

    assert (direction, ppm, now - before) == (change.direction, change.ppm, change.difference)
    assert ppm == growth_ppm(now, before)


def test_tokens_are_everything_but_requests() -> None:
    usage = (10, 1, 0, 0, 5, 2, 0, 0, 0, 0, 1)

    assert (18, 11, 7) == (tokens(usage), counted(usage, METERS_IN), counted(usage, METERS_OUT))


def test_sums_are_by_one_key() -> None:
    rows = [Sum(keys=("d1", "a"), charge=2), Sum(keys=("d2", "a"), charge=3)]

    assert ({"d1": 2, "d2": 3}, {"a": 5}) == (by_key(rows, 0), by_key(rows, 1))


def test_a_rate_over_no_time_is_no_error() -> None:
    assert [Decimal("1.5"), Decimal(0)] == [rate(15, 10), rate(0, 0)]
