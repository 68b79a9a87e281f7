"""Evidence: a logarithmic axis with the levels across it; whatever e is, the picture stands."""

import math

import pytest
from tests.console.charts.drawn import Drawn

from stillhouse.console.charts.evidence import evidence
from stillhouse.console.charts.svg import Words

WORDS = Words("e", "Evidence", "over calls")
LEVELS = [("note", 20.0), ("suspend", 1e5)]


def drawn(*points: tuple[int, float]) -> Drawn:
    return Drawn(evidence(points, LEVELS, words=WORDS, count=str, calls="calls"))


def test_thresholds_are_equally_far_apart_as_their_logarithms() -> None:
    picture = drawn((100, 20.0), (200, 1e5))
    note, suspend = picture.numbers("line", "y1", "threshold")
    circles = picture.numbers("circle", "cy")

    assert [note, suspend] == pytest.approx(circles, abs=0.02)
    assert note > suspend
    assert "note 20" in picture.words()
    assert "100 calls: e = 20" in picture.titles()


@pytest.mark.parametrize("e", [0.0, 1e-9, 1.0, 1e308, math.inf, math.nan])
def test_any_evidence_can_be_drawn(e: float) -> None:
    for value in drawn((10, e)).numbers("circle", "cy"):
        assert math.isfinite(value)


def test_no_calls_are_an_empty_axis_and_nothing_is_styled_inline() -> None:
    picture = drawn()

    assert [] == picture.all("circle")
    assert [] == list(picture.styles())
