"""A store against the reference: any order of leases, calls, segments, edits and crashes.

Each writer has a journal in memory: what it spent and has not sealed. A crash loses the writer but
never its journal, as recovery seals it. Amounts reach past 64 bits.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.store.house import AT, DAY, WHO, House
from tests.store.reference import BudgetName, Reference, period_of

from stillhouse.ledger.entries import check
from stillhouse.ledger.ports import Segment, Store, Total
from stillhouse.units.money import Pico

DAYS = (DAY, "2026-11-22", "2026-12-01")
KEYS = ("one", "two")
SPANS = ("day", "week", "month", "total")

# Few different amounts, so that sums meet limits exactly; half of them beyond 64 bits.
amounts = st.builds(int.__mul__, st.integers(0, 6), st.sampled_from((1, 2**62)))
limits = st.builds(int.__mul__, st.integers(0, 12), st.sampled_from((1, 2**62)))


class LedgerMachine(RuleBasedStateMachine):
    """Subclass it with `open`, which opens an empty store the first time and the same one later."""

    def open(self) -> Store:
        raise NotImplementedError

    @initialize()
    def begin(self) -> None:
        self.store = self.open()
        account = self.store.create_account("Acme", at=AT, actor=WHO)
        self.keys = {
            name: self.store.create_key(
                digest=bytes([place]) * 32,
                hint=name,
                account=account.id,
                project=None,
                models=None,
                expires_at=None,
                at=AT,
                actor=WHO,
            )
            for place, name in enumerate(KEYS)
        }
        self.house = House(self.store, account, self.keys["one"], writer=0)
        self.scope_ids = {"account": account.id, **{k: self.keys[k].id for k in KEYS}}
        self.model = Reference(scopes={key: ("account", key) for key in KEYS})
        self.ids: dict[BudgetName, str] = {}
        self.journals: dict[int, list[tuple[str, str, dict[Any, int], int]]] = {}
        self.files: Counter[int] = Counter()
        self.sealed: list[Segment] = []
        self.register()
        self.register()
        self.set_budget("account", "month", 10)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            assert check(self.store.entries()) is None
            self.store.close()

    def writer(self, data: st.DataObject) -> int:
        return data.draw(st.sampled_from(sorted(self.model.alive)), label="writer")

    def budget(self, data: st.DataObject) -> BudgetName:
        return data.draw(st.sampled_from(sorted(self.model.limits)), label="budget")

    @rule()
    def register(self) -> None:
        writer = self.store.register_writer(at=AT)
        self.model.alive.add(writer)
        self.journals[writer] = []

    @rule(scope=st.sampled_from(("account", *KEYS)), span=st.sampled_from(SPANS), limit=limits)
    def set_budget(self, scope: str, span: Any, limit: int) -> None:
        made = self.store.set_budget(
            "account" if scope == "account" else "key",
            self.scope_ids[scope],
            span=span,
            limit=Pico(limit),
            hard=True,
            currency="USD",
            amount=str(limit),
            fx="1",
            at=AT,
            actor=WHO,
        )
        self.model.set_budget((scope, span), limit, DAY)
        self.ids[scope, span] = made.id

    @precondition(lambda self: self.model.limits)
    @rule(data=st.data())
    def remove_budget(self, data: st.DataObject) -> None:
        budget = self.budget(data)
        self.store.remove_budget(self.ids[budget], at=AT, actor=WHO)
        self.model.remove_budget(budget)

    @precondition(lambda self: self.model.alive and self.model.limits)
    @rule(data=st.data(), day=st.sampled_from(DAYS), need=amounts, more=amounts)
    def lease(self, data: st.DataObject, day: str, need: int, more: int) -> None:
        writer, budget = self.writer(data), self.budget(data)
        period = period_of(day, budget[1])
        granted = self.store.lease(
            writer, self.ids[budget], period, need=Pico(need), want=Pico(need + more)
        )

        assert self.model.lease(writer, budget, period, need, need + more) == granted

    @precondition(lambda self: any(self.model.leases[h] > 0 for h in self.model.leases))
    @rule(data=st.data(), part=st.integers(1, 4))
    def give_back(self, data: st.DataObject, part: int) -> None:
        held = sorted(h for h, amount in self.model.leases.items() if amount > 0)
        writer, budget, period = data.draw(st.sampled_from(held), label="lease")
        amount = self.model.leases[writer, budget, period] // part
        self.store.give_back(writer, self.ids[budget], period, Pico(amount))
        self.model.give_back(writer, budget, period, amount)

    @precondition(lambda self: self.model.alive)
    @rule(
        data=st.data(),
        key=st.sampled_from(KEYS),
        day=st.sampled_from(DAYS),
        charge=amounts,
        covered=st.booleans(),
    )
    def call(self, data: st.DataObject, key: str, day: str, charge: int, *, covered: bool) -> None:
        """A settled call, in the writer's journal: held on each budget of its path, or on none."""
        path = [b for b in self.model.limits if b[0] in self.model.scopes[key]]
        spent = {(b, period_of(day, b[1]), covered): charge for b in path}
        self.journals[self.writer(data)].append((key, day, spent, charge))

    @precondition(lambda self: self.model.alive)
    @rule(data=st.data())
    def seal(self, data: st.DataObject) -> None:
        self.post_journal(self.writer(data))

    @precondition(lambda self: self.model.alive)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """The writer is gone. Recovery seals what it left, then returns what it held."""
        writer = self.writer(data)
        self.post_journal(writer)
        for _ in range(2):
            self.store.release_writer(writer, at=AT)
        self.model.release(writer)

    def post_journal(self, writer: int) -> None:
        journal, self.journals[writer] = self.journals[writer], []
        self.files[writer] += 1
        charges: Counter[tuple[str, str]] = Counter()
        spent: Counter[Any] = Counter()
        totals: list[Total] = []
        for key, day, budgets, charge in journal:
            charges[key, day] += charge
            totals.append(replace(self.house.total(charge, day=day), key=self.keys[key].id))
            for name, amount in budgets.items():
                spent[name] += amount
        # A budget made since a call was settled is charged for it, as `Directory.budgets_of` says.
        for key, day, budgets, charge in journal:
            named = {budget for budget, _, _ in budgets}
            for budget in self.model.limits:
                if budget not in named and budget[0] in self.model.scopes[key]:
                    spent[budget, period_of(day, budget[1]), False] += charge
        segment = self.house.segment(
            *totals,
            spent={(self.ids[b], p, held): n for (b, p, held), n in spent.items()},
            file=self.files[writer],
            writer=writer,
        )

        assert self.store.post_segment(segment, at=AT)
        self.model.post(writer, charges, dict(spent))
        self.sealed.append(segment)

    @precondition(lambda self: self.sealed)
    @rule(data=st.data())
    def post_again(self, data: st.DataObject) -> None:
        assert not self.store.post_segment(data.draw(st.sampled_from(self.sealed)), at=AT)

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = self.open()
        self.house = replace(self.house, store=self.store)

    @invariant()
    def balances_are_those_of_the_reference(self) -> None:
        names = {self.ids[name]: name for name in self.model.limits}
        found = {(names[b.budget], b.period): b for b in self.store.balances()}
        for at, balance in found.items():
            assert (self.model.posted[at], self.model.leased(*at)) == (
                balance.posted,
                balance.leased,
            )
            assert (
                at in self.model.excused
                or balance.posted + balance.leased <= (self.model.limits[at[0]])
            )
        assert {at for at in self.model.posted if self.model.used(*at)} <= set(found)

    @invariant()
    def leases_are_those_of_the_reference(self) -> None:
        names = {self.ids[name]: name for name in self.model.limits}
        found = {(w, names[b], p): amount for (w, b, p), amount in self.store.leases().items()}

        assert {held: amount for held, amount in self.model.leases.items() if amount} == found

    @invariant()
    def totals_are_those_of_the_reference(self) -> None:
        names = {key.id: name for name, key in self.keys.items()}
        found = {(names[t.key], t.day): t.charge for t in self.store.totals() if t.charge}

        assert {at: charge for at, charge in self.model.charges.items() if charge} == found


def machine(opener: Callable[[], Callable[[], Store]]) -> type[LedgerMachine]:
    """The machine over stores that `opener` makes: each run asks it for a new, empty one."""

    class Machine(LedgerMachine):
        def __init__(self) -> None:
            super().__init__()
            self.opened = opener()

        def open(self) -> Store:
            return self.opened()

    return Machine
