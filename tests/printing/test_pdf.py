"""A printed document says what the document says, on one page, in the same bytes each time."""

import io
from collections.abc import Callable

import msgspec
import pypdf
import pypdfium2
import pytest
from hypothesis import given, settings
from tests.billing.exports.documents import documents, made, usage
from tests.printing.invoices import ISSUED, SAMPLES, credit, draft, in_dollars, in_rupiah, long

from stillhouse.billing.document import Document, Party, digest, from_json
from stillhouse.billing.exports.exact import ExportError
from stillhouse.printing.figures import Figures
from stillhouse.printing.pdf import pdf

EACH = pytest.mark.parametrize("make", SAMPLES.values(), ids=list(SAMPLES))


def pages(data: bytes) -> list[str]:
    """The text of each page, with blanks that may break lines as blanks."""
    book = pypdfium2.PdfDocument(data)
    try:
        texts = [page.get_textpage().get_text_bounded() for page in book]
    finally:
        book.close()
    return [" ".join(text.replace("\u00a0", " ").split()) for text in texts]


def top_colour(data: bytes) -> object:
    """Of the stripe along the upper edge of the first page."""
    book = pypdfium2.PdfDocument(data)
    try:
        return book[0].render(scale=0.2).to_pil().getpixel((3, 0))
    finally:
        book.close()


@EACH
def test_the_same_document_gives_the_same_bytes(make: Callable[[], Document]) -> None:
    assert pdf(make()) == pdf(make())


@pytest.mark.parametrize("make", [in_dollars, in_rupiah, credit, draft])
def test_an_ordinary_document_is_one_page(make: Callable[[], Document]) -> None:
    assert 1 == len(pages(pdf(make())))


def test_everything_that_a_payer_needs_is_on_it() -> None:
    document = in_dollars()
    [text] = pages(pdf(document))
    needed = [
        *("PT Awan Nusantara", "Komentar Tbk", "AWN-2026-000117", "1 December 2026"),
        *("31 December 2026", "November 2026", "USD 3,657.75", "3,295.27", "VAT 11%", "362.48"),
        *("Comments \u00b7 answer users", "22,361,018", "53.11", "\u22125%", "of October 2026"),
        *("capacity, not used", "384.00", "drawn from commitment", "\u221250.00"),
        *(
            "Account 035-123-4567",
            "yes, USD 0.1531",
            "only what was relayed is charged",
            "28,185 receipts",
        ),
        *("of writer 1, 14,090 between numbers 1 and 16112", document.receipts.root, document.hash),
        *("stillhouse verify-invoice AWN-2026-000117.json", "Page 1 of 1"),
    ]

    assert [] == [each for each in needed if each not in text]


def test_indonesian_has_its_words_numbers_and_months() -> None:
    [text] = pages(pdf(in_rupiah()))
    needed = [
        *("Faktur", "Rp 1.780.719", "1 Desember 2026", "token masukan", "22.361.018", "PPN 11%"),
        *("1 USD = 16.100 IDR", "Bank Indonesia, JISDOR, 30 November 2026", "Halaman 1 dari 1"),
        *("hanya yang diteruskan yang ditagih", "kurs hari terakhir bulan itu"),
    ]

    assert [] == [each for each in needed if each not in text]
    assert "Invoice" in pages(pdf(in_rupiah(), language="en"))[0]


def test_two_hundred_lines_are_a_summary_and_an_annex() -> None:
    document = long()
    first, *annex = pages(pdf(document))
    numbers = Figures("en")
    missing = [
        line.id
        for line in document.lines
        if not any(numbers.number(line.quantity) in page for page in annex)
    ]

    assert [] == missing
    assert "Summary by model" in first
    assert f"Page 1 of {1 + len(annex)}" in first
    assert numbers.money(document.total, "USD").replace("\u00a0", " ") in first
    assert 200 == sum(page.count("per million") + page.count(" each ") for page in annex)


def test_a_draft_says_so_and_asks_for_nothing() -> None:
    [text] = pages(pdf(draft()))

    assert "KONSEP" in text
    assert "belum ada yang perlu dibayar" in text
    assert "verify-invoice" not in text


def test_a_credit_note_is_none_to_pay() -> None:
    [text] = pages(pdf(credit()))

    assert "Credit note" in text
    assert "Corrects invoice AWN-2026-000117" in text
    assert "Amount credited to you" in text
    assert "Payment to" not in text
    assert top_colour(pdf(credit())) != top_colour(pdf(in_dollars()))


def test_nothing_to_pay_needs_no_bank() -> None:
    [text] = pages(pdf(made([], **ISSUED)))

    assert "Nothing to pay" in text
    assert "Payment to" not in text


@EACH
def test_the_document_travels_inside(make: Callable[[], Document]) -> None:
    document = make()
    [(_, [held])] = pypdf.PdfReader(io.BytesIO(pdf(document))).attachments.items()
    found = from_json(held)

    assert document == found
    assert not found.number or found.hash == digest(found)


def test_the_file_says_what_it_is_in_which_language_and_of_when() -> None:
    reader = pypdf.PdfReader(io.BytesIO(pdf(in_rupiah())))
    about = reader.metadata
    assert about is not None

    assert ("Faktur AWN-2026-000117", "PT Awan Nusantara") == (about.title, about.author)
    assert "id" == str(reader.root_object["/Lang"])
    assert about.creation_date is not None
    assert "2026-12-01T09:30" == about.creation_date.isoformat()[:16]


@settings(max_examples=40, deadline=None)
@given(documents())
def test_any_document_can_be_printed(document: Document) -> None:
    texts = pages(pdf(document))
    amount = Figures(document.language).number(document.total.removeprefix("-"))

    assert amount in texts[0]


def test_the_largest_amounts_stay_on_one_line() -> None:
    line = usage("gpt-4o", "output", 25 * 10**14, "10.00", rate="16100", discount_bp=1)
    document = made([line], unit="0.01", currency="IDR", **ISSUED)
    [text] = pages(pdf(document))

    assert 3 <= text.count("402,459,750,000,000.00")
    assert "2,500,000,000,000,000" in text


def test_a_name_that_cannot_be_drawn_has_its_id_beside_it() -> None:
    line = usage("gpt-4o", "input", 10**6, "2.50", project="prj_9", project_name="ไทย")
    customer = Party(id="acct_9", name="東京株式会社")
    [text] = pages(pdf(made([line], **(ISSUED | {"customer": customer}))))

    assert "[?] (prj_9)" in text
    assert "acct_9" in text
    assert "Some letters of names cannot be drawn" in text
    assert "drawn by your reader's own fonts" in text


def test_names_are_text_and_never_markup() -> None:
    line = usage("gpt-4o", "input", 10**6, "2.50", project="p", project_name="<b>A</b> &amp; B")

    assert "<b>A</b> &amp; B" in pages(pdf(made([line], **ISSUED)))[0]


def test_nothing_is_printed_of_a_document_that_does_not_add_up() -> None:
    with pytest.raises(ExportError, match="the total says 1"):
        pdf(msgspec.structs.replace(in_dollars(), total="1"))
