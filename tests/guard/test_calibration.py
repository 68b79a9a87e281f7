"""Calibration: ranks among accounts, bounds that can be stated, and a file that reads back."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guard.traffic import calibration

from stillhouse.guard.calibration import (
    BEYOND_MAX,
    Reference,
    Table,
    clopper_pearson,
    read,
    reference,
)

maxima = st.lists(st.floats(0, 20), min_size=1, max_size=60).map(lambda v: tuple(sorted(v)))


@pytest.mark.parametrize(
    ("hits", "trials", "expected"),
    [
        (0, 100, 0.0295),
        (0, 300, 0.00994),
        (0, 1000, 0.00299),
        (3, 400, 0.0193),
        (5, 5, 1.0),
        (0, 0, 1.0),
    ],
)
def test_bounds_are_those_of_clopper_and_pearson(hits: int, trials: int, expected: float) -> None:
    assert expected == pytest.approx(clopper_pearson(hits, trials), rel=0.01)


@given(maxima, st.floats(0, 60), st.floats(0, 60))
def test_more_never_is_less_evidence(tops: tuple[float, ...], one: float, other: float) -> None:
    table = Table(len(tops), tops, {}, 100)
    low, high = sorted((one, other))

    assert table.evidence(low) <= table.evidence(high) <= high
    assert table.evidence(high) <= math.log(100 * (len(tops) + 1)) + 1e-9


@given(maxima)
def test_among_the_accounts_themselves_no_level_is_passed_too_often(
    tops: tuple[float, ...],
) -> None:
    """The rank is a conformal p-value: of n accounts at most n/x have evidence of x."""
    table = Table(len(tops), tops, {}, 100)
    for threshold in (2, 5, 20):
        passed = sum(table.evidence(top) >= math.log(threshold) for top in tops)

        assert passed <= (len(tops) + 1) / threshold


def test_each_account_counts_the_same_in_a_reference() -> None:
    found = reference({f"a{n}": [1.0] for n in range(9)} | {"long": [5.0] * 5000})

    assert 10 == found.accounts
    assert found.scores.count(5.0) <= len(found.scores) / found.accounts + 1


@given(st.floats(-50, 50), st.lists(st.floats(-50, 50), max_size=40))
def test_a_p_value_is_below_one_in_n_only_above_all_scores(
    score: float, scores: list[float]
) -> None:
    accounts = max(1, len(scores) // 2)
    reference = Reference(accounts, tuple(sorted(scores)))

    assert 1 / (BEYOND_MAX * (accounts + 1)) <= reference.p(score) <= 1
    if not scores or score <= max(scores):
        assert reference.p(score) >= 1 / (accounts + 1)
    assert reference.p(score + 1) <= reference.p(score)


def test_a_calibration_reads_back_with_the_same_digest() -> None:
    ours = calibration(20)

    assert ours.digest == read(msgspec.json.encode(ours)).digest


def test_a_calibration_of_other_features_is_refused() -> None:
    ours = calibration(20)
    first, *rest = ours.scores
    fewer = msgspec.structs.replace(first, weights=first.weights[1:])
    for scores in ((fewer, *rest), (first,)):
        other = msgspec.structs.replace(ours, scores=scores)
        with pytest.raises(msgspec.ValidationError, match="make it anew"):
            read(msgspec.json.encode(other))


def test_a_number_that_is_not_known_weighs_nothing() -> None:
    score = calibration(20).scores[0]
    numbers = [weight.usual for weight in score.weights]

    assert score.bias == score.of(numbers) == score.of([math.nan] * len(numbers))


def test_a_class_with_few_accounts_is_compared_with_all() -> None:
    ours = calibration(110)

    assert ours.tables["any"] == ours.table("batch")
    assert ours.tables["chat"] == ours.table("chat")
    assert 0 == msgspec.structs.replace(ours, tables={}).table("chat").accounts
