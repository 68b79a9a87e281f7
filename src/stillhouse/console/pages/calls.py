"""Calls: what happened. A search over receipts, newest first; every filter is in the address.

The sentence counts from the totals where it can (filters that totals know), so it is right for all
calls that match and not only for those on the page.
"""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from stillhouse.console.gate import Visit, allowed
from stillhouse.console.house import Desk
from stillhouse.console.i18n import NONE, Reader
from stillhouse.console.pages import links
from stillhouse.console.pages.figures import METERS_IN, METERS_OUT, counted
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.periods import bounds, days_of
from stillhouse.console.pages.search import meaning
from stillhouse.console.pages.table import Cell, Column, Table, as_file
from stillhouse.console.roles import Permission
from stillhouse.console.views import Call, CallQuery, Calls, Days, Dimension, Flight
from stillhouse.units.money import exact

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.USAGE_READ))]
KNOWN: tuple[Dimension, ...] = (
    "account", "project", "key", "deployment", "model", "provider", "workload",
)  # fmt: skip
"""filters that the totals know"""
OUTCOMES = (
    "completed", "refused", "client_left", "upstream_cut", "timeout", "unreachable", "recovered",
    "escalated",
)  # fmt: skip
PAGE, STEP, FILE = 100, 1000, 20_000
SLOW_US = 60_000_000
"""a call in flight that is older is marked: it may need a person"""


@router.get("/calls")
def search(
    request: Request,
    visit: Seen,
    start: Annotated[str, Query(alias="from")] = "",
    end: Annotated[str, Query(alias="to")] = "",
    q: str = "",
    outcome: str = "",
    problems: str = "",
    before: str = "",
    csv: str = "",
) -> Response:
    frame, desk = Frame(request, visit, here="calls"), visit.desk
    only: dict[str, str] = {k: v for k in KNOWN if (v := request.query_params.get(k, ""))}
    unknown = ""
    if q:
        found = meaning(q, desk)
        if "receipt" in found:
            return RedirectResponse(links.call(found["receipt"]), 303)
        only |= found
        unknown = "" if found else q
    days = days_of(start, end, desk.at)
    first, last = bounds(days)
    query = CallQuery(
        start=first,
        end=last,
        outcome=outcome if outcome in OUTCOMES else "",
        problems=bool(problems),
        limit=PAGE,
        before=before,
        **only,  # type: ignore[arg-type]  # the keys are KNOWN
    )
    calls = _many(desk, query) if csv else desk.calls(query)
    here = {"from": days.first, "to": days.last, "outcome": outcome, "problems": problems, **only}
    table = calls_table(frame.reader, calls, here)
    if csv:
        return as_file(table, f"calls-{days.first}-{days.last}")
    whole = None
    if not query.outcome and not query.problems:
        whole = desk.sums(["account"], days, only=dict(only)).whole  # type: ignore[arg-type]
    return frame.show(
        "calls.html",
        title=frame.reader.tell("menu.calls"),
        asof=frame.reader.tell("frame.asof_only", at=frame.reader.at(calls.as_of)),
        lede=_lede(frame.reader, days, calls, whole),
        days=days,
        unknown=unknown,
        filters=_filters(frame.reader, desk, only, here),
        accounts=[(a.id, a.name) for a in desk.directory().accounts.values()],
        models=desk.deployment_names(),
        outcomes=[(o, frame.reader.word("outcome", o)) for o in OUTCOMES],
        chosen={**only, "outcome": query.outcome, "problems": problems},
        table=table,
        cut=calls.cut,
    )


def _many(desk: Desk, query: CallQuery) -> Calls:
    """Page after page, up to the most that a file holds."""
    calls = desk.calls(replace(query, limit=STEP))
    rows = list(calls.rows)
    while calls.more and len(rows) < FILE:
        calls = desk.calls(replace(query, limit=STEP, before=calls.more))
        rows += calls.rows
    return replace(calls, rows=tuple(rows))


def _lede(reader: Reader, days: Days, calls: Calls, whole: Any) -> Markup:
    span = {
        "first": reader.day_short(days.first) if days.first[:4] == days.last[:4] else days.first,
        "last": reader.day(days.last),
    }
    if whole is not None:
        currency = calls.rows[0].currency if calls.rows else "USD"
        charge = reader.money(whole.charge, currency)
        return reader.say("calls.lede", n=whole.receipts, charge=charge, **span)
    key = "calls.lede_more" if calls.more else "calls.lede_some"
    return reader.say(key, n=len(calls.rows), **span)


def _filters(
    reader: Reader, desk: Desk, only: dict[str, str], here: dict[str, str]
) -> list[tuple[str, str, str]]:
    """(what, its name, the address without it)."""
    directory = desk.directory()
    shown = []
    for kind, ident in only.items():
        name = ident
        if kind == "account" and ident in directory.accounts:
            name = directory.accounts[ident].name
        elif kind == "project" and ident in directory.projects:
            name = directory.projects[ident].name
        elif kind == "key" and ident in directory.keys:
            name = directory.keys[ident].hint + "…"
        without = {k: v for k, v in here.items() if k != kind}
        shown.append((reader.tell(f"noun.{kind}"), name, links.address("/calls", without)))
    return shown


