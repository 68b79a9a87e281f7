"""A provider's budget is spent by what it served alone, and passed by on the way to another."""

from tests.gateway.rig import Rig

RICH = {"b": 10**9}


def provided(rig: Rig) -> dict[str, int]:
    """By provider: what is left of its budget once everything was settled."""
    left = {}
    for budget in rig.provided:
        [purse], _ = rig.leases.purses([budget], rig.now())
        assert 0 == purse.held
        free = rig.bank.free.get((budget.id, purse.period), budget.limit)
        left[budget.id] = free + purse.available
    return left


def test_a_providers_budget_is_spent_by_what_it_served_alone() -> None:
    rig = Rig(budgets=RICH, legs=2, limited={"stub": 10**9, "stub1": 10**9})
    client = rig.connect()
    client.ask()
    rig.attempts[0].answer(b"{}", status=503)
    rig.loop.pass_time(5)
    rig.attempts[1].answer()
    rig.close_books()

    assert 200 == client.reply.status
    first, second = rig.journal.closes
    assert 0 < second.charge
    assert {"stub": 10**9 - first.charge, "stub1": 10**9 - second.charge} == provided(rig)
    assert [("b", "stub"), ("b", "stub1")] == [
        tuple(name.partition("@")[0] for name in opened.budgets) for opened in rig.journal.opens
    ]


def test_what_a_provider_may_not_serve_any_more_goes_to_the_next() -> None:
    rig = Rig(budgets=RICH, legs=2, limited={"stub": 1, "stub1": 10**9})
    client = rig.connect()
    client.ask()
    rig.loop.pass_time(2)
    [attempt] = rig.attempts
    attempt.answer()
    rig.close_books()

    assert 200 == client.reply.status
    assert "stub1" == rig.journal.opens[0].provider
    assert 1 == provided(rig)["stub"]


def test_without_another_provider_it_is_refused_by_name() -> None:
    rig = Rig(budgets=RICH, legs=2, limited={"stub": 1, "stub1": 1})
    client = rig.connect()
    client.ask()
    rig.loop.pass_time(4)
    rig.close_books()

    assert 429 == client.reply.status
    assert b"The provider's weekly budget does not cover this call" in client.reply.body
    assert [] == rig.journal.opens
    assert {"stub": 1, "stub1": 1} == provided(rig)
