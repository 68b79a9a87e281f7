"""A comparison is a metered attempt that the house pays for, beside the customer's call."""

from typing import Any

import pytest
from tests.gateway.rig import ANSWER, BODY, CHARGE, PRICE_IN, PRICE_OUT, STREAM, Rig
from tests.gateway.students import SAID, way

from stillhouse.gateway.admit import open_form
from stillhouse.gateway.audit import Audit, whole_answer_asked
from stillhouse.ledger.receipt import FLAG_AUDIT, FLAG_NO_CHARGE, Close
from stillhouse.wire.paths import Surface

Told = list[tuple[int, bytes, int]]
COST = (4 * PRICE_IN + PRICE_OUT) // 10


def begun(rig: Rig, *, of_student: bool, body: bytes = BODY) -> Told:
    told: Told = []
    routing = rig.gateway.admission.routing
    assert routing is not None
    leg = (way(rig) if of_student else routing.ways["m"]).at(rig.now())
    key = next(iter(rig.gateway.admission.directory.keys.values()))
    Audit(
        house=rig.gateway,
        leg=leg,
        form=open_form(key, (), leg, Surface.CHAT, workload="w"),
        surface=Surface.CHAT,
        body=body,
        tokens_in=100,
        told=lambda status, answer, cost: told.append((status, answer, cost)),
    ).begin()
    rig.loop.turn()
    return told


def receipt(rig: Rig) -> Close:
    [closed] = rig.journal.closes
    return closed


def test_the_student_is_asked_and_the_house_pays() -> None:
    rig = Rig(budgets={"b": 1})
    told = begun(rig, of_student=True)
    assert 1 == len(rig.journal.opens), "an open record before it is dispatched"
    rig.attempts[-1].answer(SAID)
    rig.loop.turn()

    assert [(200, SAID, COST)] == told
    closed, opened = receipt(rig), rig.journal.opens[0]
    assert ("completed", "reported", 0, COST) == (
        closed.outcome, closed.witness, closed.charge, closed.cost,
    )  # fmt: skip
    assert FLAG_AUDIT | FLAG_NO_CHARGE == closed.flags
    assert ("s", "w", 0, ()) == (
        opened.deployment, opened.workload, opened.hold, opened.budgets,
    )  # fmt: skip
    rig.close_books()


def test_without_a_cost_book_the_teachers_answer_counts_what_it_would_be_sold_for() -> None:
    rig = Rig()
    told = begun(rig, of_student=False)
    rig.attempts[-1].answer()
    rig.loop.turn()

    assert [(200, ANSWER, CHARGE)] == told
    assert (0, 0) == (receipt(rig).charge, receipt(rig).cost)


@pytest.mark.parametrize(
    ("status", "outcome", "said"),
    [(421, "escalated", 421), (500, "refused", 0), (429, "refused", 0)],
)
def test_a_decline_is_told_and_an_error_is_no_answer(status: int, outcome: str, said: int) -> None:
    rig = Rig()
    told = begun(rig, of_student=True)
    rig.attempts[-1].answer(b"{}", status=status)
    rig.loop.turn()

    assert [(said, b"{}", 0)] == told
    assert outcome == receipt(rig).outcome
    rig.close_books()


@pytest.mark.parametrize("failure", ["unreachable", "upstream_cut"])
def test_what_breaks_is_recorded_and_compares_nothing(failure: Any) -> None:
    rig = Rig()
    told = begun(rig, of_student=True)
    rig.attempts[-1].fail(failure)
    rig.loop.turn()

    assert [0] == [status for status, _, _ in told]
    assert failure == receipt(rig).outcome
    rig.close_books()


def test_one_that_never_ends_is_given_up() -> None:
    rig = Rig()
    told = begun(rig, of_student=True)
    rig.loop.pass_time(601)

    assert [0] == [status for status, _, _ in told]
    assert "timeout" == receipt(rig).outcome
    assert rig.attempts[-1].abandoned
    rig.close_books()


def test_a_stream_is_compared_by_a_whole_answer() -> None:
    asked = whole_answer_asked(STREAM[:-1] + b',"stream_options":{"include_usage":true}}', "s-1")

    assert BODY.replace(b'"model":"m"', b'"model":"s-1"') == asked
