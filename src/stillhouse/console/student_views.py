"""What pages and the API show of students: what to own, runs, models of one's own, their releases.

As in `views`: whole pico-units of a currency, instants in UTC, ratios in millionths (ppm).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stillhouse.console.written import At, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentTerms:
    """May a student of this kind learn these answers? allowed_ppm: share of the calls."""

    student: str
    allowed_ppm: int
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityRow:
    """One workload. kind: of student, by its answers; "" where too few were looked at.

    spend: None where the calls have no price. rows: captured, or that a run has read; every call
    could be one where content is captured. accuracy_ppm: expected at worst and at best, alone.
    saves_month: with hosting paid; 0 where it may not be or does not pay. break_even_calls: None is
    never.
    """

    workload: str
    account: str
    calls: int
    spend: Money | None
    currency: str
    kind: str
    size: int
    terms: tuple[StudentTerms, ...]
    allowed: bool
    clause: str
    rows: int
    rows_needed: int | None
    accuracy_ppm: tuple[int, int] | None
    saves_month: Money
    break_even_calls: int | None
    break_even_days: int | None
    why: str

    @property
    def ready_ppm(self) -> int:
        """Rows at hand, or that this month's calls would be, of those needed; at most all."""
        if not self.rows_needed:
            return 0
        return min(1_000_000, max(self.rows, self.calls) * 1_000_000 // self.rows_needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opportunities:
    """What saves most comes first. one_off, node_month, audited_ppm: costs that are assumed."""

    month: str
    exposure: str
    rows: tuple[OpportunityRow, ...]
    one_off: Money
    node_month: Money
    audited_ppm: int
    as_of: At


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """state: done, begun (being made, or stopped in it) or waiting. found: what it wrote down."""

    name: str
    state: str
    at: At | None
    found: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One run. student: the id of what came of it, "" before. verdict: "" before.

    dropped: why its rows are not there any more, or "".
    """

    id: str
    workload: str
    kind: str
    stages: tuple[StageView, ...]
    student: str
    verdict: str
    at: At
    dropped: str = ""

    def found(self, stage: str) -> Mapping[str, Any]:
        return next((s.found for s in self.stages if s.name == stage), {})

    @property
    def done(self) -> int:
        return sum(stage.state == "done" for stage in self.stages)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFile:
    """A run with what it would cost. What depends on prices or a verdict is None without them.

    teacher_call, student_call: what a call costs, with what goes on to the teacher in the second.
    """

    run: RunView
    teacher_call: Money | None
    student_call: Money | None
    currency: str
    kept_ppm: int | None
    calls_month: int | None
    one_off: Money
    node_month: Money
    break_even_calls: int | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudentView:
    """One student on the shelf. card: as card.json has it. damaged: "" or what is wrong with it.

    releases: of live ones. files: (name, bytes).
    """

    id: str
    workload: str
    kind: str
    form: str
    exposure: str
    verdict: str
    rows: int
    at: At
    files: tuple[tuple[str, int], ...]
    releases: tuple[str, ...]
    damaged: str
    card: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditDayView:
    """What the audit sample said on one day. cost: paid by the house, USD."""

    day: str
    compared: int
    agreed: int
    declined: int
    cost: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """One release as it stands. compared, agreed: since it began; tested, passed: at this stage.

    wealth, wealth_limit: of the test, decimal text: at the limit it is rolled back by itself.
    moves: stages that it can go to. saved: in saved_month, from sealed receipts. audit_cost: of the
    month that we are in.
    """

    id: str
    account: str
    account_name: str
    workload: str
    deployment: str
    student: str
    artefact: str
    kind: str
    stage: str
    share_ppm: int
    sticky: str
    promise_ppm: int
    alpha_ppm: int
    compared: int
    agreed: int
    declined: int
    tested: int
    passed: int
    wealth: str
    wealth_limit: str
    audit_ppm: int
    audit_cost: Money
    audit_cost_max: Money
    allowed: bool
    terms: str
    clauses: tuple[str, ...]
    began_at: At
    moved_at: At
    reason: str
    moves: tuple[str, ...]
    saved: Money
    saved_currency: str
    saved_calls: int
    saved_month: str

    @property
    def live(self) -> bool:
        return self.stage != "rolled_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseMove:
    """One step, as its entry has it. share_ppm: from then on. tested: at the stage before."""

    at: At
    actor: str
    stage: str
    share_ppm: int
    tested: int
    passed: int
    forced: bool
    reason: str
    entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitDay:
    """Who answered on one day, as sealed receipts say it."""

    day: str
    by_student: int
    by_teacher: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFile:
    """A release with its days, oldest first, and its steps, newest first."""

    release: ReleaseView
    days: tuple[AuditDayView, ...]
    split: tuple[SplitDay, ...]
    moves: tuple[ReleaseMove, ...]
