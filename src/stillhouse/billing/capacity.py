"""Provisioned capacity of one month: which tokens ran on it, and how much of it was used.

Pure, whole numbers. A day's capacity is units x seconds x tokens_per_unit_hour / 3600 tokens; it
covers that day's tokens of its model and no other day's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stillhouse.billing.arithmetic import HOUR
from stillhouse.billing.contract import Capacity, Contract, active
from stillhouse.ledger.ports import Total
from stillhouse.tariff import Tariff
from stillhouse.tariff.prices import UNPRICED
from stillhouse.units.instant import DAY, SECOND, month_bounds
from stillhouse.units.instant import period as period_of
from stillhouse.units.usage import METERS, Meter

UsageKey = tuple[str, str, str, str, Meter]
"""project, workload, model, tariff, meter: what a usage line sums"""


@dataclass(frozen=True, slots=True)
class Provisioned:
    """One capacity in one month: unit-seconds that were used and that were not."""

    capacity: Capacity
    used: int
    unused: int


def cover(
    contract: Contract, totals: Sequence[Total], tariffs: Mapping[str, Tariff], *, period: str
) -> tuple[dict[UsageKey, int], list[Provisioned]]:
    """Tokens that ran on capacity, by usage line, and what was used of each capacity.

    A day's capacity covers that day's tokens, in the order of project, workload, model, tariff and
    meter; the rest of the day spills over. Requests and meters without a price are not covered.
    """
    start, end = month_bounds(period)
    covered: dict[UsageKey, int] = {}
    taken: dict[tuple[int, int], int] = {}
    provisioned = []
    rows = sorted(
        ((t, place) for place, t in enumerate(totals) if t.sale_tariff),
        key=lambda row: (
            row[0].project,
            row[0].workload,
            row[0].model,
            row[0].sale_tariff,
            row[1],
        ),
    )
    for c in contract.capacity:
        began, ended = active(c)
        began, ended = max(began, start), min(ended, end)
        if ended <= began:
            continue
        tokens = 0
        for day, seconds in _days(began, ended):
            room = c.units * seconds * c.tokens_per_unit_hour // HOUR
            for t, place in rows:
                if t.day == day and t.model == c.model and c.deployment in {"", t.deployment}:
                    room -= _take(t, place, room, tariffs[t.sale_tariff], covered, taken)
            tokens += c.units * seconds * c.tokens_per_unit_hour // HOUR - room
        whole = c.units * ((ended - began) // SECOND)
        used = min(whole, -(-tokens * HOUR // c.tokens_per_unit_hour))
        provisioned.append(Provisioned(c, used, whole - used))
    return covered, provisioned


def _take(
    t: Total,
    place: int,
    room: int,
    tariff: Tariff,
    covered: dict[UsageKey, int],
    taken: dict[tuple[int, int], int],
) -> int:
    """Cover what there is room for; returns how much. taken: what another capacity covered."""
    sum_ = 0
    for at, (n, price) in enumerate(zip(t.usage, tariff.prices, strict=True)):
        left = min(n - taken.get((place, at), 0), room - sum_)
        if left > 0 and price != UNPRICED and METERS[at] is not Meter.REQUESTS:
            key = (t.project, t.workload, t.model, t.sale_tariff, METERS[at])
            covered[key] = covered.get(key, 0) + left
            taken[place, at] = taken.get((place, at), 0) + left
            sum_ += left
    return sum_


def _days(start: int, end: int) -> Iterable[tuple[str, int]]:
    """(day, seconds of it) for each day that [start, end) touches."""
    at = start
    while at < end:
        after = min((at // DAY + 1) * DAY, end)
        yield period_of(at, "day"), (after - at) // SECOND
        at = after
