"""Levels: what is crossed, and what is not resolvable."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.guard.finding import LEVELS, level


@pytest.mark.parametrize(
    ("e", "calibration", "expected"),
    [
        (19.9, 10**6, ("none", "none", 0)),
        (20.1, 10**6, ("note", "note", 19)),
        (1e6, 10**6, ("suspend", "suspend", 99_999)),
        (1e6, 999, ("throttle", "suspend", 99_999)),
        (1e6, 99, ("notice", "suspend", 99_999)),
        (150, 98, ("note", "notice", 99)),
        (150, 0, ("none", "notice", 99)),
    ],
)
def test_a_level_needs_evidence_and_accounts_to_compare_with(
    e: float, calibration: int, expected: tuple[str, str, int]
) -> None:
    assert expected == level(math.log(e), calibration=calibration)


@given(st.floats(-50, 50), st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_calibration_never_lowers_a_level(log_e: float, n: int, more: int) -> None:
    names = ["none", *LEVELS]
    few, _, _ = level(log_e, calibration=n)
    many, reached, _ = level(log_e, calibration=n + more)

    assert names.index(few) <= names.index(many) <= names.index(reached)
