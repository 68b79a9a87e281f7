"""Invoices: is it right, may I approve? The document as it will be sent, beside its lines.

A month goes open -> draft -> approved -> finalised -> credited. Each button says what it does and
whether it can be undone; a finalised document never changes, it is only credited.
"""

from calendar import monthrange
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from stillhouse.billing.document import DRAWN, Document, Line
from stillhouse.console.gate import Visit, allowed
from stillhouse.console.house import Desk
from stillhouse.console.i18n import NONE, Reader
from stillhouse.console.money_views import InvoiceRow
from stillhouse.console.pages import links
from stillhouse.console.pages.frame import Frame
from stillhouse.console.pages.periods import month_of
from stillhouse.console.pages.table import Cell, Column, Table, as_file
from stillhouse.console.pages.window import Window
from stillhouse.console.roles import Permission
from stillhouse.console.views import Days
from stillhouse.ledger.ports import NotFoundError

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.INVOICES_READ))]
Changing = Annotated[Visit, Depends(allowed(Permission.INVOICES_WRITE))]
TONES = {
    "open": "plain",
    "draft": "amber",
    "approved": "amber",
    "finalised": "plain",
    "credited": "plain",
}
FORMS = ("pdf", "json", "csv", "focus-csv", "focus-parquet", "beancount")


@router.get("/invoices")
def invoices(request: Request, visit: Seen, month: str = "", csv: str = "") -> Response:
    frame, desk = Frame(request, visit, here="invoices"), visit.desk
    r, rows = frame.reader, desk.invoices(month=month)
    table = list_table(r, rows, desk, Window(request))
    if csv:
        return as_file(table, "invoices")
    return frame.show(
        "invoices.html",
        title=r.tell("menu.invoices"),
        asof=r.tell("frame.asof_only", at=r.at(desk.at)),
        lede=_lede(r, rows, month_of("", desk.at).name),
        table=table,
    )


def _lede(r: Reader, rows: list[InvoiceRow], now: str) -> Markup:
    ready = [row for row in rows if row.state == "open" and row.month < now]
    waiting = [row for row in rows if row.state in {"draft", "approved"}]
    if waiting:
        return r.say("invoices.lede_waiting", n=len(waiting))
    if ready:
        newest = max(row.month for row in ready)
        return r.say("invoices.lede_ready", n=len(ready), month=r.month(newest))
    return r.say("invoices.lede_none")


def list_table(r: Reader, rows: list[InvoiceRow], desk: Desk, window: Window) -> Table:
    now = month_of("", desk.at).name
    part = window.of(
        sorted(rows, key=lambda row: row.month == now),  # running months last
        r,
        text=lambda row: f"{row.account_name} {row.account} {row.number} {row.month}",
        keys={
            "month": lambda row: row.month,
            "account": lambda row: row.account_name.casefold(),
            "number": lambda row: row.number,
            "kind": lambda row: row.kind,
            "state": lambda row: row.state,
            "issued": lambda row: row.issued_at or 0,
            "due": lambda row: row.due,
        },
    )
    used = _used(desk, part.shown)
    return Table(
        ident="invoices",
        caption=r.tell("menu.invoices"),
        columns=[
            Column("month", r.tell("noun.month")),
            Column("account", r.tell("noun.account")),
            Column("number", r.tell("invoices.number")),
            Column("kind", r.tell("invoices.kind")),
            Column("state", r.tell("noun.state")),
            Column("total", r.tell("invoices.total"), "number"),
            Column("currency", "", "file"),
            Column("issued", r.tell("invoices.issued"), "number"),
            Column("due", r.tell("invoices.due")),
        ],
        rows=[
            [
                Cell(r.month(row.month), row.month, links.invoice(row.id)),
                Cell(row.account_name, row.account_name, links.account(row.account)),
                Cell(row.number or NONE, row.number, links.invoice(row.id) if row.number else None),
                Cell(r.word("document", row.kind), row.kind),
                Cell(
                    r.tell("period.open")
                    if row.month == now
                    else r.word("invoice_state", row.state),
                    row.state,
                    tag=TONES.get(row.state, "plain"),
                    note=row.problem,
                ),
                Cell(_total(r, row, used), row.total or ""),
                Cell(row.currency, row.currency),
                Cell(r.at(row.issued_at) if row.issued_at else NONE, row.issued_at or 0),
                Cell(r.day(row.due) if row.due else NONE, row.due),
            ]
            for row in part.shown
        ],
        pager=part.pager,
        csv="/invoices?csv=invoices" if rows else None,
        empty=r.tell("invoices.none"),
    )


def _used(desk: Desk, rows: Sequence[InvoiceRow]) -> dict[tuple[str, str], tuple[int, str]]:
    """(account, month) -> charges so far, for months that have no document."""
    still = [row for row in rows if row.total is None]
    if not still:
        return {}
    months = [row.month for row in still]
    sums = desk.sums(
        ["account", "month"],
        Days(f"{min(months)}-01", month_last(max(months))),
        only={"account": {row.account for row in still}},
    )
    return {(row.keys[0], row.keys[1]): (row.charge, sums.currency) for row in sums.rows}


def _total(r: Reader, row: InvoiceRow, used: dict[tuple[str, str], tuple[int, str]]) -> str:
    """Its total; before there is a document, about what the receipts come to."""
    if row.total is not None:
        return r.amount(Decimal(row.total), row.currency)
    charge = used.get((row.account, row.month))
    return NONE if charge is None else f"≈ {r.money(*charge)}"


