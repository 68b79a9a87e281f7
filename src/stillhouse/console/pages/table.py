"""A table as a value: one description, shown as HTML and given out as CSV.

Cells carry what is seen and what it is: the exact value sorts on the page and stands in the file,
so that an export never has the rounding of the eye. A text in a file that a spreadsheet would take
for a formula gets an apostrophe before it.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fastapi.responses import Response
from markupsafe import Markup

from stillhouse.console.pages.window import Pager

Kind = Literal["text", "long", "number", "act", "spark", "file"]
"""number: to the right, exact. act: buttons. spark: a picture. file: only in the export."""


@dataclass(frozen=True, slots=True)
class Column:
    """key: its name in the export, in English for programs. label: what the reader sees."""

    key: str
    label: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Cell:
    """shown: for the eye. value: exact, for sorting and the export. href: what it is the sum of.

    dot: a colour before it. tag: a box around it: "", good, amber, red, plain.
    """

    shown: str | Markup
    value: str | int = ""
    href: str | None = None
    dot: int | None = None
    tag: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The first column names the row. rows: as many cells as columns.

    foot: sums, or what the rows come to that are not shown.
    """

    ident: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    foot: Sequence[Cell] = ()
    note: str = ""
    csv: str | None = None
    """address of the same table as a file"""
    empty: str = ""
    sorts: bool = True
    more: Cell | None = None
    pager: Pager | None = None
    """when these are some of many rows"""

    @property
    def seen(self) -> list[Column]:
        """The columns that stand on the page."""
        return [column for column in self.columns if column.kind != "file"]

    def cells(self, row: Sequence[Cell]) -> list[tuple[Column, Cell]]:
        """Those cells of a row, or of the foot, that stand on the page."""
        pairs = zip(self.columns, row, strict=True)
        return [(column, cell) for column, cell in pairs if column.kind != "file"]


_RISKY = ("=", "+", "-", "@", "\t", "\r")


def text(table: Table) -> str:
    """The table as CSV, RFC 4180, header in English."""
    kept = [n for n, c in enumerate(table.columns) if c.kind not in {"act", "spark"}]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([table.columns[n].key for n in kept])
    for row in table.rows:
        writer.writerow([_safe(row[n], table.columns[n].kind) for n in kept])
    return out.getvalue()


def _safe(cell: Cell, kind: Kind) -> str:
    value = str(cell.value if cell.value != "" else cell.shown)
    return "'" + value if kind != "number" and value.startswith(_RISKY) else value


def as_file(table: Table, name: str) -> Response:
    """An answer that a browser saves under this name."""
    plain = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
    return Response(
        text(table),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{plain}.csv"'},
    )
