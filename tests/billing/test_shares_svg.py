"""The picture is well-formed whatever the names hold, and bars are as long as their shares."""

import xml.etree.ElementTree as ET
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.billing.shares_svg import Bar, draw

SVG = "{http://www.w3.org/2000/svg}"
names = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
parts = st.fractions(0, 1, max_denominator=1000)


@given(st.lists(st.builds(Bar, names, parts, names), max_size=5), names)
def test_any_names_make_a_file_that_can_be_read(bars: list[Bar], title: str) -> None:
    root = ET.fromstring(draw(bars, title=title))

    assert title == (root.findtext(f"{SVG}title") or "")
    assert len(bars) == len(root.findall(f".//{SVG}rect"))


def test_a_bar_is_as_long_as_its_share() -> None:
    bars = [Bar("a", Fraction(1, 2), "50 %"), Bar("b", Fraction(1, 4), "25 %")]
    root = ET.fromstring(draw(bars, title="t"))
    long = [10 * int(float(r.get("width", "0"))) for r in root.findall(f".//{SVG}rect")]

    assert long[0] == 2 * long[1] > 0
    assert ["a: 50 %", "b: 25 %"] == [t.text for t in root.findall(f".//{SVG}g/{SVG}title")]
