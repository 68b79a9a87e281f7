"""Arithmetic on balances and leases inside one transaction. See `sqlite_ledger` for what holds.

Each function takes the connection of a change that is already running: none stands by itself.
"""

# ruff: noqa: S608
# SQL is put together from column and table names of our own; values are always bound.

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from stillhouse.ledger.ports import Segment
from stillhouse.tenants.key import is_imported
from stillhouse.units.instant import period_of


def posted(db: sqlite3.Connection, budget: str, period: str) -> int:
    row = db.execute(
        "SELECT posted FROM balances WHERE budget = ? AND period = ?", (budget, period)
    ).fetchone()
    return int(row[0]) if row else 0


def leases(
    db: sqlite3.Connection, where: str, values: Sequence[object]
) -> dict[tuple[int, str, str], int]:
    rows = db.execute(
        f"SELECT writer, budget, period, amount FROM leases WHERE {where}"
        " ORDER BY writer, budget, period",
        values,
    )
    return {(writer, budget, period): int(amount) for writer, budget, period, amount in rows}


def move(
    db: sqlite3.Connection, budget: str, period: str, *, posted: int = 0, leased: int = 0
) -> None:
    """Add to a balance; its first use makes it, in the same transaction."""
    db.execute(
        "INSERT INTO balances (budget, period, posted, leased) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET posted = plus(posted, excluded.posted),"
        " leased = plus(leased, excluded.leased)",
        (budget, period, str(posted), str(leased)),
    )


def hold(db: sqlite3.Connection, writer: int, budget: str, period: str, amount: int) -> None:
    """Add to a writer's lease; a lease of nothing is no lease."""
    db.execute(
        "INSERT INTO leases (writer, budget, period, amount) VALUES (?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET amount = plus(amount, excluded.amount)",
        (writer, budget, period, str(amount)),
    )
    db.execute(
        "DELETE FROM leases WHERE writer = ? AND budget = ? AND period = ? AND amount = '0'",
        (writer, budget, period),
    )


def spend(db: sqlite3.Connection, segment: Segment) -> None:
    """Turn a segment's leased amounts into posted ones, and post what no lease covered.

    A budget that was removed meanwhile is passed over. A budget that was made after the caller
    worked out `spent` is not named there at all: it is owed its scope's charges all the same.
    """
    named = {budget for budget, _, _ in segment.spent}
    alive = {
        ident
        for (ident,) in db.execute(
            "SELECT id FROM budgets WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(named)),),
        )
    }
    for (budget, period, held), amount in segment.spent.items():
        if budget in alive:
            move(db, budget, period, posted=amount, leased=-amount if held else 0)
            if held:
                hold(db, segment.writer, budget, period, -amount)
    for (budget, period), amount in _unnamed(db, segment, named).items():
        if amount:
            move(db, budget, period, posted=amount)


def _unnamed(
    db: sqlite3.Connection, segment: Segment, named: set[str]
) -> dict[tuple[str, str], int]:
    charges: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    whose = dict(
        db.execute(
            "SELECT id, member FROM keys WHERE member <> ''"
            " AND id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted({total.key for total in segment.totals})),),
        )
    )
    for total in segment.totals:
        if is_imported(total.key):
            continue
        charges["account", total.account][total.day] += total.charge
        charges["project", total.project][total.day] += total.charge
        charges["key", total.key][total.day] += total.charge
        if total.key in whose:
            charges["member", whose[total.key]][total.day] += total.charge
    budgets = db.execute(
        "SELECT id, scope, scope_id, span FROM budgets"
        " WHERE scope_id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted({ident for _, ident in charges})),),
    )
    owed: dict[tuple[str, str], int] = defaultdict(int)
    for budget, scope, scope_id, span in budgets:
        if budget not in named and (scope, scope_id) in charges:
            for day, charge in charges[scope, scope_id].items():
                owed[budget, period_of(day, span)] += charge
    return owed
