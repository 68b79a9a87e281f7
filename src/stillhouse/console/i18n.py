"""The reader's language: words from a checked catalogue, numbers and dates by Babel.

    words/en.toml, words/id.toml ─► CATALOGUE ─► Reader("id").say("menu.overview")

A key that is missing in one language fails a test, never a page. A text that counts has one form
for each plural of its language (`{n}` is the count). Words are markup that we wrote; values put
into them are escaped unless they are markup, so a name can never become HTML.

Amounts come in as whole pico-units and are rounded once, for the eye: the exact number stands in
the receipts and in every export. Days are UTC days and clocks say "UTC", as the ledger keeps them.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
)
from markupsafe import Markup

from stillhouse.units.instant import moment
from stillhouse.units.money import PICO_PER_UNIT, invoice_unit, rounded

LANGUAGES = ("en", "id")
MILLION = 1_000_000
NONE, MINUS = "\N{EN DASH}", "\N{MINUS SIGN}"
_PLURALS = {"one", "other"}
_FINEST = 12


def load(language: str) -> dict[str, str | dict[str, str]]:
    """The catalogue of one language, flat: "page.key" -> text, or its plural forms."""
    text = files("stillhouse.console").joinpath("words", f"{language}.toml").read_text("utf-8")
    return dict(_flat("", tomllib.loads(text)))


def _flat(prefix: str, table: Mapping[str, Any]) -> list[tuple[str, str | dict[str, str]]]:
    found: list[tuple[str, str | dict[str, str]]] = []
    for key, value in table.items():
        if isinstance(value, str) or (isinstance(value, dict) and set(value) <= _PLURALS):
            found.append((prefix + key, value))
        else:
            found += _flat(f"{prefix}{key}.", value)
    return found


@cache
def catalogue(language: str) -> dict[str, str | dict[str, str]]:
    return load(language)


def chosen(cookie: str, accepted: str) -> str:
    """The language that was switched to, else the first of `Accept-Language` that we speak."""
    if cookie in LANGUAGES:
        return cookie
    for part in accepted.split(",")[:20]:
        try:
            language = Locale.parse(part.split(";")[0].strip(), sep="-").language
        except (ValueError, UnknownLocaleError, TypeError):
            continue
        language = "id" if language == "in" else language  # its code before 1989
        if language in LANGUAGES:
            return language
    return LANGUAGES[0]


class Reader:
    """Writes for somebody who reads this language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = catalogue(language)
        self._locale = Locale.parse(language)
        self._signs = {"IDR": "Rp\N{NO-BREAK SPACE}"} if language == "en" else {}

    # -- words

    def say(self, key: str, /, **values: object) -> Markup:
        """Words as markup; values are escaped. `n`, a whole number, chooses the plural."""
        return Markup(self._form(key, values)).format(**self._shown(values))  # noqa: S704 - ours

    def tell(self, key: str, /, **values: object) -> str:
        """Words as plain text, for charts, attributes and files."""
        return self._form(key, values).format(**self._shown(values))

    def has(self, key: str) -> bool:
        return key in self._words

    def word(self, group: str, name: str) -> str:
        """A name from a closed list of the domain; one that we do not know stays as it is."""
        key = f"{group}.{name}"
        return self.tell(key) if key in self._words else name.replace("_", " ")

    def _form(self, key: str, values: Mapping[str, object]) -> str:
        found = self._words[key]
        if isinstance(found, str):
            return found
        plural = self._locale.plural_form(int(str(values["n"])))
        return found.get(plural, found["other"])

    def _shown(self, values: Mapping[str, object]) -> dict[str, object]:
        return {k: self.number(v) if type(v) is int else v for k, v in values.items()}

    # -- numbers

    def number(self, value: int | Decimal, *, digits: int = 0) -> str:
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return str(format_decimal(value, format=pattern, locale=self._locale))

    def short(self, value: int | Decimal) -> str:
        """1.2K, 34M; in Indonesian 1,2 rb, 34 jt."""
        digits = 0 if value < 1000 else 1
        shown = format_compact_decimal(value, locale=self._locale, fraction_digits=digits)
        return str(shown)

    def percent(self, ppm: int, *, digits: int = 1) -> str:
        return f"{self.number(Decimal(ppm) / 10_000, digits=digits)}%"

    def growth(self, ppm: int | None) -> str:
        """+12.3 %, or a dash when there is nothing to compare with."""
        if ppm is None:
            return NONE
        shown = self.percent(abs(ppm), digits=0 if abs(ppm) >= 100_000 else 1)
        return f"{'+' if ppm > 0 else MINUS if ppm < 0 else '±'}{shown}"

    def money(self, pico: int, currency: str, *, digits: int | None = None) -> str:
        """An amount to the currency's unit; one below a unit keeps two significant digits."""
        if digits is None:
            digits = self._digits(pico, currency)
        value = rounded(pico, "1" if digits == 0 else f"0.{'0' * (digits - 1)}1")
        return self.amount(value, currency, digits=digits)

    def amount(self, value: Decimal, currency: str, *, digits: int | None = None) -> str:
        """An amount that is rounded already, such as an invoice's."""
        if digits is None:
            places = value.as_tuple().exponent
            digits = max(-places, 0) if isinstance(places, int) else 2
        pattern = self._locale.currency_formats["standard"].pattern.split(";")[0]
        pattern = pattern.replace("0.00", "0" + ("." + "0" * digits if digits else ""))
        shown = format_currency(
            value, currency, pattern, locale=self._locale, currency_digits=False
        )
        return self._signed(shown, currency)

    def money_short(self, pico: int, currency: str) -> str:
        """$1.24M, Rp198 M: for headlines and axes."""
        value = rounded(pico, "0.01")
        if abs(value) < 10_000:
            return self.money(pico, currency)
        shown = format_compact_currency(
            value, currency, locale=self._locale, fraction_digits=2 if abs(value) >= MILLION else 1
        )
        return self._signed(shown, currency)

    def axis(self, value: float, currency: str) -> str:
        """A round step of an axis."""
        if value == 0:
            return self.number(0)
        exact = Decimal(str(value)).normalize()
        if value < 1000:
            places = exact.as_tuple().exponent
            return self.amount(exact, currency, digits=max(-int(places), 0))
        short = format_compact_currency(exact, currency, locale=self._locale, fraction_digits=1)
        return self._signed(short, currency)

    def _signed(self, shown: str, currency: str) -> str:
        """With the sign that its readers know, where the locale has only the code."""
        return str(shown).replace(currency, self._signs.get(currency, currency)).replace("-", MINUS)

    def _digits(self, pico: int, currency: str) -> int:
        unit = invoice_unit(currency)
        places = len(unit.partition(".")[2])
        if pico == 0 or abs(pico) >= PICO_PER_UNIT:
            return places
        missing = len(str(PICO_PER_UNIT)) - 1 - len(str(abs(pico)))  # zeros after the point
        return max(places, min(missing + 2, _FINEST))

    # -- time

    def day(self, day: str) -> str:
        """23 Nov 2026."""
        return str(format_date(date.fromisoformat(day), "d MMM y", locale=self._locale))

    def day_short(self, day: str) -> str:
        return str(format_date(date.fromisoformat(day), "d MMM", locale=self._locale))

    def month(self, month: str) -> str:
        return str(format_date(date.fromisoformat(f"{month}-01"), "LLLL y", locale=self._locale))

    def month_short(self, month: str) -> str:
        return str(format_date(date.fromisoformat(f"{month}-01"), "MMM", locale=self._locale))

    def month_name(self, month: str) -> str:
        return str(format_date(date.fromisoformat(f"{month}-01"), "LLLL", locale=self._locale))

    def at(self, at: int, *, seconds: bool = False) -> str:
        """23 Nov 2026, 20:15 UTC."""
        pattern = "d MMM y, HH:mm:ss 'UTC'" if seconds else "d MMM y, HH:mm 'UTC'"
        return str(format_datetime(moment(at), pattern, locale=self._locale))

    def clock(self, at: int) -> str:
        """23 Nov 20:15:03, for a table whose caption says that it is UTC."""
        return str(format_datetime(moment(at), "d MMM HH:mm:ss", locale=self._locale))

    def duration(self, us: int | None) -> str:
        """340 ms, 1.2 s, 3 min: as exact as is of use."""
        if us is None:
            return NONE
        if us < 1000:
            return f"{self.number(us)} µs"
        if us < 10_000:
            return f"{self.number(Decimal(us) / 1000, digits=1)} ms"
        if us < 1_000_000:
            return f"{self.number(us // 1000)} ms"
        if us < 120_000_000:
            return f"{self.number(Decimal(us) / MILLION, digits=1 if us < 10_000_000 else 0)} s"
        minutes = us // 60_000_000
        if minutes < 120:
            return self.tell("unit.minutes", n=minutes)
        if minutes < 2880:
            return self.tell("unit.hours", n=minutes // 60)
        return self.tell("unit.days", n=minutes // 1440)
