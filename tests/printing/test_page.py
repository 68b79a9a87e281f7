"""Every page has its foot and its mark; the file has a date, a language and its attachment."""

import io

import pypdf
import pypdfium2
from reportlab.platypus import PageBreak, Spacer

from stillhouse.printing.fonts import Fonts
from stillhouse.printing.page import INVOICE, Sheet, bound


def sheet(*, issued: str = "", mark: str = "") -> Sheet:
    return Sheet(
        title="Invoice 1",
        author="Issuer",
        language="en",
        issued=issued,
        mark=mark,
        running="Issuer, 1",
        page=lambda page, pages: f"Page {page} of {pages}",
        attached=("1.json", b"{}"),
        colours=INVOICE,
    )


def texts(data: bytes) -> list[str]:
    book = pypdfium2.PdfDocument(data)
    try:
        return [page.get_textpage().get_text_bounded() for page in book]
    finally:
        book.close()


def test_every_page_has_its_number_and_its_mark() -> None:
    story = [Spacer(1, 1), PageBreak(), Spacer(1, 1)]
    data, pages = bound(sheet(mark="DRAFT"), story, Fonts())
    found = texts(data)

    assert 2 == pages == len(found)
    assert all("Issuer, 1" in text and "DRAFT" in text for text in found)
    assert ["Page 1 of 2" in found[0], "Page 2 of 2" in found[1]] == [True, True]


def test_the_file_is_of_the_day_of_the_document() -> None:
    story = [Spacer(1, 1)]
    issued, _ = bound(sheet(issued="2026-12-01T09:30:00Z"), story, Fonts())
    draft, _ = bound(sheet(), story, Fonts())
    dates = [
        pypdf.PdfReader(io.BytesIO(data)).metadata.creation_date  # type: ignore[union-attr]
        for data in (issued, draft)
    ]

    assert ["2026-12-01", "2000-01-01"] == [f"{date}"[:10] for date in dates]


def test_the_attachment_can_be_saved() -> None:
    data, _ = bound(sheet(), [Spacer(1, 1)], Fonts())

    assert {"1.json": [b"{}"]} == dict(pypdf.PdfReader(io.BytesIO(data)).attachments)
