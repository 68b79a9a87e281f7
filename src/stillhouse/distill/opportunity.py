"""Is this workload worth owning? What is known before anything is trained, in one line each. Pure.

    calls, cost, kind of answers, labels, rows at hand, whose answers ─► may it, can it, does it pay

What a student will keep is not known before one is trained. It is expected from how many rows there
are of each label, by two learning curves of the same student (docs/concepts/distillation.md):

    error = 0.62 * rows_per_label ^ -0.45     Banking77, 77 labels that are close to each other
    error = 0.33 * rows_per_label ^ -0.33     CLINC150, 150 labels that are not

The truth of a new task lies somewhere about them: both ends are printed. The share that is kept at
98 % right falls by about 2.2 points for each point of error, on both sets. Of extraction and of
free text nothing is expected before it is tried; the rows that are asked for are then a rule of
thumb, and said to be one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from stillhouse.distill.artefact import Kind
from stillhouse.distill.economics import Costs, Economics, economics
from stillhouse.distill.paired import needed
from stillhouse.distill.split import SHARE

ROWS_PER_LABEL = 50
OTHERWISE: Mapping[str, int] = {"extraction": 2_000, "generative": 5_000}
JUDGING = needed(0.10, 0.02)
CURVES = ((0.62, 0.454), (0.33, 0.33))
KEPT_LOST = 2.2
"""Points of what is kept, for each point of error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Of one workload. months: that the calls took. cost: pico-units, None where it has no price.

    kind: of student, by its answers; None is not known. rows: at hand with their texts.
    allowed: kind of student -> share of rows whose terms allow it. clauses: kind -> what decides.
    """

    workload: str
    account: str
    calls: int
    months: Fraction
    cost: int | None
    currency: str
    kind: Kind | None
    size: int
    rows: int
    allowed: Mapping[str, Fraction]
    clauses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Opportunity:
    """needed: rows, of which `JUDGING` judge. expected: accuracy at best and at worst, alone.

    pays: at what is expected at worst, of the rows that are needed; None where that is not known.
    why: in words, why it is none.
    """

    known: Known
    allowed: bool
    needed: int | None
    expected: tuple[float, float] | None
    pays: Economics | None
    why: str

    @property
    def month(self) -> Fraction:
        """Saved in a month, for the order; nothing where it may not be or does not pay."""
        saved = self.pays.month if self.pays is not None and self.allowed else None
        reached = self.pays is not None and self.pays.breaks_even is not None
        return saved if saved is not None and reached else Fraction(0)


def opportunity(known: Known, costs: Costs) -> Opportunity:
    """Judge one workload."""
    kind = known.kind
    if kind is None:
        return Opportunity(known, False, None, None, None, "too few answers were looked at")
    allowed = known.allowed.get(kind, Fraction(0)) > 0
    rows = rows_needed(kind, known.size)
    expected = expected_accuracy(known, rows) if kind == "classifier" else None
    if not allowed:
        why = f"terms: {known.clauses.get(kind, 'nobody knows whose answers they are')}"
        return Opportunity(known, False, rows, expected, None, why)
    if known.cost is None or not known.calls:
        return Opportunity(known, True, rows, expected, None, "its calls have no price")
    kept = Fraction(1)
    if expected is not None:
        kept = Fraction(str(round(max(0.0, 1 - KEPT_LOST * (1 - expected[0])), 4)))
    paid = economics(
        teacher=Fraction(known.cost, known.calls),
        kept=kept,
        costs=costs,
        calls_month=Fraction(known.calls) / known.months,
    )
    return Opportunity(known, True, rows, expected, paid, paid.why)


def rows_needed(kind: Kind, size: int) -> int:
    """Rows to learn from and to judge by."""
    learn = ROWS_PER_LABEL * max(size, 2) if kind == "classifier" else OTHERWISE[kind]
    return learn + JUDGING


def expected_accuracy(known: Known, rows: int) -> tuple[float, float]:
    """(at worst, at best) with the rows at hand; where there are none, with those needed.

    Never more than was ever measured with such a student: 0.97.
    """
    have = known.rows or rows
    learn = max(have - min(JUDGING, have // SHARE), 1)
    each = learn / max(known.size, 2)
    ends = sorted(max(0.0, min(0.97, 1 - a * each**-b)) for a, b in CURVES)
    return round(ends[0], 3), round(ends[1], 3)


def ranked(found: list[Opportunity]) -> list[Opportunity]:
    """What saves most first; then what costs most."""
    return sorted(found, key=lambda o: (-o.month, -(o.known.cost or 0), o.known.workload))
