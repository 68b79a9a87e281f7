"""Verdicts on pairs: recorded answers of real models, with the intervals that others found."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.distill.paired import FEWEST, needed, paired

GSM8K = Path(__file__).parents[2].parent / "shared/data/gsm8k/example_model_solutions.jsonl.gz"


def recorded(student: str, teacher: str) -> Iterator[tuple[bool, bool]]:
    if not GSM8K.exists():
        pytest.skip("../shared/data/gsm8k is not here: the recorded answers are not in the project")
    with gzip.open(GSM8K) as file:
        for line in file:
            row = json.loads(line)
            yield row[student]["is_correct"], row[teacher]["is_correct"]


@pytest.mark.parametrize(
    ("student", "teacher", "said", "difference", "low", "high"),
    [
        ("6b_verification", "175b_finetuning", "accept", 4.3, 1.5, 7.1),
        ("6b_finetuning", "175b_finetuning", "reject", -13.0, -15.7, -10.4),
        ("6b_verification", "175b_verification", "reject", -17.2, -20.0, -14.5),
    ],
)
def test_verdicts_on_answers_of_real_models(
    student: str, teacher: str, said: str, difference: float, low: float, high: float
) -> None:
    found = paired(recorded(student, teacher))

    assert (1319, said) == (found.n, found.said)
    assert [difference, low, high] == pytest.approx(
        [100 * found.difference, 100 * found.low, 100 * found.high], abs=0.06
    )


def test_retention_is_the_students_rate_by_the_teachers() -> None:
    found = paired(recorded("6b_verification", "175b_finetuning"))

    assert 1.124 == round(found.retention, 3)


@pytest.mark.parametrize(("q", "delta", "n"), [(0.10, 0.02, 1_545), (0.10, 0.05, 248)])
def test_how_many_calls_a_verdict_needs(q: float, delta: float, n: int) -> None:
    assert n == needed(q, delta)


PAIRS = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=400)


@given(PAIRS)
def test_a_student_never_gains_by_a_wrong_answer(pairs: list[tuple[bool, bool]]) -> None:
    before = paired(pairs)
    worse = paired([(False, teacher) for _, teacher in pairs])

    assert worse.difference <= before.difference
    assert before.low <= before.difference <= before.high


@given(PAIRS)
def test_few_calls_are_never_enough(pairs: list[tuple[bool, bool]]) -> None:
    if len(pairs) < FEWEST:
        assert "undecided" == paired(pairs).said


def test_the_same_student_is_accepted_when_there_are_enough_calls() -> None:
    assert "accept" == paired([(True, True)] * 200).said
    assert "undecided" == paired([(True, True)] * 120).said


def test_nothing_and_nonsense_are_refused() -> None:
    with pytest.raises(ValueError, match="no calls"):
        paired([])
    with pytest.raises(ValueError, match="delta"):
        paired([(True, True)], delta=0)
