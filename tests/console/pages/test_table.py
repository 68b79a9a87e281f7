"""A table as a file: exact values, English column names, nothing that a spreadsheet would run."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.console.pages.table import Cell, Column, Table, as_file, text

COLUMNS = [
    Column("name", "Nama"),
    Column("spend_pico", "Belanja", "number"),
    Column("exact", "", "file"),
    Column("trend", "Tren", "spark"),
    Column("act", "", "act"),
]


def table(name: str, amount: int = -5) -> Table:
    row = [Cell(name, name), Cell("-5,00", amount), Cell("-5.0"), Cell("~"), Cell("x")]
    return Table(ident="t", caption="T", columns=COLUMNS, rows=[row])


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_a_name_comes_back_as_it_was_and_is_no_formula(name: str) -> None:
    [_, row] = csv.reader(io.StringIO(text(table(name))))

    assert name == (row[0][1:] if name.startswith(("=", "+", "-", "@")) else row[0])
    assert not row[0].startswith(("=", "+", "-", "@"))


def test_the_file_has_exact_numbers_and_neither_pictures_nor_buttons() -> None:
    head, row = text(table("a")).splitlines()

    assert ("name,spend_pico,exact", "a,-5,'-5.0") == (head, row)


def test_the_page_leaves_out_what_is_only_for_the_file() -> None:
    assert ["name", "spend_pico", "trend", "act"] == [c.key for c in table("a").seen]
    assert 4 == len(table("a").cells(table("a").rows[0]))


def test_a_file_has_a_plain_name() -> None:
    answer = as_file(table("a"), 'x/../"y')

    assert 'attachment; filename="x-..--y.csv"' == answer.headers["content-disposition"]
