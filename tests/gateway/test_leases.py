"""Leases: no money is spent twice, made or lost, whoever waits, recalls or is refused."""

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.gateway.rig import Bank, VirtualLoop

from stillhouse.gateway.leases import RECALL_WAITS_S, REFUSED_FOR_S, Leases, Purse, hold, settle
from stillhouse.tenants import Budget
from stillhouse.units.instant import DAY, Instant
from stillhouse.units.money import Pico

LIMITS = {"big": 10_000, "small": 1_000}
TODAY = Instant(20_000 * DAY)


def budget(name: str, *, hard: bool = True, span: str = "day") -> Budget:
    return Budget(name, "account", "acct_1", span, Pico(LIMITS[name]), hard=hard)  # type: ignore[arg-type]


class House:
    """One writer's leases at a ledger that is given by hand or answers at once."""

    def __init__(self, *, bank: Bank | None = None) -> None:
        self.loop = VirtualLoop()
        self.bank = bank or Bank(LIMITS)
        self.leases = Leases(
            ask=self.bank.ask,
            give_back=self.bank.give_back,
            later=self._later,
            clock=self.loop.time,
            workers=1,
        )

    def _later(self, delay: float, call: Callable[[], None]) -> None:
        self.loop.call_later(delay, call)

    def purses(self, *names: str, at: Instant = TODAY) -> tuple[Purse, ...]:
        return self.leases.purses([budget(name) for name in names], at)[0]


class Caller:
    """Holds an amount as a call does: try, wait for the purse that lacks it, try again."""

    def __init__(self, house: House, purses: tuple[Purse, ...], amount: int) -> None:
        self._house, self._purses, self.amount = house, purses, amount
        self.state = "waits"
        self.answers = 0
        self.asked = 0
        self._try()

    def _try(self) -> None:
        short = hold(self._purses, self.amount)
        if short is None:
            self.state = "holds"
            return
        self.asked += 1
        self._house.leases.top_up(short, self.amount, self._answer)

    def _answer(self, again: bool) -> None:  # noqa: FBT001 - the callback's shape
        self.answers += 1
        if again:
            self._try()
        else:
            self.state = "refused"

    def settle(self, charge: int) -> None:
        settle(self._purses, self.amount, charge)
        self.state = "settled"


class Spending(RuleBasedStateMachine):
    """Two writers at one ledger: callers come, hold, settle over or under; slices are recalled.

    The truth is one number: a budget's limit is what is free at the ledger, idle in purses, held,
    and spent.
    """

    def __init__(self) -> None:
        super().__init__()
        bank = Bank(LIMITS)
        bank.by_hand = True
        self.houses = [House(bank=bank), House(bank=bank)]
        self.bank = bank
        self.callers: list[Caller] = []
        self.spent = dict.fromkeys(LIMITS, 0)
        self.over = dict.fromkeys(LIMITS, 0)

    @rule(
        writer=st.integers(0, 1),
        names=st.sampled_from([("big",), ("small",), ("big", "small"), ("small", "big")]),
        amount=st.integers(1, 600),
    )
    def call(self, writer: int, names: tuple[str, ...], amount: int) -> None:
        house = self.houses[writer]
        self.callers.append(Caller(house, house.purses(*names), amount))

    @precondition(lambda self: self.bank.questions)
    @rule()
    def ledger_answers(self) -> None:
        self.bank.answer()

    @rule(seconds=st.sampled_from([0.01, 0.1, 0.5]))
    def time_passes(self, seconds: float) -> None:
        for house in self.houses:
            house.loop.pass_time(seconds)

    @precondition(lambda self: any(c.state == "holds" for c in self.callers))
    @rule(data=st.data(), part=st.integers(0, 120))
    def settles(self, data: st.DataObject, part: int) -> None:
        """A charge may exceed its hold by a fifth: a provider's over-report stands in full."""
        caller = data.draw(st.sampled_from([c for c in self.callers if c.state == "holds"]))
        charge = caller.amount * part // 100
        caller.settle(charge)
        for purse in caller._purses:
            self.spent[purse.budget.id] += charge
            self.over[purse.budget.id] += max(0, charge - caller.amount)

    @rule(writer=st.integers(0, 1), name=st.sampled_from(list(LIMITS)))
    def recall(self, writer: int, name: str) -> None:
        house = self.houses[writer]
        (purse,) = house.purses(name)
        before = purse.held
        house.leases.recalled([(name, purse.period)])

        assert before == purse.held
        if not purse.waiters:
            assert purse.available <= 0

    @invariant()
    def every_pico_is_somewhere(self) -> None:
        for name, limit in LIMITS.items():
            purses = [house.purses(name)[0] for house in self.houses]
            free = self.bank.free.get((name, purses[0].period), limit)
            kept = sum(purse.available + purse.held for purse in purses)

            assert limit == free + kept + self.spent[name]
            assert all(purse.held >= 0 for purse in purses)
            assert self.spent[name] - self.over[name] <= limit

    @invariant()
    def nobody_is_answered_twice(self) -> None:
        for caller in self.callers:
            assert caller.answers <= caller.asked
            assert (caller.state == "waits") == (caller.answers < caller.asked)

    def teardown(self) -> None:
        """Once nobody else comes, every caller is answered."""
        for _ in range(200):
            while self.bank.questions:
                self.bank.answer()
            for house in self.houses:
                house.loop.pass_time(1.0)
            if not any(c.state == "waits" for c in self.callers) and not self.bank.questions:
                break

        assert "waits" not in {c.state for c in self.callers}
        for house in self.houses:
            house.leases.return_all()
        self.every_pico_is_somewhere()


