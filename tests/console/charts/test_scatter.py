"""A scatter: points where they belong, filled where it may be, names that cover no names."""

from hypothesis import given
from hypothesis import strategies as st
from tests.console.charts.drawn import Drawn

from stillhouse.console.charts.scatter import Point, scatter
from stillhouse.console.charts.svg import Words

WORDS = Words("s", "Saving", "by readiness")


def drawn(*points: Point) -> Drawn:
    return Drawn(
        scatter(points, words=WORDS, axis=str, share=lambda p: f"{p:.0%}", across="rows there")
    )


def test_what_saves_more_is_higher_and_what_is_readier_further_right() -> None:
    picture = drawn(
        Point("a", 0.2, 10.0, "good", "a, 10", "/a"), Point("b", 0.8, 40.0, "red", "b, 40")
    )
    b, a = picture.all("circle")

    assert float(a.get("cx", "")) < float(b.get("cx", ""))
    assert float(a.get("cy", "")) > float(b.get("cy", ""))
    assert ["point red", "point good"] == [b.get("class"), a.get("class")]
    assert ["/a"] == picture.links()
    assert {"a, 10", "b, 40"} <= set(picture.titles())


def test_of_two_names_in_one_place_one_is_written() -> None:
    points = [Point(name, 0.3, 5.0, "good", name) for name in ("first", "second")]
    words = drawn(*points).words()

    assert "first" in words
    assert "second" not in words


@given(st.lists(st.tuples(st.floats(-1, 2), st.floats(0, 1e12)), max_size=12))
def test_every_point_is_inside_the_picture(found: list[tuple[float, float]]) -> None:
    picture = drawn(*(Point("n", x, y, "good", "t") for x, y in found))

    assert len(found) == len(picture.all("circle"))
    assert all(0 <= x <= 920 for x in picture.numbers("circle", "cx"))
    assert all(0 <= y <= 300 for y in picture.numbers("circle", "cy"))
    assert [] == list(picture.styles())
