"""Receipts -> totals. The reference fold: plain Python, one pass, unbounded integers.

Every faster way to the same sums (a sealed segment's totals, DuckDB over Parquet) must agree with
this one to the last pico-unit. Folding is order-true and resumable: `merge` of two folds is the
fold of both.

Receipts that nobody is charged for by rule are summed apart, under no sale tariff. So in every
total that names one, usage x prices is the charge, exactly: what an invoice line must say.
"""

from collections.abc import Iterable
from dataclasses import replace
from operator import add

from stillhouse.ledger.ports import Total
from stillhouse.ledger.receipt import FLAG_NO_CHARGE, FLAG_UNRATED, FLAG_ZERO_RATED, Receipt
from stillhouse.tenants.key import is_imported
from stillhouse.units.instant import DAY, period
from stillhouse.units.usage import METERS

TotalKey = tuple[str, str, str, str, str, str, str, str, str, str]
"""the values of `KEY_FIELDS`"""

KEY_FIELDS = (
    *("day", "account", "project", "key", "deployment", "model", "sale_tariff", "cost_tariff"),
    *("workload", "cohort"),
)
FLAGS_FREE = FLAG_NO_CHARGE | FLAG_ZERO_RATED
"""a receipt with one of these is not charged, whatever it used"""


def key_of(total: Total) -> TotalKey:
    return (
        total.day,
        total.account,
        total.project,
        total.key,
        total.deployment,
        total.model,
        total.sale_tariff,
        total.cost_tariff,
        total.workload,
        total.cohort,
    )


def fold(receipts: Iterable[Receipt]) -> list[Total]:
    """Sums by everything that an invoice line needs in common. The day is that of admission."""
    sums: dict[TotalKey, list[int]] = {}
    days: dict[int, str] = {}
    for _, o, c in receipts:
        number = o.admitted_at // DAY
        day = days.get(number) or days.setdefault(number, period(o.admitted_at, "day"))
        key = (
            day,
            o.account,
            o.project,
            o.key,
            o.deployment,
            o.model,
            "" if c.flags & FLAGS_FREE else o.sale_tariff,
            o.cost_tariff,
            o.workload,
            o.cohort,
        )
        unrated = 1 if c.flags & FLAG_UNRATED else 0
        row = (1, c.charge, c.cost, unrated, *c.usage)
        have = sums.get(key)
        sums[key] = list(row) if have is None else list(map(add, have, row))
    return [
        Total(
            *key[:8],
            workload=key[8],
            cohort=key[9],
            receipts=row[0],
            usage=tuple(row[4 : 4 + len(METERS)]),
            charge=row[1],
            cost=row[2],
            unrated=row[3],
        )
        for key, row in sorted(sums.items())
    ]


def merge(totals: Iterable[Total]) -> list[Total]:
    """Add up totals that share a key."""
    sums: dict[TotalKey, Total] = {}
    for t in totals:
        key = key_of(t)
        have = sums.get(key)
        sums[key] = t if have is None else _plus(have, t)
    return [sums[key] for key in sorted(sums)]


def by_month(totals: Iterable[Total]) -> list[Total]:
    """Sums by what an invoice line needs in common, a month at a time.

    The day of such a total is its month; its key, deployment, cost tariff and cohort are "", its
    cost is 0. Calls that were imported are nobody's to invoice: left out.
    """
    return merge(
        replace(t, day=t.day[:7], key="", deployment="", cost_tariff="", cohort="", cost=0)
        for t in totals
        if not is_imported(t.key)
    )


def _plus(a: Total, b: Total) -> Total:
    return replace(
        a,
        receipts=a.receipts + b.receipts,
        usage=tuple(map(add, a.usage, b.usage)),
        charge=a.charge + b.charge,
        cost=a.cost + b.cost,
        unrated=a.unrated + b.unrated,
    )
