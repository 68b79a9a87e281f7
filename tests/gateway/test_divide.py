"""A release's calls go to its student with the teacher behind it; every other call as ever."""

from typing import Any

import pytest
from tests.gateway.rig import BODY, CHARGE, PRICE_IN, PRICE_OUT, Rig
from tests.gateway.students import CHARGE as PUPILS
from tests.gateway.students import LABELLED, SAID, ask, released, way

from stillhouse.gateway.release import bucket, unit
from stillhouse.units.money import Pico

ALL = 10_000
HOLD = Pico(10**9)


def outcomes(rig: Rig) -> list[tuple[str, str, int]]:
    """(deployment, outcome, charge) of every attempt."""
    deployments = {opened.seq: opened.deployment for opened in rig.journal.opens}
    return [(deployments[c.seq], c.outcome, c.charge) for c in rig.journal.closes]


def finished(rig: Rig) -> None:
    rig.journal.sync_all()
    rig.loop.turn()


def test_a_released_call_is_answered_by_the_student_at_its_price() -> None:
    rig = Rig(budgets={"b": HOLD})
    released(rig, ALL)

    client, attempt = ask(rig)
    attempt.answer(SAID)
    finished(rig)

    assert "s-1" == attempt.model
    assert b'"model":"s-1"' in attempt.body
    assert (200, SAID) == (client.reply.status, client.reply.body)
    assert [("s", "completed", PUPILS)] == outcomes(rig)
    assert ("w", "acct_1") == (rig.journal.opens[0].workload, rig.journal.opens[0].account)
    rig.close_books()


def test_the_hold_covers_the_teacher_who_may_have_to_answer() -> None:
    rig, plain = Rig(budgets={"b": HOLD}), Rig(budgets={"b": HOLD})
    released(rig, ALL)
    ask(rig)
    ask(plain)

    assert plain.journal.opens[0].hold == rig.journal.opens[0].hold
    assert rig.journal.opens[0].hold > 20 * PRICE_OUT + len(BODY) * PRICE_IN


def test_what_the_student_declines_its_teacher_answers_at_once_and_is_paid_for_once() -> None:
    rig = Rig(budgets={"b": HOLD})
    released(rig, ALL)
    client, student = ask(rig)
    student.answer(b"{}", status=421)
    rig.loop.pass_time(0)
    teacher = rig.attempts[-1]
    teacher.answer()
    finished(rig)

    assert "model-0" == teacher.model
    assert 200 == client.reply.status
    assert [("s", "escalated", 0), ("m", "completed", CHARGE)] == outcomes(rig)
    rig.close_books()


@pytest.mark.parametrize("failure", ["unreachable", "upstream_cut", "timeout"])
def test_a_student_that_is_away_is_stood_in_for(failure: Any) -> None:
    rig = Rig()
    released(rig, ALL)
    client, student = ask(rig)
    student.fail(failure)
    rig.loop.pass_time(0)
    rig.attempts[-1].answer()
    finished(rig)

    assert 200 == client.reply.status
    assert [("s", failure, 0), ("m", "completed", CHARGE)] == outcomes(rig)
    rig.close_books()


def test_calls_of_another_workload_do_not_meet_it() -> None:
    rig = Rig()
    released(rig, ALL)
    client = rig.connect()
    client.ask(headers=LABELLED.replace(": w", ": other"))
    client.ask()

    assert {"model-0"} == {attempt.model for attempt in rig.attempts}


def test_nothing_goes_to_a_student_in_its_shadow() -> None:
    rig = Rig()
    released(rig, 0)

    assert "model-0" == ask(rig)[1].model


def test_a_canary_takes_those_of_its_buckets_again_and_again() -> None:
    rig = Rig()
    split = released(rig, 5000)
    bodies = [BODY[:-1] + b',"user":"u%d"}' % n for n in range(40)]
    sent: dict[bytes, str] = {}
    for _ in range(2):
        for body in bodies:
            model = ask(rig, body=body)[1].model
            assert sent.setdefault(body, model) == model
    expected = {b: bucket(unit("user", b, "key_1"), split.salt) < 5000 for b in bodies}

    assert expected == {body: model == "s-1" for body, model in sent.items()}
    assert {True, False} == set(expected.values())


def test_a_call_in_flight_keeps_the_release_that_it_began_with() -> None:
    rig = Rig()
    released(rig, ALL)
    client, student = ask(rig)
    rig.gateway.release_by({})
    after = ask(rig)[1]
    student.answer(b"{}", status=421)
    rig.loop.pass_time(0)
    rig.attempts[-1].answer()
    finished(rig)

    assert "model-0" == after.model
    assert 200 == client.reply.status
    assert ("s", "escalated", 0) in outcomes(rig)


def test_a_student_without_a_price_answers_nobody() -> None:
    rig = Rig()
    released(rig, ALL, student=way(rig, priced=False))

    assert "model-0" == ask(rig)[1].model


def test_a_surface_that_the_student_does_not_speak_stays_with_the_teacher() -> None:
    rig = Rig()
    rig.gateway.release_by({})
    released(rig, ALL)
    client = rig.connect()
    client.ask(b'{"model":"m","prompt":"hi"}', path="/v1/completions", headers=LABELLED)

    assert "model-0" == rig.attempts[-1].model
