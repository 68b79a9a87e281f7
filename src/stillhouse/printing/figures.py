"""Numbers, amounts and dates as the reader's language writes them, by Babel.

Amounts come as decimal text and are never computed with here: the digits that are printed are the
digits of the document.
"""

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

from babel.core import UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol

from stillhouse.billing.arithmetic import HOUR
from stillhouse.units.instant import moment, month_bounds
from stillhouse.units.money import PICO_PER_UNIT, exact, rounded

NO_BREAK = "\u00a0"
MINUS = "\u2212"
DIGITS = 100
"""Babel formats in Decimal's context, which would keep 28 digits."""


class Figures:
    """Formats of one language."""

    def __init__(self, locale: str) -> None:
        self.locale = locale
        self.point = format_decimal(Decimal("0.5"), "0.0", locale=locale)[1]

    def number(self, text: str, least: int = 0) -> str:
        """With every decimal it has, and `least` of them at least."""
        value = Decimal(text)
        exponent = value.as_tuple().exponent
        places = max(least, -exponent if isinstance(exponent, int) else 0)
        return self._formatted(value, places)

    def price(self, text: str) -> str:
        """A unit price: two decimals at least, and no more zeros than that at its end."""
        whole, _, decimals = f"{Decimal(text):f}".partition(".")
        return self.number(f"{whole}.{decimals.rstrip('0'):0<2}")

    def hours(self, seconds: str) -> str:
        """Unit-seconds as unit-hours, to a thousandth at most."""
        hours = rounded(Fraction(seconds) * Fraction(PICO_PER_UNIT, HOUR), "0.001")
        whole, _, decimals = f"{hours:f}".partition(".")
        return self.number(f"{whole}.{decimals.rstrip('0')}".rstrip("."))

    def money(self, text: str, currency: str) -> str:
        """An amount with its currency: "Rp 2.324.843" in Indonesian, "USD 2,324.84" in English."""
        symbol = currency if self.locale == "en" else self._symbol(currency)
        return f"{symbol}{NO_BREAK}{self.number(text)}"

    def drawn(self, pico: str, currency: str) -> str:
        """Pico-units as money, like a unit price."""
        symbol = currency if self.locale == "en" else self._symbol(currency)
        return f"{symbol}{NO_BREAK}{self.price(exact(int(pico)))}"

    def percent(self, basis_points: int) -> str:
        whole, rest = divmod(basis_points, 100)
        decimals = f"{rest:02d}".rstrip("0")
        return f"{whole}{self.point}{decimals}%" if decimals else f"{whole}%"

    def date(self, text: str) -> str:
        """2026-11-24, or the start of a longer time, as 24 November 2026."""
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            return text
        return format_date(day, "d MMMM y", locale=self.locale)

    def month(self, text: str) -> str:
        """2026-11 as November 2026."""
        try:
            day = moment(month_bounds(text)[0])
        except ValueError:
            return text
        return format_date(day, "MMMM y", locale=self.locale)

    def _symbol(self, currency: str) -> str:
        try:
            return get_currency_symbol(currency, locale=self.locale)
        except UnknownLocaleError:
            return currency

    def _formatted(self, value: Decimal, places: int) -> str:
        pattern = "#,##0" + (f".{'0' * places}" if places else "")
        with localcontext(prec=DIGITS):
            text = format_decimal(value.copy_abs(), pattern, locale=self.locale)
        return f"{MINUS}{text}" if value < 0 else text
