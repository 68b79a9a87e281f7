"""A line's amounts before rounding, and decimals written out.

    list = exact_pico x rate        net = list x (10,000 - discount_bp) / 10,000

Both are in main units of the invoice's currency, as Fractions: sums of them are exact whatever
their size, where Decimal's arithmetic would keep 28 digits.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from stillhouse.billing.arithmetic import decimal_text
from stillhouse.billing.document import Document, Line
from stillhouse.units.money import PICO_PER_UNIT, rounded

PLACES = 18
"""Decimals of a column that must have a fixed number of them: DECIMAL(38,18)."""
_STEP = f"1E-{PLACES}"


class ExportError(ValueError):
    """This document does not add up; nothing is written from it."""


def priced(line: Line) -> Fraction:
    """Before discount, in the currency of the line's price."""
    return Fraction(line.exact_pico) * Fraction(1, PICO_PER_UNIT)


def discounted(line: Line) -> Fraction:
    """After discount, in the currency of the line's price."""
    return priced(line) * Fraction(10_000 - line.discount_bp, 10_000)


def listed(line: Line) -> Fraction:
    """Before discount, in the invoice's currency."""
    return priced(line) * Fraction(line.rate)


def net(line: Line) -> Fraction:
    """After discount, in the invoice's currency: what `amount` is rounded from."""
    return discounted(line) * Fraction(line.rate)


def total(amounts: Iterable[str | None]) -> Fraction:
    """The sum of decimal texts; None is a meter without a price and no part of it."""
    return sum((Fraction(each) for each in amounts if each is not None), Fraction(0))


def check(document: Document) -> None:
    """What every form of a document says must be what its reader pays.

    Raises:
        ExportError: the lines and taxes are not the total.
    """
    lines = total(line.amount for line in document.lines)
    taxes = total(tax.amount for tax in document.taxes)
    if lines != Fraction(document.subtotal):
        found, stated = written(lines), document.subtotal
        raise ExportError(f"the lines come to {found} and the subtotal says {stated}")
    if taxes != Fraction(document.tax):
        raise ExportError(
            f"the taxes come to {written(taxes)} and the document says {document.tax}"
        )
    if lines + taxes != Fraction(document.total):
        found, stated = written(lines + taxes), document.total
        raise ExportError(f"lines and taxes come to {found} and the total says {stated}")


def fixed(value: Fraction) -> Decimal:
    """With 18 decimals: exact, or rounded half to even where it has more (thirds of an hour)."""
    return rounded(value * PICO_PER_UNIT, _STEP)


def written(value: Fraction, least: int = 0) -> str:
    """All decimals that a terminating decimal has, and `least` of them at least.

    Raises:
        ExportError: it has no end, like a third.
    """
    try:
        text = decimal_text(value)
    except ValueError as error:
        raise ExportError(str(error)) from None
    whole, _, decimals = text.partition(".")
    decimals = decimals.ljust(least, "0")
    return f"{whole}.{decimals}" if decimals else whole
