"""A call's money: what it holds on each budget of its key, from admission to settlement.

    enough in this worker's purses       held at once
    too little                           more is leased, then it is tried again
    too little of a provider's budget    the deployments of other providers are left
    still too little, and it may be      a token limit that can be afforded is written into the body
    still too little                     refused: nothing was dispatched

Posture: fails closed. Nothing is dispatched before all of it is held, on every budget or on none.
"""

import msgspec

from stillhouse.gateway import forward
from stillhouse.gateway.admit import Admitted, Lane
from stillhouse.gateway.house import House
from stillhouse.gateway.leases import Purse
from stillhouse.gateway.leases import hold as hold_all
from stillhouse.gateway.leases import settle as settle_all
from stillhouse.gateway.provided import over_budget
from stillhouse.gateway.reply import Reply
from stillhouse.gateway.routing import Leg
from stillhouse.units.instant import Instant
from stillhouse.wire import edit
from stillhouse.wire.refusals import Refusal


class Held(Reply):
    """held: pico-units on each of the lane's budgets. spent: charged by its attempts so far.

    Its fields are set by `Call`, all at once.
    """

    __slots__ = ("admitted", "body", "held", "house", "lane", "leg", "spent", "started")

    house: House
    admitted: Admitted
    lane: Lane
    leg: Leg
    body: bytes
    started: Instant
    held: int
    spent: int

    def _hold(self) -> None:
        """Hold the bound on every budget, then go. Ends in an attempt or in a refusal."""
        hold, purses = self.admitted.hold, self.lane.purses
        if hold and purses:
            short = hold_all(purses, hold)
            if short is not None:
                self.house.leases.top_up(short, hold, lambda ok: self._topped_up(short, ok=ok))
                return
            self.held = hold
        self._next_attempt()

    def _topped_up(self, purse: Purse, *, ok: bool) -> None:
        if self.connection is None:
            self._finish()  # the client left while it waited: nothing was dispatched
        elif ok or self._elsewhere(purse) or self._capped():
            self._hold()
        else:
            self._refuse(over_budget(purse, self.admitted.hold))

    def _elsewhere(self, purse: Purse) -> bool:
        """A provider's budget is spent: go on with the deployments of others, if there are any."""
        admitted = self.admitted.without(purse)
        if admitted is None:
            return False
        self.admitted, self.lane, self.leg = admitted, admitted.lane, admitted.lane.legs[0]
        return True

    def _capped(self) -> bool:
        """Near the end of a budget: write a token limit that can be afforded, where asked for."""
        if self.capped:
            return False
        room = min(purse.available for purse in self.lane.purses)
        tokens, hold = forward.affordable(self.admitted, room)
        if not tokens:
            return False
        self.capped = tokens
        self.body = edit.with_output_limit(self.body, self.lane.surface, tokens)
        self.admitted = msgspec.structs.replace(self.admitted, hold=hold, tokens_out=tokens)
        return True

    def _spend(self, charge: int) -> None:
        """What an attempt was charged; its provider's budgets feel it at once."""
        self.spent += charge
        if self.lane.provided.purses:
            self.lane.provided.owe(self.leg, charge)

    def _return_hold(self) -> None:
        lane = self.lane
        settle_all(lane.own, self.held, self.spent)
        if lane.provided.purses:
            lane.provided.let_go(self.held)
        self.held = self.spent = 0

    def _next_attempt(self) -> None:
        """The hold is there: go."""
        raise NotImplementedError

    def _refuse(self, refusal: Refusal) -> None:
        """Nothing further is dispatched."""
        raise NotImplementedError

    def _finish(self) -> None:
        raise NotImplementedError
