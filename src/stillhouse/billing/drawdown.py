"""Drawing on what was committed or bought before: soonest end, then cheapest, then oldest.

What is drawn is worked out from rounded amounts in the document's currency, so that an invoice that
is drawn to the end comes to zero and never to a cent below it; it is counted in pico-units of the
contract's currency.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from stillhouse.billing.contract import Commitment, Prepaid, first, serves
from stillhouse.units.money import PICO_PER_UNIT, pico, rounded


@dataclass(frozen=True, slots=True)
class Draw:
    """What a commitment or credit gives towards an invoice.

    owed: rounded, of the document's currency, above zero; 0 where it only counts. drawn: pico-units
    of the contract's currency.
    """

    item: Commitment | Prepaid
    owed: Fraction
    drawn: int


def draw(
    items: Iterable[Commitment | Prepaid],
    *,
    period: str,
    left: Fraction,
    rate: str,
    unit: str,
    used: Mapping[str, int],
) -> list[Draw]:
    """Draw on these in their order until nothing of `left` is left.

    Args:
        items: commitments, or prepaid credits.
        period: the month of the invoice; an item serves it when it is alive on one of its days.
        left: what the invoice comes to, in main units of its currency, rounded to `unit`.
        rate: the document's currency for one of the contract's.
        unit: what the document rounds to.
        used: item -> pico-units that earlier documents drew.
    """
    factor = Fraction(Decimal(rate))
    inverse = Fraction(factor.denominator, factor.numerator)
    found = []
    for item in order(items):
        have = rest(item, used)
        most = Fraction(rounded(have * factor, unit))
        owed = min(left, most)
        if not serves(item, period) or owed <= 0:
            continue
        drawn = have if owed == most else min(have, round(owed * PICO_PER_UNIT * inverse))
        pays = isinstance(item, Prepaid) or item.paid
        found.append(Draw(item, owed if pays else Fraction(0), drawn))
        left -= owed
    return found


def rest(item: Commitment | Prepaid, used: Mapping[str, int]) -> int:
    """Pico-units that are still there."""
    return max(pico(item.amount) - used.get(item.id, 0), 0)


def order(items: Iterable[Commitment | Prepaid]) -> list[Commitment | Prepaid]:
    """Soonest end, then cheapest, then oldest; what never ends comes last."""
    return sorted(
        items,
        key=lambda i: (i.end or "9999-12-31", Fraction(Decimal(i.price)), first(i), i.id),
    )
