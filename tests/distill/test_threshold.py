"""What is kept is right often enough, and as much is kept as can be."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.distill.threshold import (
    DOUBT,
    LADDER,
    NEVER,
    Cut,
    doubt,
    lower,
    needed,
    proven,
    stricter,
    threshold,
)

JUDGED = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=80)


@given(JUDGED, st.floats(0.5, 0.99))
def test_what_is_kept_meets_the_target(judged: list[tuple[float, bool]], target: float) -> None:
    cut = threshold(judged, target=target)
    kept = [ok for confidence, ok in judged if confidence >= cut.threshold]
    if kept:
        assert lower(sum(kept), len(kept)) >= target
        assert cut.kept == len(kept) / len(judged)


@given(JUDGED)
def test_a_higher_target_never_keeps_more(judged: list[tuple[float, bool]]) -> None:
    assert threshold(judged, target=0.9).kept <= threshold(judged, target=0.6).kept


def test_more_is_asked_of_rows_out_of_fold() -> None:
    assert [0.988, 1.0] == [round(stricter(target), 6) for target in (0.98, 1.0)]


def test_a_student_that_is_never_right_keeps_nothing() -> None:
    assert Cut(NEVER, 0.0, 0.0) == threshold([(0.9, False)] * 50, target=0.9)
    assert NEVER == threshold([], target=0.9).threshold


def test_doubt_is_the_binomial_tail() -> None:
    assert 0.5**10 == pytest.approx(doubt(0, 10, target=0.5))
    assert 11 * 0.5**10 == pytest.approx(doubt(1, 10, target=0.5))
    assert pytest.approx(1.0) == doubt(10, 10, target=0.5)
    assert 0 < doubt(900, 50_000, target=0.98) < 0.01  # where 0.98 ** 50,000 is nothing


@pytest.mark.parametrize(("target", "least"), [(0.8, 37), (0.9, 76), (0.98, 387)])
def test_what_can_be_shown_needs_so_many_rows(target: float, least: int) -> None:
    assert least == needed(target)
    right = [(0.99, True)] * least

    assert 1.0 == proven(right, target=target).kept
    assert NEVER == proven(right[1:], target=target).threshold


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=37, max_size=120))
def test_what_is_proven_is_shown_at_every_step_down_to_it(judged: list[tuple[float, bool]]) -> None:
    cut = proven(judged, target=0.8)
    for step in (step for step in LADDER if step >= cut.threshold):
        kept = [ok for sure, ok in judged if sure >= step]
        if len(kept) >= needed(0.8):
            assert doubt(len(kept) - sum(kept), len(kept), target=0.8) <= DOUBT


def test_the_first_failure_ends_it_though_later_steps_would_pass() -> None:
    judged = [(0.99, True)] * 50 + [(0.9, False)] * 20 + [(0.5, True)] * 1_000
    cut = proven(judged, target=0.8)

    assert 0.9 < cut.threshold <= 0.99
    assert 1.0 == cut.right
    assert 0.5 == threshold(judged, target=0.8).threshold


def test_it_misses_the_target_no_more_often_than_it_says() -> None:
    """Right with a chance that rises with confidence: above 0.43 it is 0.9 of what is kept."""
    rng = random.Random(1)
    missed = bold = 0
    for _ in range(300):
        sures = [rng.random() for _ in range(600)]
        judged = [(sure, rng.random() < 0.65 + 0.35 * sure) for sure in sures]
        missed += _share(proven(judged, target=0.9).threshold) < 0.9
        bold += _share(threshold(judged, target=0.9).threshold) < 0.9

    assert missed <= 300 * 2 * DOUBT
    assert bold > missed


def _share(cut: float) -> float:
    """How often what is kept is right, of sureness that is anywhere between 0 and 1 alike."""
    return 1.0 if cut > 1 else 0.65 + 0.35 * (1 + cut) / 2
