"""Budgets on the hot path: spend from slices that the ledger has already set aside.

A hard budget is never exceeded because money is only ever held from a *lease*: an amount that the
ledger moved from the budget's free part to this writer in one transaction. Holding and returning is
then arithmetic in memory. A purse is one writer's lease on one budget in one period; the period is
part of its name, so nothing is ever reset.

    hold <= available                     the call goes on at once
    otherwise                             ask the ledger for more (in a thread), then try again
    the ledger has less than is needed    it recalls other writers' idle slices; ask again shortly
    still not enough                      refused, and for a moment refused from memory

Posture: fails closed. A ledger that cannot be asked means no further slice, hence a refusal.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from stillhouse.tenants import Budget
from stillhouse.units.instant import Instant, period, period_end

RECALL_WAITS_S = (0.08, 0.12, 0.2)
"""Between asking again after a recall; workers look for recalls every 50 ms."""
REFUSED_FOR_S = 0.25
"""After a refusal, calls at least as dear are refused from memory for this long."""
SLICES = 64
"""A lease is about this fraction of its budget: some dozens of ledger writes serve a period."""

Ask = Callable[[str, str, int, int, Callable[[int, int, int], None]], None]
"""(budget, period, need, want, answer): ask the ledger off the loop.

answer(granted, posted, leased): granted 0 means that less than `need` is free; posted and leased
then say where the budget went.
"""


class Waiter(NamedTuple):
    """A call that waits for a budget to be topped up. `answer` gets whether to try again."""

    amount: int
    answer: Callable[[bool], None]


class Purse:
    """One writer's lease on one budget in one period.

    available: leased and not held. May go negative after a provider's over-report: then the next
    hold has to cover the debt first.
    posted, leased: of the whole budget, as the ledger said when it last refused.
    """

    __slots__ = (
        "asking",
        "available",
        "budget",
        "ends",
        "held",
        "leased",
        "name",
        "period",
        "posted",
        "refused_amount",
        "refused_until",
        "waiters",
    )

    def __init__(self, budget: Budget, at: Instant) -> None:
        self.budget = budget
        self.period = period(at, budget.span)
        self.ends = period_end(at, budget.span)
        self.name = f"{budget.id}@{self.period}"
        self.available = 0
        self.held = 0
        self.posted = 0
        self.leased = 0
        self.asking = False
        self.waiters: list[Waiter] = []
        self.refused_until = 0.0
        self.refused_amount = 0


class Leases:
    """All purses of one worker."""

    def __init__(
        self,
        *,
        ask: Ask,
        give_back: Callable[[str, str, int], None],
        later: Callable[[float, Callable[[], None]], None],
        clock: Callable[[], float],
        workers: int,
    ) -> None:
        self._ask = ask
        self._give_back = give_back
        self._later = later
        self._clock = clock
        self._workers = workers
        self._purses: dict[str, Purse] = {}

    def purses(self, budgets: Iterable[Budget], at: Instant) -> tuple[tuple[Purse, ...], Instant]:
        """The purses of these hard budgets now, and the instant until which they are the ones."""
        found = []
        until = Instant(2**62)
        for budget in budgets:
            if not budget.hard:
                continue
            name = f"{budget.id}@{period(at, budget.span)}"
            purse = self._purses.get(name)
            if purse is None:
                purse = self._purses[name] = Purse(budget, at)
            purse.budget = budget
            found.append(purse)
            until = min(until, purse.ends)
        return tuple(found), until

    def top_up(self, purse: Purse, amount: int, answer: Callable[[bool], None]) -> None:
        """Ask for enough that `amount` can be held. `answer(False)` means refuse."""
        if amount >= purse.refused_amount and self._clock() < purse.refused_until:
            answer(False)
            return
        # A call may outlive its purse's period: back into the set, so that its rest goes home.
        self._purses.setdefault(purse.name, purse)
        purse.waiters.append(Waiter(amount, answer))
        if not purse.asking:
            purse.asking = True
            self._request(purse, 0)

    def _request(self, purse: Purse, attempt: int) -> None:
        """Ask for the sum of what is waited for, or at least for the least of it."""
        least = min(w.amount for w in purse.waiters) - purse.available
        most = sum(w.amount for w in purse.waiters) - purse.available
        if least <= 0:
            self._wake(purse, granted=True)
            return
        slice_ = purse.budget.limit // (SLICES * self._workers)

        def granted(amount: int, posted: int, leased: int) -> None:
            purse.posted, purse.leased = posted, leased
            if amount > 0:
                purse.available += amount
                purse.refused_until = 0.0
                self._wake(purse, granted=True)
            elif attempt < len(RECALL_WAITS_S):
                self._later(RECALL_WAITS_S[attempt], lambda: self._request(purse, attempt + 1))
            else:
                purse.refused_amount = min(w.amount for w in purse.waiters)
                purse.refused_until = self._clock() + REFUSED_FOR_S
                self._wake(purse, granted=False)

        self._ask(purse.budget.id, purse.period, least, max(most, slice_), granted)

    def _wake(self, purse: Purse, *, granted: bool) -> None:
        """Each waiter tries again, in order; who still lacks money asks, together, once more."""
        waiters, purse.waiters = purse.waiters, []
        for waiter in waiters:
            waiter.answer(granted or purse.available >= waiter.amount)
        purse.asking = bool(purse.waiters)
        if purse.asking:
            self._request(purse, 0)

    def recalled(self, names: Iterable[tuple[str, str]]) -> None:
        """Other writers need it: give back what is idle here, unless calls here wait for it too."""
        for budget, period_name in names:
            purse = self._purses.get(f"{budget}@{period_name}")
            if purse is not None and not purse.waiters:
                self._return_idle(purse)

    def expire(self, now: Instant) -> None:
        """Give back what is left of periods that are over."""
        for name, purse in list(self._purses.items()):
            if now >= purse.ends and not purse.held and not purse.waiters:
                self._return_idle(purse)
                del self._purses[name]

    def return_all(self) -> None:
        for purse in self._purses.values():
            self._return_idle(purse)

    def _return_idle(self, purse: Purse) -> None:
        amount, purse.available = purse.available, min(purse.available, 0)
        if amount > 0:
            self._give_back(purse.budget.id, purse.period, amount)


def hold(purses: tuple[Purse, ...], amount: int) -> Purse | None:
    """Take `amount` from every purse, all or none. Returns the first that lacks it."""
    for purse in purses:
        if purse.available < amount:
            return purse
    for purse in purses:
        purse.available -= amount
        purse.held += amount
    return None


def settle(purses: tuple[Purse, ...], held: int, charge: int) -> None:
    """Return what was held and spend what was charged."""
    for purse in purses:
        purse.held -= held
        purse.available += held - charge