def tone(outcome: str) -> str:
    """Only what needs a person is coloured."""
    plain = dict.fromkeys(("completed", "client_left", "escalated"), "plain")
    return (plain | {"recovered": "amber"}).get(outcome, "red")


def calls_table(reader: Reader, calls: Calls, here: dict[str, str]) -> Table:
    r = reader
    rows = [
        [
            Cell(r.clock(c.admitted_at), c.admitted_at, links.call(c.id)),
            Cell(c.id, c.id),
            Cell(c.account_name, c.account_name, links.account(c.account)),
            Cell(c.project_name, c.project_name),
            Cell(c.model, c.model, links.address("/calls", {**here, "model": c.model})),
            Cell(c.deployment, c.deployment),
            Cell(
                c.workload or NONE,
                c.workload,
                links.address("/calls", {**here, "workload": c.workload}) if c.workload else None,
            ),
            Cell(r.word("outcome", c.outcome), c.outcome, tag=tone(c.outcome), note=_status(c)),
            Cell(str(c.status), c.status),
            Cell(r.number(n := counted(c.usage, METERS_IN)), n),
            Cell(r.number(n := counted(c.usage, METERS_OUT)), n),
            Cell(str(c.first_byte_us), -1 if c.first_byte_us is None else c.first_byte_us),
            Cell(r.duration(c.latency_us or None), c.latency_us),
            Cell(r.money(c.charge, c.currency, digits=6), c.charge, links.call(c.id)),
            Cell(exact(c.charge), exact(c.charge)),
            Cell(c.currency, c.currency),
        ]
        for c in calls.rows
    ]
    more = None
    if calls.more:
        more = Cell(r.tell("calls.older"), href=links.address("/calls", here, before=calls.more))
    return Table(
        ident="calls",
        caption=r.tell("calls.caption"),
        note=r.tell("calls.note"),
        columns=[
            Column("admitted_us", r.tell("calls.when"), "number"),
            Column("receipt", "", "file"),
            Column("account", r.tell("noun.account")),
            Column("project", "", "file"),
            Column("model", r.tell("noun.model")),
            Column("deployment", "", "file"),
            Column("workload", r.tell("noun.workload")),
            Column("outcome", r.tell("calls.outcome")),
            Column("status", "", "file"),
            Column("tokens_in", r.tell("calls.tokens_in"), "number"),
            Column("tokens_out", r.tell("calls.tokens_out"), "number"),
            Column("first_byte_us", "", "file"),
            Column("latency_us", r.tell("calls.latency"), "number"),
            Column("charge_pico", r.tell("noun.charge"), "number"),
            Column("charge", "", "file"),
            Column("currency", "", "file"),
        ],
        rows=rows,
        csv=links.address("/calls", here, csv="calls") if rows else None,
        empty=r.tell("calls.none"),
        more=more,
    )


def _status(call: Call) -> str:
    return str(call.status) if call.outcome == "refused" and call.status else ""


@router.get("/calls/flying")
def flying(request: Request, visit: Seen) -> Response:
    frame, desk = Frame(request, visit, here="calls"), visit.desk
    found = desk.flying()
    r = frame.reader
    oldest = r.duration(found[0].age_us) if found else ""
    return frame.show(
        "flying.html",
        title=r.tell("flying.title"),
        asof=r.tell("frame.asof_only", at=r.at(desk.at, seconds=True)),
        lede=r.say("flying.lede", n=len(found), oldest=oldest) if found else r.say("flying.none"),
        table=_flying_table(r, found),
    )


def _flying_table(r: Reader, found: list[Flight]) -> Table:
    rows = [
        [
            Cell(r.duration(f.age_us), f.age_us, tag="amber" if f.age_us > SLOW_US else ""),
            Cell(f.account_name, f.account_name, links.account(f.account)),
            Cell(f.project_name, f.project_name),
            Cell(f.key_hint + "…", f.key_hint),
            Cell(f.deployment, f.deployment),
            Cell(f.surface + (" · stream" if f.stream else ""), f.surface),
            Cell(r.money(f.hold, f.currency, digits=6), f.hold),
            Cell(r.clock(f.admitted_at), f.admitted_at),
        ]
        for f in found
    ]
    return Table(
        ident="flying",
        caption=r.tell("flying.title"),
        columns=[
            Column("age_us", r.tell("flying.age"), "number"),
            Column("account", r.tell("noun.account")),
            Column("project", r.tell("noun.project")),
            Column("key", r.tell("noun.key")),
            Column("deployment", r.tell("noun.model")),
            Column("surface", r.tell("flying.surface")),
            Column("hold_pico", r.tell("flying.hold"), "number"),
            Column("admitted_us", r.tell("flying.since"), "number"),
        ],
        rows=rows,
        empty=r.tell("flying.none"),
    )
