"""The lines of a printed document: every one of them, or a summary by model."""

from collections.abc import Iterable
from typing import Any

from reportlab.platypus import Flowable, Spacer

from stillhouse.billing.document import DRAWN, Document, Line
from stillhouse.billing.exports.sections import Group, Section, by_model, sections
from stillhouse.billing.exports.words import Words
from stillhouse.printing.cells import SMALL, Cell, Pen, table
from stillhouse.printing.figures import Figures
from stillhouse.printing.page import BODY, Colours

PART_MOST = 240
"""Rows of one table of a long annex."""
MODELS_MOST = 14
"""Rows of a section's summary."""
MILLION = "1000000"
_SHARES = (0.385, 0.15, 0.145, 0.11, 0.08, 0.13)
_PLAIN_SHARES = (0.43, 0.155, 0.15, 0.11, 0.02, 0.135)
_SUMMARY = (0.52, 0.10, 0.20, 0.18)


class Lines:
    """Tables of one document's lines."""

    def __init__(self, document: Document, words: Words, figures: Figures, pen: Pen) -> None:
        self.document, self.words, self.figures, self.pen = document, words, figures, pen
        self.discounted = any(line.discount_bp for line in document.lines)
        self.shares = _SHARES if self.discounted else _PLAIN_SHARES
        currencies = {line.price_currency for line in document.lines if line.unit_price}
        self.priced_in = currencies.pop() if len(currencies) == 1 else ""

    def everything(self) -> list[Flowable]:
        """Every line, by section and group. Long lists are parts: a table splits in square time."""
        found = sections(self.document)
        lines = [line for s in found for g in s.groups for line in g.lines]
        prices = self.pen.figures([self._price(line) for line in lines], self.figures.point)
        by_id = {line.id: price for line, price in zip(lines, prices, strict=True)}
        parts = [_Part([self._head()], self.pen.colours)]
        for section in found:
            if len(found) > 1 or section.name != "usage":
                parts[-1].section(self.pen.heading(getattr(self.words, section.name)))
            for group in section.groups:
                if group.project or group.workload or len(section.groups) > 1:
                    parts[-1].group(self._group(group))
                for line in group.lines:
                    parts[-1].line(self._line(line, by_id[line.id]))
                    if len(parts[-1].rows) > PART_MOST:
                        parts.append(_Part([self._head()], self.pen.colours))
        kept = [part for part in parts if len(part.rows) > 1] or parts[:1]
        return [self._table(part.rows, self.shares, part.style) for part in kept]

    def summary(self) -> list[Flowable]:
        """A row per section and model, the dearest first."""
        words = self.words
        rows: list[list[Cell]] = [
            [
                self.pen.muted(words.item),
                self.pen.muted(words.lines, right=True),
                self.pen.muted(words.tokens, right=True),
                self.pen.muted(self._in(words.amount, self.document.currency), right=True),
            ]
        ]
        part = _Part(rows, self.pen.colours)
        for section in sections(self.document):
            part.section(self.pen.heading(getattr(words, section.name)))
            for row in self._models(section):
                part.line(row)
        made = self._table(part.rows, _SUMMARY, part.style)
        return [made, Spacer(1, 3), self.pen.muted(words.summary)]

    def _models(self, section: Section) -> Iterable[list[Cell]]:
        rows, others = by_model(section, self.document.unit, MODELS_MOST)
        for row in rows:
            name = row.model or self.words.kinds.get(row.kind, "")
            if others and row is rows[-1]:
                name = self.words.others.format(n=self.figures.number(str(others)))
            tokens = self.figures.number(str(row.tokens)) if row.tokens else ""
            yield [
                self.pen.text(name),
                self.pen.text(self.figures.number(str(row.lines)), right=True),
                self.pen.fitted(tokens, BODY * _SUMMARY[2]),
                self.pen.fitted(self.figures.number(row.amount), BODY * _SUMMARY[3]),
            ]

    def _table(
        self, rows: list[list[Cell]], shares: Iterable[float], style: list[tuple[Any, ...]]
    ) -> Flowable:
        return table(rows, [BODY * share for share in shares], style, repeat=1)

    def _head(self) -> list[Cell]:
        words = self.words
        return [
            self.pen.muted(words.item),
            self.pen.muted(words.quantity, right=True),
            self.pen.muted(self._in(words.unit_price, self.priced_in), right=True),
            "",
            self.pen.muted(words.discount, right=True) if self.discounted else "",
            self.pen.muted(self._in(words.amount, self.document.currency), right=True),
        ]

    def _in(self, name: str, currency: str) -> str:
        return f"{name} ({currency})" if currency else name

    def _group(self, group: Group) -> list[Cell]:
        name = " \u00b7 ".join(filter(None, [group.project, group.workload]))
        if name and not self.pen.fonts.whole(name):
            name = f"{name} ({group.ident})"
        amount = self.figures.number(group.amount)
        title = self.pen.text(name or self.words.no_project, bold=True)
        return [title, "", "", "", "", self._fit(amount, 5, bold=True)]

    def _line(self, line: Line, price: Flowable) -> list[Cell]:
        amount = self.words.no_price
        if line.amount is not None:
            amount = self.figures.number(line.amount)
        discount = f"\u2212{self.figures.percent(line.discount_bp)}" if line.discount_bp else ""
        return [
            self.pen.described(*self._what(line)),
            self._fit(self._quantity(line), 1),
            price,
            self.pen.muted(self._per(line)),
            self.pen.text(discount, right=True, size=SMALL),
            self._fit(amount, 5),
        ]

    def _fit(self, figure: str, column: int, *, bold: bool = False) -> Flowable:
        return self.pen.fitted(figure, BODY * self.shares[column], bold=bold)

    def _what(self, line: Line) -> tuple[str, str]:
        """What was sold, and what must be known about it."""
        words = self.words
        meter = words.meters.get(line.meter, line.meter)
        if line.kind not in {"usage", "correction"} or not meter:
            kind = words.kinds[line.kind]
            meter = f"{meter}, {kind}" if meter else kind
        parts = [line.description or line.model, meter]
        more = []
        if line.kind in {"correction", "credit"} or line.period != self.document.period:
            more.append(words.of_month.format(month=self.figures.month(line.period)))
        if line.refers is not None:
            refers = {"number": line.refers.number, "line": line.refers.line}
            more.append(words.refers_line.format(**refers))
        if line.estimated.strip("-0.") != "":
            more.append(words.estimated.format(n=self.figures.number(line.estimated)))
        if not line.model and line.item and not line.description:
            more.append(line.item)
        return " \u00b7 ".join(filter(None, parts)), "; ".join(more)

    def _quantity(self, line: Line) -> str:
        if line.quantity.strip("-0.") == "" and line.unit_price is None:
            return ""
        if line.unit == "unit-hour":
            return self.figures.hours(line.quantity)
        if line.unit.startswith(DRAWN):
            return self.figures.drawn(line.quantity, line.unit.removeprefix(DRAWN))
        return self.figures.number(line.quantity)

    def _price(self, line: Line) -> str:
        if line.unit_price is None:
            return ""
        text = self.figures.price(line.unit_price)
        return text if self.priced_in else f"{line.price_currency} {text}"

    def _per(self, line: Line) -> str:
        if line.unit_price is None:
            return ""
        if line.unit == "unit-hour":
            return self.words.per_hour
        block = line.unit.split(" ")[0]
        if block.isdecimal():
            if block == MILLION:
                return self.words.per_million
            return self.words.per_tokens.format(n=self.figures.number(block))
        return self.words.per_request


