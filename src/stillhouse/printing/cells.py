"""Cells of a printed table: text that wraps, and figures that stand on their decimal point."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from reportlab.lib.colors import Color
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, Paragraph, Table, TableStyle

from stillhouse.printing.fonts import BOLD, REGULAR, Fonts
from stillhouse.printing.page import Colours

SIZE = 7.6
SMALL = 6.6
SPARE = 6.5
"""What a cell's padding takes of its width, and a little."""
Cell: TypeAlias = str | Flowable | list[Flowable]


@dataclass(frozen=True, slots=True)
class Pen:
    """How text is written: with these fonts, in these colours."""

    fonts: Fonts
    colours: Colours

    def text(
        self,
        *parts: str,
        size: float = SIZE,
        bold: bool = False,
        colour: Color | None = None,
        right: bool = False,
    ) -> Paragraph:
        """Parts on lines of their own."""
        style = ParagraphStyle(
            "text",
            fontName=BOLD if bold else REGULAR,
            fontSize=size,
            leading=size * 1.32,
            textColor=colour or self.colours.ink,
            alignment=TA_RIGHT if right else TA_LEFT,
            splitLongWords=1,
        )
        return Paragraph("<br/>".join(self.fonts.markup(p, bold=bold) for p in parts), style)

    def fitted(
        self, text: str, room: float, *, size: float = SIZE, bold: bool = False
    ) -> Paragraph:
        """A figure on one line, flush right, smaller where `room` points are too few for it."""
        width = self.fonts.width(text, size, bold=bold)
        if width > room - SPARE:
            size *= (room - SPARE) / width
        return self.text(text, size=size, bold=bold, right=True)

    def muted(self, *parts: str, size: float = SMALL, right: bool = False) -> Paragraph:
        return self.text(*parts, size=size, colour=self.colours.muted, right=right)

    def heading(self, text: str) -> Paragraph:
        return self.text(text, size=7.4, bold=True, colour=self.colours.accent)

    def described(self, text: str, more: str) -> Paragraph:
        """A text and, on the same line, what explains it."""
        made = self.fonts.markup(text)
        if more:
            colour = self.colours.muted.hexval().replace("0x", "#")
            made += f' <font size="{SMALL}" color="{colour}">{self.fonts.markup(more)}</font>'
        style = ParagraphStyle(
            "described",
            fontName=REGULAR,
            fontSize=SIZE,
            leading=SIZE * 1.32,
            textColor=self.colours.ink,
        )
        return Paragraph(made, style)

    def figures(self, texts: Sequence[str], point: str) -> list["Aligned"]:
        """A column of numbers with their decimal points under each other."""
        tail = max((self._tail(text, point) for text in texts), default=0)
        return [Aligned(text, point, tail, self) for text in texts]

    def _tail(self, text: str, point: str) -> float:
        _, mark, decimals = text.rpartition(point)
        return self.fonts.width(mark + decimals, SIZE) if mark else 0


class Aligned(Flowable):  # type: ignore[misc] # reportlab publishes no types
    """One number of such a column; `tail` is the room to the right of the point, in points."""

    def __init__(self, text: str, point: str, tail: float, pen: Pen, *, bold: bool = False) -> None:
        super().__init__()
        whole, mark, decimals = text.rpartition(point)
        self.whole, self.decimals = (whole, mark + decimals) if mark else (text, "")
        self.tail, self.pen, self.bold = tail, pen, bold
        self.room = 0.0

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        self.room = available_width
        return available_width, SIZE * 1.32

    def draw(self) -> None:
        canvas: Any = self.canv
        canvas.setFont(BOLD if self.bold else REGULAR, SIZE)
        canvas.setFillColor(self.pen.colours.ink)
        point = self.room - self.tail
        canvas.drawRightString(point, SIZE * 0.335, self.whole)
        canvas.drawString(point, SIZE * 0.335, self.decimals)


def table(
    rows: Sequence[Sequence[Cell]],
    widths: Sequence[float],
    style: Iterable[tuple[Any, ...]] = (),
    *,
    repeat: int = 0,
    pad: float = 2.2,
) -> Table:
    """A table without lines of its own; `style` adds them."""
    base = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("FONT", (0, 0), (-1, -1), REGULAR, 5, 5),  # of empty cells: no taller than the text
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), pad),
        ("BOTTOMPADDING", (0, 0), (-1, -1), pad),
    ]
    made = [list(row) for row in rows]
    return Table(made, colWidths=list(widths), style=TableStyle([*base, *style]), repeatRows=repeat)
