"""Documents as files: which form is made by whom, what the file is called, and what it is.

The command line and the console both ask this, so that a file downloaded is the file exported.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

from stillhouse.billing.document import Document, to_json
from stillhouse.billing.exports.beancount import beancount
from stillhouse.billing.exports.csv import csv_text
from stillhouse.billing.exports.focus import focus_rows
from stillhouse.billing.exports.focus_columns import focus_csv
from stillhouse.billing.exports.words import Language

Form = Literal["pdf", "json", "csv", "focus-csv", "focus-parquet", "beancount"]
FORMS: dict[Form, tuple[str, str]] = {
    "pdf": (".pdf", "application/pdf"),
    "json": (".json", "application/json"),
    "csv": (".csv", "text/csv; charset=utf-8"),
    "focus-csv": (".focus.csv", "text/csv; charset=utf-8"),
    "focus-parquet": (".focus.parquet", "application/vnd.apache.parquet"),
    "beancount": (".beancount", "text/plain; charset=utf-8"),
}
"""Form -> how its files end, and their media type."""
OF_ONE: frozenset[Form] = frozenset({"pdf", "json"})
"""Forms that hold one document; the others take a month of them."""


@dataclass(frozen=True, slots=True)
class File:
    """name: a plain file name without a folder."""

    name: str
    media_type: str
    data: bytes


def export(
    documents: Sequence[Document],
    form: Form,
    *,
    language: Language | None = None,
    fonts: Sequence[bytes] = (),
) -> File:
    """One file of these documents.

    Args:
        documents: one at least, and one at most where `form` is `OF_ONE`.
        form: what to write.
        language: of a PDF; None means the document's own.
        fonts: for a PDF: TrueType fonts for letters that ours do not have.

    Raises:
        ExportError: a document does not add up.
        UnreadableFontError: a given font cannot be embedded.
        ValueError: more documents than this form holds, or none.
    """
    if not documents:
        raise ValueError("no document to export")
    if form in OF_ONE and len(documents) > 1:
        raise ValueError(f"{form} holds one document: export {len(documents)} of them one by one")
    ending, media_type = FORMS[form]
    name = _plain(documents[0].number) or "draft"
    name = name if len(documents) == 1 else f"{name}-and-{len(documents) - 1}-more"
    return File(name + ending, media_type, _written(documents, form, language, fonts))


def _written(
    documents: Sequence[Document], form: Form, language: Language | None, fonts: Sequence[bytes]
) -> bytes:
    match form:
        case "pdf":
            from stillhouse.printing.pdf import pdf  # noqa: PLC0415 # reportlab takes 0.3 s

            return pdf(documents[0], language=language, fonts=fonts)
        case "json":
            return to_json(documents[0]).encode()
        case "csv":
            return csv_text(documents).encode()
        case "focus-csv":
            return focus_csv(row for each in documents for row in focus_rows(each)).encode()
        case "focus-parquet":
            from stillhouse.printing.parquet import focus_parquet  # noqa: PLC0415 # pyarrow too

            return focus_parquet([row for each in documents for row in focus_rows(each)])
        case "beancount":
            return beancount(documents).encode()
        case _:
            assert_never(form)


def _plain(number: str) -> str:
    """Letters, digits, dots and dashes: no path, whatever an issuer's numbers look like."""
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in number)
    return kept.strip("-.")
