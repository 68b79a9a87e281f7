"""Does it pay? From what the teacher's calls did cost, to break-even, or *never*. Exact.

    saved per call    s = teacher - student - (1 - kept) * teacher - audited * teacher - labelling
    after m months    N calls have paid when N * s >= one-off + m * node, and N <= m * calls a month
    break-even        the least such N, in the first month in which there is one; else *never*

All amounts are pico-units of one currency (a price is whole pico-units a token, so a call's cost is
whole too); a share is a Fraction. Nothing is rounded but N, upwards.

A node is paid by the month whether it is asked or not: that is where "it costs nothing per call"
deceives. Where a month's calls do not save what the node costs, no number of months does.

Source of the formula and of its test: Loukas et al. 2023 (GPT-4 at USD 740 for 3,080 queries), with
one-off costs of USD 50 and a node of USD 36 a month: 358 calls; see docs/concepts/distillation.md.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple

from stillhouse.units.money import PICO_PER_UNIT, exact

DAYS = Fraction(365, 12)
"""in a month"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What owning a student costs, in pico-units.

    one_off: data, training, evaluation. node_month: hosting, idle or not. call: of the student
    itself. audited: share of its calls that the teacher answers too. label: for an audited call
    that a person looks at.
    """

    one_off: int = 50 * PICO_PER_UNIT
    node_month: int = 36 * PICO_PER_UNIT
    call: Fraction = Fraction(0)
    audited: Fraction = Fraction(0)
    label: Fraction = Fraction(0)


class BreakEven(NamedTuple):
    """calls: that it takes. days: at the calls a month that were given, None where unknown."""

    calls: int
    days: Fraction | None


@dataclass(frozen=True, slots=True)
class Economics:
    """saved: of one call, pico-units; below zero it costs. month: saved in a month, node paid.

    breaks_even: None is never. calls_month: None where nobody knows.
    """

    teacher: Fraction
    saved: Fraction
    calls_month: Fraction | None
    before: Fraction | None
    after: Fraction | None
    breaks_even: BreakEven | None
    why: str

    @property
    def month(self) -> Fraction | None:
        return None if self.before is None or self.after is None else self.before - self.after


def economics(
    *,
    teacher: Fraction,
    kept: Fraction,
    costs: Costs,
    calls_month: Fraction | None,
) -> Economics:
    """Work it out.

    Args:
        teacher: what a call to it costs, pico-units.
        kept: share of calls that the student answers; the others go to the teacher as well.
        costs: of owning the student.
        calls_month: how many calls there are in a month; None: as many as are needed.

    Raises:
        ValueError: a share is not one, or an amount is below zero.
    """
    shares = (kept, costs.audited)
    if not all(0 <= share <= 1 for share in shares):
        raise ValueError("a share is between 0 and 1")
    amounts = (teacher, costs.one_off, costs.node_month, costs.call, costs.label)
    if any(amount < 0 for amount in amounts):
        raise ValueError("an amount of money is not below zero here")
    own = costs.call + (1 - kept) * teacher + costs.audited * (teacher + costs.label)
    saved = teacher - own
    before = after = None
    if calls_month is not None:
        before = teacher * calls_month
        after = own * calls_month + costs.node_month
    reached, why = _break_even(saved, costs, calls_month)
    return Economics(teacher, saved, calls_month, before, after, reached, why)


def told(paid: Economics | str) -> dict[str, Any]:
    """For machines and cards; amounts in text, of the currency that the calls were billed in."""
    if isinstance(paid, str):
        return {"break_even": None, "why": paid}
    reached = paid.breaks_even
    days = None if reached is None or reached.days is None else round(reached.days)
    return {
        "teacher_call": exact(round(paid.teacher)),
        "saved_call": exact(round(paid.saved)),
        "month_before": None if paid.before is None else exact(round(paid.before)),
        "month_after": None if paid.after is None else exact(round(paid.after)),
        "break_even": "never" if reached is None else {"calls": reached.calls, "days": days},
        "why": paid.why,
    }


def _break_even(
    saved: Fraction, costs: Costs, calls_month: Fraction | None
) -> tuple[BreakEven | None, str]:
    if saved <= 0:
        return None, "a call to the student costs as much as one to the teacher"
    if calls_month is None:
        return BreakEven(ceil((costs.one_off + costs.node_month) / saved), None), ""
    left = saved * calls_month - costs.node_month
    if left <= 0:
        return None, "a month's calls save less than the node costs"
    months = max(1, ceil(costs.one_off / left))
    calls = ceil((costs.one_off + costs.node_month * months) / saved)
    return BreakEven(calls, calls / calls_month * DAYS), ""
