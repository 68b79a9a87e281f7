"""Guard: who needs attention; one case with its evidence, clause, exposure, and the decision."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from stillhouse.console.gate import Visit, allowed
from stillhouse.console.guard_views import CaseView, SeenView
from stillhouse.console.house import Desk
from stillhouse.console.i18n import Reader
from stillhouse.console.pages.case_file import (
    e_value,
    evidence_chart,
    facts,
    level_cell,
    link_picture,
    timeline,
)
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.table import Cell, Column, Table
from stillhouse.console.roles import Permission
from stillhouse.guard.case import Case
from stillhouse.guard.ladder import Level

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.CASES_READ))]
Deciding = Annotated[Visit, Depends(allowed(Permission.CASES_WRITE))]
EXPOSED_MAX = 5


@router.get("/guard")
def cases(request: Request, visit: Seen) -> Response:
    frame, desk = Frame(request, visit, here="guard"), visit.desk
    r, found = frame.reader, desk.cases()
    return frame.show(
        "guard.html",
        title=r.tell("menu.guard"),
        asof=r.tell("frame.asof_only", at=r.at(desk.at)),
        lede=_lede(r, found),
        table=_cases(r, found),
        seen=_seen(r, desk.seen()),
    )


def _lede(r: Reader, found: list[CaseView]) -> Markup:
    waiting = [v for v in found if v.case.open]
    if not waiting:
        return r.say("guard.lede_none")
    first = waiting[0]
    return r.say(
        "guard.lede",
        n=len(waiting),
        who=first.who,
        level=r.word("case_level", first.case.level.word),
    )


def _cases(r: Reader, found: list[CaseView]) -> Table:
    rows = [
        [
            Cell(v.who, v.who, f"/guard/{v.case.id}"),
            level_cell(r, v.case.level),
            Cell(e_value(r, v.case.newest.e_value), int(min(v.case.newest.e_value, 1e15))),
            Cell(r.word("case_level", v.case.newest.level.word), v.case.newest.level.value),
            Cell(r.word("case_state", v.case.waits_for), v.case.waits_for),
            Cell(
                r.at(v.case.deadline) if v.case.deadline is not None else "",
                v.case.deadline or 0,
            ),
            Cell(r.at(v.case.opened_at), v.case.opened_at),
        ]
        for v in found
    ]
    return Table(
        ident="cases",
        caption=r.tell("guard.cases"),
        columns=[
            Column("accounts", r.tell("noun.accounts")),
            Column("level", r.tell("case.in_force")),
            Column("e_value", "e", "number"),
            Column("reaches", r.tell("case.reaches")),
            Column("state", r.tell("noun.state")),
            Column("deadline", r.tell("case.deadline"), "number"),
            Column("opened", r.tell("case.opened"), "file"),
        ],
        rows=rows,
        empty=r.tell("guard.no_cases"),
    )


def _seen(r: Reader, found: list[SeenView]) -> Table:
    rows = [
        [
            Cell(", ".join(s.accounts), ", ".join(s.accounts)),
            Cell(e_value(r, s.e_value), int(min(s.e_value, 1e15))),
            Cell(r.number(s.calls), s.calls),
            Cell(r.word("case_held", s.held_by or "weak"), s.held_by),
            Cell(s.clause),
            Cell(r.at(s.at), s.at),
        ]
        for s in found
    ]
    return Table(
        ident="seen",
        caption=r.tell("guard.seen"),
        note=r.tell("guard.seen_note"),
        columns=[
            Column("accounts", r.tell("noun.accounts")),
            Column("e_value", "e", "number"),
            Column("calls", r.tell("noun.calls"), "number"),
            Column("why", r.tell("guard.why_not")),
            Column("clause", r.tell("case.clause")),
            Column("at_us", r.tell("audit.when"), "number"),
        ],
        rows=rows,
        empty=r.tell("guard.no_seen"),
    )


@router.get("/guard/{ident}")
def one(request: Request, visit: Seen, ident: str) -> Response:
    frame, desk = Frame(request, visit, here="guard"), visit.desk
    r, view = frame.reader, desk.case(ident)
    case, e = view.case, view.case.newest
    return frame.show(
        "case.html",
        title=r.tell("case.title", who=view.who),
        asof=r.tell("frame.asof_only", at=r.at(desk.at)),
        lede=r.say(
            "case.lede",
            who=view.who,
            n=e.calls,
            e=e_value(r, e.e_value),
            level=r.word("case_level", case.level.word),
            state=r.word("case_state", case.waits_for),
        ),
        facts=facts(r, view),
        picture=evidence_chart(r, view),
        links_picture=link_picture(r, view),
        evidence=e,
        position=r.word("case_position", e.position.value),
        backed=e.backed < e.level,
        exposure=_exposure(r, desk, case),
        timeline=timeline(r, view),
        case=case,
        told=() if case.step is None else case.step.reasons,
        proposal=case.proposal,
        steps=_steps(case),
        at=r.at,
    )


def _exposure(r: Reader, desk: Desk, case: Case) -> list[tuple[str, str, str]]:
    """(account, share, amount) of what would stop."""
    found = []
    for account in case.accounts[:EXPOSED_MAX]:
        stake = desk.exposure(account)
        found.append(
            (
                stake.account_name,
                r.percent(stake.share_ppm),
                r.tell(
                    "case.stake",
                    amount=r.money_short(stake.charge, stake.currency),
                    month=r.month(stake.month),
                    n=stake.in_flight,
                ),
            )
        )
    return found


def _steps(case: Case) -> list[str]:
    """What somebody may decide now, the gentlest first."""
    steps = ["dismiss"]
    if case.level > Level.NOTE or case.proposal is not None:
        steps.append("lift")
    reach = Level.SUSPEND if case.proposal is not None else case.newest.level
    if reach >= Level.HOLD > case.level:
        steps.append("hold")
    if reach >= Level.SUSPEND > case.level:
        steps.append("suspend")
    return steps


@router.post("/guard/{ident}/decide")
def decide(
    visit: Deciding,
    ident: str,
    step: Annotated[str, Form()],
    reason: Annotated[str, Form()],
    proof: Annotated[str, Form()] = "",
) -> Response:
    visit.desk.decide_case(ident, step, reason=reason, proof=bool(proof))
    return RedirectResponse(f"/guard/{ident}?said=case_decided", 303)


@router.post("/guard/{ident}/answer")
def answer(
    visit: Deciding,
    ident: str,
    answer: Annotated[str, Form()],
    reason: Annotated[str, Form()],
) -> Response:
    if answer not in {"grant", "deny"}:
        raise ValueError("choose to grant or to deny the appeal")
    visit.desk.answer_appeal(ident, granted=answer == "grant", reason=reason)
    return RedirectResponse(f"/guard/{ident}?said=appeal_answered", 303)
