"""What an account's documents have charged for so far, and what came in after they were closed.

A month is closed by a watermark: an invoice covers what the ledger had recorded of it by one of its
entries. What is recorded of that month later is not lost and moves nothing: it is a Correction line
of the account's next invoice, with the old month on it. So for each month and at any time

    receipts of the month = sum of what its documents cover + what is still to come

and what is still to come is a difference of two sums, line by line. No clock decides; a receipt is
covered once, whenever it came.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from stillhouse.billing.capacity import UsageKey
from stillhouse.billing.document import Cover, Document
from stillhouse.ledger.ports import Total
from stillhouse.units.usage import METERS, Meter

GroupKey = tuple[str, str, str, str]
"""project, workload, model, tariff: receipts that are priced alike"""
K = TypeVar("K", UsageKey, GroupKey)
CHARGED = frozenset({"usage", "covered", "correction"})
DRAWN = frozenset({"commitment", "prepaid", "shortfall"})


class UncoveredError(ValueError):
    """Documents charge for more than the ledger has: one of the two was changed."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Quantities by usage line, and receipts by what is priced alike."""

    quantities: dict[UsageKey, int] = field(default_factory=dict)
    receipts: dict[GroupKey, int] = field(default_factory=dict)


def used(totals: Iterable[Total], skip: frozenset[Meter] = frozenset()) -> Usage:
    """Charged usage of one month. What nobody is charged for by rule names no tariff."""
    found = Usage()
    for t in totals:
        if not t.sale_tariff:
            continue
        group = (t.project, t.workload, t.model, t.sale_tariff)
        found.receipts[group] = found.receipts.get(group, 0) + t.receipts
        for meter, n in zip(METERS, t.usage, strict=True):
            if n and meter not in skip:
                key = (*group, meter)
                found.quantities[key] = found.quantities.get(key, 0) + n
    return found


def invoiced(documents: Iterable[Document], period: str) -> Usage:
    """What these invoices charge for of one month."""
    found = Usage()
    for document in documents:
        of_document: dict[GroupKey, int] = {}
        for line in document.lines:
            if line.kind not in CHARGED or line.period != period:
                continue
            group = (line.project, line.workload, line.model, line.tariff)
            key = (*group, Meter(line.meter))
            found.quantities[key] = found.quantities.get(key, 0) + int(line.quantity)
            of_document[group] = max(of_document.get(group, 0), line.receipts)
        for group, n in of_document.items():
            found.receipts[group] = found.receipts.get(group, 0) + n
    return found


def late(now: Usage, before: Usage) -> Usage:
    """What is there now less what was before, line by line.

    Raises:
        UncoveredError: something was charged for that is not there.
    """
    quantities = _minus(now.quantities, before.quantities)
    receipts = _minus(now.receipts, before.receipts)
    return Usage(quantities, receipts)


def _minus(now: dict[K, int], before: dict[K, int]) -> dict[K, int]:
    missing = [key for key, n in before.items() if n > now.get(key, 0)]
    if missing:
        raise UncoveredError(
            f"an invoice charges for {' / '.join(missing[0])}, and the receipts have less of it:"
            " run `stillhouse verify`"
        )
    left = {key: n - before.get(key, 0) for key, n in now.items()}
    return {key: n for key, n in left.items() if n}


def uncovered(documents: Iterable[Document], period: str, upto: int) -> list[Cover]:
    """The entries up to a watermark whose receipts of this month no document covers yet."""
    known = sorted(
        (c.after, c.upto) for d in documents for c in d.receipts.covers if c.period == period
    )
    gaps, at = [], 0
    for after, end in known:
        if after > at:
            gaps.append(Cover(period=period, after=at, upto=min(after, upto)))
        at = max(at, end)
    if upto > at:
        gaps.append(Cover(period=period, after=at, upto=upto))
    return [gap for gap in gaps if gap.after < gap.upto]


def drawn(documents: Sequence[Document]) -> dict[str, int]:
    """Item of the contract -> pico-units that these documents drew, credits taken back."""
    sums: dict[str, int] = {}
    for document in documents:
        sign = -1 if document.kind == "credit_note" else 1
        for line in document.lines:
            if line.item and (line.kind in DRAWN or (sign < 0 and line.unit.startswith("pico-"))):
                sums[line.item] = sums.get(line.item, 0) + sign * int(line.quantity)
    return sums
