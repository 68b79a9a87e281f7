"""The lines of documents as CSV: RFC 4180, UTF-8, one header, a row per line and per tax.

The sum of `amount` over a document's rows is its total. Texts that a spreadsheet would take for a
formula (they begin with = + - @, a tab or a line end) get an apostrophe in front, because project
and workload names are chosen by customers; numbers are left as they are.
Source: OWASP, "CSV Injection" (read November 2026).
"""

import csv
import io
from collections.abc import Iterable, Iterator

from stillhouse.billing.document import Document, Line
from stillhouse.billing.exports.exact import check

COLUMNS = (
    "number",
    "document",
    "account",
    "account_name",
    "line",
    "kind",
    "period",
    "project",
    "project_name",
    "workload",
    "model",
    "meter",
    "description",
    "quantity",
    "unit",
    "unit_price",
    "price_currency",
    "discount_bp",
    "rate",
    "amount",
    "currency",
    "tariff",
    "item",
    "receipts",
    "estimated",
    "refers_number",
    "refers_line",
)
NUMBERS = frozenset(
    {"line", "quantity", "unit_price", "discount_bp", "rate", "amount", "receipts", "estimated"}
    | {"refers_line"}
)
"""Columns of numbers: a minus in front of them is no formula."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_text(documents: Iterable[Document]) -> str:
    """One table of all of them, with CRLF line ends.

    Raises:
        ExportError: a document does not add up.
    """
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for document in documents:
        check(document)
        for row in _rows(document):
            table.writerow([_cell(column, row.get(column)) for column in COLUMNS])
    return out.getvalue()


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cell(column: str, value: object) -> str:
    text = "" if value is None else str(value)
    return text if column in NUMBERS else guarded(text)


def _rows(document: Document) -> Iterator[dict[str, object]]:
    common: dict[str, object] = {
        "number": document.number,
        "document": document.kind,
        "account": document.customer.id,
        "account_name": document.customer.name,
        "currency": document.currency,
    }
    for line in document.lines:
        yield common | _line(line)
    for tax in document.taxes:
        yield common | {
            "kind": "tax",
            "period": document.period,
            "description": tax.name,
            "amount": tax.amount,
        }


def _line(line: Line) -> dict[str, object]:
    refers = line.refers
    return {
        "line": line.id,
        "kind": line.kind,
        "period": line.period,
        "project": line.project,
        "project_name": line.project_name,
        "workload": line.workload,
        "model": line.model,
        "meter": line.meter,
        "description": line.description,
        "quantity": line.quantity,
        "unit": line.unit,
        "unit_price": line.unit_price,
        "price_currency": line.price_currency,
        "discount_bp": line.discount_bp,
        "rate": line.rate,
        "amount": line.amount,
        "tariff": line.tariff,
        "item": line.item,
        "receipts": line.receipts,
        "estimated": line.estimated,
        "refers_number": refers.number if refers else "",
        "refers_line": refers.line if refers else None,
    }
