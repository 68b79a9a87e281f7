"""Lines by two measures: from zero, dots while they are few, a mark where it was put."""

import pytest
from tests.console.charts.drawn import Drawn

from stillhouse.console.charts.svg import Words
from stillhouse.console.charts.tracks import DOTS_MAX, Track, tracks

WORDS = Words("t", "Costs", "over calls")


def drawn(*found: Track, mark: tuple[float, str] | None = None, top: float = 0.0) -> Drawn:
    return Drawn(
        tracks(found, words=WORDS, axis=str, count=str, across="calls", mark=mark, top=top)
    )


def test_a_point_lies_where_its_measures_say() -> None:
    picture = drawn(Track("a", 1, ((0.0, 0.0), (50.0, 50.0), (100.0, 100.0))), top=100.0)
    xs, ys = picture.numbers("circle", "cx"), picture.numbers("circle", "cy")

    assert xs[1] == pytest.approx((xs[0] + xs[2]) / 2)
    assert ys[1] == pytest.approx((ys[0] + ys[2]) / 2)
    assert ys[0] > ys[2]


def test_a_break_even_is_marked_where_it_is() -> None:
    line = Track("a", 1, ((0.0, 0.0), (100.0, 10.0)))
    picture = drawn(line, mark=(50.0, "50 calls"))
    [x] = picture.numbers("line", "x1", "threshold")
    first, last = picture.numbers("circle", "cx")

    assert x == pytest.approx((first + last) / 2, abs=0.01)
    assert "50 calls" in picture.words()


def test_many_points_are_a_line_without_dots_and_none_are_an_empty_axis() -> None:
    long = Track("a", 1, tuple((float(n), 1.0) for n in range(DOTS_MAX + 1)))

    assert [] == drawn(long).all("circle")
    assert 1 == len(drawn(long).all("path", "line"))
    assert [] == drawn().all("path")
    assert [] == list(drawn(long, mark=(1.0, "m")).styles())
