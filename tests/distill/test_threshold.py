"""What is kept is right often enough, and as much is kept as can be."""

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.distill.threshold import NEVER, Cut, lower, stricter, threshold

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
