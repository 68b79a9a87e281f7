"""The paper: its size and colours, what is on every page, and what the file says about itself.

Made with reportlab's invariant mode, with the document's own date as the file's, so that printing
again gives the same bytes. The document's JSON travels inside as an attachment: what is printed can
always be checked against what was signed.
"""

import io
import time
from calendar import timegm
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFName,
    PDFStream,
    PDFStreamFilterZCompress,
    PDFString,
)
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate

from stillhouse.printing.fonts import BOLD, REGULAR, Fonts

WIDTH, HEIGHT = A4
MARGIN = 42
TOP, BOTTOM = 40, 46
BODY = WIDTH - 2 * MARGIN
EPOCH = 946_684_800
"""2000-01-01: a draft has no date of its own."""


_INK, _MUTED = HexColor("#17212b"), HexColor("#5d6975")
_LINE, _MARK = HexColor("#cfd6dc"), HexColor("#e9edf0")


@dataclass(frozen=True, slots=True)
class Colours:
    """ink, muted: text. accent: headings and rules. tint: backgrounds. mark: behind the text."""

    accent: Color
    tint: Color
    ink: Color = _INK
    muted: Color = _MUTED
    line: Color = _LINE
    mark: Color = _MARK


INVOICE = Colours(accent=HexColor("#0f4c5c"), tint=HexColor("#edf3f5"))
CREDIT = Colours(accent=HexColor("#8a3324"), tint=HexColor("#f8efec"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What every page of a document has. issued: ISO 8601, or empty. page: of how many."""

    title: str
    author: str
    language: str
    issued: str
    mark: str
    running: str
    page: Callable[[int, int], str]
    attached: tuple[str, bytes]
    colours: Colours


def bound(sheet: Sheet, story: Sequence[Flowable], fonts: Fonts) -> tuple[bytes, int]:
    """The story on pages; the file and how many pages it has."""
    out = io.BytesIO()
    frame = Frame(
        *(MARGIN, BOTTOM, BODY, HEIGHT - TOP - BOTTOM),
        **dict.fromkeys(("leftPadding", "rightPadding", "topPadding", "bottomPadding"), 0),
    )
    template = PageTemplate(
        id="page",
        frames=[frame],
        onPage=lambda canvas, _book: _behind(canvas, sheet),
    )
    book = BaseDocTemplate(
        out,
        pagesize=A4,
        pageTemplates=[template],
        invariant=1,
        pageCompression=1,
        title=sheet.title,
        author=sheet.author,
        subject=sheet.running,
        creator="Stillhouse",
        lang=sheet.language,
    )
    book.build(list(story), canvasmaker=partial(_Numbered, sheet=sheet, fonts=fonts))
    return out.getvalue(), int(book.page)


class _Numbered(Canvas):  # type: ignore[misc] # reportlab publishes no types
    """Keeps finished pages until all are there, so that each foot can say how many they are."""

    def __init__(self, *arguments: Any, sheet: Sheet, fonts: Fonts, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.sheet, self.fonts = sheet, fonts
        self.finished: list[dict[str, Any]] = []
        _date(self._doc, sheet.issued)
        _attach(self._doc, *sheet.attached)

    def showPage(self) -> None:  # noqa: N802 # reportlab's name
        self.finished.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        pages = self.finished
        for place, page in enumerate(pages, 1):
            self.__dict__.update(page)
            _foot(self, self.sheet, self.sheet.page(place, len(pages)), self.fonts)
            super().showPage()
        super().save()


def _date(file: Any, issued: str) -> None:
    """The file was made when the document was issued."""
    at = EPOCH
    if issued:
        at = timegm(datetime.fromisoformat(issued).utctimetuple())
    stamp = file._timeStamp  # noqa: SLF001
    stamp.t, stamp.lt = at, time.gmtime(at)
    stamp.YMDhms = tuple(stamp.lt)[:6]


def _attach(file: Any, name: str, data: bytes) -> None:
    """PDF 2.0, 7.11.4: an embedded file, listed in the catalogue's names; its source (7.11.3)."""
    stream = PDFStream(
        PDFDictionary(
            {
                "Type": PDFName("EmbeddedFile"),
                "Subtype": "/application#2Fjson",
                "Params": PDFDictionary({"Size": len(data)}),
            }
        ),
        data,
        filters=[PDFStreamFilterZCompress()],
    )
    embedded = file.Reference(stream)
    listing = PDFDictionary(
        {
            "Type": PDFName("Filespec"),
            "F": PDFString(name),
            "UF": PDFString(name),
            "EF": PDFDictionary({"F": embedded, "UF": embedded}),
            "AFRelationship": PDFName("Source"),
        }
    )
    entry = PDFArray([PDFString(name), file.Reference(listing)])
    file.Catalog.Names = PDFDictionary({"EmbeddedFiles": PDFDictionary({"Names": entry})})


def _behind(canvas: Any, sheet: Sheet) -> None:
    if sheet.mark:
        canvas.saveState()
        canvas.setFont(BOLD, 110)
        canvas.setFillColor(sheet.colours.mark)
        canvas.translate(WIDTH * 0.5, HEIGHT * 0.48)
        canvas.rotate(52)
        canvas.drawCentredString(0, -40, sheet.mark)
        canvas.restoreState()
    canvas.setFillColor(sheet.colours.accent)
    canvas.rect(0, HEIGHT - 9, WIDTH, 9, stroke=0, fill=1)


def _foot(canvas: Any, sheet: Sheet, page: str, fonts: Fonts) -> None:
    canvas.saveState()
    canvas.setStrokeColor(sheet.colours.line)
    canvas.setLineWidth(0.5)
    canvas.line(MARGIN, BOTTOM - 10, WIDTH - MARGIN, BOTTOM - 10)
    canvas.setFillColor(sheet.colours.muted)
    across = float(MARGIN)
    for font, part in fonts.runs(sheet.running):
        canvas.setFont(font, 6.5)
        canvas.drawString(across, BOTTOM - 21, part)
        across += canvas.stringWidth(part, font, 6.5)
    canvas.setFont(REGULAR, 6.5)
    canvas.drawRightString(WIDTH - MARGIN, BOTTOM - 21, page)
    canvas.restoreState()
