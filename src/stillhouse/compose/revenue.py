"""The revenue of a data folder: finalised invoices where there are, metered charges where not.

    finalised documents (net of tax) ──┐
    metered charges, not invoiced yet ─┼─> stored rates -> billing.revenue -> report
    imported charges ──────────────────┘

A document counts in its own period, by the amounts that it was issued with; what was drawn from
commitments and credits is revenue of the month that used it. Open charges are as metered, before
discounts, minimums and taxes. What came late to a finalised month counts when it is invoiced.

A rate that a document carries is the one it is converted back by; else the month's stored rate is.
The constant view converts every month by the rates that are stored for one month.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path

from stillhouse.billing.contract import in_force
from stillhouse.billing.corrections import drawn
from stillhouse.billing.fx import MissingRateError
from stillhouse.billing.revenue import Earned, Exposure, Revenue, State, exposure, revenue
from stillhouse.compose.books import Books
from stillhouse.compose.exchange import Rates
from stillhouse.compose.explain import Asked
from stillhouse.compose.invoice_facts import InvoiceFacts, Past
from stillhouse.compose.shelf import Gist, Shelf
from stillhouse.compose.stores import WholeStore
from stillhouse.ledger.fold import fold
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.ledger.receipt import Open
from stillhouse.store.rollups import Rollups
from stillhouse.tenants import Directory
from stillhouse.units.money import PICO_PER_UNIT

DEFAULT_CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class Report:
    """revenue's accounts are ids; names: of all of them. rates: the month of the constant view.

    unrated: receipts up to this month with usage that nothing prices: not in any figure.
    """

    revenue: Revenue
    names: dict[str, str]
    exposures: tuple[Exposure, ...]
    rates: str
    unrated: int


@dataclass(frozen=True, slots=True)
class _Native:
    """What was earned, in its own currency; rate: to the report's, if a document says one."""

    account: str
    month: str
    state: State
    currency: str
    amount: Fraction
    rates: dict[tuple[str, str], Fraction]


def report(
    data: Path,
    store: WholeStore,
    *,
    month: str,
    currency: str | None = None,
    rates: str | None = None,
    accounts: Iterable[str] = (),
    asked: Asked | None = None,
    opens: Iterable[Open] = (),
    directory: Directory | None = None,
    shelf: Shelf | None = None,
) -> Report:
    """The report of one month.

    Args:
        data: the data folder of `store`.
        store: everything that is asked.
        month: "2026-11".
        currency: what to report in; None: the only one there is, else US dollars.
        rates: the month whose stored rates the constant view uses; None: the report's.
        accounts: names or ids whose exposure to tell; none: the largest.
        asked: sums that a process keeps in memory, with `opens`, its calls in flight; None: read
            the folder now.
        opens: see `asked`.
        directory: of `store`, when it is read already.
        shelf: of `store`, in a process that keeps one.

    Raises:
        ConflictError: a rate of exchange is missing; the message says how to store it.
        NotFoundError: there is no such account.
    """
    named = [store.find_account(name).id for name in accounts]
    books = Books(data, store)
    if asked is not None:
        metered, unrated = _metered(store, asked, month)
    else:
        with closing(Rollups(store)) as sums, books.folder.reading():
            sums.refresh()
            receipts, opens = books.unsealed()
            tail = fold(receipts)
            metered, unrated = _metered(store, partial(sums.sums, tail=tail), month)
    flying = list(opens)
    documents = (shelf or Shelf(store)).look().counting
    native = [*_invoiced(documents, month), *_not_invoiced(metered, documents)]
    chosen = currency or _only(native)
    fx = Rates(store.rates())
    try:
        earned = [
            Earned(
                account=n.account,
                month=n.month,
                state=n.state,
                amount=n.amount if n.currency == chosen else n.amount * _billed(fx, n, chosen),
                constant=n.amount
                if n.currency == chosen
                else n.amount * fx.of(n.currency, chosen, rates or month),
            )
            for n in native
        ]
        made = revenue(earned, month=month, currency=chosen)
        of = named or [s.account for s in made.shares[:1]]
        exposures = tuple(
            exposure(
                made,
                account,
                committed=_committed(
                    store,
                    InvoiceFacts(data, store, books).past(account),
                    *(account, month, fx, chosen),
                ),
                in_flight=_flying(flying, account),
            )
            for account in of
        )
    except MissingRateError as error:
        raise ConflictError(str(error)) from error
    return Report(
        revenue=made,
        names={a.id: a.name for a in (directory or store.directory()).accounts.values()},
        exposures=exposures,
        rates=rates or month,
        unrated=unrated,
    )


