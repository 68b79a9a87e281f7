"""Reasons in plain words."""

from tests.guard.cases import evidence

from stillhouse.guard.case import Clause
from stillhouse.guard.ladder import Level, Position
from stillhouse.guard.statement import clause, statement, sure


def test_unknown_terms_are_said_to_be_unknown_and_nothing_is_quoted() -> None:
    seen = evidence(position=Position.UNKNOWN, clause=Clause())

    assert "not known here" in clause(seen)
    assert "Nothing is limited" in statement("case_1", Level.NOTICE, seen)


def test_how_sure_is_a_rate_and_never_a_certainty() -> None:
    assert "at most once in 1,000." in sure(evidence(8_642.0))
    assert "too little" in sure(evidence(0.5))


def test_no_rate_is_stated_that_the_calibration_cannot_back() -> None:
    assert "at most once in 1,000." in sure(evidence(2e5, backed=Level.THROTTLE))
    assert "at most once in 100,000." in sure(evidence(2e5, backed=Level.SUSPEND))
    assert "too little" in sure(evidence(2e5, backed=Level.NONE))


def test_at_most_five_receipts_are_listed() -> None:
    seen = evidence(receipts=tuple(f"w1-{n}" for n in range(50)))

    assert "w1-4" in statement("case_1", Level.NOTICE, seen)
    assert "w1-5" not in statement("case_1", Level.NOTICE, seen)
