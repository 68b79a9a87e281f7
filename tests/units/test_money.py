"""Money is exact from text to text, and rounded in one place, half to even."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.units.money import (
    PICO_PER_UNIT,
    InexactAmountError,
    converted,
    exact,
    invoice_unit,
    pico,
    pico_per_token,
    rounded,
)

amounts = st.integers(-(2**130), 2**130)
units = st.sampled_from(["0.01", "1", "0.001", "0.05", "100"])


@given(amounts)
def test_an_amount_written_exactly_is_read_back_as_it_was(amount: int) -> None:
    assert amount == pico(exact(amount))


@given(amounts, amounts)
def test_reading_a_sum_is_the_sum_of_reading(a: int, b: int) -> None:
    assert pico(exact(a + b)) == pico(exact(a)) + pico(exact(b))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12.34", 12_340_000_000_000), ("0.000000000001", 1), ("-1", -(10**12)), ("1e3", 10**15)],
)
def test_amounts_are_read_as_people_write_them(text: str, expected: int) -> None:
    assert expected == pico(text)


@pytest.mark.parametrize("text", ["", "ten", "NaN", "Infinity", "1e-13", "0.0000000000001", "1,5"])
def test_what_is_not_an_exact_amount_is_refused(text: str) -> None:
    with pytest.raises(InexactAmountError):
        pico(text)


def test_a_float_is_refused_even_when_it_happens_to_be_exact() -> None:
    with pytest.raises(InexactAmountError, match=r'as text, "0\.5"'):
        pico(0.5)  # type: ignore[arg-type]


def test_a_published_price_per_million_is_pico_units_per_token() -> None:
    assert 2_500_000 == pico_per_token("2.50")
    assert pico("2.50") == 1_000_000 * pico_per_token("2.50")


@pytest.mark.parametrize("price", ["-0.01", "0.0000001"])
def test_a_price_below_zero_or_finer_than_a_pico_unit_is_refused(price: str) -> None:
    with pytest.raises(InexactAmountError):
        pico_per_token(price)


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        ("0.005", "0.01", "0.00"),
        ("0.015", "0.01", "0.02"),
        ("0.025", "0.01", "0.02"),
        ("-0.025", "0.01", "-0.02"),
        ("0.025000000001", "0.01", "0.03"),
        ("0.5", "1", "0"),
        ("1.5", "1", "2"),
        ("2.5", "1", "2"),
        ("0.075", "0.05", "0.10"),
        ("0.125", "0.05", "0.10"),
    ],
)
def test_halves_go_to_the_even_side(amount: str, unit: str, expected: str) -> None:
    assert expected == str(rounded(pico(amount), unit))


@given(amounts, units)
def test_rounding_moves_an_amount_by_half_a_unit_at_most(amount: int, unit: str) -> None:
    moved = abs(Fraction(rounded(amount, unit)) * PICO_PER_UNIT - amount)

    assert moved <= Fraction(unit) * PICO_PER_UNIT / 2


@given(amounts, units)
def test_rounding_twice_is_rounding_once(amount: int, unit: str) -> None:
    once = rounded(amount, unit)

    assert once == rounded(pico(once), unit)
    assert Fraction(once) % Fraction(unit) == 0


def test_rounding_does_not_depend_on_the_precision_that_a_caller_set() -> None:
    with localcontext(prec=3):
        assert "12345.68" == str(rounded(pico("12345.675"), "0.01"))


def test_the_articles_bill_is_exact_in_rupiah() -> None:
    dollars = pico("20000000")

    assert dollars > 2**63
    assert Decimal(322_000_000_000) == rounded(converted(dollars, "16100"), invoice_unit("IDR"))
    assert "322000000000" == str(rounded(converted(dollars, "16100"), "1"))


@given(amounts, st.decimals("0.000001", "100000", places=6))
def test_conversion_loses_nothing_before_the_one_rounding(amount: int, rate: Decimal) -> None:
    assert amount == converted(amount, rate) / Fraction(rate)


def test_rupiah_are_invoiced_whole_and_dollars_in_cents() -> None:
    assert ("1", "0.01", "0.01") == tuple(map(invoice_unit, ("IDR", "USD", "XXX")))
