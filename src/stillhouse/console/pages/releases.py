"""Releases: is it safe in traffic? Who answers, how often they agree, the test, the way back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from stillhouse.console.charts.columns import Column as DayColumn
from stillhouse.console.charts.columns import Part, columns
from stillhouse.console.charts.lines import Series, lines
from stillhouse.console.charts.svg import Words
from stillhouse.console.gate import Visit, allowed
from stillhouse.console.i18n import MILLION, NONE, Reader
from stillhouse.console.pages import links
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.periods import today
from stillhouse.console.pages.pictures import NARROW, both
from stillhouse.console.pages.table import Cell, Column, Table, as_file
from stillhouse.console.roles import Permission
from stillhouse.console.student_views import ReleaseFile, ReleaseView
from stillhouse.units.money import exact

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.RELEASES_READ))]
Moving = Annotated[Visit, Depends(allowed(Permission.RELEASES_WRITE))]
Returning = Annotated[Visit, Depends(allowed(Permission.ROLLBACK))]
TONES = {"shadow": "plain", "canary": "amber", "cut_over": "good", "rolled_back": "red"}
STUDENT, TEACHER = 1, 0
"""colours: the student's, and the rest"""


@router.get("/releases")
def releases(request: Request, visit: Seen, csv: str = "") -> Response:
    frame, desk = Frame(request, visit, here="releases"), visit.desk
    r, found = frame.reader, desk.releases()
    table = releases_table(r, found)
    if csv:
        return as_file(table, "releases")
    return frame.show(
        "releases.html",
        title=r.tell("menu.releases"),
        asof=r.tell("frame.asof_only", at=r.at(desk.at)),
        lede=lede(r, found),
        table=table,
        nothing=not found,
    )


def lede(r: Reader, found: list[ReleaseView]) -> Markup:
    live = [v for v in found if v.live]
    if not found:
        return r.say("releases.lede_none")
    if not live:
        return r.say("releases.lede_over", n=len(found))
    first = max(live, key=lambda v: (v.saved, v.share_ppm))
    return r.say(
        "releases.lede",
        n=len(live),
        student=first.student,
        workload=_workload(first),
        account=first.account_name,
        stage=r.word("release_stage", first.stage),
        share=r.percent(first.share_ppm, digits=0),
        saved=r.money(first.saved, first.saved_currency),
    )


def _workload(view: ReleaseView) -> str:
    return view.workload or NONE