@router.get("/invoices/{ident}")
def one(request: Request, visit: Seen, ident: str) -> Response:
    frame, desk = Frame(request, visit, here="invoices"), visit.desk
    row, document, history = find(desk, ident)
    r = frame.reader
    amount = r.amount(Decimal(document.total), document.currency)
    return frame.show(
        "invoice.html",
        title=row.number or r.tell("invoices.draft_of", month=r.month(row.month)),
        asof=r.tell("frame.asof", at=r.at(desk.at), currency=document.currency),
        row=row,
        running=row.month == month_of("", desk.at).name,
        tone=TONES.get(row.state, "plain"),
        document=document,
        paper=Paper(document),
        lines=lines_table(r, row, document),
        history=[(r.at(at), r.word("invoice_state", state), actor) for at, state, actor in history],
        forms=FORMS if row.state != "open" else (),
        lede=r.say(
            f"invoices.lede_{row.kind if row.kind == 'credit_note' else row.state}",
            account=row.account_name,
            amount=amount,
            month=r.month(row.month),
            due=r.day(document.due) if document.due else NONE,
        ),
    )


def find(desk: Desk, ident: str) -> tuple[InvoiceRow, Document, tuple[tuple[int, str, str], ...]]:
    """A document, or the preview of a month that nobody has drafted."""
    account, colon, month = ident.rpartition(":")
    try:
        view = desk.invoice(ident)
    except NotFoundError:
        if not colon:
            raise
        rows = [x for x in desk.invoices(account=account, month=month) if x.id == ident]
        if not rows:
            raise
        return rows[0], desk.preview(account, month), ()
    return view.row, view.document, view.history


class Paper:
    """The document in its own language, whoever reads the page."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.r = Reader(document.language)
        self.t = self.r.say

    def amount(self, text: str | None) -> str:
        return NONE if text is None else self.r.amount(Decimal(text), self.document.currency)

    def price(self, line: Line) -> str:
        if line.unit_price is None:
            return NONE
        return f"{self.r.amount(Decimal(line.unit_price), line.price_currency)}"

    def unit(self, line: Line) -> str:
        return self.r.tell("paper.million") if line.unit.startswith("1000000") else line.unit

    def quantity(self, line: Line) -> str:
        if line.unit.startswith(DRAWN):
            return self.r.money(int(line.quantity), line.unit.removeprefix(DRAWN))
        return self.r.number(int(line.quantity)) if line.quantity.isdigit() else line.quantity

    def what(self, line: Line) -> str:
        if line.description:
            return line.description
        kind = "" if line.kind == "usage" else self.r.word("line", line.kind)
        named = [kind, line.model, self.r.word("meter", line.meter) if line.meter else ""]
        return ", ".join(part for part in named if part)

    def day(self, text: str) -> str:
        return self.r.day(text[:10]) if text else NONE

    def rate(self, basis_points: int) -> str:
        return self.r.percent(basis_points * 100, digits=0 if basis_points % 100 == 0 else 2)


def lines_table(r: Reader, row: InvoiceRow, document: Document) -> Table:
    """Each line with the receipts that it is the sum of."""
    paper = Paper(document)
    rows = []
    for line in document.lines:
        month = line.period or document.period
        only = {"account": row.account, "project": line.project, "model": line.model}
        only["workload"] = line.workload
        day = month_last(month)
        rows.append(
            [
                Cell(str(line.id), line.id),
                Cell(paper.what(line), note=line.project_name),
                Cell(
                    r.tell("invoices.receipts", n=line.receipts),
                    line.receipts,
                    links.calls(f"{month}-01", day, **{k: v for k, v in only.items() if v})
                    if line.receipts
                    else None,
                ),
                Cell(
                    r.amount(Decimal(line.amount), document.currency) if line.amount else NONE,
                    line.amount or "",
                ),
            ]
        )
    return Table(
        ident="lines",
        caption=r.tell("invoices.lines"),
        columns=[
            Column("line", r.tell("invoices.line"), "number"),
            Column("what", r.tell("invoices.what"), "long"),
            Column("receipts", r.tell("invoices.sum_of"), "number"),
            Column("amount", r.tell("invoices.amount"), "number"),
        ],
        rows=rows,
        sorts=False,
    )


def month_last(month: str) -> str:
    return f"{month}-{monthrange(int(month[:4]), int(month[5:7]))[1]:02d}"


@router.post("/invoices/{ident}/draft")
def draft(visit: Changing, ident: str) -> Response:
    account, _, month = ident.rpartition(":")
    if not account:
        row = visit.desk.invoice(ident).row
        account, month = row.account, row.month
    made = visit.desk.draft(account, month)
    return _to(made.row.id, "invoice_drafted")


@router.post("/invoices/{ident}/approve")
def approve(visit: Changing, ident: str) -> Response:
    return _to(visit.desk.approve(ident).row.id, "invoice_approved")


@router.post("/invoices/{ident}/finalise")
def finalise(visit: Changing, ident: str) -> Response:
    return _to(visit.desk.finalise(ident).row.id, "invoice_finalised")


@router.post("/invoices/{ident}/credit")
def credit(
    visit: Changing,
    ident: str,
    reason: Annotated[str, Form()],
    line: Annotated[str, Form()] = "",
    amount: Annotated[str, Form()] = "",
) -> Response:
    """One line, or a part of it; no line: the whole document."""
    lines = {int(line): amount.strip()} if line.isdigit() else {}
    made = visit.desk.credit(ident, lines=lines, reason=reason.strip())
    return _to(made.row.id, "invoice_credited")


def _to(ident: str, said: str) -> Response:
    return RedirectResponse(f"{links.invoice(ident)}?said={said}", 303)


@router.get("/invoices/{ident}/file/{form}")
def file(visit: Seen, ident: str, form: str, language: str = "") -> Response:
    if form not in FORMS:
        raise NotFoundError(f"no such form; choose one of {', '.join(FORMS)}")
    name, kind, data = visit.desk.invoice_file(ident, form, language=language)
    return Response(
        data, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'}
    )
