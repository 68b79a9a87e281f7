"""What a student saved: what the teacher would have charged for its calls, less what was charged.

    saving  =  usage of the student's charged calls x the teacher's price of their day
               - what those calls were charged

Both are exact, in pico-units. The usage is the receipts': a student counts the bytes of the text
divided by four, which is at most what teachers' vocabularies make of it in nearly every language,
and no template of theirs. The teacher's price is the one for the smallest context; on a day on
which it changed, the lower one. So a saving is never more than was saved. What the student left to
its teacher was charged by the teacher: it saved nothing and is in no sum.

It is told, never charged: no line and no total of a bill contains it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from stillhouse.ledger.ports import Total
from stillhouse.tariff import Tariff
from stillhouse.tariff.charge import charge_priced
from stillhouse.units.money import Pico, exact
from stillhouse.units.usage import Usage


@dataclass(frozen=True, slots=True)
class Moved:
    """Calls that a release gave to its student. first, last: days of its life, UTC.

    workloads: every id that counts as its workload. teacher: the deployment that calls named.
    """

    release: str
    account: str
    workload: str
    workloads: frozenset[str]
    student: str
    teacher: str
    first: str
    last: str

    def covers(self, t: Total) -> bool:
        return (
            t.deployment == self.student
            and t.account == self.account
            and t.workload in self.workloads
            and self.first <= t.day <= self.last
            and bool(t.sale_tariff)  # charged: neither declined nor a comparison
        )


@dataclass(frozen=True, slots=True)
class Saving:
    """Of one release in one month. would_have, charged: pico-units of `currency`."""

    release: str
    account: str
    workload: str
    teacher: str
    student: str
    month: str
    calls: int
    would_have: int
    charged: int
    currency: str

    @property
    def saved(self) -> int:
        """Less than nothing where the student is dearer."""
        return self.would_have - self.charged

    @property
    def words(self) -> str:
        """One line for a bill."""
        return (
            f"Saved by your own model {self.student} in {self.workload or 'calls'}:"
            f" {self.currency} {_plain(self.saved)}"
            f" ({self.calls:,} calls; {self.teacher} would have charged at least"
            f" {_plain(self.would_have)}, {_plain(self.charged)} was charged)"
        )


Teacher = Callable[[Moved, str], Sequence[Tariff]]
"""The teacher's sale prices of a day (UTC), of which there are two when they changed on it."""


def savings(
    totals: Iterable[Total], moved: Sequence[Moved], teacher: Teacher, *, month: str
) -> list[Saving]:
    """Of every release that answered in this month, the greatest first.

    Calls that two releases could have given (one ended and another began on that day, with another
    teacher) are counted once, by the teacher that would have charged less.
    """
    sums: dict[str, tuple[Moved, str, list[int]]] = {}
    for t in totals:
        if t.day[:7] != month:
            continue
        best: tuple[Pico, Moved, str] | None = None
        for each in moved:
            if not each.covers(t):
                continue
            for tariff in teacher(each, t.day):
                would = charge_priced(Usage(*t.usage), tariff)
                if best is None or would < best[0]:
                    best = (would, each, tariff.currency)
        if best is not None:
            would, each, currency = best
            row = sums.setdefault(each.release, (each, currency, [0, 0, 0]))
            for place, more in enumerate((t.receipts, would, t.charge)):
                row[2][place] += more
    found = [
        Saving(
            release=each.release,
            account=each.account,
            workload=each.workload,
            teacher=each.teacher,
            student=each.student,
            month=month,
            calls=calls,
            would_have=would,
            charged=charged,
            currency=currency,
        )
        for each, currency, (calls, would, charged) in sums.values()
    ]
    return sorted(found, key=lambda s: (-s.saved, s.release))


def _plain(amount: int) -> str:
    """All digits that say something, and at least two decimals."""
    whole, _, decimals = exact(amount).partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"
