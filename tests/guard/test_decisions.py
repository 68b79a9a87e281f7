"""Who may do what in a case, and what nobody may; every deadline ends in the account's favour."""

from dataclasses import replace

import pytest
from tests.guard.cases import (
    ADA,
    BEN,
    CAI,
    CUSTOMER,
    MINUTE,
    T0,
    WHY,
    Desk,
    Links,
    evidence,
    opened,
    strong,
)

from stillhouse.guard.appeal import answer, appeal
from stillhouse.guard.case import Case
from stillhouse.guard.decisions import Reviewer, dismiss, due, found, hold, lift, suspend
from stillhouse.guard.ladder import (
    ANSWER_US,
    HOLD_US,
    PROPOSAL_US,
    QUIET_US,
    THROTTLE_US,
    Level,
    Position,
)
from stillhouse.ledger.ports import ConflictError
from stillhouse.units.instant import Instant


def after(us: int) -> Instant:
    return Instant(T0 + us)


# -- the machine


def test_strong_evidence_opens_a_case_tells_the_account_and_slows_it_and_no_more() -> None:
    events = found(None, "case_1", ("acct_1",), evidence(1e9, level=Level.SUSPEND))

    assert ["case_opened", "case_step", "case_step"] == [e.kind for e in events]
    assert ["notice", "throttle"] == [e.body["level"] for e in events[1:]]
    assert {"guard"} == {e.actor for e in events}


@pytest.mark.parametrize(
    ("e_value", "kinds"),
    [(10.0, []), (25.0, ["case_opened"]), (150.0, ["case_opened", "case_step"])],
)
def test_weaker_evidence_goes_less_far(e_value: float, kinds: list[str]) -> None:
    events = found(None, "case_1", ("acct_1",), evidence(e_value))

    assert kinds == [e.kind for e in events]


def test_the_machine_stays_below_what_calibration_backs_and_what_the_operator_lets_it() -> None:
    seen = evidence(1e9, level=Level.SUSPEND)
    backed = found(None, "case_1", ("a",), replace(seen, backed=Level.NOTICE))
    told = found(None, "case_1", ("a",), seen, most=Level.NOTE)

    assert ["case_opened", "case_step"] == [e.kind for e in backed]
    assert ["case_opened"] == [e.kind for e in told]


def test_the_account_is_told_what_when_which_clause_and_how_to_appeal() -> None:
    case = opened().case
    assert case.step is not None
    [said] = case.step.reasons

    for word in ("gpt-4.1", "template grid", "3.3(e)", "compete", "w1-17", "appeal case case_1"):
        assert word in said
    assert "once in 1,000" in said


def test_evidence_that_grows_climbs_and_the_same_evidence_again_changes_nothing() -> None:
    desk = opened(150.0, level=Level.NOTICE)
    assert Level.NOTICE == desk.see(evidence(160.0, at=after(1), level=Level.NOTICE)).level
    assert Level.THROTTLE == desk.see(evidence(1_500.0, at=after(2))).level
    before = len(desk.entries)

    desk.see(evidence(1_500.0, at=after(3)))

    assert ["case_evidence"] == [e.kind for e in desk.entries[before:]]


def test_a_clock_that_goes_back_is_refused_and_nothing_is_done() -> None:
    desk = opened()

    with pytest.raises(ConflictError, match="clock has gone back"):
        desk.see(evidence(1e6, at=after(-1)))
    with pytest.raises(ConflictError, match="clock has gone back"):
        dismiss(desk.case, ADA, WHY, after(-1))


# -- lapses


def test_a_throttle_lapses_after_72_hours_and_only_new_evidence_brings_it_back() -> None:
    desk = opened()
    assert [] == due(desk.case, after(THROTTLE_US - 1))
    lapsed = desk.add(due(desk.case, after(THROTTLE_US)))
    assert Level.NOTICE == lapsed.level
    same = desk.see(evidence(2e3, at=after(THROTTLE_US + 1)))
    assert Level.NOTICE == same.level

    fresh = desk.see(evidence(2e3 * 1e3, at=after(THROTTLE_US + 2)))

    assert Level.THROTTLE == fresh.level


def test_a_hold_lapses_after_14_days_without_a_decision() -> None:
    desk = strong()
    held = desk.add(hold(desk.case, ADA, WHY, after(MINUTE)))
    assert Level.HOLD == held.level
    assert held.step is not None
    assert after(MINUTE + HOLD_US) == held.step.until

    assert Level.NOTICE == desk.add(due(held, after(MINUTE + HOLD_US))).level


def test_a_proposal_without_a_second_name_ends_after_72_hours() -> None:
    desk = strong()
    desk.add(lift(desk.case, CAI, WHY, T0))  # so that no throttle ends first
    desk.add(suspend(desk.case, ADA, WHY, T0))

    case = desk.add(due(desk.case, after(PROPOSAL_US)))

    assert None is case.proposal
    assert Level.NOTE == case.level


