"""A case is a fold of its entries: order-true, resumable, and whole when written and read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.guard.cases import ADA, BEN, CUSTOMER, T0, WHY, Desk, evidence, opened, strong

from stillhouse.guard.appeal import appeal
from stillhouse.guard.case import (
    BrokenCaseError,
    Case,
    evidence_of,
    fold,
    follow,
)
from stillhouse.guard.decisions import suspend
from stillhouse.guard.ladder import QUIET_US, THROTTLE_US, Level
from stillhouse.ledger.entries import canonical, check
from stillhouse.units.instant import Instant


def storied() -> Desk:
    desk = strong()
    desk.add(suspend(desk.case, ADA, WHY, T0))
    desk.add(suspend(desk.case, BEN, WHY, Instant(T0 + 5)))
    desk.add(appeal(desk.case, CUSTOMER, "these are our own evaluation runs", Instant(T0 + 9)))
    return desk


@given(st.floats(0, allow_nan=False, allow_infinity=True))
def test_evidence_written_and_read_is_the_same_to_the_bit(e_value: float) -> None:
    found = evidence(e_value)
    text = canonical(found.written())

    assert found == evidence_of(json.loads(text), found.at)


def test_the_fold_can_be_resumed_at_every_entry() -> None:
    entries = storied().entries
    whole = fold(entries)

    for cut in range(1, len(entries)):
        case = fold(entries[:cut])
        for entry in entries[cut:]:
            case = follow(case, entry)
        assert whole == case


def test_the_fold_tells_who_did_what() -> None:
    desk = storied()
    case = desk.case

    assert None is check(desk.entries)
    assert Level.SUSPEND == case.level
    assert case.step is not None
    assert (ADA.name, BEN.name) == case.step.by
    assert case.appeal is not None
    assert (ADA.name, BEN.name) == case.appeal.against
    assert frozenset({CUSTOMER}) == case.customers
    assert case.open


def test_the_deadline_is_the_next_thing_that_ends_by_itself() -> None:
    assert T0 + THROTTLE_US == opened().case.deadline
    assert T0 + QUIET_US == opened(150.0, level=Level.NOTICE).case.deadline
    appealed: Case = storied().case
    assert appealed.appeal is not None

    assert appealed.appeal.answer_by == appealed.deadline


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_missing_first_entry_or_a_swapped_pair_is_no_case(gone: int) -> None:
    entries = storied().entries
    if gone == 0:
        with pytest.raises(BrokenCaseError, match="not open"):
            fold(entries[1:])
        return
    swapped = [*entries]
    swapped[gone], swapped[gone + 1] = swapped[gone + 1], swapped[gone]
    with pytest.raises(BrokenCaseError, match="before the one before"):
        fold(swapped)


def test_no_entries_and_entries_of_another_case_are_refused() -> None:
    with pytest.raises(BrokenCaseError, match="none"):
        fold([])
    other = Desk(evidence()).entries
    broken = json.loads(json.dumps(dict(other[1].body)).replace("case_1", "case_2"))
    strange = type(other[1])(
        number=9, at=T0, kind="case_step", actor="guard", body=broken, previous="", hash=""
    )
    with pytest.raises(BrokenCaseError, match="case_2"):
        follow(fold(other), strange)
