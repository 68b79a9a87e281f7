"""Why a bill changed: from one period to another, in six effects that sum exactly. Pure.

What was sold is quantities: units of one item (a line of prices and a meter) for one workload. Let
a workload have, before and after, n calls, quantities q, prices p (per unit) and a rate of exchange
r, and let every sum run over its items.

    new      r0 * sum(p1 * q1)                      it had no billed call before
    lost    -r0 * sum(p0 * q0)                      it has no billed call now
    volume   r0 * sum(p0 * q0) * (n1 / n0 - 1)      more or fewer calls, each as it was
    mix      r0 * (sum(p0 * q1) - sum(p0 * q0) * n1 / n0)   what one call uses: models, tokens
    price    r0 * sum((p1 - p0) * q1)               the same units at another price
    fx       (r1 - r0) * sum(p1 * q1)               the same bill at another rate

Added up, all terms but r1 * sum(p1 * q1) and r0 * sum(p0 * q0) cancel: there is no remainder and
no bucket for one. Amounts are exact (integers times fractions); only what is shown is rounded, by
largest remainder, so that the shown effects sum to the shown difference too.

A price is what was paid for the item's units on average, which is the tariff's own price unless it
changed within the period. An item that was not used before has the price that was in force then;
where there was none, it has its present price, so that all of it is mix.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal, NamedTuple

from stillhouse.units.money import rounded

Effect = Literal["new", "lost", "volume", "mix", "price", "fx"]
EFFECTS: tuple[Effect, ...] = ("new", "lost", "volume", "mix", "price", "fx")


class Item(NamedTuple):
    """What is priced: one meter of one line of prices, whatever its versions.

    line: what stays when a price changes, such as "gpt-4o flex". currency: of its prices.
    """

    line: str
    meter: str
    currency: str


@dataclass(slots=True)
class Sold:
    """Of one workload. items: quantity and amount in pico-units. calls: billed ones."""

    calls: int = 0
    items: dict[Item, tuple[int, int]] = field(default_factory=dict)

    def add(self, item: Item, quantity: int, amount: int) -> None:
        had, paid = self.items.get(item, (0, 0))
        self.items[item] = (had + quantity, paid + amount)


@dataclass(frozen=True, slots=True)
class Side:
    """One period. sold: by workload. rates: units of the report's currency for one of the prices'.

    listed: pico-units per unit of items in force in this period, for those that were not used.
    """

    sold: Mapping[str, Sold]
    rates: Mapping[str, Fraction]
    listed: Mapping[Item, int] = field(default_factory=dict)

    def worth(self, amounts: Mapping[str, Fraction | int]) -> Fraction:
        """Of pico-units by currency. Raises LookupError: no rate for one of them."""
        whole = Fraction(0)
        for currency, amount in amounts.items():
            rate = self.rates.get(currency)
            if rate is None:
                raise LookupError(f"no rate of exchange for {currency}")
            whole += amount * rate
        return whole


def paid(sold: Sold) -> dict[str, Fraction | int]:
    """Pico-units by currency."""
    sums: dict[str, Fraction | int] = {}
    for item, (_, amount) in sold.items.items():
        sums[item.currency] = sums.get(item.currency, 0) + amount
    return sums


@dataclass(frozen=True, slots=True)
class Change:
    """One workload's part, in pico-units of the report's currency."""

    workload: str
    before: Fraction
    after: Fraction
    new: Fraction = Fraction(0)
    lost: Fraction = Fraction(0)
    volume: Fraction = Fraction(0)
    mix: Fraction = Fraction(0)
    price: Fraction = Fraction(0)
    fx: Fraction = Fraction(0)

    def of(self, effect: Effect) -> Fraction:
        found: Fraction = getattr(self, effect)
        return found


@dataclass(frozen=True, slots=True)
class Bridge:
    """before + the effects = after. changes: by workload, the largest difference first."""

    before: Fraction
    after: Fraction
    effects: Mapping[Effect, Fraction]
    changes: tuple[Change, ...]


def bridge(before: Side, after: Side) -> Bridge:
    """Every effect of every workload.

    Raises:
        LookupError: a rate of exchange is missing on one side.
    """
    workloads = sorted({*before.sold, *after.sold})
    average = _averages(before.sold.values())
    changes = [_change(w, before, after, average) for w in workloads]
    changes.sort(key=lambda c: (-abs(c.after - c.before), c.workload))
    return Bridge(
        before=sum((c.before for c in changes), Fraction(0)),
        after=sum((c.after for c in changes), Fraction(0)),
        effects={e: sum((c.of(e) for c in changes), Fraction(0)) for e in EFFECTS},
        changes=tuple(changes),
    )


def _averages(sold: Iterable[Sold]) -> dict[Item, Fraction]:
    """What a unit of each item cost over all workloads."""
    sums: dict[Item, list[int]] = defaultdict(lambda: [0, 0])
    for each in sold:
        for item, (quantity, amount) in each.items.items():
            sums[item][0] += quantity
            sums[item][1] += amount
    return {i: Fraction(amount, quantity) for i, (quantity, amount) in sums.items() if quantity}


def _change(workload: str, before: Side, after: Side, average: Mapping[Item, Fraction]) -> Change:
    old, new = before.sold.get(workload, Sold()), after.sold.get(workload, Sold())
    spent = paid(new)
    was, now, at_old_rate = before.worth(paid(old)), after.worth(spent), before.worth(spent)
    change = Change(workload, was, now, fx=now - at_old_rate)
    if not old.calls or not new.calls:
        return replace(change, new=at_old_rate, lost=-was)
    sums: dict[str, Fraction | int] = {}
    for item, (quantity, amount) in new.items.items():
        price = _price_before(item, old, before, average)
        due = amount if price is None else price * quantity
        sums[item.currency] = sums.get(item.currency, 0) + due
    at_old_prices = before.worth(sums)
    growth = Fraction(new.calls, old.calls)
    return replace(
        change,
        volume=was * (growth - 1),
        mix=at_old_prices - was * growth,
        price=at_old_rate - at_old_prices,
    )


def _price_before(
    item: Item, old: Sold, before: Side, average: Mapping[Item, Fraction]
) -> Fraction | int | None:
    quantity, amount = old.items.get(item, (0, 0))
    if quantity:
        whole, rest = divmod(amount, quantity)  # a price that did not change within the period
        return Fraction(amount, quantity) if rest else whole
    if item in average:
        return average[item]
    return before.listed.get(item)


def apportioned(amounts: Sequence[Fraction], whole: Fraction, unit: str) -> list[Fraction]:
    """Each amount as a multiple of the unit, so that they sum to `whole`, itself such a multiple.

    amounts, whole: pico-units; the exact amounts sum to less than one unit beside `whole`. Each is
    rounded down, and those with the largest remainders get the units that are left.
    """
    step = Fraction(unit) * 10**12
    floors = [amount // step for amount in amounts]
    left = int(whole // step) - sum(floors)
    order = sorted(range(len(amounts)), key=lambda i: (floors[i] - Fraction(amounts[i], step), i))
    for place in range(abs(left)):
        floors[order[place % len(order)]] += 1 if left > 0 else -1
    return [count * step for count in floors]


def shown(found: Bridge, unit: str) -> tuple[Fraction, Fraction, dict[Effect, Fraction]]:
    """(before, after, effects) as they are printed: multiples of the unit that add up."""
    before = Fraction(rounded(found.before, unit)) * 10**12
    after = Fraction(rounded(found.after, unit)) * 10**12
    parts = apportioned([found.effects[e] for e in EFFECTS], after - before, unit)
    return before, after, dict(zip(EFFECTS, parts, strict=True))
