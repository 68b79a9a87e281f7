"""What stands in a case: evidence over calls, what links the accounts, who did what, what may be.

Pieces for the page of one case, each from a CaseView; nothing here asks a desk.
"""

from itertools import combinations

from markupsafe import Markup

from stillhouse.console.charts.evidence import evidence
from stillhouse.console.charts.svg import Words
from stillhouse.console.charts.web import MOST, Edge, web
from stillhouse.console.guard_views import CaseView
from stillhouse.console.i18n import Reader
from stillhouse.console.pages import links
from stillhouse.console.pages.pictures import NARROW, both
from stillhouse.console.pages.table import Cell, Column, Table
from stillhouse.guard.ladder import E_VALUE, Level
from stillhouse.guard.statement import stated

PAIRS_MAX = 400
TAGS = {Level.NONE: "plain", Level.NOTE: "plain", Level.NOTICE: "plain"}
SIGNS = 4
REASON_SHOWN = 160
"""characters of a reason in the timeline; what is in force is told in full above it"""


def e_value(r: Reader, value: float) -> str:
    """An e-value for the eye: whole where it is large, and never as wide as its bits."""
    if value >= 1e9:
        return f"{value:.1e}"
    return r.number(round(value)) if value >= 100 else f"{value:.3g}"


def level_cell(r: Reader, level: Level) -> Cell:
    """Amber where the account is limited, red where it is out."""
    tag = TAGS.get(level, "red" if level is Level.SUSPEND else "amber")
    return Cell(r.word("case_level", level.word), level.value, tag=tag)


def evidence_chart(r: Reader, view: CaseView) -> Markup:
    """The evidence over calls, with the thresholds of the ladder."""
    seen = [(e.calls, e.e_value) for e in view.case.evidence]
    points = sorted({*view.passed, *seen})
    thresholds = [(r.word("case_level", lv.word), least) for lv, least in E_VALUE.items()]
    words = Words(
        "evidence",
        r.tell("case.chart"),
        r.tell(
            "case.chart_says",
            e=e_value(r, view.case.newest.e_value),
            n=view.case.newest.calls,
        ),
    )
    return both(
        words,
        lambda w, width: evidence(
            points,
            thresholds,
            words=w,
            count=r.number,
            calls=r.tell("case.calls_axis"),
            width=width,
            height=240.0 if width == NARROW else 260.0,
            left=118.0 if width == NARROW else 132.0,
        ),
    )


def link_picture(r: Reader, view: CaseView) -> Markup:
    """Empty for a single account."""
    accounts = view.case.accounts
    if len(accounts) < 2:
        return Markup("")
    place = {account: n for n, account in enumerate(accounts)}
    edges: list[Edge] = []
    for link in view.links:
        kind = r.word("case_link", link.kind)
        known = [place[a] for a in link.accounts if a in place]
        edges += [(one, other, kind, link.strong) for one, other in combinations(known, 2)]
    names = [view.names.get(a, a) for a in accounts]
    left_out = len(accounts) - MOST
    words = Words("links", r.tell("case.links"), r.tell("case.links_says", n=len(accounts)))
    return both(
        words,
        lambda w, width: web(
            names,
            edges[:PAIRS_MAX],
            words=w,
            more=r.tell("case.links_more", n=left_out) if left_out > 0 else "",
            width=width,
            height=260.0 if width == NARROW else 320.0,
        ),
    )


def timeline(r: Reader, view: CaseView) -> Table:
    """Every entry of the case, the newest first."""
    rows = []
    for entry in reversed(view.case.events):
        body = entry.body
        detail = ""
        if "evidence" in body:
            detail = f"e = {e_value(r, float(body['evidence']['e_value']))}"
        elif body.get("level"):
            detail = r.word("case_level", str(body["level"]))
        elif body.get("outcome"):
            detail = r.word("case_state", str(body["outcome"]))
        reasons = body.get("reasons") or [body.get("reason") or ""]
        by = body.get("by") or entry.actor
        rows.append(
            [
                Cell(r.at(entry.at, seconds=True), entry.at),
                Cell(r.word("entry", entry.kind), entry.kind, note=detail),
                Cell(", ".join(by) if isinstance(by, list) else str(by)),
                Cell(_cut(" / ".join(str(x) for x in reasons if x))),
                Cell(r.number(entry.number), entry.number, f"/audit?before={entry.number + 1}"),
            ]
        )
    return Table(
        ident="timeline",
        caption=r.tell("case.timeline"),
        note=r.tell("case.proved" if view.proved else "case.not_proved"),
        columns=[
            Column("at_us", r.tell("audit.when"), "number"),
            Column("what", r.tell("audit.kind"), "long"),
            Column("by", r.tell("audit.actor")),
            Column("reason", r.tell("case.reason"), "long"),
            Column("entry", r.tell("audit.number"), "number"),
        ],
        rows=rows,
        sorts=False,
    )


def _cut(text: str) -> str:
    return text if len(text) <= REASON_SHOWN else text[: REASON_SHOWN - 1] + "…"


def facts(r: Reader, view: CaseView) -> list[tuple[str, str | Markup, str]]:
    """(what, value, note)."""
    case, e = view.case, view.case.newest
    accounts = Markup(", ").join(
        Markup('<a href="{}">{}</a>').format(links.account(a), view.names.get(a, a))
        for a in case.accounts[:SIGNS]
    )
    more = len(case.accounts) - SIGNS
    families = ", ".join(r.word("case_family", f) for f in e.families) or r.tell("case.none")
    deadline = r.at(case.deadline) if case.deadline is not None else r.tell("case.none")
    found = [
        (r.tell("noun.accounts"), accounts, r.tell("case.and_more", n=more) if more > 0 else ""),
        (
            r.tell("case.in_force"),
            r.word("case_level", case.level.word),
            r.word("case_state", case.waits_for),
        ),
        (r.tell("case.deadline"), deadline, ""),
        ("e", e_value(r, e.e_value), r.tell("case.once_in", n=stated(e)) if stated(e) else ""),
        (r.tell("case.families"), families, ", ".join(e.signals[:SIGNS])),
        (r.tell("noun.calls"), r.number(e.calls), ", ".join(e.models)),
    ]
    if case.level is Level.SUSPEND or case.invoices:
        found.append(_final_invoices(r, view))
    return found


def _final_invoices(r: Reader, view: CaseView) -> tuple[str, str | Markup, str]:
    """Of each account that the case has suspended: a draft, which a person approves."""
    made = view.case.invoices
    doors = Markup(", ").join(
        Markup('<a href="{}">{}</a>').format(
            links.invoice(f"{i.account}:{i.month}"),
            f"{view.names.get(i.account, i.account)}, {r.month(i.month)}",
        )
        for i in made[:SIGNS]
    )
    more = len(made) - SIGNS
    note = r.tell("case.and_more", n=more) + " · " if more > 0 else ""
    if len(made) < len(view.case.accounts):
        note += r.tell("case.final_waits")
    else:
        note += r.tell("case.final_means")
    return r.tell("case.final_invoice"), doors or r.tell("case.none"), note
