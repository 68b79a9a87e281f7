"""What every store does with budgets and leases."""

from dataclasses import replace

import pytest
from tests.store.house import AT, DAY, MONTH, WHO, House, Rules, check_books

from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.tenants import Scope
from stillhouse.units.instant import Span
from stillhouse.units.money import Pico


class BudgetRules(Rules):
    """Part of `Conformance`."""

    def test_setting_a_budget_again_changes_its_limit_and_keeps_what_was_spent(
        self, house: House
    ) -> None:
        budget = house.budget(100)
        house.lease(budget, 40)
        house.store.post_segment(house.spend(budget, 30), at=AT)
        again = house.budget(35, hard=False)

        assert (budget.id, 35, False) == (again.id, again.limit, again.hard)
        assert {again.id: again} == house.store.directory().budgets
        assert (30, 10) == house.balance(again)
        assert 0 == house.lease(again, 1)

    def test_what_was_imported_counts_against_no_budget(self, house: House) -> None:
        before = house.budget(100)
        imported = replace(house.total(40), key="import:theirs")
        house.store.post_segment(house.segment(imported, spent={}), at=AT)
        after = house.budget(100, span="day")

        assert (0, 0) == house.balance(before)
        assert (0, 0) == house.balance(after, DAY)
        assert 40 == sum(t.charge for t in house.store.totals())

    @pytest.mark.parametrize(
        ("span", "period", "expected"),
        [
            ("day", DAY, 4),
            ("week", "2026-W48", 4),
            ("month", MONTH, 4 + 2),
            ("total", "total", 4 + 2 + 1),
        ],
    )
    @pytest.mark.parametrize("scope", ["account", "project", "key"])
    def test_a_new_budget_starts_with_what_its_scope_has_posted_in_the_current_period(
        self, house: House, scope: Scope, span: Span, period: str, expected: int
    ) -> None:
        other = self.new_key(house.store, house.account.id)
        stranger = house.store.create_account("stranger", at=AT, actor=WHO)
        theirs = self.new_key(house.store, stranger.id)
        totals = [
            house.total(4, day="2026-11-23"),
            house.total(2, day="2026-11-01"),
            house.total(1, day="2026-10-31"),
            replace(house.total(1_000), account=stranger.id, project=theirs.project, key=theirs.id),
        ]
        if scope == "key":
            totals.append(replace(house.total(1_000), key=other.id))
        house.store.post_segment(house.segment(*totals, spent={}), at=AT)
        budget = house.budget(10, scope=scope, span=span)

        assert (expected, 0) == house.balance(budget, period)

    def test_a_budget_made_while_a_segment_was_on_its_way_is_charged_all_the_same(
        self, house: House
    ) -> None:
        segment = house.segment(house.total(30), house.total(5, day="2026-10-31"), spent={})
        budget = house.budget(100)
        whole = house.budget(100, span="total", scope="key")
        house.store.post_segment(segment, at=AT)

        assert (30, 0) == house.balance(budget)
        assert (5, 0) == house.balance(budget, "2026-10")
        assert (35, 0) == house.balance(whole, "total")

    def test_what_a_removed_budget_held_goes_with_it(self, house: House) -> None:
        budget = house.budget(100)
        house.lease(budget, 40)
        house.store.remove_budget(budget.id, at=AT, actor=WHO)

        assert ([], {}) == (house.store.balances(), house.store.leases())
        with pytest.raises(NotFoundError, match=budget.id):
            house.lease(budget, 1)
        house.store.give_back(house.writer, budget.id, MONTH, Pico(40))
        assert house.store.post_segment(house.spend(budget, 40), at=AT)
        assert [] == house.store.balances()
        assert 40 == sum(t.charge for t in house.store.totals())

    def test_a_budget_is_never_negative(self, house: House) -> None:
        with pytest.raises(ConflictError, match="negative"):
            house.budget(-1)

    def test_a_lease_takes_what_is_wanted_or_what_is_left_and_never_less_than_needed(
        self, house: House
    ) -> None:
        budget = house.budget(100)
        take = house.store.lease

        assert 60 == take(house.writer, budget.id, MONTH, need=Pico(10), want=Pico(60))
        assert 40 == take(house.writer, budget.id, MONTH, need=Pico(10), want=Pico(60))
        assert 0 == take(house.writer, budget.id, MONTH, need=Pico(1), want=Pico(60))
        assert (0, 100) == house.balance(budget)

    def test_the_first_use_of_a_period_goes_through_the_same_gate(self, house: House) -> None:
        budget = house.budget(100, span="day")
        period = "2031-01-01"
        take = house.store.lease

        assert 0 == take(house.writer, budget.id, period, need=Pico(101), want=Pico(200))
        assert 100 == take(house.writer, budget.id, period, need=Pico(1), want=Pico(200))
        assert (0, 100) == house.balance(budget, period)
        assert (0, 0) == house.balance(budget, DAY)

    def test_a_new_period_starts_empty_and_leaves_the_old_one_as_it_was(self, house: House) -> None:
        budget = house.budget(100)
        house.lease(budget, 100)
        house.store.post_segment(house.spend(budget, 90), at=AT)
        granted = house.store.lease(
            house.writer, budget.id, "2026-12", need=Pico(100), want=Pico(100)
        )

        assert 100 == granted
        assert (90, 10) == house.balance(budget)
        assert (0, 100) == house.balance(budget, "2026-12")

    def test_what_is_given_back_can_be_leased_by_another(self, house: House) -> None:
        budget, other = house.budget(100), house.store.register_writer(at=AT)
        house.lease(budget, 100)
        house.store.give_back(house.writer, budget.id, MONTH, Pico(30))

        assert 0 == house.lease(budget, 31, writer=other)
        assert 30 == house.lease(budget, 30, writer=other)
        check_books(house.store)

    def test_nobody_gives_back_more_than_it_holds(self, house: House) -> None:
        budget, other = house.budget(100), house.store.register_writer(at=AT)
        house.lease(budget, 10)
        house.lease(budget, 50, writer=other)

        with pytest.raises(ConflictError, match="holds 10"):
            house.store.give_back(house.writer, budget.id, MONTH, Pico(11))
        assert (0, 60) == house.balance(budget)

    @pytest.mark.parametrize(("need", "want"), [(-1, 5), (5, 4)])
    def test_a_lease_that_makes_no_sense_is_a_bug_of_the_caller(
        self, house: House, need: int, want: int
    ) -> None:
        budget = house.budget(100)
        with pytest.raises(ValueError, match="need"):
            house.store.lease(house.writer, budget.id, MONTH, need=Pico(need), want=Pico(want))

    def test_a_refusal_asks_the_other_writers_to_give_back(self, house: House) -> None:
        store, budget, other = house.store, house.budget(100), house.store.register_writer(at=AT)
        house.lease(budget, 80)
        seen, asked = store.recalls(0)
        assert [] == asked
        assert 0 == house.lease(budget, 21, writer=other)
        newest, asked = store.recalls(seen)

        assert (seen + 1, [(budget.id, MONTH)]) == (newest, asked)
        assert (newest, []) == store.recalls(newest)
        assert 0 == house.lease(budget, 21, writer=other)
        assert (newest + 1, [(budget.id, MONTH)]) == store.recalls(newest)

    def test_nobody_is_asked_when_nobody_else_holds_anything(self, house: House) -> None:
        budget = house.budget(100)
        house.lease(budget, 80)
        before = house.store.recalls(0)

        assert 0 == house.lease(budget, 21)
        assert before == house.store.recalls(0)

    def test_leases_change_no_version_and_leave_no_entry(self, house: House) -> None:
        budget = house.budget(100)
        before = house.store.version(), list(house.store.entries())
        house.lease(budget, 80)
        house.store.give_back(house.writer, budget.id, MONTH, Pico(5))

        assert before == (house.store.version(), list(house.store.entries()))
