"""Appeals: in time, once, and answered by somebody who took no part."""

import pytest
from tests.guard.cases import ADA, BEN, CAI, CUSTOMER, T0, WHY, Desk, opened, strong

from stillhouse.guard.appeal import answer, appeal
from stillhouse.guard.decisions import suspend
from stillhouse.guard.ladder import APPEAL_US, Level
from stillhouse.ledger.ports import ConflictError
from stillhouse.units.instant import Instant

SAID = "these are the nightly runs of our own evaluation"


def suspended() -> Desk:
    desk = strong()
    desk.add(suspend(desk.case, ADA, WHY, T0))
    desk.add(suspend(desk.case, BEN, WHY, T0))
    return desk


def test_an_appeal_that_is_granted_restores_and_closes() -> None:
    desk = suspended()
    desk.add(appeal(desk.case, CUSTOMER, SAID, T0))

    case = desk.add(answer(desk.case, CAI, WHY, T0, granted=True))

    assert (Level.NONE, "granted", None) == (case.level, case.outcome, case.appeal)


def test_an_appeal_that_is_denied_changes_nothing_and_is_made_once() -> None:
    desk = suspended()
    desk.add(appeal(desk.case, CUSTOMER, SAID, T0))
    case = desk.add(answer(desk.case, CAI, WHY, T0, granted=False))
    assert (Level.SUSPEND, None) == (case.level, case.appeal)

    with pytest.raises(ConflictError, match="appealed already"):
        appeal(case, CUSTOMER, SAID, T0)


@pytest.mark.parametrize("who", [ADA, BEN])
def test_who_took_the_decision_does_not_answer_the_appeal(who: object) -> None:
    desk = suspended()
    desk.add(appeal(desk.case, CUSTOMER, SAID, T0))

    with pytest.raises(ConflictError, match="somebody else answers"):
        answer(desk.case, who, WHY, T0, granted=True)  # type: ignore[arg-type]


def test_after_its_deadline_an_appeal_is_refused_with_the_reason() -> None:
    desk = suspended()
    last = Instant(T0 + APPEAL_US)
    assert appeal(desk.case, CUSTOMER, SAID, last)

    with pytest.raises(ConflictError, match="had to come by"):
        appeal(desk.case, CUSTOMER, SAID, Instant(last + 1))


def test_nothing_in_force_is_nothing_to_appeal() -> None:
    desk = opened(30.0)

    with pytest.raises(ConflictError, match="nothing to appeal"):
        appeal(desk.case, CUSTOMER, SAID, T0)
    with pytest.raises(ConflictError, match="no appeal is open"):
        answer(desk.case, CAI, WHY, T0, granted=True)


def test_a_throttle_of_the_machine_may_be_appealed_and_any_reviewer_answers() -> None:
    desk = opened()
    desk.add(appeal(desk.case, CUSTOMER, SAID, T0))

    assert "granted" == desk.add(answer(desk.case, ADA, WHY, T0, granted=True)).outcome


@pytest.mark.parametrize("by", ["", "guard", ADA.name])
def test_an_appeal_is_made_by_the_accounts_own_people(by: str) -> None:
    with pytest.raises(ConflictError):
        appeal(suspended().case, by, SAID, T0)


def test_an_appeal_before_the_step_that_it_contests_is_refused() -> None:
    with pytest.raises(ConflictError, match="clock has gone back"):
        appeal(suspended().case, CUSTOMER, SAID, Instant(T0 - 1))
