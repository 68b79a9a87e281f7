"""Figures of a column stand on their decimal point, whichever that is."""

from stillhouse.printing.cells import SIZE, Pen
from stillhouse.printing.fonts import Fonts
from stillhouse.printing.page import INVOICE

PEN = Pen(Fonts(), INVOICE)


def test_a_column_leaves_room_for_its_longest_decimals() -> None:
    cells = PEN.figures(["2.50", "16,100.0001", "7", ""], ".")

    assert {PEN.fonts.width(".0001", SIZE)} == {cell.tail for cell in cells}
    assert [("2", ".50"), ("16,100", ".0001"), ("7", ""), ("", "")] == [
        (cell.whole, cell.decimals) for cell in cells
    ]


def test_a_comma_is_a_point_where_the_language_says_so() -> None:
    [cell] = PEN.figures(["16.100,25"], ",")

    assert ("16.100", ",25") == (cell.whole, cell.decimals)


def test_all_figures_are_of_one_width() -> None:
    assert 1 == len({PEN.fonts.width(figure, SIZE) for figure in "0123456789"})


def test_what_explains_a_text_is_escaped_too() -> None:
    made = PEN.described("a < b", "c & d")

    assert "a < b c & d" == made.getPlainText()


def test_a_figure_shrinks_until_it_fits() -> None:
    small, large = PEN.fitted("1,000.00", 60), PEN.fitted("402,459,750,000,000.00", 60)

    assert SIZE == small.style.fontSize > large.style.fontSize
    assert PEN.fonts.width("402,459,750,000,000.00", large.style.fontSize) < 60
