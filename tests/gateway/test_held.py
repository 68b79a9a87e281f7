"""A call's money: held before anything leaves, waited for, cut to what is there, returned."""

from tests.gateway.rig import ANSWER, BODY, PRICE_IN, PRICE_OUT, Client, Rig

from stillhouse.ledger.receipt import FLAG_OVER_HOLD
from stillhouse.tenants import Limits as Rates

RICH = {"b": 10**9}


def test_a_client_that_left_while_it_waited_for_money_is_forgotten() -> None:
    rig = Rig(budgets=RICH, limits=Rates(concurrent=1))
    rig.bank.by_hand = True
    client = rig.connect()
    client.ask()
    client.leave()
    rig.bank.answer()
    rig.loop.turn()
    other = rig.connect()
    other.ask()
    rig.attempts[0].answer()
    rig.close_books()

    assert 1 == len(rig.journal.opens)
    assert 200 == other.reply.status


def test_a_report_over_the_hold_stands_in_full_and_refuses_the_next() -> None:
    hold = 5320
    rig = Rig(budgets={"b": 10 * hold})
    client = rig.connect()
    client.ask()
    assert hold == rig.journal.opens[0].hold
    rig.attempts[0].answer(ANSWER.replace(b'"completion_tokens":3', b'"completion_tokens":9999'))
    rig.journal.sync_all()
    rig.loop.turn()
    client.ask()
    rig.loop.pass_time(2)

    assert [200, 429] == [reply.status for reply in client.replies]
    (closed,) = rig.journal.closes
    assert 7 * PRICE_IN + 9999 * PRICE_OUT == closed.charge
    assert closed.flags & FLAG_OVER_HOLD


def test_a_call_near_the_end_of_a_budget_is_shortened_and_says_so() -> None:
    fixed = (len(BODY) + 256) * PRICE_IN
    rig = Rig(budgets={"b": fixed + 40 * PRICE_OUT}, cap=True)
    body = BODY.replace(b',"max_tokens":20', b"")
    small, client = rig.connect(), rig.connect()
    small.ask()
    rig.attempts[0].answer()
    rig.journal.sync_all()
    rig.loop.turn()
    client.ask(body)
    rig.loop.pass_time(2)

    if len(rig.attempts) == 2:
        capped = int(client_capped(rig, client))
        assert b'"max_' in rig.attempts[1].body
        assert 16 <= capped <= 40
    rig.close_books()


def client_capped(rig: Rig, client: Client) -> str:
    rig.attempts[1].answer()
    rig.journal.sync_all()
    rig.loop.turn()
    return client.reply.headers["x-stillhouse-capped"]
