"""Budgets of providers: held for all that may serve a call, spent by those that did.

A call does not know who will serve it, so its hold is on the budgets of every provider among its
legs. Each attempt then spends of the budgets of its own provider alone, and what was held of all of
them is returned when the call ends. Where one is used up, the call goes on without that provider.
"""

from collections.abc import Iterable

from stillhouse.gateway.leases import Leases, Purse, settle
from stillhouse.gateway.routing import Leg
from stillhouse.tenants import Directory
from stillhouse.units.instant import Instant
from stillhouse.wire import refusals
from stillhouse.wire.refusals import Refusal


class Provided:
    """The purses of the providers of one lane, by name. False where there are none."""

    __slots__ = ("_own", "purses")

    def __init__(self, own: dict[str, tuple[Purse, ...]]) -> None:
        self._own = own
        self.purses = tuple(purse for each in own.values() for purse in each)

    def __bool__(self) -> bool:
        return bool(self.purses)

    def names(self, leg: Leg) -> tuple[str, ...]:
        """What an attempt at this leg is charged to."""
        return tuple(purse.name for purse in self._own.get(leg.provider.name, ()))

    def without(self, purse: Purse) -> "tuple[str, Provided] | None":
        """The provider whose purse this is, and the others' purses; None: it is nobody's here."""
        spent = next((name for name, own in self._own.items() if purse in own), None)
        if spent is None:
            return None
        return spent, Provided({name: own for name, own in self._own.items() if name != spent})

    def owe(self, leg: Leg, charge: int) -> None:
        """Spend while more is still held."""
        for purse in self._own.get(leg.provider.name, ()):
            purse.available -= charge

    def let_go(self, held: int) -> None:
        """Return what was held; what is owed is spent already."""
        settle(self.purses, held, 0)


NOBODY = Provided({})


def provided(
    directory: Directory, leases: Leases, legs: Iterable[Leg], now: Instant
) -> tuple[Provided, Instant]:
    """The purses of these legs' providers now, and the instant until which they are the ones."""
    own, until = {}, Instant(2**62)
    for name in {leg.provider.name for leg in legs} & directory.provided.keys():
        purses, ends = leases.purses(directory.provided[name], now)
        if purses:
            own[name], until = purses, min(until, ends)
    return (Provided(own) if own else NOBODY), until


def over_budget(purse: Purse, need: int) -> Refusal:
    """What a call is told whose hold this budget does not cover."""
    budget = purse.budget
    return refusals.over_budget(
        *(budget.scope, budget.span),
        limit=budget.limit,
        spent=purse.posted,
        held=purse.leased,
        need=need,
    )
