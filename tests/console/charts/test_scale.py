"""Axes begin at zero, reach the largest value and have round steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.console.charts.scale import Scale, fitted, thinned, ticks


@given(st.floats(1e-9, 1e15))
def test_an_axis_begins_at_zero_and_reaches_the_top_in_few_steps(top: float) -> None:
    steps = ticks(top)

    assert 0.0 == steps[0]
    assert top <= steps[-1] * (1 + 1e-6)
    assert 2 <= len(steps) <= 6


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        (0.0, [0, 1]),
        (7.0, [0, 2, 4, 6, 8]),
        (100.0, [0, 25, 50, 75, 100]),
        (0.3, [0, 0.1, 0.2, 0.3]),
    ],
)
def test_steps_are_round(top: float, expected: list[float]) -> None:
    assert expected == ticks(top)


def test_a_scale_may_run_upward() -> None:
    assert [100, 50, 0] == [Scale(0, 10, 100, 0).at(v) for v in (0, 5, 10)]


@given(st.text(), st.floats(1, 1000))
def test_words_fit_into_their_place(words: str, pixels: float) -> None:
    assert len(fitted(words, pixels)) <= max(pixels / 6.6, 2)


def test_labels_that_would_touch_are_thinned() -> None:
    assert (1, 2, 5) == (thinned(20, 900), thinned(31, 860), thinned(31, 350))


def test_values_that_no_axis_can_show_are_none() -> None:
    assert [0.0, 1.0] == ticks(5e-324)
    assert [0.0, 1.0] == ticks(1e-12)
    assert ticks(2e-9)[-1] >= 2e-9
