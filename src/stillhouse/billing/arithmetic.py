"""How the numbers of a line follow from each other. Used to write a document and to check one.

Everything between a quantity and a rounded amount is whole numbers and fractions whose decimals
end, so each step has one exact text and no step has a second opinion.
"""

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from stillhouse.units.money import PICO_PER_UNIT, pico, pico_per_token, rounded

TOKENS = "1000000 tokens"
REQUEST = "request"
UNIT_HOUR = "unit-hour"
"""What a unit price is for. The quantity beside it is in tokens, requests and unit-seconds."""
HOUR = 3600
BP = 10_000


class UnknownUnitError(ValueError):
    """Nobody knows how a quantity of this unit becomes money."""


def due(quantity: int, unit: str, unit_price: str) -> int:
    """Pico-units of the price's currency for a quantity; only unit-hours need rounding (half even).

    Raises:
        UnknownUnitError: the unit is none of the three above.
        InexactAmountError: the price has more decimals than a pico-unit per token or request.
    """
    match unit:
        case "1000000 tokens":
            return quantity * _per_token(unit_price)
        case "request":
            return quantity * _per_request(unit_price)
        case "unit-hour":
            return round(Fraction(quantity * pico(unit_price), HOUR))
    raise UnknownUnitError(f'no price is for "{unit}"; known are {TOKENS}, {REQUEST}, {UNIT_HOUR}')


_per_token = lru_cache(maxsize=4096)(pico_per_token)
_per_request = lru_cache(maxsize=4096)(pico)


def net(exact_pico: int, *, rate: str, discount_bp: int = 0) -> Fraction | int:
    """Pico-units of the document's currency, exactly: converted, less the discount."""
    share = _share(rate, discount_bp)
    return exact_pico * share if share != 1 else exact_pico


@lru_cache(maxsize=1024)
def _share(rate: str, discount_bp: int) -> Fraction:
    return Fraction(Decimal(rate)) * Fraction(BP - discount_bp, BP)


def payable(net_pico: Fraction | int, unit: str) -> Decimal:
    """A net amount as it is owed: rounded once, half to even, to the document's unit."""
    return rounded(net_pico, unit)


def tax_due(base: Fraction, rate_bp: int, unit: str) -> Decimal:
    """The tax on `base` (main units of the currency), rounded once."""
    return rounded(base * PICO_PER_UNIT * Fraction(rate_bp, BP), unit)


def summed(amounts: list[str], unit: str) -> Decimal:
    """A sum of rounded amounts. Not Decimal's own: that one has 28 digits."""
    places = len(unit.partition(".")[2])
    whole, others = 0, Fraction(0)
    for text in amounts:
        head, _, tail = text.partition(".")
        if len(tail) == places and "E" not in text:
            whole += int(head + tail)
        else:
            others += Fraction(Decimal(text))
    return rounded((Fraction(whole, 10**places) + others) * PICO_PER_UNIT, unit)


def decimal_text(value: Fraction) -> str:
    """A fraction whose decimals end, written out: 1/8 -> "0.125", 3 -> "3".

    Raises:
        ValueError: its decimals do not end.
    """
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        raise ValueError(f"{value} has decimals without end")
    places = max(twos, fives)
    digits = abs(value.numerator) * 10**places // value.denominator
    whole, decimals = divmod(digits, 10**places)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{decimals:0{places}d}" if places else f"{sign}{whole}"
