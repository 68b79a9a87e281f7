"""Comparisons: sampled exactly, asked of the other model, told to the store together."""

from collections.abc import Sequence

import msgspec
import pytest
from tests.distill.test_release import AT, plan
from tests.gateway.rig import DONE, STREAM, USAGE, Rig
from tests.gateway.students import SAID, ask, released

from stillhouse.compose.comparing import Comparing, affordable, kept
from stillhouse.distill.release import Audit, Release, begun
from stillhouse.ledger.ports import UnavailableError
from stillhouse.units.instant import Instant

SPAM = SAID
HAM = SAID.replace(b"spam", b"ham")
SPAM_PIECE = b'data: {"choices":[{"index":0,"delta":{"content":"Spam."}}]}\n\n'
RELEASE = begun(plan(audit_cost_max=10**12), ident="rel_1", at=AT)


class Desk:
    """A rig whose releases are compared, and what the store was told."""

    def __init__(self, share: int, *, audit_bps: int = 10_000, release: Release = RELEASE) -> None:
        self.rig = Rig()
        self.told: list[tuple[str, list[Audit]]] = []
        self.comparing = Comparing(self.rig.gateway, self._keep)
        self.comparing.use([release])
        released(
            self.rig,
            share,
            audit_bps=audit_bps,
            watches=lambda _key, split: None if split is None else self.comparing.look,
        )

    def _keep(self, release: str, audits: Sequence[Audit]) -> None:
        self.told.append((release, list(audits)))

    def call(self, answer: bytes, **more: object) -> None:
        """One call, answered; its comparison, if any, is asked next."""
        _, attempt = ask(self.rig, **more)
        attempt.answer(answer)
        self.end()

    def end(self) -> None:
        self.rig.journal.sync_all()
        self.rig.loop.pass_time(0.1)

    @property
    def audits(self) -> list[Audit]:
        return [audit for _, audits in self.told for audit in audits]


def test_in_its_shadow_the_student_is_asked_what_the_teacher_answered() -> None:
    desk = Desk(0)
    desk.call(SPAM)
    assert ["model-0", "s-1"] == [attempt.model for attempt in desk.rig.attempts]
    desk.rig.attempts[-1].answer(HAM)
    desk.end()
    desk.call(SPAM)
    desk.rig.attempts[-1].answer(SPAM)
    desk.end()

    assert [False, True] == [audit.agreed for audit in desk.audits]
    assert {"rel_1"} == {release for release, _ in desk.told}
    desk.rig.close_books()


def test_what_the_student_answered_the_teacher_is_asked() -> None:
    desk = Desk(10_000)
    desk.call(SPAM)
    desk.rig.attempts[-1].answer(SPAM)
    desk.end()

    assert ["s-1", "model-0"] == [attempt.model for attempt in desk.rig.attempts]
    [audit] = desk.audits
    assert audit.agreed
    assert audit.cost > 0


def test_a_stream_is_compared_too() -> None:
    desk = Desk(0)
    _, attempt = ask(desk.rig, body=STREAM)
    attempt.begin_stream(SPAM_PIECE, USAGE, DONE)
    attempt.end()
    desk.end()
    desk.rig.attempts[-1].answer(SPAM)
    desk.end()

    assert [True] == [audit.agreed for audit in desk.audits]


@pytest.mark.parametrize(("status", "found"), [(421, [None]), (500, []), (503, [])])
def test_a_decline_counts_as_one_and_a_failure_as_nothing(
    status: int, found: list[bool | None]
) -> None:
    desk = Desk(0)
    desk.call(SPAM)
    desk.rig.attempts[-1].answer(b"{}", status=status)
    desk.end()

    assert found == [audit.agreed for audit in desk.audits]
    assert 0 == desk.comparing.running


def test_the_sample_is_exact() -> None:
    desk = Desk(0, audit_bps=2_500)
    for _ in range(40):
        desk.call(SPAM)
        if desk.rig.attempts[-1].model == "s-1":
            desk.rig.attempts[-1].answer(SPAM)

    assert 10 == sum(attempt.model == "s-1" for attempt in desk.rig.attempts)


def test_what_the_student_declined_is_not_compared() -> None:
    desk = Desk(10_000)
    _, student = ask(desk.rig)
    student.answer(b"{}", status=421)
    desk.rig.loop.pass_time(0)
    desk.rig.attempts[-1].answer(SPAM)
    desk.end()

    assert 2 == len(desk.rig.attempts)
    assert [] == desk.audits


def test_the_teacher_is_asked_only_while_the_months_money_lasts() -> None:
    spent = msgspec.structs.replace(RELEASE, audit_month="2026-09", audit_cost=10**12)
    desk = Desk(10_000, release=spent)
    desk.call(SPAM)
    october = Instant(desk.rig.now() + 40 * 86_400_000_000)

    assert 1 == len(desk.rig.attempts)
    assert affordable(spent, october)
    assert not affordable(spent, desk.rig.now())


def test_a_busy_store_costs_the_comparison_and_no_more() -> None:
    said: list[str] = []

    def busy() -> Release:
        raise UnavailableError("busy")

    kept(busy, lambda _: said.append("told"), lambda event, **_: said.append(event))

    assert ["comparisons_not_kept"] == said
