"""Money is integers. A pico-unit is 1e-12 of a currency's main unit (USD, IDR, ...).

A price of p micro-units per million tokens is numerically p pico-units per token, so a charge is
`tokens x price`: no division, no rounding. Python's integers are unbounded, so sums need no care
here; stores and files keep sums as DECIMAL(38,0) or text, because a signed 64-bit sum of
pico-dollars overflows at USD 9.22 million.

Rounding happens once, on the invoice line, half to even, to the invoice's unit.
"""

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import NewType

Pico = NewType("Pico", int)
"""An amount in 1e-12 of a currency's main unit; the currency travels beside it."""

PICO_PER_UNIT = 10**12
MICRO_PER_UNIT = 10**6

INVOICE_UNIT = {"IDR": "1", "JPY": "1", "KRW": "1", "VND": "1", "CLP": "1", "KWD": "0.001"}
"""The unit an invoice in this currency is rounded to unless its issuer sets another.

IDR has two decimals in ISO 4217 and is invoiced in whole rupiah all the same.
"""
DEFAULT_INVOICE_UNIT = "0.01"


class InexactAmountError(ValueError):
    """This amount cannot be represented exactly; give fewer decimals."""


def pico(amount: str | int | Decimal) -> Pico:
    """Read "12.34" as 12_340_000_000_000 pico-units, exactly.

    Raises:
        InexactAmountError: not a finite decimal number, or more than 12 decimals.
    """
    return Pico(_scaled(amount, PICO_PER_UNIT))


def pico_per_token(micro_per_million: str | int | Decimal) -> int:
    """Read a published price, "2.50" per million tokens, as pico-units per token: 2_500_000.

    Raises:
        InexactAmountError: not a finite decimal number, negative, or more than 6 decimals.
    """
    price = _scaled(micro_per_million, MICRO_PER_UNIT)
    if price < 0:
        raise InexactAmountError(f"a price cannot be negative: {micro_per_million}")
    return price


def _scaled(amount: str | int | Decimal, scale: int) -> int:
    if isinstance(amount, float):
        raise InexactAmountError(f'write the amount as text, "{amount}": a float is not exact')
    try:
        value = Decimal(amount)
    except InvalidOperation:
        raise InexactAmountError(f"not a decimal number: {amount!r}") from None
    if not value.is_finite():
        raise InexactAmountError(f"not a finite number: {amount!r}")
    scaled = Fraction(value) * scale
    if scaled.denominator != 1:
        raise InexactAmountError(f"{amount} has more decimals than 1/{scale} can hold")
    return scaled.numerator


def exact(amount: int) -> str:
    """Write pico-units as a decimal with all 12 places: 12_340_000_000_000 -> "12.340000000000"."""
    if amount < 0:
        return "-" + exact(-amount)
    whole, rest = divmod(amount, PICO_PER_UNIT)
    return f"{whole}.{rest:012d}"


def rounded(amount: int | Fraction, unit: str) -> Decimal:
    """Round pico-units to a multiple of `unit` ("0.01", "1"), half to even.

    The only rounding in the house. Returns a Decimal with the unit's own number of places.
    """
    size, digits, places = _step(unit)
    if amount.denominator == 1 and isinstance(size, int):
        units, rest = divmod(amount.numerator, size)
        units += 2 * rest > size or (2 * rest == size and units & 1)
    else:
        units = round(Fraction(amount) / size)
    # Written out, not multiplied: Decimal's arithmetic has 28 digits unless its context says more.
    return Decimal(f"{units * digits}E{places}")


@lru_cache(maxsize=256)
def _step(unit: str) -> tuple[int | Fraction, int, int]:
    """A unit in pico-units, its digits, and the power of ten behind them."""
    step = Decimal(unit)
    size = Fraction(step) * PICO_PER_UNIT
    _, digits, places = step.as_tuple()
    whole = size.numerator if size.denominator == 1 else size
    return whole, int("".join(map(str, digits))), int(places)


def converted(amount: int, rate: str | Decimal) -> Fraction:
    """Convert pico-units at `rate` (units of the target per unit of the source), exactly."""
    return Fraction(amount) * Fraction(Decimal(rate))


def invoice_unit(currency: str) -> str:
    return INVOICE_UNIT.get(currency, DEFAULT_INVOICE_UNIT)