def _invoiced(documents: Iterable[Gist], month: str) -> Iterator[_Native]:
    for document in documents:
        if document.period <= month:
            yield _Native(
                account=document.account,
                month=document.period,
                state="finalised",
                currency=document.currency,
                amount=document.net,
                rates={(f.base, f.quote): Fraction(Decimal(f.rate)) for f in document.fx},
            )


def _metered(store: WholeStore, asked: Asked, month: str) -> tuple[list[_Native], int]:
    """Charges up to this month by account, month and kind; receipts with usage that has no price.

    Currency by currency, so that a row is an account's month and not one of its prices. Where all
    is of one currency nothing is filtered, and the sums come from fewer totals.
    """
    currencies = {name: t.currency for name, t in store.tariffs().items()}
    first, last = "", f"{month}-31"
    used = [row.keys[0] for row in asked(["sale_tariff"], first=first, last=last)]
    by_currency: dict[str, list[str]] = {}
    for tariff in used:
        if tariff and tariff not in currencies:
            raise NotFoundError(f"unknown tariff {tariff}: run `stillhouse verify`")
        if tariff:  # nobody is charged for the others
            by_currency.setdefault(currencies[tariff], []).append(tariff)
    found = []
    for currency, tariffs in by_currency.items():
        only = None if set(used) == set(tariffs) else {"sale_tariff": tariffs}
        rows = asked(["month", "account", "imported"], first=first, last=last, only=only)
        for row in rows:
            at, account, imported = row.keys
            state: State = "imported" if imported else "open"
            amount = Fraction(row.charge, PICO_PER_UNIT)
            found.append(_Native(account, at, state, currency, amount, {}))
    return found, sum(row.unrated for row in asked([], first=first, last=last))


def _not_invoiced(metered: Iterable[_Native], documents: Iterable[Gist]) -> Iterator[_Native]:
    """What is imported, and open months that have no invoice."""
    invoiced = {(d.account, d.period) for d in documents if d.kind != "credit_note"}
    for n in metered:
        if n.state == "imported" or (n.account, n.month) not in invoiced:
            yield n


def _billed(fx: Rates, n: _Native, to: str) -> Fraction:
    """As its document says it, else as stored for its month."""
    if (n.currency, to) in n.rates:
        return n.rates[n.currency, to]
    if (to, n.currency) in n.rates:
        return Fraction(1, n.rates[to, n.currency])
    return fx.of(n.currency, to, n.month)


def _only(native: list[_Native]) -> str:
    found = {n.currency for n in native}
    return found.pop() if len(found) == 1 else DEFAULT_CURRENCY


def _committed(
    store: WholeStore, past: Past, account: str, month: str, fx: Rates, currency: str
) -> Fraction:
    """What is still to be used of the account's commitments that run in this month."""
    agreed = in_force(store.contracts(account), month)
    if agreed is None:
        return Fraction(0)
    used = drawn([d for d in past.counting if d.period <= month])
    left = sum(
        (
            max(
                Fraction(Decimal(c.amount)) - Fraction(used.get(c.id, 0), PICO_PER_UNIT),
                Fraction(0),
            )
            for c in agreed.commitments
            if c.start <= f"{month}-31" and c.end > f"{month}-01"
        ),
        Fraction(0),
    )
    return left * fx.of(agreed.currency, currency, month) if left else left


def _flying(opens: Iterable[Open], account: str) -> int:
    return sum(opened.account == account for opened in opens)
