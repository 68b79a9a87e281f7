"""Prices: what is in force, what is proposed and what it would change, and what one call costs.

A price is never edited: a change is proposed, shown as a difference, and approved by somebody.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from stillhouse.console.gate import Visit, allowed
from stillhouse.console.house import Desk, NotHereError
from stillhouse.console.i18n import NONE, Reader
from stillhouse.console.money_views import PriceRow, PriceVersion, Quote, Rerating
from stillhouse.console.pages import links
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.periods import bounds, today
from stillhouse.console.pages.table import Cell, Column, Table, as_file
from stillhouse.console.roles import Permission
from stillhouse.console.views import Days
from stillhouse.units.instant import period
from stillhouse.units.usage import METERS, Meter

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.PRICES_READ))]
Changing = Annotated[Visit, Depends(allowed(Permission.PRICES_WRITE))]
USUAL = (Meter.INPUT, Meter.CACHE_READ, Meter.CACHE_WRITE, Meter.OUTPUT, Meter.REASONING)
SIDE_BY_SIDE = (Meter.INPUT, Meter.CACHE_READ, Meter.CACHE_WRITE, Meter.OUTPUT, Meter.REQUESTS)
TONES = {"proposed": "amber", "approved": "plain", "rejected": "plain"}


@router.get("/prices")
def prices(
    request: Request, visit: Seen, book: str = "", model: str = "", csv: str = ""
) -> Response:
    frame, desk = Frame(request, visit, here="prices"), visit.desk
    r, rows = frame.reader, desk.prices(book=book if book in {"sale", "cost"} else "", model=model)
    table = _wide(r, rows)
    if csv:
        return as_file(_long(r, rows), "prices")
    versions = desk.price_versions()
    waiting = [v for v in versions if v.state == "proposed"]
    return frame.show(
        "prices.html",
        title=r.tell("menu.prices"),
        asof=r.tell("frame.asof_only", at=r.at(desk.at)),
        lede=r.say("prices.lede_waiting", n=len(waiting))
        if waiting
        else r.say("prices.lede", n=len({x.model for x in rows})),
        table=table,
        versions=_versions(r, versions),
        models=sorted({x.model for x in rows}),
        usual=[(m.value, r.word("meter", m.value)) for m in USUAL],
        quote=None,
        asked={},
    )


def _long(r: Reader, rows: list[PriceRow]) -> Table:
    """A row for each meter: the file."""
    return Table(
        ident="prices",
        caption=r.tell("prices.in_force"),
        columns=[
            Column("model", r.tell("noun.model")),
            Column("book", r.tell("prices.book")),
            Column("meter", r.tell("noun.meter")),
            Column("unit_price", r.tell("noun.price"), "number"),
            Column("currency", "", "file"),
            Column("unit", r.tell("prices.per")),
            Column("details", r.tell("prices.details")),
            Column("account", r.tell("prices.for")),
            Column("valid_from", r.tell("prices.from"), "number"),
            Column("source", r.tell("prices.source"), "long"),
        ],
        rows=[
            [
                Cell(p.model, p.model),
                Cell(r.word("book", p.book), p.book),
                Cell(r.word("meter", p.meter), p.meter),
                Cell(f"{p.unit_price} {p.currency}", p.unit_price),
                Cell(p.currency, p.currency),
                Cell(_per(r, p.unit), p.unit),
                Cell(", ".join(f"{k} {v}" for k, v in p.details.items()) or NONE),
                Cell(p.account or r.tell("prices.everyone"), p.account),
                Cell(r.day(period(p.valid_from, "day")), p.valid_from),
                Cell(p.source),
            ]
            for p in rows
        ],
    )


def _wide(r: Reader, rows: list[PriceRow]) -> Table:
    """A row for each price list, its meters side by side: the page."""
    lists: dict[str, list[PriceRow]] = {}
    for row in rows:
        lists.setdefault(row.id, []).append(row)
    shown = []
    for given in lists.values():
        first, by_meter = given[0], {p.meter: p for p in given}
        details = [*(f"{k} {v}" for k, v in first.details.items())]
        details += [first.account] if first.account else []
        cells = [Cell(first.model, first.model), Cell(r.word("book", first.book), first.book)]
        for meter in SIDE_BY_SIDE:
            price = by_meter.get(meter.value)
            cells.append(Cell(NONE) if price is None else Cell(price.unit_price, price.unit_price))
        cells += [
            Cell(first.currency),
            Cell(", ".join(details) or r.tell("prices.everyone")),
            Cell(r.day(period(first.valid_from, "day")), first.valid_from),
            Cell(first.source or NONE, first.source),
        ]
        shown.append(cells)
    shown.sort(key=lambda cells: (str(cells[0].value), str(cells[1].value) != "sale"))
    return Table(
        ident="prices",
        caption=r.tell("prices.in_force"),
        note=r.tell("prices.note"),
        columns=[
            Column("model", r.tell("noun.model")),
            Column("book", r.tell("prices.book")),
            *(Column(m.value, r.tell(f"prices.m_{m.value}"), "number") for m in SIDE_BY_SIDE),
            Column("currency", r.tell("noun.currency")),
            Column("for", r.tell("prices.for")),
            Column("valid_from", r.tell("prices.from"), "number"),
            Column("source", r.tell("prices.source")),
        ],
        rows=shown,
        csv="/prices?csv=prices" if rows else None,
        empty=r.tell("prices.none"),
    )


def _per(r: Reader, unit: str) -> str:
    return r.tell("paper.million") if unit.startswith("1000000") else r.tell("prices.request")


def _versions(r: Reader, versions: list[PriceVersion]) -> Table:
    return Table(
        ident="versions",
        caption=r.tell("prices.versions"),
        columns=[
            Column("version", r.tell("prices.version")),
            Column("state", r.tell("noun.state")),
            Column("source", r.tell("prices.source"), "long"),
            Column("by", r.tell("members.by")),
            Column("at", r.tell("audit.when"), "number"),
            Column("rows", r.tell("prices.rows"), "number"),
        ],
        rows=[
            [
                Cell(v.id, v.id, links.version(v.id)),
                Cell(r.word("version", v.state), v.state, tag=TONES.get(v.state, "plain")),
                Cell(v.source),
                Cell(v.made_by),
                Cell(r.at(v.made_at), v.made_at),
                Cell(r.number(v.rows), v.rows),
            ]
            for v in versions
        ],
        empty=r.tell("prices.no_versions"),
    )


@router.get("/prices/quote")
def quote(request: Request, visit: Seen, model: str) -> Response:
    """What one call would cost, by the same function as the bill."""
    frame, desk = Frame(request, visit, here="prices"), visit.desk
    r, asked = frame.reader, {}
    for meter in METERS:
        given = request.query_params.get(meter.value, "").strip()
        if given:
            if not given.isascii() or not given.isdigit():
                raise ValueError(f"{meter.value} is counted in whole numbers; correct {given!r}")
            asked[meter.value] = int(given)
    found = desk.quote(model, asked)
    return frame.show(
        "quote.html",
        title=r.tell("prices.quote"),
        asof=r.tell("frame.asof", at=r.at(desk.at), currency=found.currency),
        lede=r.say(
            "prices.quote_lede", model=found.model, charge=r.money(found.charge, found.currency)
        ),
        table=_quote_table(r, found),
        model=model,
        usual=[(m.value, r.word("meter", m.value)) for m in USUAL],
        asked=asked,
    )


def _quote_table(r: Reader, found: Quote) -> Table:
    return Table(
        ident="quote",
        caption=r.tell("prices.quote"),
        columns=[
            Column("meter", r.tell("noun.meter")),
            Column("quantity", r.tell("noun.quantity"), "number"),
            Column("unit_price", r.tell("prices.unit_price"), "number"),
            Column("charge", r.tell("noun.charge"), "number"),
        ],
        rows=[
            [
                Cell(r.word("meter", meter), meter),
                Cell(r.number(count), count),
                Cell(NONE if price is None else f"{price} {found.currency}"),
                Cell(r.money(charge, found.currency), charge),
            ]
            for meter, count, price, charge in found.lines
        ],
        sorts=False,
    )


@router.get("/prices/new")
def new(request: Request, visit: Changing, model: str = "") -> Response:
    frame, desk = Frame(request, visit, here="prices"), visit.desk
    r = frame.reader
    return frame.show(
        "price_new.html",
        title=r.tell("prices.price_this"),
        lede=r.say("prices.new_lede"),
        model=model,
        today=today(desk.at),
        usual=[(m.value, r.word("meter", m.value)) for m in USUAL],
    )


@router.post("/prices")
async def propose(request: Request, visit: Changing) -> Response:
    form = {k: str(v).strip() for k, v in (await request.form()).items()}
    given = {m.value: form[m.value] for m in METERS if form.get(m.value)}
    start = form.get("from") or today(visit.desk.at)
    try:
        valid_from, _ = bounds(Days(start, start))
    except ValueError:
        raise ValueError("a day is written as 2026-11-23; correct the first day") from None
    made = await run_in_threadpool(
        visit.desk.propose_price,
        form.get("model", ""),
        book=form.get("book", "sale"),
        unit_prices=given,
        valid_from=valid_from,
    )
    return RedirectResponse(f"{links.version(made.id)}?said=price_proposed", 303)


@router.get("/prices/versions/{ident}")
def version(request: Request, visit: Seen, ident: str) -> Response:
    frame, desk = Frame(request, visit, here="prices"), visit.desk
    r, found = frame.reader, desk.price_version(ident)
    rerating = _rerating(desk, ident) if found.state == "proposed" else None
    return frame.show(
        "version.html",
        title=r.tell("prices.version_title", version=found.id),
        asof=r.tell("frame.asof_only", at=r.at(desk.at)),
        lede=_version_lede(r, found),
        version=found,
        tone=TONES.get(found.state, "plain"),
        table=_changes(r, found),
        rerating=_rerated(r, rerating) if rerating else "",
        invoices=_affected(r, rerating) if rerating and rerating.invoices else None,
    )


def _version_lede(r: Reader, v: PriceVersion) -> Markup:
    models = len({c.model for c in v.changes})
    return r.say(f"prices.lede_{v.state}", n=len(v.changes), models=models)


def _rerating(desk: Desk, ident: str) -> Rerating | None:
    try:
        return desk.rerate(ident)
    except NotHereError:
        return None


def _rerated(r: Reader, found: Rerating) -> str:
    difference = found.after - found.before
    if not difference:
        return r.tell("prices.changes_nothing", n=found.receipts)
    return r.tell(
        "prices.changes",
        n=found.receipts,
        before=r.money(found.before, found.currency),
        after=r.money(found.after, found.currency),
    )


def _affected(r: Reader, found: Rerating) -> Table:
    return Table(
        ident="affected",
        caption=r.tell("prices.affected"),
        columns=[
            Column("number", r.tell("invoices.number")),
            Column("account", r.tell("noun.account")),
            Column("difference", r.tell("prices.difference"), "number"),
        ],
        rows=[
            [
                Cell(number, number, links.invoice(number)),
                Cell(account),
                Cell(f"{amount} {currency}", amount),
            ]
            for number, account, currency, amount in found.invoices
        ],
    )


def _changes(r: Reader, v: PriceVersion) -> Table:
    return Table(
        ident="changes",
        caption=r.tell("prices.difference"),
        columns=[
            Column("model", r.tell("noun.model")),
            Column("book", r.tell("prices.book")),
            Column("meter", r.tell("noun.meter")),
            Column("before", r.tell("prices.before"), "number"),
            Column("after", r.tell("prices.after"), "number"),
            Column("change_ppm", r.tell("prices.change"), "number"),
            Column("affected_pico", r.tell("prices.spend"), "number"),
        ],
        rows=[
            [
                Cell(c.model, c.model),
                Cell(r.word("book", c.book), c.book),
                Cell(r.word("meter", c.meter), c.meter, note=_per(r, c.unit)),
                Cell(f"{c.before} {c.currency}" if c.before is not None else NONE, c.before or ""),
                Cell(f"{c.after} {c.currency}" if c.after is not None else NONE, c.after or ""),
                Cell(r.growth(c.ppm), c.ppm or 0),
                Cell(r.money(c.affected, c.currency), c.affected),
            ]
            for c in v.changes
        ],
        empty=r.tell("prices.same"),
    )


@router.post("/prices/versions/{ident}/approve")
def approve(visit: Changing, ident: str) -> Response:
    visit.desk.approve_prices(ident)
    return RedirectResponse(f"{links.version(ident)}?said=price_approved", 303)


@router.post("/prices/versions/{ident}/reject")
def reject(visit: Changing, ident: str, reason: Annotated[str, Form()]) -> Response:
    visit.desk.reject_prices(ident, reason=reason.strip())
    return RedirectResponse(f"{links.version(ident)}?said=price_rejected", 303)
