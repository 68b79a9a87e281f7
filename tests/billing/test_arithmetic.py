"""Each step of a line has one exact result."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.billing.arithmetic import (
    REQUEST,
    TOKENS,
    UNIT_HOUR,
    UnknownUnitError,
    decimal_text,
    due,
    net,
    payable,
    summed,
    tax_due,
)
from stillhouse.units.money import PICO_PER_UNIT


def test_a_quantity_becomes_pico_units() -> None:
    assert 2_500_000 * 7 == due(7, TOKENS, "2.50")
    assert 3 * 10**9 == due(3, REQUEST, "0.001")
    assert 2 * PICO_PER_UNIT == due(7_200, UNIT_HOUR, "1")
    assert 277_777_778 == due(1, UNIT_HOUR, "1")
    with pytest.raises(UnknownUnitError, match="furlong"):
        due(1, "furlong", "1")


def test_a_discount_is_on_the_line_and_nothing_is_rounded_before_the_amount() -> None:
    assert Fraction(161, 2) == net(1, rate="161", discount_bp=5_000)
    assert Decimal("0.02") == payable(net(15 * 10**9, rate="1"), "0.01")
    assert Decimal(1610) == payable(net(10**11, rate="16100"), "1")


@given(st.lists(st.integers(-(10**18), 10**18), max_size=9))
def test_sums_of_amounts_have_every_digit(cents: list[int]) -> None:
    texts = [decimal_text(Fraction(n, 100)) for n in cents]

    assert Fraction(sum(cents), 100) == Fraction(summed(texts, "0.01"))


@given(st.integers(-(10**30), 10**30), st.integers(0, 12), st.integers(0, 12))
def test_decimals_that_end_are_written_out(n: int, twos: int, fives: int) -> None:
    value = Fraction(n, 2**twos * 5**fives)

    assert value == Fraction(decimal_text(value))


def test_decimals_without_end_are_refused() -> None:
    with pytest.raises(ValueError, match="without end"):
        decimal_text(Fraction(1, 3))
    assert ("3", "-0.125") == (decimal_text(Fraction(3)), decimal_text(Fraction(-1, 8)))


def test_a_tax_is_rounded_once() -> None:
    assert Decimal(5313) == tax_due(Fraction(48_300), 1_100, "1")
