"""What a case does to its accounts follows from its level, and a refusal says enough to act on."""

from tests.guard.cases import ADA, BEN, T0, WHY, Desk, evidence, opened, strong

from stillhouse.guard.decisions import dismiss, lift, suspend
from stillhouse.guard.effect import reason, stands
from stillhouse.guard.ladder import THROTTLE_US, Level
from stillhouse.tenants import Standing


def test_a_throttle_restricts_until_it_lapses_and_tells_the_account() -> None:
    [stand] = stands(opened().case)

    assert ("acct_1", Standing.RESTRICTED, T0 + THROTTLE_US, True) == (
        stand.account,
        stand.standing,
        stand.until,
        stand.notice,
    )


def test_a_note_is_ours_alone_and_a_notice_limits_nothing() -> None:
    [note] = stands(opened(30.0, level=Level.NOTE).case)
    [notice] = stands(opened(150.0, level=Level.NOTICE).case)

    assert (Standing.ACTIVE, False) == (note.standing, note.notice)
    assert (Standing.ACTIVE, True) == (notice.standing, notice.notice)


def test_a_suspension_has_no_end_of_its_own_and_a_way_back() -> None:
    desk = strong()
    desk.add(suspend(desk.case, ADA, WHY, T0))
    case = desk.add(suspend(desk.case, BEN, WHY, T0))
    [stand] = stands(case)
    assert (Standing.SUSPENDED, None) == (stand.standing, stand.until)

    [back] = stands(desk.add(lift(case, BEN, WHY, T0)))

    assert (Standing.ACTIVE, False) == (back.standing, back.notice)


def test_every_account_of_a_cluster_stands_alike() -> None:
    found = stands(Desk(evidence(), "acct_1", "acct_2").case)

    assert [("acct_1", Standing.RESTRICTED), ("acct_2", Standing.RESTRICTED)] == [
        (s.account, s.standing) for s in found
    ]


def test_the_reason_names_clause_case_deadline_and_where_to_appeal() -> None:
    said = reason(opened().case)

    for word in ("3.3(e)", "case case_1", "To appeal, by 20", "/api/v1/notices/case_1/appeal"):
        assert word in said


def test_a_reviewers_own_words_are_told_and_cut_when_long() -> None:
    desk = strong()
    desk.add(suspend(desk.case, ADA, "a grid of tasks. " * 60, T0))
    said = reason(desk.add(suspend(desk.case, BEN, WHY, T0)))

    assert said.startswith("a grid of tasks. a grid")
    assert "…; terms" in said


def test_a_closed_case_is_told_as_closed() -> None:
    desk = opened()

    assert "closed (dismissed)" in reason(desk.add(dismiss(desk.case, ADA, WHY, T0)))
