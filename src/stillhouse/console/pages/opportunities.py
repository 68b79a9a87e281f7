"""Opportunities: what could we own? Monthly saving by readiness, coloured by what the terms say.

Readiness is the rows at hand, or that this month's calls would be if they were captured, of those
that a student of that kind needs.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markupsafe import Markup

from stillhouse.console.charts.scatter import Point, scatter
from stillhouse.console.charts.svg import Words
from stillhouse.console.gate import Visit, allowed
from stillhouse.console.i18n import NONE, Reader
from stillhouse.console.pages import links
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.periods import month_of
from stillhouse.console.pages.pictures import NARROW, both, units
from stillhouse.console.pages.switch import months_to_choose
from stillhouse.console.pages.table import Cell, Column, Table, as_file
from stillhouse.console.roles import Permission
from stillhouse.console.student_views import Opportunities, OpportunityRow
from stillhouse.units.money import exact

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.STUDENTS_READ))]
POINTS_MAX = 60
ROWS_MAX = 200


@router.get("/opportunities")
def opportunities(
    request: Request,
    visit: Seen,
    month: str = "",
    one_off: str = "",
    node_month: str = "",
    csv: str = "",
) -> Response:
    frame, desk = Frame(request, visit, here="opportunities"), visit.desk
    r, chosen = frame.reader, month_of(month, desk.at)
    costs = {"one_off": one_off.strip(), "node_month": node_month.strip()}
    found = desk.opportunities(chosen.name, **costs)
    if csv:
        return as_file(table(r, found, len(found.rows), costs), f"opportunities-{chosen.name}")
    return frame.show(
        "opportunities.html",
        title=r.tell("menu.opportunities"),
        asof=r.tell("frame.asof_only", at=r.at(found.as_of)),
        months=months_to_choose(r, chosen, desk.at, "/opportunities", **costs),
        lede=lede(r, found),
        picture=chart(r, found) if found.rows else None,
        tones=[(tone, r.tell(f"own.tone_{tone}")) for tone in ("good", "amber", "red")],
        table=table(r, found, ROWS_MAX, costs),
        month=chosen.name,
        costs=costs,
        assumed=r.say(
            "own.assumed",
            one_off=r.money(found.one_off, "USD"),
            node=r.money(found.node_month, "USD"),
            audited=r.percent(found.audited_ppm, digits=0),
            exposure=r.word("exposure", found.exposure),
        ),
    )


def lede(r: Reader, found: Opportunities) -> Markup:
    worth = [row for row in found.rows if row.saves_month > 0]
    if not found.rows:
        return r.say("own.lede_empty")
    if not worth:
        denied = sum(not row.allowed for row in found.rows)
        return r.say("own.lede_none", n=len(found.rows), denied=denied)
    first = worth[0]
    return r.say(
        "own.lede",
        n=len(worth),
        workload=first.workload,
        account=first.account,
        saves=r.money(first.saves_month, first.currency),
        ready=r.percent(first.ready_ppm, digits=0),
        pays=_pays(r, first),
    )


def tone(row: OpportunityRow) -> str:
    """good: it may be owned. amber: nobody knows yet. red: the terms forbid it."""
    if row.allowed:
        return "good"
    return "amber" if not row.kind or "unknown" in row.clause else "red"


def _pays(r: Reader, row: OpportunityRow) -> str:
    if row.break_even_calls is None:
        return r.tell("own.never") if row.allowed and row.spend is not None else NONE
    days = row.break_even_days
    return (
        r.tell("own.after_calls", n=row.break_even_calls)
        if days is None
        else r.tell("own.after", n=row.break_even_calls, days=r.number(days))
    )


def _reached(r: Reader, row: OpportunityRow) -> str | Markup:
    """The same, under a heading that says what it is."""
    if row.break_even_calls is None or row.break_even_days is None:
        return _pays(r, row)
    days = r.tell("own.days", n=row.break_even_days)
    return _lines(r.tell("own.calls", n=row.break_even_calls), days)


def _student(r: Reader, row: OpportunityRow) -> str:
    return r.word("student", row.kind) if row.kind else NONE


def chart(r: Reader, found: Opportunities) -> Markup:
    shown = [row for row in found.rows if row.rows_needed][:POINTS_MAX]
    currency = next((row.currency for row in shown), "USD")
    points = [
        Point(
            row.workload,
            row.ready_ppm / 1_000_000,
            units(row.saves_month),
            tone(row),
            f"{row.workload}, {row.account}: {r.money(row.saves_month, row.currency)}"
            f" · {r.percent(row.ready_ppm, digits=0)} · {row.clause or row.why}",
        )
        for row in shown
    ]
    words = Words("own", r.tell("own.chart"), r.tell("own.chart_says", n=len(points)))
    return both(
        words,
        lambda w, width: scatter(
            points,
            words=w,
            axis=lambda value: r.axis(value, currency),
            share=lambda part: r.percent(round(part * 1_000_000), digits=0),
            across=r.tell("own.across"),
            width=width,
            height=260.0 if width == NARROW else 300.0,
        ),
    )


def table(r: Reader, found: Opportunities, most: int, costs: dict[str, str]) -> Table:
    kinds = [terms.student for terms in found.rows[0].terms] if found.rows else []
    return Table(
        ident="opportunities",
        caption=r.tell("own.table"),
        note=r.tell("own.more", n=len(found.rows) - most) if len(found.rows) > most else "",
        columns=[
            Column("workload", f"{r.tell('noun.workload')} / {r.tell('noun.account')}"),
            Column("account", "", "file"),
            Column("calls", "", "file"),
            Column("spend", r.tell("noun.spend"), "number"),
            Column("student", f"{r.tell('terms.student')} / {r.tell('own.expected')}"),
            *(Column(f"terms_{kind}", "", "file") for kind in kinds),
            Column("clause", r.tell("own.may"), "long"),
            Column("rows_needed", "", "file"),
            Column("rows", r.tell("own.rows"), "number"),
            Column("accuracy", "", "file"),
            Column("saves_month", r.tell("own.saves"), "number"),
            Column("break_even", r.tell("own.pays"), "number"),
        ],
        rows=[_row(r, row) for row in found.rows[:most]],
        csv=links.address("/opportunities", costs, month=found.month, csv="opportunities")
        if found.rows
        else None,
        empty=r.tell("own.empty"),
    )


def _row(r: Reader, row: OpportunityRow) -> list[Cell]:
    worst, best = row.accuracy_ppm or (0, 0)
    ends = dict.fromkeys(r.percent(end, digits=0) for end in (worst, best))
    return [
        Cell(_lines(row.workload, row.account), row.workload),
        Cell("", row.account),
        Cell(r.number(row.calls), row.calls),
        Cell(NONE)
        if row.spend is None
        else Cell(r.money_short(row.spend, row.currency), exact(row.spend)),
        Cell(
            _lines(
                _student(r, row),
                r.tell("own.labels", n=row.size) if row.size else "",
                " … ".join(ends) if row.accuracy_ppm else "",
            ),
            row.kind,
        ),
        *(Cell("", f"{t.allowed_ppm} ppm {t.clause}") for t in row.terms),
        _marks(r, row),
        Cell("", row.rows_needed or ""),
        Cell(
            _lines(r.number(row.rows), f"/ {r.number(row.rows_needed)}" if row.rows_needed else ""),
            row.rows,
        ),
        Cell("", worst or ""),
        Cell(r.money_short(row.saves_month, row.currency), exact(row.saves_month))
        if row.saves_month
        else Cell(NONE, "0"),
        Cell(_reached(r, row), "" if row.break_even_calls is None else row.break_even_calls),
    ]


def _lines(first: str, *more: str) -> str | Markup:
    """What belongs together, one below the other: the table is as wide as its window."""
    below = Markup("").join(
        Markup(' <br><span class="quiet">{}</span>').format(one) for one in more if one
    )
    return Markup("{}{}").format(first, below) if below else first


def _marks(r: Reader, row: OpportunityRow) -> Cell:
    """A mark for each kind of student, and the clause for the kind that its answers ask for."""
    one = Markup('<span class="tag {0}" role="img" aria-label="{2}" title="{2}">{1}</span>')
    return Cell(
        Markup(" ").join(
            one.format(
                "good" if t.allowed_ppm else "red",
                "✓" if t.allowed_ppm else "✕",
                f"{r.word('student', t.student)}: {r.percent(t.allowed_ppm, digits=0)}, {t.clause}",
            )
            for t in row.terms
        ),
        row.clause,
        note=row.clause or row.why,
    )
