"""Audit: who did what, when; a chain in which nothing can be changed, left out or put in later."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from stillhouse.console.gate import Visit, allowed
from stillhouse.console.i18n import Reader
from stillhouse.console.pages import links
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.table import Cell, Column, Table, as_file
from stillhouse.console.roles import Permission
from stillhouse.console.views import Line, Verified

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.AUDIT_READ))]
PAGE, FILE = 100, 20_000
SHORT, LONGEST = 12, 110
"""characters of a hash and of an entry that are shown; the file has all"""
UNTOLD = {"digest", "hash", "previous", "sha256", "prices", "root"}
"""long and for machines: only in the file"""
INSTANTS = {"expires_at", "when", "until"}
"""microseconds, shown as times"""


@router.get("/audit")
def audit(
    request: Request,
    visit: Seen,
    before: int = 0,
    kind: str = "",
    actor: str = "",
    csv: str = "",
) -> Response:
    frame, desk = Frame(request, visit, here="audit"), visit.desk
    r = frame.reader
    lines = desk.entries(before=before, limit=FILE if csv else PAGE, kind=kind, actor=actor)
    here = {"kind": kind, "actor": actor}
    table = _table(r, lines, here)
    if csv:
        return as_file(table, "audit")
    chain = desk.chain()
    return frame.show(
        "audit.html",
        title=r.tell("menu.audit"),
        asof=r.tell("frame.asof_only", at=r.at(chain.as_of)),
        lede=r.say("audit.lede_broken", number=chain.broken_at, what=chain.what)
        if chain.broken_at
        else r.say("audit.lede", n=chain.entries),
        chain=chain,
        kind=kind,
        actor=actor,
        table=table,
        verified=None,
    )


def _table(r: Reader, lines: list[Line], here: dict[str, str]) -> Table:
    rows = [
        [
            Cell(r.number(e.number), e.number),
            Cell(r.at(e.at, seconds=True), e.at),
            Cell(e.actor, e.actor, links.address("/audit", here, actor=e.actor)),
            Cell(r.word("entry", e.kind), e.kind, links.address("/audit", here, kind=e.kind)),
            Cell(_body(r, e), json.dumps(dict(e.body), sort_keys=True, default=str)),
            Cell(e.hash[:SHORT], e.hash),
            Cell(
                f"✓ {r.tell('audit.proved')}" if e.proved else r.tell("audit.broken"),
                int(e.proved),
                tag="plain" if e.proved else "red",
            ),
        ]
        for e in lines
    ]
    more = None
    if len(lines) == PAGE and lines[-1].number > 1:
        older = links.address("/audit", here, before=str(lines[-1].number))
        more = Cell(r.tell("audit.older"), href=older)
    return Table(
        ident="entries",
        caption=r.tell("audit.entries"),
        columns=[
            Column("number", r.tell("audit.number"), "number"),
            Column("at_us", r.tell("audit.when"), "number"),
            Column("actor", r.tell("audit.actor")),
            Column("kind", r.tell("audit.kind")),
            Column("body", r.tell("audit.body"), "long"),
            Column("hash", r.tell("audit.hash")),
            Column("proved", r.tell("audit.chain")),
        ],
        rows=rows,
        csv=links.address("/audit", here, csv="entries") if rows else None,
        more=more,
    )


def _body(r: Reader, line: Line) -> str:
    """The entry's own words, short; the file has all of them."""
    told = {k: v for k, v in line.body.items() if k not in UNTOLD and v not in (None, "", [], {})}
    said = ", ".join(
        f"{k} {r.at(v) if k in INSTANTS and isinstance(v, int) else _short(v)}"
        for k, v in told.items()
    )
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 40 else text[:39] + "…"


@router.get("/audit/verify")
def verify(request: Request, visit: Seen) -> Response:
    """All checks over all receipts; it reads and changes nothing, and may take a while."""
    frame, desk = Frame(request, visit, here="audit"), visit.desk
    r, found = frame.reader, desk.verify()
    return frame.show(
        "verified.html",
        title=r.tell("audit.verify_title"),
        asof=r.tell("frame.asof_only", at=r.at(found.as_of)),
        lede=r.say("audit.verified" if found.ok else "audit.not_verified", n=found.receipts),
        counts=_counts(r, found),
        problems=found.problems,
        ok=found.ok,
    )


def _counts(r: Reader, found: Verified) -> list[tuple[str, str, bool]]:
    """(what, how many, whether it must be zero and is not)."""
    counts = {
        "receipts": found.receipts,
        "lost": found.lost,
        "duplicated": found.duplicated,
        "mispriced": found.mispriced,
        "open_holds": found.open_holds,
        "in_flight": found.in_flight,
    }
    fine = {"receipts", "in_flight"}
    return [
        (r.tell(f"audit.count_{name}"), r.number(n), bool(n) and name not in fine)
        for name, n in counts.items()
    ]
