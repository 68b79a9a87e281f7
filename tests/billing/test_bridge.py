"""The bridge: no remainder, ever; and each effect is what its name says."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.billing.bridge import EFFECTS, Item, Side, Sold, apportioned, bridge, shown
from stillhouse.units.money import rounded

IN, OUT = Item("m", "input", "USD"), Item("m", "output", "USD")
BIG = Item("big", "input", "USD")
ONE = {"USD": Fraction(1)}


def side(
    sold: dict[str, tuple[int, dict[Item, tuple[int, int]]]],
    *,
    rate: str = "1",
    listed: dict[Item, int] | None = None,
) -> Side:
    return Side(
        {name: Sold(calls, items) for name, (calls, items) in sold.items()},
        {"USD": Fraction(rate)},
        listed or {},
    )


def effects(before: Side, after: Side) -> dict[str, int]:
    found = bridge(before, after)
    assert found.before + sum(found.effects.values()) == found.after
    return {e: int(a) for e, a in found.effects.items() if a}


ITEMS = st.sampled_from([IN, OUT, BIG, Item("eu", "input", "EUR")])
COUNTS = st.integers(0, 10**12)
SOLD = st.builds(Sold, COUNTS, st.dictionaries(ITEMS, st.tuples(COUNTS, COUNTS)))
RATES = st.fractions(Fraction(1, 10**6), 10**6)
SIDES = st.builds(
    Side,
    st.dictionaries(st.sampled_from("abcd"), SOLD),
    st.fixed_dictionaries({"USD": RATES, "EUR": RATES}),
    st.dictionaries(ITEMS, st.integers(0, 10**9)),
)


@given(SIDES, SIDES)
def test_the_effects_sum_exactly_to_the_difference_in_all_and_for_each_workload(
    before: Side, after: Side
) -> None:
    found = bridge(before, after)

    assert found.after - found.before == sum(found.effects.values())
    for change in found.changes:
        assert change.after - change.before == sum(change.of(e) for e in EFFECTS)
    for effect in EFFECTS:
        assert found.effects[effect] == sum(c.of(effect) for c in found.changes)


@given(SIDES, SIDES, st.sampled_from(["0.01", "1", "100"]))
def test_what_is_printed_adds_up_as_well(before: Side, after: Side, unit: str) -> None:
    found = bridge(before, after)
    was, now, parts = shown(found, unit)

    assert now - was == sum(parts.values())
    step = Fraction(unit) * 10**12
    assert all(abs(parts[e] - found.effects[e]) < 2 * step for e in EFFECTS)
    assert now == Fraction(rounded(found.after, unit)) * 10**12


@given(SIDES)
def test_two_periods_alike_have_no_effects(one: Side) -> None:
    def used(sold: Sold) -> Sold:
        return Sold(sold.calls, {i: (q, a) for i, (q, a) in sold.items.items() if q})

    priced = Side({w: used(s) for w, s in one.sold.items() if s.calls}, one.rates, one.listed)

    assert dict.fromkeys(EFFECTS, 0) == bridge(priced, priced).effects


@given(SOLD.filter(lambda s: s.calls > 0), st.integers(2, 50))
def test_so_many_times_the_calls_alike_is_volume_alone(sold: Sold, times: int) -> None:
    more = Sold(sold.calls * times, {i: (q * times, a * times) for i, (q, a) in sold.items.items()})
    rates = {"USD": Fraction(1), "EUR": Fraction(2)}
    found = bridge(Side({"a": sold}, rates), Side({"a": more}, rates))

    assert found.effects["volume"] == found.after - found.before


def test_a_worked_example_as_in_the_documentation() -> None:
    """October: triage 1,000 calls, 10 in each at 2; old-job 500. November: see each line."""
    october = side({"triage": (1000, {IN: (10_000, 20_000)}), "old-job": (5, {IN: (250, 500)})})
    november = side(
        {"triage": (1200, {IN: (13_200, 39_600)}), "chat": (10, {OUT: (100, 700)})}, rate="2"
    )

    assert {
        "new": 700,
        "lost": -500,
        "volume": 4_000,  # 200 more calls of 20
        "mix": 2_400,  # 1,200 calls use 1 more unit each, at 2
        "price": 13_200,  # 13,200 units cost 1 more
        "fx": 40_300,  # 39,600 + 700 at a rate of 2 instead of 1
    } == effects(october, november)


def test_a_move_to_a_dearer_model_is_mix_and_its_own_rise_is_price() -> None:
    before = side({"a": (10, {IN: (100, 100)})}, listed={BIG: 5})
    after = side({"a": (10, {BIG: (100, 600)})})

    assert {"mix": 400, "price": 100} == effects(before, after)


def test_an_item_that_had_no_price_before_is_mix_alone() -> None:
    before = side({"a": (10, {IN: (100, 100)})})
    after = side({"a": (10, {BIG: (100, 600)})})

    assert {"mix": 500} == effects(before, after)


def test_the_price_of_an_item_is_known_from_other_workloads() -> None:
    before = side({"a": (10, {IN: (100, 100)}), "b": (1, {BIG: (10, 50)})})
    after = side({"a": (10, {BIG: (100, 600)}), "b": (1, {BIG: (10, 50)})})

    assert {"mix": 400, "price": 100} == effects(before, after)


def test_a_missing_rate_is_an_error_and_never_one_to_one() -> None:
    one = Side({"a": Sold(1, {IN: (1, 1)})}, {"EUR": Fraction(1)})
    with pytest.raises(LookupError, match="USD"):
        bridge(one, one)


def test_the_largest_change_comes_first() -> None:
    before = side({w: (1, {IN: (1, a)}) for w, a in (("a", 10), ("b", 100), ("c", 5))})
    after = side({w: (1, {IN: (1, a)}) for w, a in (("a", 15), ("b", 40), ("c", 5))})

    assert ["b", "a", "c"] == [c.workload for c in bridge(before, after).changes]


def test_units_that_are_left_go_to_the_largest_remainders() -> None:
    third = Fraction(10**12, 3)

    assert [10**12, 0, 0] == apportioned([third] * 3, Fraction(10**12), "1")
    assert [10**12, 0, -2 * 10**12] == apportioned(
        [third, third, -5 * third], Fraction(-(10**12)), "1"
    )
