"""Model cards: what each student is made of, may be used for, was measured at, and cannot do.

What a card says is shown as it is written, in English; the headings are the reader's.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markupsafe import Markup

from stillhouse.console.gate import Visit, allowed
from stillhouse.console.i18n import MILLION, NONE, Reader
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.table import Cell, Column, Table
from stillhouse.console.roles import Permission
from stillhouse.console.student_views import StudentView
from stillhouse.units.instant import moment

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.STUDENTS_READ))]
VERDICTS = {"accept": "good", "reject": "red", "undecided": "amber"}
RESULTS = {"allow": "good", "allow_with_obligations": "good", "deny": "red"}
MEASURES = ("accuracy", "agreement", "kept", "accuracy_kept", "agreement_kept")
DOWNLOADS = ("card.md", "card.json", "bom.json")


@router.get("/students")
def students(request: Request, visit: Seen) -> Response:
    frame, desk = Frame(request, visit, here="students"), visit.desk
    r, found = frame.reader, desk.students()
    accepted = sum(s.verdict == "accept" for s in found)
    in_traffic = sum(bool(s.releases) for s in found)
    return frame.show(
        "students.html",
        title=r.tell("menu.students"),
        asof=r.tell("frame.asof_only", at=r.at(desk.at)),
        lede=r.say("card.lede", n=len(found), accepted=accepted, live=in_traffic)
        if found
        else r.say("card.lede_none"),
        table=_shelf(r, found),
        nothing=not found,
    )


def _shelf(r: Reader, found: list[StudentView]) -> Table:
    rows = []
    for s in found:
        judged = part(part(s.card, "metrics"), "judged")
        rows.append(
            [
                Cell(s.workload or s.id[:8], s.id, f"/students/{s.id}", note=s.id[:8]),
                Cell(r.word("student", s.kind), s.kind, note=r.word("form_of", s.form)),
                verdict_cell(r, s.verdict) if not s.damaged else _damaged(r),
                Cell(share(r, judged.get("agreement"))),
                Cell(share(r, judged.get("kept"))),
                Cell(r.number(s.rows), s.rows),
                Cell(r.word("exposure", s.exposure), s.exposure),
                Cell(r.number(len(s.releases)), len(s.releases), "/releases")
                if s.releases
                else Cell(NONE, 0),
                Cell(r.day_short(moment(s.at).date().isoformat()), s.at),
            ]
        )
    return Table(
        ident="students",
        caption=r.tell("card.shelf"),
        columns=[
            Column("student", r.tell("card.student")),
            Column("kind", r.tell("card.kind")),
            Column("verdict", r.tell("card.verdict")),
            Column("agreement", r.tell("measure.agreement"), "number"),
            Column("kept", r.tell("measure.kept"), "number"),
            Column("rows", r.tell("card.rows"), "number"),
            Column("exposure", r.tell("terms.exposure")),
            Column("releases", r.tell("menu.releases"), "number"),
            Column("at_us", r.tell("noun.created")),
        ],
        rows=rows,
        empty=r.tell("card.none"),
    )


def _damaged(r: Reader) -> Cell:
    return Cell(r.tell("card.damaged"), "damaged", tag="red")


def verdict_cell(r: Reader, verdict: str) -> Cell:
    if not verdict:
        return Cell(NONE)
    return Cell(r.word("verdict", verdict), verdict, tag=VERDICTS.get(verdict, "plain"))


def part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of a card that may be missing."""
    found = said.get(name)
    return found if isinstance(found, Mapping) else {}


def share(r: Reader, value: Any) -> str:
    """A share as a card has it, 0.93, in percent."""
    return NONE if value is None else r.percent(round(float(value) * MILLION))


@router.get("/students/{ident}")
def one(request: Request, visit: Seen, ident: str) -> Response:
    frame, desk = Frame(request, visit, here="students"), visit.desk
    r, found = frame.reader, desk.student(ident)
    card = found.card
    judged = part(part(card, "metrics"), "judged")
    return frame.show(
        "student.html",
        title=r.tell("card.title", workload=found.workload or found.id[:8]),
        lede=r.say(
            "card.one_lede",
            kind=r.word("student", found.kind),
            n=found.rows,
            verdict=r.word("verdict", found.verdict or "none"),
            exposure=r.word("exposure", found.exposure),
        ),
        student=found,
        facts=_facts(r, found),
        by=str(judged.get("by") or ""),
        lineage=_lineage(r, card),
        measures=[(r.word("measure", name), share(r, judged.get(name))) for name in MEASURES],
        slices=slices(r, judged),
        duties=[str(one) for one in card.get("obligations") or ()],
        limits=[str(one) for one in card.get("limits") or ()],
        funnel=_funnel(r, part(card, "data")),
        files=_files(r, found),
        downloads=[name for name in DOWNLOADS if name in dict(found.files)],
    )


