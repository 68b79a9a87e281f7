"""Parts of a printed document: names of files, periods, and figures for people."""

import msgspec
import pytest
from tests.printing.invoices import credit, draft, in_dollars

from stillhouse.billing.exports.words import ENGLISH
from stillhouse.printing.blocks import _period, _short, broken, file_name, footnotes, title
from stillhouse.printing.cells import Pen
from stillhouse.printing.figures import Figures
from stillhouse.printing.fonts import Fonts
from stillhouse.printing.page import INVOICE

EN = Figures("en")


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("AWN-2026-000117", "AWN-2026-000117.json"),
        ("INV/2026/7", "INV-2026-7.json"),
        ("../../etc/passwd", "etc-passwd.json"),
        ("", "draft.json"),
    ],
)
def test_the_attachment_has_a_plain_name(number: str, name: str) -> None:
    assert name == file_name(msgspec.structs.replace(in_dollars(), number=number))


def test_each_kind_of_document_has_its_title() -> None:
    assert ["Invoice", "Credit note"] == [title(d, ENGLISH) for d in (draft(), credit())]


def test_a_part_of_a_month_is_two_days() -> None:
    part = msgspec.structs.replace(in_dollars(), end="2026-11-24T10:00:00Z")

    assert "November 2026" == _period(in_dollars(), EN)
    assert "1 November 2026 \u2013 24 November 2026" == _period(part, EN)


@pytest.mark.parametrize(
    ("residue", "shown"),
    [("0.00340000", "0.0034"), ("-0.123456789", "-0.123456"), ("1", "1"), ("0.5", "0.5")],
)
def test_a_residue_is_short_for_people(residue: str, shown: str) -> None:
    assert shown == _short(residue)


def test_nothing_broken_is_no_table_and_nothing_missing_no_note() -> None:
    pen = Pen(Fonts(), INVOICE)

    assert [] == broken(credit(), ENGLISH, EN, pen)
    assert [] == footnotes(credit(), ENGLISH, pen)