def agreement(r: Reader, agreed: int, compared: int) -> str:
    return r.percent(agreed * MILLION // compared) if compared else NONE


def releases_table(r: Reader, found: list[ReleaseView]) -> Table:
    rows = [
        [
            Cell(f"{v.student} · {_workload(v)}", v.id, f"/releases/{v.id}"),
            Cell(v.account_name, v.account, links.account(v.account)),
            Cell(v.deployment),
            Cell(r.word("release_stage", v.stage), v.stage, tag=TONES[v.stage]),
            Cell(r.percent(v.share_ppm, digits=0), v.share_ppm),
            Cell(agreement(r, v.agreed, v.compared), v.agreed),
            Cell(r.number(v.compared), v.compared),
            Cell(f"{_short(v.wealth)} / {_short(v.wealth_limit)}", v.wealth),
            Cell(r.money(v.saved, v.saved_currency), exact(v.saved)),
            Cell(r.at(v.moved_at), v.moved_at),
        ]
        for v in found
    ]
    return Table(
        ident="releases",
        caption=r.tell("releases.all"),
        columns=[
            Column("release", r.tell("releases.release")),
            Column("account", r.tell("noun.account")),
            Column("instead_of", r.tell("releases.instead_of")),
            Column("stage", r.tell("releases.stage")),
            Column("share_ppm", r.tell("releases.share"), "number"),
            Column("agreed", r.tell("releases.agreed"), "number"),
            Column("compared", r.tell("releases.compared"), "number"),
            Column("wealth", r.tell("releases.wealth"), "number"),
            Column("saved", r.tell("releases.saved"), "number"),
            Column("moved_at", r.tell("releases.moved"), "file"),
        ],
        rows=rows,
        csv="/releases?csv=releases" if found else None,
        empty=r.tell("releases.none"),
    )


def _short(value: str) -> str:
    return f"{float(value):.3g}"


@router.get("/releases/{ident}")
def one(request: Request, visit: Seen, ident: str) -> Response:
    frame, desk = Frame(request, visit, here="releases"), visit.desk
    r, found = frame.reader, desk.release(ident)
    v = found.release
    return frame.show(
        "release.html",
        title=f"{v.student} · {_workload(v)}",
        asof=r.tell("frame.asof_only", at=r.at(desk.at)),
        lede=one_lede(r, v),
        release=v,
        facts=facts(r, v),
        split=split_chart(r, found, today(desk.at)) if found.split else None,
        agreed=agreement_chart(r, found) if found.days else None,
        moves=_moves(r, found),
        promise=r.percent(v.promise_ppm),
        alpha=r.percent(v.alpha_ppm, digits=0),
        goes_on=[stage for stage in v.moves if stage != "rolled_back"],
    )


def one_lede(r: Reader, v: ReleaseView) -> Markup:
    account = Markup('<a href="{}">{}</a>').format(links.account(v.account), v.account_name)
    return r.say(
        f"release.lede_{v.stage}",
        student=v.student,
        deployment=v.deployment,
        account=account,
        share=r.percent(v.share_ppm, digits=0),
        agreed=agreement(r, v.agreed, v.compared),
        n=v.compared,
    )


def facts(r: Reader, v: ReleaseView) -> list[tuple[str, str | Markup, str]]:
    """(what, value, note)."""
    near = r.tell("release.test_note", limit=_short(v.wealth_limit), alpha=r.percent(v.alpha_ppm))
    return [
        (
            r.tell("releases.stage"),
            r.word("release_stage", v.stage),
            r.tell("release.since", at=r.at(v.moved_at)),
        ),
        (
            r.tell("releases.share"),
            r.percent(v.share_ppm, digits=0),
            r.word("release_sticky", v.sticky),
        ),
        (
            r.tell("release.at_stage"),
            agreement(r, v.passed, v.tested),
            r.tell("release.of", n=v.tested, promise=r.percent(v.promise_ppm)),
        ),
        (r.tell("releases.wealth"), _short(v.wealth), near),
        (
            r.tell("releases.saved"),
            r.money(v.saved, v.saved_currency),
            r.tell("release.saved_note", n=v.saved_calls, month=r.month(v.saved_month)),
        ),
        (
            r.tell("release.audit_cost"),
            r.money(v.audit_cost, "USD"),
            r.tell("release.audit_max", amount=r.money(v.audit_cost_max, "USD")),
        ),
        (
            r.tell("release.terms"),
            r.tell("terms.yes") if v.allowed else r.tell("terms.no"),
            "; ".join((v.terms, *v.clauses)),
        ),
    ]


def split_chart(r: Reader, found: ReleaseFile, now: str) -> Markup:
    days = [
        DayColumn(
            r.day_short(d.day),
            (
                Part(
                    float(d.by_student),
                    STUDENT,
                    f"{r.day(d.day)}, {found.release.student}: {r.number(d.by_student)}",
                ),
                Part(
                    float(d.by_teacher),
                    TEACHER,
                    f"{r.day(d.day)}, {found.release.deployment}: {r.number(d.by_teacher)}",
                ),
            ),
            open=d.day == now,
        )
        for d in found.split
    ]
    last = found.split[-1]
    words = Words(
        "split",
        r.tell("release.split"),
        r.tell(
            "release.split_says",
            day=r.day(last.day),
            student=last.by_student,
            teacher=last.by_teacher,
        ),
    )
    return both(
        words,
        lambda w, width: columns(
            days,
            words=w,
            axis=lambda n: r.short(round(n)),
            width=width,
            height=200.0 if width == NARROW else 220.0,
        ),
    )


def agreement_chart(r: Reader, found: ReleaseFile) -> Markup:
    """Day by day in percent, under the promise."""
    days = [d for d in found.days if d.compared]
    values = tuple(100 * d.agreed / d.compared for d in days)
    promise = found.release.promise_ppm
    words = Words(
        "agreed",
        r.tell("release.agreed"),
        r.tell(
            "release.agreed_says",
            agreed=agreement(r, found.release.agreed, found.release.compared),
            promise=r.percent(promise),
        ),
    )
    return both(
        words,
        lambda w, width: lines(
            [r.day_short(d.day) for d in days],
            [Series(r.tell("release.agreed"), STUDENT, values)],
            words=w,
            axis=lambda p: r.percent(round(p * 10_000), digits=0),
            limit=(promise / 10_000, r.tell("release.promised", share=r.percent(promise))),
            width=width,
            height=200.0 if width == NARROW else 220.0,
        ),
    )


def _moves(r: Reader, found: ReleaseFile) -> Table:
    rows = [
        [
            Cell(r.at(m.at, seconds=True), m.at),
            Cell(r.word("release_stage", m.stage), m.stage, tag=TONES.get(m.stage, "plain")),
            Cell(r.percent(m.share_ppm, digits=0), m.share_ppm),
            Cell(f"{agreement(r, m.passed, m.tested)}", m.passed, note=f"/ {r.number(m.tested)}"),
            Cell(m.actor),
            Cell(m.reason, note=r.tell("release.forced") if m.forced else ""),
            Cell(r.number(m.entry), m.entry, f"/audit?before={m.entry + 1}"),
        ]
        for m in found.moves
    ]
    return Table(
        ident="moves",
        caption=r.tell("release.steps"),
        columns=[
            Column("at_us", r.tell("audit.when")),
            Column("stage", r.tell("releases.stage")),
            Column("share_ppm", r.tell("releases.share"), "number"),
            Column("agreed", r.tell("release.before"), "number"),
            Column("by", r.tell("audit.actor")),
            Column("reason", r.tell("case.reason"), "long"),
            Column("entry", r.tell("audit.number"), "number"),
        ],
        rows=rows,
        sorts=False,
    )


@router.get("/releases/{ident}/rollback")
def weigh_rollback(request: Request, visit: Returning, ident: str) -> Response:
    return _weigh(request, visit, ident, "rolled_back")


@router.get("/releases/{ident}/{stage}")
def weigh_move(request: Request, visit: Moving, ident: str, stage: str) -> Response:
    if stage not in {"canary", "cut_over"}:
        raise ValueError("no such stage; choose canary or cut_over")
    return _weigh(request, visit, ident, stage)


def _weigh(request: Request, visit: Visit, ident: str, stage: str) -> Response:
    """What would happen, how to undo it, and whether the evidence is there."""
    frame = Frame(request, visit, here="releases")
    r, v = frame.reader, visit.desk.release(ident).release
    return frame.show(
        "release_move.html",
        title=r.tell(f"release.{stage}_title"),
        lede=r.say(
            f"release.{stage}_lede",
            student=v.student,
            deployment=v.deployment,
            account=v.account_name,
            workload=_workload(v),
            share=r.percent(v.share_ppm, digits=0),
        ),
        undo=r.tell(f"release.{stage}_undo"),
        stage=stage,
        release=v,
        evidence=r.say(
            "release.evidence",
            n=v.tested,
            agreed=agreement(r, v.passed, v.tested),
            promise=r.percent(v.promise_ppm),
        ),
        button=r.tell(f"release.{stage}_button"),
    )


@router.post("/releases/{ident}/rollback")
def rollback(visit: Returning, ident: str, reason: Annotated[str, Form()]) -> Response:
    visit.desk.move_release(ident, "rolled_back", reason=reason)
    return RedirectResponse(f"/releases/{ident}?said=rolled_back", 303)


@router.post("/releases/{ident}/move")
def move(
    visit: Moving,
    ident: str,
    stage: Annotated[str, Form()],
    reason: Annotated[str, Form()],
    share: Annotated[str, Form()] = "",
    forced: Annotated[str, Form()] = "",
) -> Response:
    if stage not in {"canary", "cut_over"}:
        raise ValueError("no such stage; choose canary or cut_over")
    visit.desk.move_release(
        ident,
        stage,
        share_ppm=_share(share) if stage == "canary" else None,
        reason=reason,
        forced=bool(forced),
    )
    return RedirectResponse(f"/releases/{ident}?said=release_moved", 303)


def _share(text: str) -> int:
    """Percent, as it was typed, in millionths."""
    plain = text.strip().rstrip("%").strip().replace(",", ".")
    whole, _, part = plain.partition(".")
    if not (whole + part).isdecimal() or len(whole + part) > 6 or not (whole + part).isascii():
        raise ValueError("a share is a number of percent, like 5 or 0.5")
    return int((whole or "0") + part.ljust(4, "0")[:4])
