"""Elements are written safely, and a picture has a name."""

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from tests.console.charts.drawn import Drawn

from stillhouse.console.charts.svg import HUES, Words, hue, link, picture, tag, text

WORDS = Words("c", "Spend by day", "31 columns")
printable = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn", "Co"]))


@given(printable)
def test_whatever_a_name_holds_it_stays_text(name: str) -> None:
    drawn = Drawn(picture(WORDS, text(name, 0, 0), link("/x?a=1&b=2", name), width=10, height=10))

    assert [name] == drawn.words()
    assert ["Spend by day", name] == drawn.titles()
    assert ["/x?a=1&b=2"] == drawn.links()


def test_a_picture_is_named_by_its_title_and_its_description() -> None:
    root = Drawn(picture(WORDS, width=10, height=10)).root

    assert ("c-title", "c-desc") == (root.get("aria-labelledby"), root.get("aria-describedby"))
    assert ["c-title", "c-desc"] == [child.get("id") for child in root]


def test_an_attribute_without_a_value_is_left_out() -> None:
    assert Markup('<rect class="a" x="1.5"/>') == tag("rect", class_="a", y=None, x=1.5)


def test_links_of_a_chart_are_no_stops_of_the_tab_key() -> None:
    [door] = Drawn(picture(WORDS, link("/x", "title"), width=1, height=1)).all("a")

    assert "-1" == door.get("tabindex")


def test_a_colour_is_given_to_everything_and_the_rest_has_its_own() -> None:
    assert ["c0", "c1", f"c{HUES}", "c1"] == [hue(0), hue(1), hue(HUES), hue(HUES + 1)]
