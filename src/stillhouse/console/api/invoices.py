"""Invoices: list, preview, draft, approve, finalise, credit, the document and its PDF."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from stillhouse.billing.document import Document
from stillhouse.console.api.shapes import Amount, Asked, Ident, ReadsInvoices, WritesInvoices
from stillhouse.console.money_views import InvoiceRow, InvoiceView
from stillhouse.console.written import At

router = APIRouter(tags=["invoices"])

MonthOf = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
Language = Annotated[str, Query(pattern=r"^(en|id)?$")]


class Invoice(BaseModel):
    """document: see docs/reference/invoice.md. history: each state, when and by whom."""

    row: InvoiceRow
    document: dict[str, Any]
    history: list[tuple[At, str, str]]


class NewDraft(Asked):
    account: Ident
    month: MonthOf


class NewCredit(Asked):
    """lines: number of a line -> amount to take back; empty: all of it."""

    lines: dict[int, Amount] = Field(default_factory=dict)
    reason: Annotated[str, Field(min_length=1, max_length=2_000)]


@router.get("/invoices", summary="Invoices and credit notes, and open months")
def invoices(
    visit: ReadsInvoices,
    account: Annotated[str, Query(max_length=200)] = "",
    month: Annotated[str, Query(pattern=r"^(\d{4}-\d{2})?$")] = "",
) -> list[InvoiceRow]:
    return visit.desk.invoices(account=account, month=month)


@router.get("/invoices/preview", summary="The document as it would be sent, kept nowhere")
def preview(
    visit: ReadsInvoices,
    account: Annotated[str, Query(max_length=200)],
    month: Annotated[str, Query(pattern=r"^\d{4}-\d{2}$")],
    currency: Annotated[str, Query(pattern=r"^([A-Za-z]{3})?$")] = "",
    fx: Annotated[str, Query(pattern=r"^(\d{1,12}(\.\d{1,12})?)?$")] = "",
    language: Language = "",
) -> dict[str, Any]:
    return _plain(visit.desk.preview(account, month, currency=currency, fx=fx, language=language))


@router.post("/invoices", status_code=201, summary="Draft an account's month")
def draft(visit: WritesInvoices, asked: NewDraft) -> Invoice:
    return _shown(visit.desk.draft(asked.account, asked.month))


@router.get("/invoices/{invoice}", summary="One invoice with its document")
def invoice(visit: ReadsInvoices, invoice: Ident) -> Invoice:
    return _shown(visit.desk.invoice(invoice))


@router.get(
    "/invoices/{invoice}/pdf",
    summary="The invoice as a PDF",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def pdf(visit: ReadsInvoices, invoice: Ident, language: Language = "") -> Response:
    body = visit.desk.invoice_pdf(invoice, language=language)
    headers = {"content-disposition": 'attachment; filename="invoice.pdf"'}
    return Response(body, media_type="application/pdf", headers=headers)


@router.get(
    "/invoices/{invoice}/file/{form}",
    summary="The document as a file: pdf, json, csv, focus-csv, focus-parquet, beancount",
    response_class=Response,
)
def file(visit: ReadsInvoices, invoice: Ident, form: Ident, language: Language = "") -> Response:
    name, kind, body = visit.desk.invoice_file(invoice, form, language=language)
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=kind, headers=headers)


@router.post("/invoices/{invoice}/approve", summary="Approve a draft")
def approve(visit: WritesInvoices, invoice: Ident) -> Invoice:
    return _shown(visit.desk.approve(invoice))


@router.post("/invoices/{invoice}/finalise", summary="Number it and close it for ever")
def finalise(visit: WritesInvoices, invoice: Ident) -> Invoice:
    return _shown(visit.desk.finalise(invoice))


@router.post("/invoices/{invoice}/credit", status_code=201, summary="Take back lines of it")
def credit(visit: WritesInvoices, invoice: Ident, asked: NewCredit) -> Invoice:
    return _shown(visit.desk.credit(invoice, lines=asked.lines, reason=asked.reason))


def _shown(view: InvoiceView) -> Invoice:
    return Invoice(row=view.row, document=_plain(view.document), history=list(view.history))


def _plain(document: Document) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(document)
    return plain
