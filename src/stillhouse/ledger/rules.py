"""Who pays for a call that did not end well. A table, and the function that applies it.

Two facts decide: how the attempt ended (`Outcome`) and whether the provider reported usage. A
provider that reported is believed; otherwise we count what was relayed; what we saw only in part is
a lower bound. Customers pay for answers that they got or walked away from, never for ours or a
provider's failure. The cost is what we expect the provider to bill us, whoever was at fault.

`docs/concepts/broken-calls.md` shows this table to people, and a test holds the two together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec

from stillhouse.ledger.receipt import (
    FLAG_AUDIT,
    FLAG_INCONSISTENT,
    FLAG_NO_CHARGE,
    FLAG_OVER_HOLD,
    FLAG_UNRATED,
    FLAG_ZERO_RATED,
    Outcome,
    Witness,
)
from stillhouse.tariff import Tariff
from stillhouse.tariff.charge import charge_priced, rate
from stillhouse.units.money import Pico
from stillhouse.units.usage import COUNT_MAX, NOTHING, Plain, Usage

Pays = Literal["customer", "house", "nobody"]
"""house: we owe the provider and the customer owes nothing. nobody: neither owes."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: when an attempt ended so, this witness is used and these pay."""

    outcome: Outcome
    reported: bool
    pays: Pays
    witness: Witness
    because: str


RULES: tuple[Rule, ...] = (
    Rule(
        "completed", True, "customer", "reported", "the answer is whole and the provider counted it"
    ),
    Rule(
        "completed",
        False,
        "customer",
        "counted",
        "the answer is whole; the provider said no usage, so we counted",
    ),
    Rule(
        "client_left",
        True,
        "customer",
        "reported",
        "the client left, the provider worked on and reported; we drained the answer",
    ),
    Rule(
        "client_left",
        False,
        "customer",
        "lower_bound",
        "the client left and no usage came in time; only what was relayed is charged",
    ),
    Rule("refused", True, "nobody", "none", "the provider answered with an error"),
    Rule("refused", False, "nobody", "none", "the provider answered with an error"),
    Rule(
        "upstream_cut",
        True,
        "house",
        "reported",
        "the provider broke the answer; the customer does not pay for half of one",
    ),
    Rule(
        "upstream_cut",
        False,
        "house",
        "lower_bound",
        "the provider broke the answer; it may still bill what it sent",
    ),
    Rule(
        "timeout",
        True,
        "house",
        "reported",
        "the provider fell silent; the customer does not pay for half of an answer",
    ),
    Rule(
        "timeout",
        False,
        "house",
        "lower_bound",
        "the provider fell silent; it may still bill what it sent",
    ),
    Rule("unreachable", True, "nobody", "none", "the provider never had the request"),
    Rule("unreachable", False, "nobody", "none", "the provider never had the request"),
    Rule(
        "recovered",
        True,
        "house",
        "lower_bound",
        "our process died during the call; the customer does not pay for our fault",
    ),
    Rule(
        "recovered",
        False,
        "house",
        "none",
        "our process died during the call; the customer does not pay for our fault",
    ),
    Rule(
        "escalated",
        True,
        "nobody",
        "none",
        "the student left the call to its teacher; who answers is charged, once",
    ),
    Rule(
        "escalated",
        False,
        "nobody",
        "none",
        "the student left the call to its teacher; who answers is charged, once",
    ),
)

_ZERO = Pico(0)
_TABLE = {(rule.outcome, rule.reported): rule for rule in RULES}


class Settlement(msgspec.Struct, frozen=True, gc=False):
    """What a Close record says about money. charge and cost in pico-units of their tariffs."""

    usage: Usage
    witness: Witness
    flags: int
    charge: Pico
    cost: Pico


def believable(usage: Usage) -> bool:
    """Whether a report can be true."""
    return type(usage) is Plain or (min(usage) >= 0 and max(usage) <= COUNT_MAX)


def rule(outcome: Outcome, *, reported: bool) -> Rule:
    return _TABLE[outcome, reported]


def settle(
    outcome: Outcome,
    status: int,
    reported: Usage | None,
    count: Callable[[], Usage],
    hold: int,
    sale: Tariff | None,
    cost: Tariff | None,
    zero_rated: bool = False,  # noqa: FBT001, FBT002 - by place: the hot path's calls are
) -> Settlement:
    """Settle one attempt by the table.

    Args:
        outcome: how the attempt ended.
        status: the provider's status. An error status makes "completed" a refusal.
        reported: the provider's usage, None when it reported none. One that is not `believable`
            counts as none, and is flagged.
        count: what we counted ourselves, zero when nothing was relayed; asked only where needed.
        hold: what was set aside, or 0 when no budget applies. A charge over it stands in full,
            flagged; the budget's next admission is what gets refused.
        sale: the sale tariff at admission; None only where the customer pays nothing.
        cost: the cost tariff at admission; None when the operator keeps no cost book.
        zero_rated: the route is free by name (token counting): usage is kept, nobody pays.
    """
    if status >= 400 and outcome == "completed":
        outcome = "refused"
    flags = 0
    if reported is not None and type(reported) is not Plain and not believable(reported):
        reported, flags = None, FLAG_INCONSISTENT
    row = _TABLE[outcome, reported is not None]
    usage = NOTHING
    if row.witness != "none":
        usage = count() if reported is None else reported
    if zero_rated:
        return Settlement(usage, row.witness, flags | FLAG_ZERO_RATED, _ZERO, _ZERO)
    charged = owed = _ZERO
    if row.pays == "customer":
        if sale is None:
            raise ValueError(
                "no sale tariff: a customer who pays is never charged zero for want of one"
            )
        charged, gaps = rate(usage, sale)
        if gaps:
            flags |= FLAG_UNRATED
        if 0 < hold < charged:
            flags |= FLAG_OVER_HOLD
    else:
        flags |= FLAG_NO_CHARGE
    if cost is not None and row.pays != "nobody":
        owed, _ = rate(usage, cost)
    return Settlement(usage, row.witness, flags, charged, owed)


def paid_by_house(settlement: Settlement) -> Settlement:
    """The settlement of a comparison that a release made by itself: no customer asked for it."""
    flags = settlement.flags & ~(FLAG_OVER_HOLD | FLAG_UNRATED) | FLAG_NO_CHARGE | FLAG_AUDIT
    return msgspec.structs.replace(settlement, flags=flags, charge=_ZERO)


def charge_due(usage: Usage, flags: int, sale: Tariff | None) -> int | None:
    """What a receipt's charge must be by its own record; None when the tariff is not known.

    The auditor's side of `settle`: nothing but the receipt and the price list goes in.
    """
    if flags & (FLAG_NO_CHARGE | FLAG_ZERO_RATED):
        return 0
    if sale is None:
        return None
    return charge_priced(usage, sale)


def cost_due(usage: Usage, flags: int, cost: Tariff | None) -> int:
    """What a receipt's cost must be; a receipt that names no cost tariff has cost 0."""
    if cost is None or flags & FLAG_ZERO_RATED:
        return 0
    return charge_priced(usage, cost)
