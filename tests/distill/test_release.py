"""A release moves only as its stages allow, and its test is rarely wrong about a good student."""

import random
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.students import SMSA, pupil, smsa

from stillhouse.distill.release import (
    ALL,
    COMPARED_MIN,
    MILLION,
    Audit,
    Plan,
    Release,
    ReleaseError,
    Stage,
    Terms,
    Trial,
    audited,
    begun,
    bet,
    moved,
    refuted,
)
from stillhouse.units.instant import Instant

AT = Instant(1_790_000_000_000_000)
GOOD = [Audit(agreed=True)] * COMPARED_MIN


def plan(**changes: Any) -> Plan:
    said: dict[str, Any] = {
        "account": "a", "workload": "w", "deployment": "gpt-4o", "model": "gpt-4o",
        "student": "s", "artefact": "x", "promise_ppm": 880_000, "terms": Terms(allowed=True),
    }  # fmt: skip
    return Plan(**(said | changes))


def at_shadow(**changes: Any) -> Release:
    return begun(plan(**changes), ident="rel_1", at=AT)


def refutes_after(
    agreed: list[bool], *, promise_ppm: int = 880_000, alpha_ppm: int = 50_000
) -> int | None:
    """How many comparisons it took."""
    trial = Trial()
    for place, one in enumerate(agreed, 1):
        trial = bet(trial, [one], promise_ppm=promise_ppm)
        if trial.refutes(alpha_ppm):
            return place
    return None


# -- the way


def test_a_release_goes_from_shadow_over_a_canary_to_all_and_back() -> None:
    release = audited(at_shadow(), GOOD, month="2026-11")
    canary = moved(release, "canary", share_bps=500, reason="go", at=AT)
    more = moved(
        audited(canary, GOOD, month="2026-11"), "canary", share_bps=2000, reason="more", at=AT
    )
    everybody = moved(audited(more, GOOD, month="2026-11"), "cut_over", reason="all", at=AT)
    back = moved(everybody, "rolled_back", reason="by hand", at=AT)

    assert [0, 500, 2000, ALL, 0] == [
        each.share_bps for each in (release, canary, more, everybody, back)
    ]
    assert [0, 0, 0] == [each.trial.compared for each in (canary, more, everybody)]
    assert 3 * COMPARED_MIN == back.compared
    assert not back.live


@pytest.mark.parametrize(
    ("stage", "share", "why"),
    [
        ("cut_over", None, "canary, rolled_back"),
        ("canary", None, "needs a share"),
        ("canary", 0, "needs a share"),
        ("canary", 500, "0 answers were compared"),
        ("shadow", None, "canary, rolled_back"),
    ],
)
def test_a_step_without_its_way_or_its_evidence_is_refused(
    stage: Stage, share: int | None, why: str
) -> None:
    with pytest.raises(ReleaseError, match=why):
        moved(at_shadow(), stage, share_bps=share, reason="", at=AT)


def test_a_student_that_breaks_its_promise_moves_on_only_by_force() -> None:
    bad = audited(at_shadow(), [Audit(agreed=n % 5 > 0) for n in range(60)], month="2026-11")

    with pytest.raises(ReleaseError, match="48 of 60 answers agree"):
        moved(bad, "canary", share_bps=100, reason="", at=AT)
    forced = moved(bad, "canary", share_bps=100, reason="I know", at=AT, forced=True)
    assert ("canary", "I know") == (forced.stage, forced.reason)


def test_a_share_may_shrink_without_evidence() -> None:
    canary = moved(at_shadow(), "canary", share_bps=900, reason="", at=AT, forced=True)

    assert 100 == moved(canary, "canary", share_bps=100, reason="", at=AT).share_bps


def test_what_was_rolled_back_stays_so() -> None:
    back = moved(at_shadow(), "rolled_back", reason="", at=AT)

    with pytest.raises(ReleaseError, match="begin another"):
        moved(back, "canary", share_bps=100, reason="", at=AT, forced=True)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"terms": Terms(why="sold", clauses=("openai 3.3(e)",))}, r"sold \(openai 3.3\(e\)\)"),
        ({"student": "gpt-4o"}, "own place"),
        ({"promise_ppm": MILLION}, "promise"),
        ({"alpha_ppm": 0}, "error of the test"),
        ({"audit_bps": ALL + 1}, "audit sample"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ReleaseError, match=why):
        begun(plan(**changes), ident="rel_1", at=AT)