def test_an_appeal_that_nobody_answers_in_time_is_granted() -> None:
    desk = suspended()
    desk.add(appeal(desk.case, CUSTOMER, "we evaluate our own model", after(2)))
    assert [] == due(desk.case, after(ANSWER_US))

    case = desk.add(due(desk.case, after(2 + ANSWER_US)))

    assert (Level.NONE, "granted") == (case.level, case.outcome)


def test_a_quiet_case_closes_by_itself() -> None:
    desk = opened(30.0, level=Level.NOTE)

    assert "quiet" == desk.add(due(desk.case, after(QUIET_US))).outcome
    assert [] == due(desk.case, after(2 * QUIET_US))


# -- people


def suspended() -> Desk:
    desk = strong()
    desk.add(suspend(desk.case, ADA, WHY, T0))
    desk.add(suspend(desk.case, BEN, WHY, after(1)))
    assert Level.SUSPEND == desk.case.level
    return desk


def test_two_different_people_suspend_each_with_a_reason() -> None:
    desk = strong()
    first = desk.add(suspend(desk.case, ADA, "the first reason", T0))
    assert Level.THROTTLE == first.level
    with pytest.raises(ConflictError, match="somebody else must agree"):
        suspend(first, ADA, WHY, after(1))

    case = desk.add(suspend(first, BEN, "the second reason", after(1)))

    assert case.step is not None
    assert (ADA.name, BEN.name) == case.step.by
    assert ("the first reason", "the second reason") == case.step.reasons
    with pytest.raises(ConflictError, match="suspended already"):
        suspend(case, CAI, WHY, after(2))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"e_value": 5e4}, "needed 100,000"),
        ({"position": Position.UNKNOWN}, "does not say that the terms forbid"),
        ({"position": Position.PERMITTED}, "permits this use"),
        ({"families": ("content",)}, "only one family"),
    ],
)
def test_no_name_makes_up_for_evidence_or_terms(more: dict[str, object], why: str) -> None:
    desk = opened(**{"e_value": 2e5, "level": Level.THROTTLE, **more})  # type: ignore[arg-type]

    with pytest.raises(ConflictError, match=why):
        suspend(desk.case, ADA, WHY, T0)


def test_a_cluster_with_suspected_links_is_not_held() -> None:
    seen = evidence(2e5, level=Level.THROTTLE, links=Links.SUSPECTED)
    desk = Desk(seen, "acct_1", "acct_2")

    with pytest.raises(ConflictError, match="links between the accounts"):
        hold(desk.case, ADA, WHY, T0)


def test_outside_proof_stands_for_the_e_value() -> None:
    desk = opened(30.0, level=Level.NOTE)
    with pytest.raises(ConflictError, match="does not carry"):
        suspend(desk.case, ADA, WHY, T0)

    assert ["case_proposed"] == [e.kind for e in suspend(desk.case, ADA, WHY, T0, proof=True)]


def test_nobody_decides_his_own_case() -> None:
    desk = strong()
    own = Reviewer("eve@acme.example", frozenset({"acct_1"}))

    for act in (hold, suspend, dismiss):
        with pytest.raises(ConflictError, match="nobody decides his own case"):
            act(desk.case, own, WHY, T0)


def test_who_spoke_for_the_account_decides_nothing_in_its_case() -> None:
    desk = suspended()
    desk.add(appeal(desk.case, "cai@house.example", "I know these people well", after(2)))

    with pytest.raises(ConflictError, match="nobody decides his own case"):
        answer(desk.case, CAI, WHY, after(3), granted=False)


@pytest.mark.parametrize("name", ["", " ", "guard"])
def test_a_decision_needs_a_person(name: str) -> None:
    with pytest.raises(ConflictError, match="name of a person"):
        dismiss(opened().case, Reviewer(name), WHY, T0)


@pytest.mark.parametrize("reason", ["", "   ", "no", "x" * 2001])
def test_a_decision_needs_a_reason(reason: str) -> None:
    with pytest.raises(ConflictError, match="write the reason"):
        dismiss(opened().case, ADA, reason, T0)


def test_one_person_lifts_what_two_have_done_and_the_machine_does_not_do_it_again() -> None:
    desk = suspended()
    case = desk.add(lift(desk.case, CAI, WHY, after(2)))
    assert (Level.NOTE, True) == (case.level, case.open)

    assert Level.NOTE == desk.see(evidence(2e5, at=after(3))).level
    with pytest.raises(ConflictError, match="nothing is in force"):
        lift(desk.case, CAI, WHY, after(4))


def test_a_dismissed_case_is_over_and_what_was_seen_is_forgiven() -> None:
    desk = strong()
    case: Case = desk.add(dismiss(desk.case, ADA, WHY, T0))

    assert ("dismissed", Level.NONE, 2e5) == (case.outcome, case.level, case.base)
    with pytest.raises(ConflictError, match="closed"):
        hold(case, ADA, WHY, after(1))
    assert [] == found(None, "case_2", case.accounts, evidence(2e5, at=after(2)), base=case.base)
    again = evidence(2e5 * 20, at=after(2))
    assert ["case_opened"] == [
        e.kind for e in found(None, "case_2", case.accounts, again, base=case.base)
    ]
