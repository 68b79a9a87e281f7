"""Distillation: how good is it becoming? Rows and why they went, the curve, the verdict, the bill.

A run is read from its folder, so a page shows what a run that still works has done so far.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markupsafe import Markup

from stillhouse.console.charts.shares import Share, bars
from stillhouse.console.charts.svg import Words
from stillhouse.console.charts.tracks import Track, tracks
from stillhouse.console.gate import Visit, allowed
from stillhouse.console.i18n import MILLION, NONE, Reader
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.pictures import NARROW, both, units
from stillhouse.console.pages.students import part, slices, verdict_cell
from stillhouse.console.pages.table import Cell, Column, Table
from stillhouse.console.roles import Permission
from stillhouse.console.student_views import RunFile, RunView, StageView
from stillhouse.units.instant import moment

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.STUDENTS_READ))]
STATES = {"done": "good", "begun": "amber", "waiting": "plain"}
STEPS = 240
"""points of a line of costs"""
STUDENT, TEACHER, LOST = 1, 2, 0


@router.get("/distillation")
def distillation(request: Request, visit: Seen) -> Response:
    frame, desk = Frame(request, visit, here="distillation"), visit.desk
    r, found = frame.reader, desk.runs()
    finished = sum(bool(run.student) for run in found)
    return frame.show(
        "distillation.html",
        title=r.tell("menu.distillation"),
        asof=r.tell("frame.asof_only", at=r.at(desk.at)),
        lede=r.say(
            "run.lede",
            n=len(found),
            finished=finished,
            accepted=sum(run.verdict == "accept" for run in found),
        )
        if found
        else r.say("run.lede_none"),
        table=_runs(r, found),
        nothing=not found,
    )


def _runs(r: Reader, found: list[RunView]) -> Table:
    rows = [
        [
            Cell(run.workload or run.id, run.id, f"/distillation/{run.id}", note=run.id[:8]),
            Cell(r.word("student", run.kind) if run.kind else NONE, run.kind),
            _progress(r, run),
            Cell(r.number(int(run.found("curate").get("learned") or 0))),
            verdict_cell(r, run.verdict),
            Cell(run.student[:8] or NONE, run.student, f"/students/{run.student}")
            if run.student
            else Cell(NONE),
            Cell(r.day_short(moment(run.at).date().isoformat()), run.at),
        ]
        for run in found
    ]
    return Table(
        ident="runs",
        caption=r.tell("run.all"),
        columns=[
            Column("run", r.tell("noun.workload")),
            Column("kind", r.tell("terms.student")),
            Column("stages", r.tell("run.stages"), "spark"),
            Column("learned", r.tell("card.rows"), "number"),
            Column("verdict", r.tell("card.verdict")),
            Column("student", r.tell("run.card")),
            Column("at_us", r.tell("run.at")),
        ],
        rows=rows,
        empty=r.tell("run.none"),
    )


def _progress(r: Reader, run: RunView) -> Cell:
    """A mark for each stage, in order."""
    marks = {"done": "●", "begun": "◐", "waiting": "○"}
    one = Markup('<span class="tag {0}" role="img" aria-label="{2}" title="{2}">{1}</span>')
    return Cell(
        Markup(" ").join(
            one.format(STATES[s.state], marks[s.state], _stage(r, s)) for s in run.stages
        )
    )


def _stage(r: Reader, stage: StageView) -> str:
    return f"{r.word('stage', stage.name)}: {r.word('stage_state', stage.state)}"


@router.get("/distillation/{ident}")
def one(request: Request, visit: Seen, ident: str) -> Response:
    frame, desk = Frame(request, visit, here="distillation"), visit.desk
    r, found = frame.reader, desk.run(ident)
    run = found.run
    judged = run.found("evaluate")
    return frame.show(
        "run.html",
        title=r.tell("run.title", workload=run.workload or run.id),
        asof=r.tell("frame.asof_only", at=r.at(desk.at)),
        lede=one_lede(r, run),
        stages=[
            (
                r.word("stage", s.name),
                STATES[s.state],
                r.word("stage_state", s.state),
                r.at(s.at) if s.at else "",
            )
            for s in run.stages
        ],
        funnel=funnel_chart(r, run),
        curve=curve_chart(r, run),
        compared=_compared(r, run),
        slices=slices(r, judged) if judged else None,
        pays=pays_chart(r, found),
        pays_says=pays_words(r, found),
        student=run.student,
        dropped=run.dropped,
    )


def one_lede(r: Reader, run: RunView) -> Markup:
    judged = run.found("evaluate")
    if not judged:
        return r.say("run.lede_open", n=run.done, all=len(run.stages))
    share = judged.get("agreement")
    return r.say(
        "run.lede_one",
        n=int(judged.get("n") or 0),
        agreed=NONE if share is None else r.percent(round(share * MILLION)),
        kept=r.percent(round(float(judged.get("kept") or 0) * MILLION)),
        verdict=r.word("verdict", run.verdict or "none"),
    )


def funnel_chart(r: Reader, run: RunView) -> Markup | None:
    """What was read, what went and why, what is left."""
    consent, made = run.found("consent"), run.found("curate")
    if not consent:
        return None
    taken = [*part(consent, "excluded").items(), *part(made, "funnel").items()]
    left = [("learned", made.get("learned")), ("judging", made.get("judging"))] if made else []
    rows = [
        ("seen", consent.get("seen"), TEACHER),
        *((why, n, LOST) for why, n in taken),
        *((name, n, STUDENT) for name, n in left),
    ]
    shares = [
        Share(r.word("lost", why), float(n or 0), r.number(int(n or 0)), colour)
        for why, n, colour in rows
    ]
    words = Words("funnel", r.tell("run.funnel"), ", ".join(f"{s.label} {s.said}" for s in shares))
    return both(words, lambda w, width: bars(shares, words=w, width=width))


def curve_chart(r: Reader, run: RunView) -> Markup | None:
    """Accuracy on rows kept back, by the rows learned from; None where no run measured one."""
    points = part(run.found("train"), "metrics").get("curve")
    if not isinstance(points, list) or len(points) < 2:
        return None
    track = Track(
        r.tell("measure.accuracy"),
        STUDENT,
        tuple((float(n), 100 * float(share)) for n, share in points),
        titles=tuple(f"{r.number(int(n))}: {_percent(r, 100 * share)}" for n, share in points),
    )
    rows, last = points[-1]
    words = Words(
        "curve",
        r.tell("run.curve"),
        r.tell("run.curve_says", n=int(rows), share=_percent(r, 100 * last)),
    )
    return both(
        words,
        lambda w, width: tracks(
            [track],
            words=w,
            axis=lambda p: r.percent(round(p * 10_000), digits=0),
            count=lambda n: r.number(round(n)),
            across=r.tell("run.curve_across"),
            top=100.0,
            width=width,
            height=210.0 if width == NARROW else 240.0,
        ),
    )


def _percent(r: Reader, value: float) -> str:
    return r.percent(round(value * 10_000))


def _compared(r: Reader, run: RunView) -> Table:
    """The verdicts: student less teacher, with the interval and the bound that decides."""
    judged = run.found("evaluate")
    rows = []
    for name in ("cascade", "alone", "agreed"):
        pair = part(judged, name)
        if not pair:
            continue
        low, high = pair["interval"]
        rows.append(
            [
                Cell(r.word("compared", name), name),
                Cell(r.number(int(pair["n"])), int(pair["n"])),
                Cell(_percent(r, 100 * pair["student"])),
                Cell(_percent(r, 100 * pair["teacher"])),
                Cell(_points(r, pair["difference"]), str(pair["difference"])),
                Cell(f"{_points(r, low)} … {_points(r, high)}"),
                Cell(_points(r, pair["bound"]), note=f"> {_points(r, -pair['delta'])}"),
                Cell(r.number(int(pair["needed"])), int(pair["needed"])),
                verdict_cell(r, str(pair["verdict"])),
            ]
        )
    return Table(
        ident="compared",
        caption=r.tell("run.compared"),
        note=str(judged.get("by") or ""),
        columns=[
            Column("what", r.tell("run.what")),
            Column("n", r.tell("noun.calls"), "number"),
            Column("student", r.tell("card.student"), "number"),
            Column("teacher", r.tell("card.teacher"), "number"),
            Column("difference", r.tell("run.difference"), "number"),
            Column("interval", r.tell("run.interval"), "number"),
            Column("bound", r.tell("run.bound"), "number"),
            Column("needed", r.tell("run.needed"), "number"),
            Column("verdict", r.tell("card.verdict")),
        ],
        rows=rows,
        empty=r.tell("run.not_judged"),
        sorts=False,
    )


def _points(r: Reader, share: float) -> str:
    return r.growth(round(share * MILLION)) if share else r.percent(0)


def pays_words(r: Reader, found: RunFile) -> Markup:
    if found.teacher_call is None:
        return r.say("run.pays_unknown")
    if found.break_even_calls is None:
        return r.say("run.pays_never", why=found.why)
    return r.say(
        "run.pays",
        n=found.break_even_calls,
        one_off=r.money(found.one_off, found.currency),
        node=r.money(found.node_month, found.currency),
        month=found.calls_month or 0,
    )


def pays_chart(r: Reader, found: RunFile) -> Markup | None:
    """What it has cost after so many calls: with the teacher, and with the student."""
    teacher, student, month = found.teacher_call, found.student_call, found.calls_month
    if teacher is None or student is None or not month:
        return None
    reached = found.break_even_calls
    until = 2 * reached if reached else 12 * month
    step = max(until // STEPS, 1)
    calls = range(0, until + step, step)

    def owned(n: int) -> int:
        """A node is paid by the month that has begun, asked or not."""
        return found.one_off + max(1, -(-n // month)) * found.node_month + n * student

    lines = [
        Track(
            r.tell("card.teacher"), TEACHER, tuple((float(n), units(n * teacher)) for n in calls)
        ),
        Track(r.tell("card.student"), STUDENT, tuple((float(n), units(owned(n))) for n in calls)),
    ]
    words = Words("pays", r.tell("run.pays_chart"), str(pays_words(r, found).striptags()))
    mark = None if reached is None else (float(reached), r.tell("run.pays_mark", n=reached))
    return both(
        words,
        lambda w, width: tracks(
            lines,
            words=w,
            axis=lambda value: r.axis(value, found.currency),
            count=lambda n: r.short(round(n)),
            across=r.tell("noun.calls"),
            mark=mark,
            width=width,
            height=220.0 if width == NARROW else 260.0,
        ),
    )
