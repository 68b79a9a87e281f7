"""A document as a PDF that a company pays by: one page where it fits, and the same bytes each time.

    letterhead, parties, what is due, lines, totals, broken calls, proof

Where all lines do not fit on one page, the first has a summary by model and every line follows in
an annex. The canonical JSON is attached, since that is what the hash is of.
"""

from collections.abc import Sequence

from reportlab.platypus import Flowable, KeepTogether, PageBreak, Spacer

from stillhouse.billing.document import Document, to_json
from stillhouse.billing.exports.exact import check
from stillhouse.billing.exports.words import WORDS, Language, Words
from stillhouse.printing.blocks import (
    band,
    broken,
    file_name,
    footnotes,
    letterhead,
    parties,
    proof,
    title,
    totals,
)
from stillhouse.printing.cells import Pen
from stillhouse.printing.figures import Figures
from stillhouse.printing.fonts import Fonts
from stillhouse.printing.lines import Lines
from stillhouse.printing.page import CREDIT, INVOICE, Sheet, bound

LINES_MOST = 60
"""More lines than these never fit on one page."""


def pdf(
    document: Document, *, language: Language | None = None, fonts: Sequence[bytes] = ()
) -> bytes:
    """Print one document.

    Args:
        document: finalised, or a draft, which is marked as one on every page.
        language: None means the document's own.
        fonts: TrueType fonts for letters that the ones we bring do not have, tried in order.

    Raises:
        ExportError: the document does not add up.
        UnreadableFontError: a given font cannot be embedded.
    """
    check(document)
    printed = _Print(document, WORDS[language or document.language], fonts)
    if len(document.lines) <= LINES_MOST:
        data, pages = printed.once(annex=False)
        if pages == 1:
            return data
    return printed.once(annex=True)[0]


class _Print:
    def __init__(self, document: Document, words: Words, fonts: Sequence[bytes]) -> None:
        self.document, self.words, self.given = document, words, fonts
        self.figures = Figures(words.locale)

    def once(self, *, annex: bool) -> tuple[bytes, int]:
        """The file, and how many pages it has."""
        fonts = Fonts(self.given)
        colours = CREDIT if self.document.kind == "credit_note" else INVOICE
        story = self._story(Pen(fonts, colours), annex=annex)
        return bound(self._sheet(), story, fonts)

    def _sheet(self) -> Sheet:
        document, words = self.document, self.words
        number = document.number or words.draft
        issuer = document.issuer.name or document.issuer.id
        customer = document.customer.name or document.customer.id
        return Sheet(
            title=f"{title(document, words)} {number}",
            author=issuer,
            language=words.locale,
            issued=document.issued_at,
            mark="" if document.number else words.draft,
            running=f"{issuer} \u00b7 {number} \u00b7 {customer}",
            page=lambda page, pages: words.page.format(page=page, pages=pages),
            attached=(file_name(document), to_json(document).encode()),
            colours=CREDIT if document.kind == "credit_note" else INVOICE,
        )

    def _story(self, pen: Pen, *, annex: bool) -> list[Flowable]:
        document, words, figures = self.document, self.words, self.figures
        lines = Lines(document, words, figures, pen)
        story: list[Flowable] = [
            letterhead(document, words, pen),
            Spacer(1, 14),
            parties(document, words, figures, pen),
            Spacer(1, 12),
            band(document, words, figures, pen),
            Spacer(1, 12),
            *(lines.summary() if annex else lines.everything()),
            Spacer(1, 8),
            KeepTogether([totals(document, words, figures, pen)]),
        ]
        for block in (
            broken(document, words, figures, pen),
            proof(document, words, figures, pen),
        ):
            if block:
                story += [Spacer(1, 9), KeepTogether(block)]
        every_line = lines.everything() if annex else []
        story += footnotes(document, words, pen)
        if every_line:
            story += [PageBreak(), pen.heading(words.annex), Spacer(1, 4), *every_line]
        return story
