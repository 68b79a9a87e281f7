"""A FOCUS file has every column in its order, and its cells are what a checker expects."""

from decimal import Decimal
from pathlib import Path

import pytest

from stillhouse.billing.exports.focus_columns import COLUMNS, Value, focus_csv, row
from stillhouse.units.instant import month_bounds

DOCS = Path(__file__).parents[3] / "docs"


def cell(column: str, value: Value) -> str:
    text = focus_csv([row({column: value})])
    header, cells = (line.split(",") for line in text.splitlines())
    return cells[header.index(column)]


def test_the_columns_of_the_specification_come_first_and_ours_are_marked() -> None:
    names = list(COLUMNS)

    assert names[:57] == sorted(names[:57])
    assert all(name.startswith("x_") for name in names[57:])


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("BilledCost", Decimal(1), "1.0"),
        ("BilledCost", Decimal("-0.10"), "-0.1"),
        ("ListCost", Decimal("1E-18"), "0.000000000000000001"),
        ("ListCost", Decimal("400000000000.123456789012345678"), "400000000000.123456789012345678"),
        ("BillingPeriodStart", month_bounds("2026-11")[0], "2026-11-01T00:00:00Z"),
        ("x_ReceiptCount", 12, "12"),
        ("x_Unpriced", True, "true"),
        ("SkuId", None, ""),
    ],
)
def test_a_cell_is_written_as_the_specification_says(column: str, value: Value, text: str) -> None:
    assert text == cell(column, value)


def test_a_field_that_is_no_column_is_a_mistake() -> None:
    with pytest.raises(KeyError, match="BiledCost"):
        row({"BiledCost": Decimal(1)})


def test_every_column_of_ours_is_documented() -> None:
    page = (DOCS / "reference" / "exports.md").read_text("utf-8")

    assert [] == [name for name in COLUMNS if name.startswith("x_") and f"`{name}`" not in page]
