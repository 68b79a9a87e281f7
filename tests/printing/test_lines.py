"""What a printed line says, for every kind of line."""

from typing import Any

import pytest
from tests.billing.exports.documents import alone, made, usage

from stillhouse.billing.document import Line, LineRef
from stillhouse.billing.exports.words import ENGLISH
from stillhouse.printing.cells import Pen
from stillhouse.printing.figures import Figures
from stillhouse.printing.fonts import Fonts
from stillhouse.printing.lines import PART_MOST, Lines
from stillhouse.printing.page import INVOICE


def printed(*lines: Line) -> Lines:
    return Lines(made(lines), ENGLISH, Figures("en"), Pen(Fonts(), INVOICE))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (usage("gpt-4o", "input", 1, "1"), ("gpt-4o \u00b7 input tokens", "")),
        (
            usage("gpt-4o", "output", 1, "1", kind="correction", period="2026-10"),
            ("gpt-4o \u00b7 output tokens", "of October 2026"),
        ),
        (
            usage("m", "input", -5, "1", kind="credit", refers=LineRef(number="INV-1", line=3)),
            ("m \u00b7 input tokens, taken back", "of November 2026; INV-1, line 3"),
        ),
        (
            usage("m", "input", 9, "0", kind="covered"),
            ("m \u00b7 input tokens, on provisioned capacity", ""),
        ),
        (usage("m", "input", 9, "1", estimated="4"), ("m \u00b7 input tokens", "4 counted by us")),
        (alone("prepaid", "-1"), ("drawn from prepaid credits", "contract_1")),
        (alone("minimum", "1", description="At least USD 500"), None),
    ],
)
def test_a_line_says_what_was_sold(line: Line, what: tuple[str, str] | None) -> None:
    expected = what or ("At least USD 500 \u00b7 up to the monthly minimum", "")

    assert expected == printed(line)._what(line)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (usage("m", "input", 22_361_018, "2.50"), ("22,361,018", "2.50", "per million")),
        (usage("m", "requests", 7, "0.0001"), ("7", "0.0001", "each")),
        (usage("m", "", 5400, "4", unit="unit-hour"), ("1.5", "4.00", "per unit-hour")),
        (usage("m", "input", 7, None), ("7", "", "")),
        (alone("minimum", "1"), ("", "", "")),
    ],
)
def test_quantity_and_price_are_of_the_same_unit(line: Line, shown: tuple[str, ...]) -> None:
    found = printed(line)

    assert shown == (found._quantity(line), found._price(line), found._per(line))


def test_what_was_drawn_is_money_and_no_count_of_its_smallest_parts() -> None:
    drawn = alone("prepaid", "-2.50", quantity="2500000000000", unit="pico-USD")

    assert "USD\u00a02.50" == printed(drawn)._quantity(drawn)


def test_prices_in_two_currencies_name_theirs() -> None:
    both: list[Any] = [
        usage("m", "input", 1, "1"),
        usage("m", "input", 1, "1", price_currency="EUR"),
    ]
    found = printed(*both)

    assert ["USD 1.00", "EUR 1.00"] == [found._price(line) for line in both]


def test_a_long_list_is_parts_with_every_line_once() -> None:
    many = [usage(f"m{n}", "input", 1, "1") for n in range(2 * PART_MOST)]
    tables = printed(*many).everything()
    rows = [row[0].getPlainText() for table in tables for row in table._cellvalues[1:]]

    assert 2 * PART_MOST == len([row for row in rows if row.endswith("input tokens")])
    assert all(len(table._cellvalues) > 1 for table in tables)


def test_no_lines_are_a_head_alone() -> None:
    [table] = printed().everything()

    assert 1 == len(table._cellvalues)