# -- its test


@given(st.lists(st.booleans(), max_size=300), st.lists(st.integers(1, 40), max_size=20))
def test_it_does_not_matter_how_comparisons_are_batched(
    agreed: list[bool], sizes: list[int]
) -> None:
    audits = [Audit(agreed=one, cost=3) for one in agreed]
    cuts = [0, *(min(sum(sizes[:n]), len(audits)) for n in range(1, len(sizes) + 1)), len(audits)]
    together = audited(at_shadow(), audits, month="2026-11")
    apart = at_shadow()
    for start, stop in pairwise(cuts):
        apart = audited(apart, audits[start:stop], month="2026-11")

    assert together == apart
    assert 3 * len(agreed) == together.audit_cost


@given(st.lists(st.booleans(), max_size=200), st.integers(500_000, 990_000))
def test_at_the_promise_no_bet_can_be_expected_to_grow(agreed: list[bool], promise: int) -> None:
    trial = bet(Trial(), agreed, promise_ppm=promise)
    p = promise / MILLION
    after = (
        p * bet(trial, [True], promise_ppm=promise).total
        + (1 - p) * bet(trial, [False], promise_ppm=promise).total
    )

    assert trial.total == pytest.approx(after)
    assert trial.total > 0


def test_a_student_that_keeps_its_promise_is_rolled_back_less_often_than_stated() -> None:
    chance = random.Random(7)
    wrong = sum(
        refutes_after([chance.random() < 0.88 for _ in range(1000)]) is not None for _ in range(200)
    )

    assert wrong <= 200 * 0.05 + 3 * (200 * 0.05 * 0.95) ** 0.5


def test_one_that_was_good_for_long_and_then_drifts_is_found() -> None:
    chance = random.Random(7)
    late = [chance.random() < (0.95 if n < 2000 else 0.75) for n in range(4000)]

    found = refutes_after(late)

    assert found is not None
    assert 2000 < found < 2400


def test_audits_cost_by_month_and_declines_are_no_disagreement() -> None:
    release = audited(at_shadow(), [Audit(None, 5), Audit(agreed=True, cost=7)], month="2026-11")
    later = audited(release, [Audit(agreed=True, cost=1)], month="2026-12")

    assert (12, 1) == (release.audit_cost, later.audit_cost)
    assert (2, 2, 1) == (later.compared, later.agreed, later.declined)


def test_a_refuted_release_says_by_what() -> None:
    release = audited(at_shadow(), [Audit(agreed=False)] * 20, month="2026-11")

    assert "promised 88.0%" in refuted(release)
    assert 20 == release.compared
    assert release.trial.compared < 20, "after that it bets no more"
    assert "" == refuted(audited(at_shadow(), GOOD, month="2026-11"))
    back = moved(release, "rolled_back", reason="", at=AT)
    assert "" == refuted(back)
    assert back == msgspec.json.decode(msgspec.json.encode(back), type=Release)


@pytest.mark.skipif(not SMSA.exists(), reason="needs ../shared/data/indonlu")
def test_a_real_student_on_drifted_traffic_is_found_within_300_and_not_before_it_drifts() -> None:
    """A7. The promise is what was measured on the validation set, less a point."""
    student = pupil()
    valid = [student.read(text).text == label for text, label in smsa("valid")]
    test = [student.read(text).text == label for text, label in smsa("test")]
    promise = int((sum(valid) / len(valid) - 0.01) * MILLION)
    found = 0
    for seed in range(40):
        order = random.Random(seed).sample(test, len(test))
        found += refutes_after(order[:300], promise_ppm=promise) is not None
    early = [
        refutes_after(random.Random(seed).sample(valid, len(valid)), promise_ppm=promise)
        for seed in range(40)
    ]

    assert 0.88 < sum(valid) / len(valid) < 0.90
    assert 0.79 < sum(test) / len(test) < 0.82
    assert refutes_after(test[:300], promise_ppm=promise), "in the order of the file"
    assert found >= 36
    assert sum(one is not None for one in early) <= 4
