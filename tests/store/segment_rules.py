"""What every store does with segments, totals, over-reports, writers and tariffs."""

from contextlib import closing
from dataclasses import replace

import pytest
from tests.store.house import AT, MONTH, PAST_64_BITS, Factory, House, Rules, check_books, snapshot

from stillhouse.ledger.ports import ConflictError, NotFoundError, Store
from stillhouse.tariff import tariff
from stillhouse.units.instant import Instant
from stillhouse.units.money import PICO_PER_UNIT, pico
from stillhouse.units.usage import METERS, Meter


class SegmentRules(Rules):
    """Part of `Conformance`."""

    def test_posting_turns_leased_money_into_posted_money(self, house: House) -> None:
        budget = house.budget(100)
        house.lease(budget, 60)
        segment = house.spend(budget, 45)

        assert house.store.post_segment(segment, at=AT)
        assert (45, 15) == house.balance(budget)
        assert {(house.writer, budget.id, MONTH): 15} == house.store.leases()
        assert [replace(segment, totals=(), spent={})] == house.store.segments()

    def test_posting_twice_changes_nothing(self, house: House) -> None:
        budget = house.budget(100)
        house.lease(budget, 60)
        segment = house.spend(budget, 45)
        house.store.post_segment(segment, at=AT)
        before = snapshot(house.store)

        assert not house.store.post_segment(segment, at=Instant(AT + 1))
        assert not house.store.post_segment(replace(segment, sha256="0" * 64), at=AT)
        assert before == snapshot(house.store)

    def test_the_same_segment_with_other_money_is_a_conflict(self, house: House) -> None:
        budget = house.budget(100)
        house.store.post_segment(house.spend(budget, 45), at=AT)
        before = snapshot(house.store)

        with pytest.raises(ConflictError, match="other contents"):
            house.store.post_segment(house.spend(budget, 46), at=AT)
        assert before == snapshot(house.store)

    def test_a_segment_must_say_the_same_money_as_its_totals(self, house: House) -> None:
        segment = replace(house.segment(house.total(10), spent={}), charge=11)

        with pytest.raises(ConflictError, match="totals say 1, 10, 5"):
            house.store.post_segment(segment, at=AT)
        assert [] == house.store.segments()

    def test_a_segment_is_an_entry_with_its_hash_and_its_money_as_text(self, house: House) -> None:
        segment = house.segment(house.total(PAST_64_BITS), spent={})
        house.store.post_segment(segment, at=AT)
        last = list(house.store.entries())[-1]

        assert "segment" == last.kind
        assert {
            "id": segment.id,
            "sha256": segment.sha256,
            "receipts": 1,
            "seq_min": 1,
            "seq_max": 1,
            "charge": str(PAST_64_BITS),
            "cost": str(PAST_64_BITS // 2),
        } == last.body

    def test_money_that_no_lease_covered_is_posted_without_touching_leases(
        self, house: House
    ) -> None:
        budget = house.budget(100)
        house.lease(budget, 60)
        spent = {(budget.id, MONTH, True): 20, (budget.id, MONTH, False): 7}
        house.store.post_segment(house.segment(house.total(27), spent=spent), at=AT)

        assert (27, 40) == house.balance(budget)

    def test_totals_add_up_and_can_be_asked_for_by_account_and_month(self, house: House) -> None:
        store = house.store
        november, december = house.total(10), house.total(5, day="2026-12-01")
        store.post_segment(house.segment(november, december, spent={}), at=AT)
        store.post_segment(house.segment(replace(november, unrated=1), spent={}, file=2), at=AT)
        twice = replace(
            november,
            receipts=2,
            usage=(14,) * len(METERS),
            charge=20,
            cost=10,
            unrated=1,
        )

        assert [twice, december] == store.totals()
        assert [twice] == store.totals(account=house.account.id, month="2026-11")
        assert [december] == store.totals(month="2026-12")
        assert [] == store.totals(account="acct_other")
        assert [] == store.totals(month="2026-1")

    def test_totals_of_two_workloads_or_cohorts_stand_apart(self, house: House) -> None:
        one, two = house.total(10, workload="a"), house.total(5, workload="b")
        three = house.total(2, workload="b", cohort="trial")
        house.store.post_segment(house.segment(three, one, two, spent={}), at=AT)

        assert [one, two, three] == house.store.totals()

    # Over-report: a provider that ignores the limit and reports more than the hold

    def test_an_over_report_is_charged_in_full_and_the_next_lease_is_refused(
        self, house: House
    ) -> None:
        budget = house.budget(100)
        house.lease(budget, 100)
        house.store.post_segment(house.spend(budget, 150), at=AT)

        assert (150, -50) == house.balance(budget)
        assert 0 == house.lease(budget, 1)
        house.store.release_writer(house.writer, at=AT)
        assert (150, 0) == house.balance(budget)
        check_books(house.store)

    def test_one_over_report_never_makes_room_for_another_writer(self, house: House) -> None:
        budget, other = house.budget(200), house.store.register_writer(at=AT)
        house.lease(budget, 100)
        house.store.post_segment(house.spend(budget, 150), at=AT)

        assert 0 == house.lease(budget, 51, writer=other)
        assert 50 == house.lease(budget, 50, writer=other)

    def test_a_writer_fills_its_own_hole_first(self, house: House) -> None:
        budget = house.budget(200)
        house.lease(budget, 100)
        house.store.post_segment(house.spend(budget, 150), at=AT)

        assert 0 == house.lease(budget, 101)
        assert 100 == house.lease(budget, 100)
        assert {(house.writer, budget.id, MONTH): 50} == house.store.leases()

    # Writers

    def test_writers_are_small_dense_numbers_also_when_some_are_gone(self, store: Store) -> None:
        first, second = (store.register_writer(at=AT) for _ in range(2))
        store.release_writer(second, at=AT)
        third = store.register_writer(at=AT)

        assert [1, 2, 3] == [first, second, third]
        assert {1: False, 2: True, 3: False} == store.writers()

    def test_a_released_writer_returns_what_it_held_once(self, house: House) -> None:
        budget, other = house.budget(100), house.store.register_writer(at=AT)
        house.lease(budget, 60)
        house.lease(budget, 40, writer=other)
        house.store.release_writer(house.writer, at=AT)
        before = snapshot(house.store)
        house.store.release_writer(house.writer, at=AT)

        assert before == snapshot(house.store)
        assert (0, 40) == house.balance(budget)
        assert {(other, budget.id, MONTH): 40} == house.store.leases()

    def test_a_released_writer_writes_no_more(self, house: House) -> None:
        budget, segment = house.budget(100), house.segment(house.total(1), spent={})
        house.store.post_segment(segment, at=AT)
        house.store.release_writer(house.writer, at=AT)

        with pytest.raises(ConflictError, match="released"):
            house.lease(budget, 1)
        with pytest.raises(ConflictError, match="released"):
            house.store.post_segment(replace(segment, id="w1-2", file=2), at=AT)
        assert not house.store.post_segment(segment, at=AT)

    def test_a_writer_that_was_never_registered_is_nobody(self, house: House) -> None:
        budget = house.budget(100)
        for act in (
            lambda: house.lease(budget, 1, writer=99),
            lambda: house.store.release_writer(99, at=AT),
            lambda: house.store.post_segment(
                house.segment(house.total(1), spent={}, writer=99), at=AT
            ),
        ):
            with pytest.raises(NotFoundError, match="99"):
                act()

    # Tariffs

    def test_a_tariff_comes_back_as_it_was_registered(self, store: Store) -> None:
        prices = {Meter.INPUT: 2_500_000, Meter.OUTPUT: 2**70, Meter.REQUESTS: 10**13}
        known = tariff(
            book="sale", model="gpt-4o", valid_from=AT, prices=prices, source="https://example.com"
        )
        store.register_tariffs([known, known], at=AT)
        before = list(store.entries())
        store.register_tariffs([known], at=Instant(AT + 1))

        assert {known.id: known} == store.tariffs()
        assert before == list(store.entries())
        assert ["tariff"] == [entry.kind for entry in before]

    # 128-bit money

    @pytest.mark.parametrize(
        "amount", [pico("25000000"), pico("400000000000"), PAST_64_BITS - 1, 2**127]
    )
    def test_amounts_far_beyond_64_bits_are_exact_everywhere(
        self, factory: Factory, house: House, amount: int
    ) -> None:
        budget = house.budget(3 * amount)
        leased = house.lease(budget, 2 * amount)
        house.store.post_segment(house.spend(budget, amount), at=AT)
        house.store.post_segment(house.spend(budget, amount, file=2), at=AT)
        with closing(factory()) as elsewhere:
            assert 2 * amount == leased
            assert 3 * amount == elsewhere.directory().budgets[budget.id].limit
            assert [2 * amount] == [t.charge for t in elsewhere.totals()]
            assert [amount, amount] == [s.charge for s in elsewhere.segments()]
            assert (2 * amount, 0) == house.balance(budget)
            assert 0 == house.lease(budget, amount + 1)
            assert amount == house.lease(budget, amount)

    def test_the_64_bit_limit_is_crossed_without_a_trace(self, house: House) -> None:
        dollars = 9_223_372 * PICO_PER_UNIT
        budget = house.budget(2 * PAST_64_BITS)
        house.store.post_segment(house.spend(budget, dollars), at=AT)
        house.store.post_segment(house.spend(budget, dollars, file=2), at=AT)

        assert (2 * dollars, -2 * dollars) == house.balance(budget)
        assert 2 * dollars > PAST_64_BITS

    def test_a_posting_tells_which_days_it_changed(self, house: House) -> None:
        store = house.store
        before, _ = store.posted_days(0)
        first = house.segment(house.total(5), house.total(6, day="2026-11-22"), spent={})
        store.post_segment(first, at=AT)
        after, days = store.posted_days(before)
        store.post_segment(first, at=AT)  # the same again changes nothing
        second = house.segment(house.total(7), spent={}, file=2)

        assert ["2026-11-22", "2026-11-23"] == days
        assert (after, []) == store.posted_days(after)
        store.post_segment(second, at=AT)
        assert ["2026-11-23"] == store.posted_days(after)[1]
        assert ["2026-11-22", "2026-11-23"] == store.posted_days(before)[1]
        assert [12] == [sum(int(row[12]) for row in store.total_rows("2026-11-23"))]
