"""What is left between sale and cost, by account and model.

Sale and cost are what the receipts say. Of imported calls without a cost tariff the cost is what
their log says; where nothing says a cost, the calls are counted as such and no cost is made up.
"""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from stillhouse.billing.fx import MissingRateError
from stillhouse.billing.reconcile import Margin
from stillhouse.compose.books import Books
from stillhouse.compose.exchange import Rates
from stillhouse.compose.stores import WholeStore
from stillhouse.ledger.fold import fold
from stillhouse.ledger.ports import ConflictError, LogCost, NotFoundError
from stillhouse.store.rollups import Rolled, Rollups
from stillhouse.tariff import Tariff
from stillhouse.units.money import PICO_PER_UNIT

DEFAULT_CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class Margins:
    """rows: largest charge first; accounts are ids, and names has all of theirs."""

    month: str
    currency: str
    rows: tuple[Margin, ...]
    names: dict[str, str]


@dataclass(slots=True)
class _Sum:
    """uncosted: calls whose receipts name no cost tariff. logged: those whose log says a cost."""

    calls: int = 0
    charge: Fraction = Fraction(0)
    cost: Fraction = Fraction(0)
    reported: Fraction = Fraction(0)
    uncosted: int = 0
    logged: int = 0
    unrated: int = 0


def margins(data: Path, store: WholeStore, *, month: str, currency: str | None = None) -> Margins:
    """The margins of one month.

    currency: what to report in; None: the one of all charges, else US dollars.

    Raises:
        ConflictError: a rate of exchange is missing; the message says how to store it.
    """
    books, tariffs = Books(data, store), store.tariffs()
    with closing(Rollups(store)) as sums, books.folder.reading():
        sums.refresh()
        receipts, _ = books.unsealed()
        rows = sums.sums(
            ["account", "model", "sale_tariff", "cost_tariff"],
            first=f"{month}-01",
            last=f"{month}-31",
            tail=fold(receipts),
        )
    unit = currency or _only(rows, tariffs)
    rates = Rates(store.rates())
    try:
        found = _summed(rows, store.log_costs(month=month), tariffs, rates, unit, month)
    except MissingRateError as error:
        raise ConflictError(str(error)) from error
    made = [
        Margin(
            account=account,
            model=model,
            calls=n.calls,
            charge=n.charge,
            cost=n.cost,
            reported=n.reported,
            unknown=max(n.uncosted - n.logged, 0),
            unrated=n.unrated,
        )
        for (account, model), n in found.items()
    ]
    made.sort(key=lambda m: (-m.charge, m.account, m.model))
    names = {a.id: a.name for a in store.directory().accounts.values()}
    return Margins(month, unit, tuple(made), names)


def _only(rows: list[Rolled], tariffs: Mapping[str, Tariff]) -> str:
    used = {_tariff(r.keys[2], tariffs).currency for r in rows if r.charge}
    return used.pop() if len(used) == 1 else DEFAULT_CURRENCY


def _summed(
    rows: list[Rolled],
    logs: list[LogCost],
    tariffs: Mapping[str, Tariff],
    rates: Rates,
    unit: str,
    month: str,
) -> dict[tuple[str, str], _Sum]:
    found: dict[tuple[str, str], _Sum] = {}

    def money(amount: int, tariff: str) -> Fraction:
        if not amount:
            return Fraction(0)
        rate = rates.of(_tariff(tariff, tariffs).currency, unit, month)
        return Fraction(amount, PICO_PER_UNIT) * rate

    for row in rows:
        account, model, sale, cost = row.keys
        here = found.setdefault((account, model), _Sum())
        here.calls += row.receipts
        here.charge += money(row.charge, sale)
        here.cost += money(row.cost, cost)
        here.unrated += row.unrated
        here.uncosted += row.receipts if not cost and any(row.usage) else 0
    for log in logs:
        if not log.cost_tariff:
            here = found.setdefault((log.account, log.model), _Sum())
            amount = Fraction(log.amount) * rates.of(log.currency, unit, month)
            here.cost += amount
            here.reported += amount
            here.logged += log.receipts
    return found


def _tariff(name: str, tariffs: Mapping[str, Tariff]) -> Tariff:
    if name not in tariffs:
        raise NotFoundError(f"unknown tariff {name}: run `stillhouse verify`")
    return tariffs[name]
