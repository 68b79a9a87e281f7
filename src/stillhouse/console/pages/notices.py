"""Notices: what one's accounts are told of guard's cases, and the appeal against it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from stillhouse.console.gate import Visit, allowed
from stillhouse.console.guard_views import CaseView
from stillhouse.console.i18n import Reader
from stillhouse.console.pages.frame import Frame
from stillhouse.console.roles import Permission
from stillhouse.guard.case import MACHINE

router = APIRouter(include_in_schema=False)
Told = Annotated[Visit, Depends(allowed(Permission.NOTICES_READ))]
Contests = Annotated[Visit, Depends(allowed(Permission.NOTICES_WRITE))]


@router.get("/notices")
def notices(request: Request, visit: Told) -> Response:
    frame, desk = Frame(request, visit, here="notices"), visit.desk
    r, found = frame.reader, desk.notices()
    return frame.show(
        "notices.html",
        title=r.tell("menu.notices"),
        asof=r.tell("frame.asof_only", at=r.at(desk.at)),
        lede=r.say("notices.lede", n=len(found)) if found else r.say("notices.lede_none"),
        notices=[_notice(r, view) for view in found],
    )


def _notice(r: Reader, view: CaseView) -> dict[str, object]:
    case, step = view.case, view.case.step
    seen = [view.names[a] for a in case.accounts if a in view.names]
    contestable = step is not None and not case.appealed
    return {
        "id": case.id,
        "who": ", ".join(seen),
        "level": r.word("case_level", case.level.word),
        "means": r.word("case_means", case.level.word),
        "at": r.at(step.at) if step is not None else "",
        "until": r.at(step.until) if step is not None and step.until is not None else "",
        "reasons": () if step is None else step.reasons,
        "by_machine": step is not None and step.by == (MACHINE,),
        "appeal_until": r.at(step.appeal_until) if contestable and step is not None else "",
        "answer_by": r.at(case.appeal.answer_by) if case.appeal is not None else "",
    }


@router.post("/notices/{ident}/appeal")
def appeal(visit: Contests, ident: str, reason: Annotated[str, Form()]) -> Response:
    visit.desk.appeal_case(ident, reason=reason)
    return RedirectResponse("/notices?said=appealed", 303)
