"""Guard's cases, decisions in them, what accounts are told, appeals."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from stillhouse.console.api.shapes import (
    Asked,
    Contests,
    Ident,
    ReadsCases,
    ReadsNotices,
    WritesCases,
)
from stillhouse.console.guard_views import CaseView
from stillhouse.console.views import Exposure
from stillhouse.console.written import At

router = APIRouter(tags=["guard"])
Reason = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """e_value: decimal text that reads back to the same bits. deadline: when something lapses."""

    id: str
    accounts: list[str]
    account_ids: list[str]
    level: str
    reaches: str
    waits_for: str
    e_value: str
    calls: int
    opened_at: At
    deadline: At | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """evidence, timeline: as the entries have them. exposure: what hangs on each account.

    final_invoices: {"account", "month"} of those drafted for the newest suspension.
    """

    row: CaseRow
    evidence: list[dict[str, Any]]
    timeline: list[dict[str, Any]]
    exposure: list[Exposure]
    final_invoices: list[dict[str, str]]
    proved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """What an account is told. appeal_until: None when there is nothing to contest any more."""

    case: str
    accounts: list[str]
    level: str
    at: At | None
    until: At | None
    reasons: list[str]
    appeal_until: At | None
    appealed: bool


class Decision(Asked):
    """proof: there is proof from outside; the reason tells it."""

    step: Literal["hold", "suspend", "lift", "dismiss"]
    reason: Reason
    proof: bool = False


class Answer(Asked):
    granted: bool
    reason: Reason


class Appealed(Asked):
    reason: Reason


@router.get("/cases", summary="Guard's cases; what needs somebody comes first")
def cases(
    visit: ReadsCases,
    account: Annotated[str, Query(max_length=200)] = "",
    state: Annotated[Literal["all", "open"], Query()] = "all",
) -> list[CaseRow]:
    found = visit.desk.cases(account=account, open_only=state == "open")
    return [row(view) for view in found]


@router.get("/cases/{case}", summary="One case with its evidence, timeline and exposure")
def case(visit: ReadsCases, case: Ident) -> CaseFile:
    view = visit.desk.case(case)
    found = view.case
    return CaseFile(
        row=row(view),
        evidence=[e.written() for e in found.evidence],
        timeline=[
            {"entry": e.number, "kind": e.kind, "actor": e.actor, "body": dict(e.body)}
            for e in found.events
        ],
        exposure=[visit.desk.exposure(account) for account in found.accounts],
        final_invoices=[{"account": i.account, "month": i.month} for i in found.invoices],
        proved=view.proved,
    )


@router.post("/cases/{case}/decide", summary="Hold, suspend, lift or dismiss, in your own name")
def decide(visit: WritesCases, case: Ident, asked: Decision) -> CaseRow:
    return row(visit.desk.decide_case(case, asked.step, reason=asked.reason, proof=asked.proof))


@router.post("/cases/{case}/answer", summary="Answer an appeal; not for who took the step")
def answer(visit: WritesCases, case: Ident, asked: Answer) -> CaseRow:
    return row(visit.desk.answer_appeal(case, granted=asked.granted, reason=asked.reason))


@router.get("/notices", summary="What your accounts are told, and until when it may be contested")
def notices(visit: ReadsNotices) -> list[NoticeRow]:
    return [notice(view) for view in visit.desk.notices()]


@router.post("/notices/{case}/appeal", summary="Contest what is in force, for your account")
def appeal(visit: Contests, case: Ident, asked: Appealed) -> NoticeRow:
    return notice(visit.desk.appeal_case(case, reason=asked.reason))


def row(view: CaseView) -> CaseRow:
    found = view.case
    return CaseRow(
        id=found.id,
        accounts=[view.names.get(a, a) for a in found.accounts],
        account_ids=list(found.accounts),
        level=found.level.word,
        reaches=found.newest.level.word,
        waits_for=found.waits_for,
        e_value=repr(found.newest.e_value),
        calls=found.newest.calls,
        opened_at=found.opened_at,
        deadline=found.deadline,
    )


def notice(view: CaseView) -> NoticeRow:
    found = view.case
    step = found.step
    return NoticeRow(
        case=found.id,
        accounts=[view.names[a] for a in found.accounts if a in view.names],
        level=found.level.word,
        at=None if step is None else step.at,
        until=None if step is None else step.until,
        reasons=[] if step is None else list(step.reasons),
        appeal_until=None if step is None or found.appealed else step.appeal_until,
        appealed=found.appealed,
    )
