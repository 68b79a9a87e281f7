"""Stored exchange rates, and the one that an invoice of a month takes.

A rate says how many units of `quote` one unit of `base` is worth, as decimal text, who said so and
for which day. Rates are never edited: the one that was stored last for the same pair, policy and
day is taken from then on, and documents that were finalised before keep theirs.

    month_end       the newest rate of a day within the month
    month_average   the same, among rates that are stored as the month's average
    fixed           the newest rate of any day up to the month's end: by contract
"""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation

import msgspec

from stillhouse.billing.document import Fx
from stillhouse.billing.settings import POLICIES, Policy, check_currency

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DIGITS_MAX = 28


class FxError(ValueError):
    """This rate cannot be stored; the message says why."""


class MissingRateError(LookupError):
    """No stored rate for this pair, policy and month. The message says how to store one."""

    def __init__(self, base: str, quote: str, policy: Policy, period: str) -> None:
        self.base, self.quote, self.policy, self.period = base, quote, policy, period
        day = "a day up to its end" if policy == "fixed" else "a day in it"
        super().__init__(
            f"no rate from {base} to {quote} is stored for {period} by the policy {policy}"
            f" (for {day}): `stillhouse fx set {base} {quote} RATE --date {period}-28"
            f" --policy {policy} --source WHO`"
        )


class StoredRate(msgspec.Struct, frozen=True, kw_only=True):
    """One rate, as somebody stored it."""

    base: str
    quote: str
    rate: str
    date: str
    policy: Policy
    source: str


def check(rate: StoredRate) -> None:
    """Refuse what is no rate.

    Raises:
        SettingError: a currency is none.
        FxError: anything else.
    """
    check_currency(rate.base)
    check_currency(rate.quote)
    if rate.base == rate.quote:
        raise FxError(f"{rate.base} to itself is always 1")
    try:
        value = Decimal(rate.rate)
    except InvalidOperation:
        value = Decimal(0)
    if not value.is_finite() or value <= 0:
        raise FxError(f'"{rate.rate}" is no rate; write a number above zero, like 16100.25')
    if len(value.as_tuple().digits) > _DIGITS_MAX or abs(value.adjusted()) > _DIGITS_MAX:
        raise FxError(f"a rate has at most {_DIGITS_MAX} digits")
    try:
        date.fromisoformat(rate.date if _DAY.fullmatch(rate.date) else "")
    except ValueError:
        raise FxError(f'"{rate.date}" is no day; write it like 2026-11-30') from None
    if rate.policy not in POLICIES:
        raise FxError(f'"{rate.policy}" is no policy; it is one of {", ".join(POLICIES)}')
    if not rate.source.strip():
        raise FxError("a rate needs its source: who says so, for whoever checks the invoice")


def choose(
    rates: Iterable[StoredRate],
    *,
    base: str,
    quote: str,
    policy: Policy,
    period: str,
    provisional: bool = False,
) -> Fx:
    """The rate for a month.

    Args:
        rates: in the order in which they were stored.
        base: the currency of the prices.
        quote: the currency of the document.
        policy: why the rate of that day.
        period: the month, "2026-11".
        provisional: the month is not over: an earlier month's rate will do until it is.

    Raises:
        MissingRateError: there is none.
    """
    last = f"{period}-31"
    first = "" if provisional or policy == "fixed" else f"{period}-01"
    found = [
        (rate.date, place, rate)
        for place, rate in enumerate(rates)
        if (rate.base, rate.quote, rate.policy) == (base, quote, policy)
        and first <= rate.date <= last
    ]
    if not found:
        raise MissingRateError(base, quote, policy, period)
    rate = max(found)[2]
    return Fx(
        base=base,
        quote=quote,
        rate=rate.rate,
        source=rate.source,
        date=rate.date,
        policy=policy,
    )
