"""What a store's money does, in under a hundred lines: one thread, no disk, no transactions.

Names are enough here: a budget is (scope, span), a scope is a name. Whatever a store does to
balances, leases and totals must come out as this does.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

BudgetName = tuple[str, str]
Held = tuple[int, BudgetName, str]


def period_of(day: str, span: str) -> str:
    year, week, _ = date.fromisoformat(day).isocalendar()
    week_of = f"{year}-W{week:02d}"
    return {"day": day, "week": week_of, "month": day[:7], "total": "total"}[span]


@dataclass
class Reference:
    """Every amount there is. `scopes`: key -> the names of all scopes that hold it."""

    scopes: dict[str, tuple[str, ...]]
    limits: dict[BudgetName, int] = field(default_factory=dict)
    posted: Counter[tuple[BudgetName, str]] = field(default_factory=Counter)
    leases: Counter[Held] = field(default_factory=Counter)
    charges: Counter[tuple[str, str]] = field(default_factory=Counter)
    alive: set[int] = field(default_factory=set)
    excused: set[tuple[BudgetName, str]] = field(default_factory=set)
    """Balances that may be over their limit: over-report, late or uncovered charge, lower limit."""

    def set_budget(self, budget: BudgetName, limit: int, today: str) -> None:
        scope, span = budget
        if budget not in self.limits:
            current = period_of(today, span)
            self.posted[budget, current] = sum(
                charge
                for (key, day), charge in self.charges.items()
                if scope in self.scopes[key] and period_of(day, span) == current
            )
        self.limits[budget] = limit
        leased = {(name, period) for _, name, period in self.leases}
        for balance in leased.union(self.posted):
            if balance[0] == budget and self.used(*balance) > limit:
                self.excused.add(balance)

    def remove_budget(self, budget: BudgetName) -> None:
        del self.limits[budget]
        for balance in [b for b in self.posted if b[0] == budget]:
            del self.posted[balance]
        for held in [h for h in self.leases if h[1] == budget]:
            del self.leases[held]
        self.excused = {b for b in self.excused if b[0] != budget}

    def lease(self, writer: int, budget: BudgetName, period: str, need: int, want: int) -> int:
        others = sum(
            max(amount, 0)
            for (w, b, p), amount in self.leases.items()
            if (b, p) == (budget, period) and w != writer
        )
        own = self.leases[writer, budget, period]
        free = self.limits[budget] - self.posted[budget, period] - others - own
        granted = min(want, free) if free >= need else 0
        self.leases[writer, budget, period] += granted
        return granted

    def give_back(self, writer: int, budget: BudgetName, period: str, amount: int) -> None:
        self.leases[writer, budget, period] -= amount

    def post(
        self,
        writer: int,
        charges: Counter[tuple[str, str]],
        spent: dict[tuple[BudgetName, str, bool], int],
    ) -> None:
        self.charges += charges
        for (budget, period, held), amount in spent.items():
            if budget in self.limits:
                self.posted[budget, period] += amount
                if held:
                    self.leases[writer, budget, period] -= amount
                if not held or self.leases[writer, budget, period] < 0:
                    self.excused.add((budget, period))

    def release(self, writer: int) -> None:
        self.alive.discard(writer)
        for held in [h for h in self.leases if h[0] == writer]:
            del self.leases[held]

    def leased(self, budget: BudgetName, period: str) -> int:
        return sum(a for (_, b, p), a in self.leases.items() if (b, p) == (budget, period))

    def used(self, budget: BudgetName, period: str) -> int:
        return self.posted[budget, period] + self.leased(budget, period)
