"""Terms: may the answers of this model teach that student? A matrix of ways and uses, with clauses.

A cell says yes, yes with duties, no, or not known; a row opens why, in the words of the text. What
nobody knows is amber and not red: somebody can read it, and the row says how.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markupsafe import Markup

from stillhouse.console.gate import Visit, allowed
from stillhouse.console.i18n import NONE, Reader
from stillhouse.console.pages import links
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.table import Cell, Column, Table, as_file
from stillhouse.console.roles import Permission
from stillhouse.console.terms_views import TermsAnswer, TermsMatrix, TermsReason, TermsWay

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.TERMS_READ))]
MARKS = {
    "yes": ("✓", "good"),
    "duties": ("✓+", "good"),
    "no": ("✕", "red"),
    "unknown": ("?", "amber"),
}
NAMED = ("generative", "internal")
"""the use whose reason a row names"""


@router.get("/terms")
def terms(request: Request, visit: Seen, csv: str = "") -> Response:
    frame, desk = Frame(request, visit, here="terms"), visit.desk
    r, found = frame.reader, desk.terms_matrix()
    ours = [way for way in found.ways if way.deployments]
    if csv:
        return as_file(matrix_table(r, list(found.ways), "ways"), "terms")
    return frame.show(
        "terms.html",
        title=r.tell("menu.terms"),
        asof=r.tell("frame.asof_only", at=r.at(found.as_of)),
        lede=lede(r, found, ours),
        held_back=found.held_back,
        tables=[
            matrix_table(r, ours, "ours"),
            matrix_table(r, [way for way in found.ways if not way.deployments], "ways"),
        ],
        legend=[(*MARKS[word], r.tell(f"terms.means_{word}")) for word in MARKS],
        signed=found.signed,
    )


def lede(r: Reader, found: TermsMatrix, ours: list[TermsWay]) -> Markup:
    if found.held_back:
        return r.say("terms.lede_held_back")
    teach = sum(any(a.verdict != "deny" for a in way.answers) for way in ours)
    if not ours:
        return r.say("terms.lede_none", entries=found.entries)
    return r.say("terms.lede", n=teach, all=len(ours), unread=found.unread, stale=found.stale)


def said(answer: TermsAnswer) -> str:
    """yes, duties, no or unknown."""
    if answer.verdict == "deny":
        return "no" if answer.ground == "forbidden" else "unknown"
    return "yes" if answer.verdict == "allow" else "duties"


def matrix_table(r: Reader, ways: list[TermsWay], ident: str) -> Table:
    """On the page a column for each student, with a mark for each exposure; apart in the file."""
    uses = [(a.student, a.exposure) for a in ways[0].answers] if ways else []
    students = list(dict.fromkeys(student for student, _ in uses))
    exposures = dict.fromkeys(exposure for _, exposure in uses)
    return Table(
        ident=ident,
        caption=r.tell(f"terms.{ident}"),
        note=" · ".join(r.word("exposure", exposure) for exposure in exposures),
        columns=[
            Column("path", r.tell("terms.path")),
            Column("model", "", "file"),
            *(Column(student, r.word("student", student), "spark") for student in students),
            *(Column(f"{student}_{exposure}", "", "file") for student, exposure in uses),
            Column("clause", r.tell("terms.clause"), "long"),
            Column("read_on", r.tell("terms.read_how")),
            Column("confidence", "", "file"),
            Column("resolve", r.tell("terms.resolve"), "file"),
        ],
        rows=[_row(r, way, students) for way in ways],
        csv="/terms?csv=matrix" if ways and ident == "ways" else None,
        empty=r.tell("terms.no_deployment"),
        sorts=ident == "ways",
    )


def _row(r: Reader, way: TermsWay, students: list[str]) -> list[Cell]:
    named = next(a for a in way.answers if (a.student, a.exposure) == NAMED)
    reason, any_model = named.reasons[0], way.model == "*"
    href = links.address("/terms/way", path=way.path, model=way.model, weights=way.weights)
    return [
        Cell(way.path, way.path, href, note=r.tell("terms.any_model") if any_model else way.model),
        Cell(way.model, way.model),
        *(_marks(r, [a for a in way.answers if a.student == student]) for student in students),
        *(Cell("", said(answer)) for answer in way.answers),
        Cell(_clause(reason), _clause(reason)),
        Cell(
            r.day(reason.read_on) if reason.read_on else NONE,
            reason.read_on,
            note=r.word("confidence", reason.confidence) if reason.confidence else "",
        ),
        Cell(reason.confidence, reason.confidence),
        Cell(reason.resolve, reason.resolve),
    ]


def _marks(r: Reader, answers: list[TermsAnswer]) -> Cell:
    """A mark for each exposure; whoever hears the page, or points at it, is told which."""
    one = Markup('<span class="tag {0}" role="img" aria-label="{2}" title="{2}">{1}</span>')
    return Cell(
        Markup(" ").join(
            one.format(
                *(MARKS[said(a)][1], MARKS[said(a)][0]),
                f"{r.word('exposure', a.exposure)}: {r.tell(f'terms.{said(a)}')}",
            )
            for a in answers
        )
    )


def _clause(reason: TermsReason) -> str:
    entry = reason.entry.partition("@")[0]
    return f"{entry} {reason.clause}".strip() or NONE


@router.get("/terms/way")
def way(
    request: Request, visit: Seen, path: str, model: str = "", weights: str = "", csv: str = ""
) -> Response:
    frame = Frame(request, visit, here="terms")
    r, found = frame.reader, visit.desk.terms_way(path, model, weights)
    table = answers_table(r, found)
    if csv:
        return as_file(table, f"terms-{path}-{model}")
    reasons = dict.fromkeys(reason for answer in found.answers for reason in answer.reasons)
    teaches = [a for a in found.answers if a.verdict != "deny"]
    return frame.show(
        "terms_way.html",
        title=f"{found.path} · {found.model}" if found.model else found.path,
        lede=r.say("terms.way_lede", n=len(teaches), all=len(found.answers)),
        way=found,
        table=table,
        reasons=list(reasons),
        duties=sorted({o for answer in teaches for o in answer.obligations}),
    )


def answers_table(r: Reader, found: TermsWay) -> Table:
    rows = []
    for answer in found.answers:
        reason, word = answer.reasons[0], said(answer)
        rows.append(
            [
                Cell(r.word("student", answer.student), answer.student),
                Cell(r.word("exposure", answer.exposure), answer.exposure),
                Cell(r.tell(f"terms.{word}"), word, tag=MARKS[word][1]),
                Cell(_clause(reason), _clause(reason)),
                Cell(reason.resolve or NONE, reason.resolve),
            ]
        )
    return Table(
        ident="answers",
        caption=r.tell("terms.answers"),
        columns=[
            Column("student", r.tell("terms.student")),
            Column("exposure", r.tell("terms.exposure")),
            Column("answer", r.tell("terms.answer")),
            Column("clause", r.tell("terms.clause"), "long"),
            Column("resolve", r.tell("terms.resolve"), "long"),
        ],
        rows=rows,
        csv=links.address(
            "/terms/way", path=found.path, model=found.model, weights=found.weights, csv="answers"
        ),
        sorts=False,
    )