TestSpending = Spending.TestCase
TestSpending.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@given(st.lists(st.integers(-50, 100), min_size=1, max_size=4), st.integers(1, 100))
def test_all_purses_give_or_none_does(available: list[int], amount: int) -> None:
    purses = tuple(Purse(budget("big"), TODAY) for _ in available)
    for purse, free in zip(purses, available, strict=True):
        purse.available = free
    short = hold(purses, amount)

    if short is None:
        assert [free - amount for free in available] == [p.available for p in purses]
        assert {amount} == {p.held for p in purses}
    else:
        assert short.available < amount
        assert available == [p.available for p in purses]
        assert {0} == {p.held for p in purses}


@given(st.lists(st.integers(1, 400), min_size=1, max_size=60))
def test_many_who_wait_never_hold_more_than_there_is(amounts: list[int]) -> None:
    house = House()
    house.bank.by_hand = True
    purses = house.purses("big", "small")
    callers = [Caller(house, purses, amount) for amount in amounts]
    while house.bank.questions or any(c.state == "waits" for c in callers):
        while house.bank.questions:
            house.bank.answer()
        house.loop.pass_time(1.0)
    holding = [c.amount for c in callers if c.state == "holds"]
    refused = [c.amount for c in callers if c.state == "refused"]

    assert len(amounts) == len(holding) + len(refused)
    assert sum(holding) == purses[0].held == purses[1].held <= LIMITS["small"]
    assert holding or min(amounts) > LIMITS["small"]


def test_who_waits_together_asks_once() -> None:
    house = House()
    house.bank.by_hand = True
    purses = house.purses("big")
    callers = [Caller(house, purses, 100) for _ in range(5)]

    assert 1 == len(house.bank.questions)
    house.bank.answer()
    assert 1 == len(house.bank.questions), "the rest asks together for the rest"
    house.bank.answer()
    assert {"holds"} == {c.state for c in callers}
    assert 500 == purses[0].held


def test_a_refusal_is_repeated_from_memory_for_a_moment_and_only_to_calls_as_dear() -> None:
    house = House()
    (purse,) = purses = house.purses("small")
    first = Caller(house, purses, 2000)
    house.loop.pass_time(sum(RECALL_WAITS_S) + 0.001)
    assert "refused" == first.state
    asked = house.bank.granted
    dear, cheap = Caller(house, purses, 2000), Caller(house, purses, 10)

    assert ("refused", 1, "holds") == (dear.state, dear.answers, cheap.state)
    assert house.bank.granted > asked
    assert purse.refused_until == 0.0, "a grant forgets the refusal"


