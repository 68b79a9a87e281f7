"""What judges came later than what teaches, and no row does both."""

import random

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.distill.example import Example, Turn
from stillhouse.distill.split import split


def row(at: int, label: str = "a") -> Example:
    return Example(f"c{at}", at, "a", "w", (Turn("user", "x"),), label, ())


@given(st.lists(st.integers(0, 99), max_size=60), st.integers(0, 20))
def test_rows_that_judge_are_the_last(times: list[int], judging: int) -> None:
    rows = [row(at) for at in times]
    made = split(rows, judging=judging, labels=False)

    assert sorted(r.at for r in rows) == [r.at for r in (*made.learned, *made.judging)]
    assert len(made.judging) == min(judging, len(rows) // 10)


def test_a_log_in_the_order_of_its_labels_is_cut_within_each_label() -> None:
    rows = [row(n, f"label{n // 50}") for n in range(500)]
    made = split(rows, judging=1000, labels=True)

    assert "by time, per label" == made.way
    assert {f"label{n}" for n in range(10)} == {r.output for r in made.judging}
    assert 500 == len(made.learned) + len(made.judging)


def test_a_log_of_mixed_labels_is_cut_by_time_alone() -> None:
    rng = random.Random(1)
    rows = [row(n, rng.choice("abc")) for n in range(500)]

    assert "by time" == split(rows, judging=1000, labels=True).way