class _Part:
    """Rows of one table, the first its head, and what they look like."""

    def __init__(self, rows: list[list[Cell]], colours: Colours) -> None:
        self.rows, self.colours = rows, colours
        self.style: list[tuple[Any, ...]] = [
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, colours.accent),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
        ]
        if len(rows[0]) == len(_SHARES):
            self.style.append(("TOPPADDING", (3, 1), (4, -1), 3))  # smaller text, on the same line

    def section(self, heading: Flowable) -> None:
        row = self._add([heading, *[""] * (len(self.rows[0]) - 1)])
        self.style += [
            ("SPAN", (0, row), (-1, row)),
            ("TOPPADDING", (0, row), (-1, row), 5),
            self._with_next(row),
        ]

    def group(self, cells: list[Cell]) -> None:
        row = self._add(cells)
        self.style += [
            ("BACKGROUND", (0, row), (-1, row), self.colours.tint),
            ("SPAN", (0, row), (-2, row)),
            ("LEFTPADDING", (0, row), (0, row), 4),
            self._with_next(row),
        ]

    def line(self, cells: list[Cell]) -> None:
        row = self._add(cells)
        self.style += [
            ("LINEBELOW", (0, row), (-1, row), 0.25, self.colours.line),
            ("LEFTPADDING", (0, row), (0, row), 4),
        ]

    def _add(self, cells: list[Cell]) -> int:
        self.rows.append(cells)
        return len(self.rows) - 1

    def _with_next(self, row: int) -> tuple[Any, ...]:
        """A heading is never the last row of a page."""
        return ("NOSPLIT", (0, row), (0, row + 1))
