"""Lines: solid where known, dashed where estimated, in a band; areas stack to the sum."""

from tests.console.charts.drawn import Drawn

from stillhouse.console.charts.lines import Series, areas, lines
from stillhouse.console.charts.svg import Words

WORDS = Words("l", "Latency", "by hour")
LABELS = ["1", "2", "3", "4"]


def test_what_is_estimated_is_dashed_and_has_a_band() -> None:
    series = Series("spend", 1, (1.0, 2.0, 3.0, 4.0), known=2, low=(2.5, 3.0), high=(3.5, 5.0))
    picture = Drawn(lines(LABELS, [series], words=WORDS, axis=str))
    solid, dashed = picture.all("path", "line")

    assert "dashed" not in solid.get("class", "")
    assert "dashed" in dashed.get("class", "")
    assert 1 == len(picture.all("path", "band"))


def test_the_axis_reaches_a_limit_that_is_far_above() -> None:
    picture = Drawn(
        lines(LABELS, [Series("s", 1, (1.0,) * 4)], words=WORDS, axis=str, limit=(90.0, "budget"))
    )

    assert {"100.0", "budget"} <= set(picture.words())


def test_one_value_alone_is_a_point() -> None:
    picture = Drawn(lines(["1"], [Series("s", 1, (1.0,))], words=WORDS, axis=str))

    assert 1 == len(picture.all("circle"))


def test_areas_stack_so_the_axis_reaches_the_sum() -> None:
    stack = [Series("a", 1, (3.0,) * 4), Series("b", 2, (4.0,) * 4)]
    picture = Drawn(areas(LABELS, stack, words=WORDS, axis=lambda v: f"{v:g}"))

    assert "8" in picture.words()
    assert 2 == len(picture.all("path", "area"))