def _facts(r: Reader, found: StudentView) -> list[tuple[str, str | Markup, str]]:
    card, data = found.card, part(found.card, "data")
    judged = part(part(card, "metrics"), "judged")
    live = Markup(", ").join(
        Markup('<a href="/releases/{}">{}</a>').format(ident, ident[:8]) for ident in found.releases
    )
    return [
        (r.tell("card.kind"), r.word("student", found.kind), r.word("form_of", found.form)),
        (
            r.tell("card.verdict"),
            r.word("verdict", found.verdict or "none"),
            r.tell("card.judged", n=int(judged.get("n") or 0)),
        ),
        (r.tell("card.rows"), r.number(found.rows), str(data.get("consent") or "")),
        (r.tell("terms.exposure"), r.word("exposure", found.exposure), ""),
        (r.tell("card.threshold"), share(r, card.get("threshold")), r.tell("card.threshold_note")),
        (r.tell("menu.releases"), live or NONE, ""),
    ]


def _lineage(r: Reader, card: Mapping[str, Any]) -> Table:
    rows = []
    for one in card.get("judged") or ():
        origin, clauses = part(one, "origin"), "; ".join(map(str, one.get("clauses") or ()))
        result = str(one.get("result") or "")
        rows.append(
            [
                Cell(str(origin.get("model") or NONE)),
                Cell(str(origin.get("path") or NONE)),
                Cell(r.number(int(one.get("rows") or 0)), int(one.get("rows") or 0)),
                Cell(r.word("card_result", result), result, tag=RESULTS.get(result, "plain")),
                Cell(clauses),
            ]
        )
    return Table(
        ident="lineage",
        caption=r.tell("card.lineage"),
        columns=[
            Column("teacher", r.tell("card.teacher")),
            Column("path", r.tell("card.path")),
            Column("rows", r.tell("card.rows"), "number"),
            Column("terms", r.tell("own.may")),
            Column("clause", r.tell("terms.clause"), "long"),
        ],
        rows=rows,
        sorts=False,
    )


def slices(r: Reader, judged: Mapping[str, Any]) -> Table:
    """The student beside its teacher, by slice; what was not measured is a dash."""
    rows = []
    for name, tally in part(judged, "slices").items():
        n = int(tally.get("n") or 0)
        rows.append(
            [
                Cell(str(name)),
                Cell(r.number(n), n),
                *(Cell(share(r, tally.get(m)), str(tally.get(m) or "")) for m in MEASURES),
            ]
        )
    return Table(
        ident="slices",
        caption=r.tell("card.slices"),
        columns=[
            Column("slice", r.tell("card.slice")),
            Column("n", r.tell("noun.calls"), "number"),
            *(Column(m, r.word("measure", m), "number") for m in MEASURES),
        ],
        rows=rows,
        empty=r.tell("card.no_slices"),
    )


def _funnel(r: Reader, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (r.tell("card.taken", why=r.word("lost", str(why))), r.number(int(n)))
        for why, n in data.get("funnel") or ()
    ]


def _files(r: Reader, found: StudentView) -> Table:
    hashes = part(found.card, "weights")
    rows = [
        [
            Cell(name, name, f"/students/{found.id}/files/{name}" if name in DOWNLOADS else None),
            Cell(r.number(size), size),
            Cell(str(hashes.get(name) or NONE)),
        ]
        for name, size in found.files
    ]
    return Table(
        ident="files",
        caption=r.tell("card.files"),
        columns=[
            Column("file", r.tell("noun.name")),
            Column("bytes", r.tell("card.bytes"), "number"),
            Column("sha256", "SHA-256", "long"),
        ],
        rows=rows,
        sorts=False,
    )


@router.get("/students/{ident}/files/{name}")
def file(visit: Seen, ident: str, name: str) -> Response:
    media, content = visit.desk.student_file(ident, name)
    headers = {"content-disposition": f'attachment; filename="{ident[:12]}-{name}"'}
    return Response(content, media_type=media, headers=headers)