def test_a_refusal_is_forgotten_after_a_moment() -> None:
    house = House()
    purses = house.purses("small")
    Caller(house, purses, 2000)
    house.loop.pass_time(sum(RECALL_WAITS_S) + REFUSED_FOR_S + 0.01)
    late = Caller(house, purses, 2000)

    assert "waits" == late.state


def test_idle_money_of_another_writer_is_waited_for() -> None:
    bank = Bank(LIMITS)
    rich, poor = House(bank=bank), House(bank=bank)
    idle = Caller(rich, rich.purses("small"), 900)
    idle.settle(0)
    caller = Caller(poor, poor.purses("small"), 800)
    assert "waits" == caller.state
    rich.leases.recalled([("small", rich.purses("small")[0].period)])
    poor.loop.pass_time(RECALL_WAITS_S[0] + 0.001)

    assert "holds" == caller.state


def test_a_recall_returns_only_what_is_idle() -> None:
    house = House()
    (purse,) = purses = house.purses("big")
    Caller(house, purses, 300)
    purse.available += 40
    house.leases.recalled([("big", purse.period), ("unknown", "2026-01")])

    assert (0, 300, 40) == (purse.available, purse.held, house.bank.returned)


@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 100))
def test_a_debt_is_covered_before_the_next_hold(amount: int, excess: int, later: int) -> None:
    house = House()
    (purse,) = purses = house.purses("small")
    first = Caller(house, purses, amount)
    slack = purse.available
    first.settle(amount + slack + excess)
    assert -excess == purse.available
    house.leases.recalled([("small", purse.period)])
    assert 0 == house.bank.returned, "a debt is not given back"
    second = Caller(house, purses, later)
    house.loop.pass_time(2.0)

    spent = amount + slack + excess
    assert ("holds" if spent + later <= LIMITS["small"] else "refused") == second.state


def test_a_new_period_has_a_new_purse_and_the_old_one_goes_home_once_its_calls_end() -> None:
    house = House()
    hard = [budget("big")]
    (old,), until = house.leases.purses(hard, TODAY)
    caller = Caller(house, (old,), 100)
    assert until == TODAY + DAY
    (new,), _ = house.leases.purses(hard, until)
    house.leases.expire(until)
    assert new is not old, "a period is part of a purse's name"
    assert 0 == house.bank.returned, "a call still holds of it"
    caller.settle(30)
    house.leases.expire(until)
    lent = house.bank.granted

    assert lent - 30 == house.bank.returned
    assert house.leases.purses(hard, TODAY)[0][0] is not old


def test_a_purse_that_a_late_call_tops_up_after_its_period_goes_home_too() -> None:
    """A call waits for one budget while the period of another ends and its empty purse expires."""
    house = House()
    (old,) = purses = house.purses("big")
    house.leases.expire(Instant(TODAY + DAY))
    Caller(house, purses, 100).settle(40)
    house.leases.expire(Instant(TODAY + DAY))

    assert house.bank.granted - 40 == house.bank.returned
    assert 0 == old.available


def test_soft_budgets_hold_nothing() -> None:
    house = House()
    purses, until = house.leases.purses([budget("big", hard=False)], TODAY)

    assert () == purses
    assert until > TODAY + 10**6 * DAY


def test_everything_idle_goes_back_at_the_end() -> None:
    house = House()
    one = Caller(house, house.purses("big", "small"), 200)
    one.settle(200)
    house.leases.return_all()

    assert house.bank.granted - 2 * 200 == house.bank.returned


def test_a_ledger_that_cannot_be_asked_is_a_refusal() -> None:
    house = House()
    house.bank.by_hand = True
    caller = Caller(house, house.purses("big"), 10)
    for _ in range(len(RECALL_WAITS_S) + 1):
        *_, answer = house.bank.questions.popleft()
        answer(0, 0, 0)
        house.loop.pass_time(1.0)

    assert "refused" == caller.state
    assert not house.bank.questions
