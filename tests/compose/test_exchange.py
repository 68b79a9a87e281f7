"""A stored rate serves in both directions, exactly; none is ever made up."""

from fractions import Fraction

import pytest

from stillhouse.billing.fx import MissingRateError, StoredRate
from stillhouse.billing.settings import Policy
from stillhouse.compose.exchange import Rates


def stored(rate: str, day: str, policy: Policy = "month_end") -> StoredRate:
    return StoredRate(base="USD", quote="IDR", rate=rate, date=day, policy=policy, source="a bank")


def test_a_rate_serves_in_both_directions() -> None:
    rates = Rates([stored("16100.5", "2026-11-30")])
    there = rates.of("USD", "IDR", "2026-11")

    assert Fraction(161005, 10) == there
    assert 1 == there * rates.of("IDR", "USD", "2026-11")
    assert 1 == rates.of("IDR", "IDR", "2026-11")


def test_the_months_own_rate_comes_first_then_the_nearest_before() -> None:
    rates = Rates([stored("15000", "2026-09-30"), stored("16000", "2026-10-31")])

    assert [Fraction(n) for n in (15_000, 16_000, 16_000)] == [
        rates.of("USD", "IDR", month) for month in ("2026-09", "2026-10", "2026-11")
    ]


def test_a_months_end_is_taken_before_an_average_and_an_agreed_rate() -> None:
    rates = Rates([stored("1", "2026-11-30", "fixed"), stored("2", "2026-11-30", "month_average")])
    both = Rates([*rates._stored, stored("3", "2026-11-30")])

    assert (Fraction(2), Fraction(3)) == (
        rates.of("USD", "IDR", "2026-11"),
        both.of("USD", "IDR", "2026-11"),
    )


def test_no_rate_is_an_error_that_says_how_to_store_one() -> None:
    with pytest.raises(MissingRateError, match="stillhouse fx set EUR USD"):
        Rates([stored("16000", "2026-11-30")]).of("EUR", "USD", "2026-11")
    with pytest.raises(MissingRateError):
        Rates([stored("16000", "2026-11-30")]).of("USD", "IDR", "2026-10")
