"""What a month's bill is for, why it changed, and what it will come to.

    totals (sealed and not) ─► by workload, project, model, cohort, key ─► shares and growth
                            ├► two periods, by workload and item ────────► billing.bridge
                            └► by day ───────────────────────────────────► billing.forecast

Amounts are charges as metered, at sale prices: before discounts, minimums and taxes, which belong
to invoices. A month that is not over is compared with as many days of the other, and says so.
Workloads are counted under what they are merged into and shown by the name that they were given.

Everything is computed from sums that somebody hands in (`Asked`), so that the command line, which
reads once, and the console, which keeps them in memory, give the same answer.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol

from stillhouse.billing.bridge import Bridge, Item, Side, Sold, bridge
from stillhouse.billing.forecast import Forecast, forecast
from stillhouse.billing.fx import MissingRateError
from stillhouse.compose.books import Books
from stillhouse.compose.exchange import Rates
from stillhouse.compose.naming import Naming
from stillhouse.compose.stores import WholeStore
from stillhouse.ledger.fold import fold
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.store.rollups import Rolled, Rollups
from stillhouse.tariff import Tariff
from stillhouse.tariff.prices import STANDARD, UNPRICED
from stillhouse.tenants import Directory
from stillhouse.units.instant import Instant, moment, month_bounds
from stillhouse.units.usage import METERS

Dimension = Literal["workload", "project", "model", "cohort", "key", "account"]
DIMENSIONS: tuple[Dimension, ...] = ("workload", "project", "model", "cohort", "key", "account")
HISTORY_DAYS = 400
"""how far back a forecast looks"""


class Asked(Protocol):
    """Sums of totals by some dimensions over the days first..last, both included."""

    def __call__(
        self,
        by: Sequence[str],
        *,
        first: str,
        last: str,
        only: Mapping[str, str | Collection[str]] | None = None,
    ) -> list[Rolled]: ...


@dataclass(frozen=True, slots=True)
class Days:
    """Of one month, both included. whole: to its end."""

    month: str
    first: str
    last: str
    whole: bool

    @property
    def count(self) -> int:
        return int(self.last[8:])


@dataclass(frozen=True, slots=True)
class Part:
    """One workload's (or project's, ...) part of the bill; amounts in pico-units.

    share: of the whole. growth: of the amount, on the other period; None: there was none.
    """

    id: str
    name: str
    amount: Fraction
    before: Fraction
    share: Fraction
    growth: Fraction | None
    calls: int


@dataclass(frozen=True, slots=True)
class Explained:
    """A bill and its reasons, in pico-units of `currency`.

    unrated: receipts with usage that nothing prices: in no figure. forecast: of an open month.
    rates: the rates of exchange of (the other period, this one), by currency.
    """

    account: str
    account_name: str
    days: Days
    against: Days
    currency: str
    amount: Fraction
    before: Fraction
    parts: Mapping[Dimension, tuple[Part, ...]]
    bridge: Bridge
    names: Mapping[str, str]
    forecast: Forecast | None
    unrated: int
    rates: tuple[Mapping[str, Fraction], Mapping[str, Fraction]]

    @property
    def growth(self) -> Fraction | None:
        return self.amount / self.before - 1 if self.before else None


@contextmanager
def sums_of(data: Path, store: WholeStore) -> Iterator[Asked]:
    """Sums over everything that a data folder holds now, for one process that asks a few times."""
    books = Books(data, store)
    with closing(Rollups(store)) as rolled:
        with books.folder.reading():
            rolled.refresh()
            receipts, _ = books.unsealed()
        tail = fold(receipts)

        def asked(
            by: Sequence[str],
            *,
            first: str,
            last: str,
            only: Mapping[str, str | Collection[str]] | None = None,
        ) -> list[Rolled]:
            return rolled.sums(by, first=first, last=last, only=only, tail=tail)

        yield asked


def explain(
    asked: Asked,
    store: WholeStore,
    *,
    month: str,
    now: Instant,
    account: str | None = None,
    against: str | None = None,
    currency: str | None = None,
    rate: Fraction | None = None,
    rate_against: Fraction | None = None,
    dimensions: Sequence[Dimension] = DIMENSIONS,
    directory: Directory | None = None,
) -> Explained:
    """Explain one account's bill, or that of all accounts.

    Args:
        asked: sums over the data folder of `store`.
        store: tariffs, names, rates.
        month: "2026-11".
        now: a month that holds it is compared up to this day.
        account: id; None: all accounts.
        against: the month to compare with; None: the one before.
        currency: what to report in; None: the prices'.
        rate: units of it for one of the prices'; None: the stored rates.
        rate_against: of the other month; None: `rate`, and no effect of exchange rates.
        dimensions: what to tell the parts by; none of them, and there is no forecast either.
        directory: of `store`, when it is read already.

    Raises:
        NotFoundError: nothing was billed in either period.
        ConflictError: prices of several currencies, or a rate of exchange is missing.
    """
    days = _days(month, now)
    other = _like(days, against or _before(month))
    only = None if account is None else {"account": account}
    tariffs = store.tariffs()
    now_rows = asked(BY, first=days.first, last=days.last, only=only)
    old_rows = asked(BY, first=other.first, last=other.last, only=only)
    if not any(row.keys[1] for row in (*now_rows, *old_rows)):
        raise NotFoundError(f"nothing was billed in {month} or in {other.month}")
    directory = directory or store.directory()
    naming = Naming(store, several=account is None, directory=directory)
    chosen = currency or _only({t.currency for t in _used(now_rows + old_rows, tariffs)})
    money = _Money(store, chosen, rate, rate_against)
    rates_now = money.rates(now_rows, tariffs, days)
    rates_old = money.rates(old_rows, tariffs, other, old=True)
    sides = [
        Side(
            _sold(rows, tariffs, naming),
            beside | rates,  # a currency of one side alone has no effect of its rate
            _listed(store.known_prices(), period),
        )
        for rows, period, rates, beside in (
            (old_rows, other, rates_old, rates_now),
            (now_rows, days, rates_now, rates_old),
        )
    ]

    def rows_of(name: Dimension) -> tuple[list[Rolled], list[Rolled]]:
        if name == "workload":
            return old_rows, now_rows
        return (
            _by_currency(asked, name, other, only, tariffs, old_rows),
            _by_currency(asked, name, days, only, tariffs, now_rows),
        )

    found = bridge(*sides)
    return Explained(
        account=account or "",
        account_name=directory.accounts[account].name if account else "",
        days=days,
        against=other,
        currency=chosen,
        amount=found.after,
        before=found.before,
        parts={name: _parts(name, rows_of(name), tariffs, sides, naming) for name in dimensions},
        bridge=found,
        names={change.workload: naming.said(change.workload) for change in found.changes},
        forecast=None
        if days.whole or not dimensions
        else _forecast(asked, only, tariffs, sides[1].rates, days),
        unrated=sum(row.unrated for row in now_rows),
        rates=(sides[0].rates, sides[1].rates),
    )


BY = ("account", "sale_tariff", "workload")


def _days(month: str, now: Instant) -> Days:
    start, end = month_bounds(month)
    last = moment(end - 1).date()
    today = moment(now).date()
    if start <= now < end:
        return Days(month, f"{month}-01", today.isoformat(), whole=False)
    return Days(month, f"{month}-01", last.isoformat(), whole=True)


def _like(days: Days, month: str) -> Days:
    """As many days of another month, or all of it."""
    _, end = month_bounds(month)
    last = moment(end - 1).date()
    if days.whole or days.count >= last.day:
        return Days(month, f"{month}-01", last.isoformat(), whole=True)
    return Days(month, f"{month}-01", f"{month}-{days.count:02d}", whole=False)


def _before(month: str) -> str:
    first = date.fromisoformat(f"{month}-01")
    return (first - timedelta(1)).isoformat()[:7]


def _used(rows: Sequence[Rolled], tariffs: Mapping[str, Tariff]) -> Iterator[Tariff]:
    for ident in {row.keys[1] for row in rows} - {""}:
        found = tariffs.get(ident)
        if found is None:
            raise NotFoundError(f"unknown tariff {ident}: run `stillhouse verify`")
        yield found


def _only(currencies: set[str]) -> str:
    if len(currencies) > 1:
        names = ", ".join(sorted(currencies))
        raise ConflictError(f"the prices are in {names}: choose one with --currency")
    return currencies.pop()


class _Money:
    """Rates of one report. Given ones hold for the currency of the prices, else stored ones do."""

    def __init__(
        self,
        store: WholeStore,
        currency: str,
        rate: Fraction | None,
        rate_against: Fraction | None,
    ) -> None:
        self._stored = Rates(store.rates())
        self._currency = currency
        self._rate, self._old = rate, rate if rate_against is None else rate_against

    def rates(
        self,
        rows: Sequence[Rolled],
        tariffs: Mapping[str, Tariff],
        days: Days,
        *,
        old: bool = False,
    ) -> dict[str, Fraction]:
        given = self._old if old else self._rate
        found: dict[str, Fraction] = {}
        for currency in sorted({t.currency for t in _used(rows, tariffs)}):
            if currency == self._currency:
                found[currency] = Fraction(1)
            elif given is not None:
                found[currency] = given
            else:
                try:
                    found[currency] = self._stored.of(currency, self._currency, days.month)
                except MissingRateError as error:
                    raise ConflictError(f"{error}, or give one with --fx") from error
        return found


def _line(t: Tariff) -> str:
    """What stays when its price changes."""
    marks = (
        t.account and "contract",
        t.region,
        "batch" if t.batch else "",
        "" if t.tier == STANDARD else t.tier,
        f"above {t.above}" if t.above else "",
    )
    return " ".join([t.model, *filter(None, marks)])


def _sold(rows: Sequence[Rolled], tariffs: Mapping[str, Tariff], naming: Naming) -> dict[str, Sold]:
    """By workload as merged. Usage x price is the charge, exactly: the rule of totals."""
    sold: dict[str, Sold] = {}
    for row in rows:
        account, tariff, workload = row.keys[:3]
        if not tariff:
            continue  # nobody is charged for these
        t = tariffs[tariff]
        each = sold.setdefault(naming.key(account, workload), Sold())
        each.calls += row.receipts
        line = _line(t)
        for meter, price, quantity in zip(METERS, t.prices, row.usage, strict=True):
            if quantity and price != UNPRICED:
                each.add(Item(line, meter, t.currency), quantity, quantity * price)
    return sold


def _listed(known: Sequence[Tariff], days: Days) -> dict[Item, int]:
    """Prices in force at the end of these days, for items that nobody used in them."""
    _, end = month_bounds(days.month)
    prices: dict[Item, int] = {}
    for t in sorted(known, key=lambda t: (t.valid_from, t.known_from)):
        if t.book == "sale" and t.valid_from < end and not t.ends:
            for meter, price in t.by_meter.items():
                prices[Item(_line(t), meter, t.currency)] = price
    return prices


def _by_currency(
    asked: Asked,
    name: Dimension,
    days: Days,
    only: Mapping[str, str] | None,
    tariffs: Mapping[str, Tariff],
    billed: Sequence[Rolled],
) -> list[Rolled]:
    """Sums by (a tariff of the currency, name): not one for each price that something used."""
    of: dict[str, list[str]] = {}
    for ident in sorted({row.keys[1] for row in billed} - {""}):
        of.setdefault(tariffs[ident].currency, []).append(ident)
    return [
        replace(row, keys=(used[0], *row.keys))
        for used in of.values()
        for row in asked(
            [name], first=days.first, last=days.last, only={**(only or {}), "sale_tariff": used}
        )
    ]


def _parts(
    name: Dimension,
    periods: tuple[list[Rolled], list[Rolled]],
    tariffs: Mapping[str, Tariff],
    sides: Sequence[Side],
    naming: Naming,
) -> tuple[Part, ...]:
    """Added up as integers by currency, which is converted once."""
    calls: dict[str, int] = {}
    sums: list[dict[str, dict[str, Fraction | int]]] = [{}, {}]
    for side, rows in enumerate(periods):
        for row in rows:
            *account, tariff, value = row.keys
            if not tariff:
                continue
            ident = naming.key(account[0], value) if account else value
            currency = tariffs[tariff].currency
            own = sums[side].setdefault(ident, {})
            own[currency] = own.get(currency, 0) + row.charge
            if side:
                calls[ident] = calls.get(ident, 0) + row.receipts
    old, now = (
        {ident: at.worth(amounts) for ident, amounts in found.items()}
        for at, found in zip(sides, sums, strict=True)
    )
    whole = sum(now.values(), Fraction(0))
    parts = [
        Part(
            id=ident,
            name=naming.of(name, ident),
            amount=now.get(ident, Fraction(0)),
            before=old.get(ident, Fraction(0)),
            share=now.get(ident, Fraction(0)) / whole if whole else Fraction(0),
            growth=now.get(ident, Fraction(0)) / old[ident] - 1 if old.get(ident) else None,
            calls=calls.get(ident, 0),
        )
        for ident in now.keys() | old.keys()
    ]
    return tuple(sorted(parts, key=lambda p: (-p.amount, -p.before, p.name)))


def _forecast(
    asked: Asked,
    only: Mapping[str, str] | None,
    tariffs: Mapping[str, Tariff],
    rates: Mapping[str, Fraction],
    days: Days,
) -> Forecast | None:
    """By the present rates, so that exchange rates are not taken for a trend."""
    today = date.fromisoformat(days.last)
    first = (today - timedelta(HISTORY_DAYS)).isoformat()
    daily: dict[date, Fraction] = {}
    for row in asked(["day", "sale_tariff"], first=first, last=days.last, only=only):
        day, tariff = row.keys
        rate = rates.get(tariffs[tariff].currency) if tariff else None
        if rate is not None:
            at = date.fromisoformat(day)
            daily[at] = daily.get(at, Fraction(0)) + row.charge * rate
    return forecast(daily, today=today)
