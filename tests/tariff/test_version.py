"""What a version changes, and that it changes nothing before it is approved."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tariff.prices_given import ladders, partial

from stillhouse.tariff import OverlappingPricesError, PriceBook, Tariff, UnpricedModelError, tariff
from stillhouse.tariff.prices import changed
from stillhouse.tariff.version import (
    NOTICE,
    WHEN_APPROVED,
    change_from_plain,
    change_to_plain,
    changes,
    content_hash,
    differing,
    settled_rows,
)
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Meter

NOW = Instant(100)


def price(each: int, **terms: object) -> Tariff:
    given = {"book": "sale", "model": "m", "valid_from": WHEN_APPROVED, **terms}
    return tariff(prices={Meter.INPUT: each}, **given)  # type: ignore[arg-type]


def kinds(rows: list[Tariff], *known: Tariff) -> list[tuple[str, int, int | None, int | None]]:
    return [
        (c.kind, c.above, c.before.get("input"), c.after.get("input"))
        for c in changes(rows, PriceBook(known), at=NOW)
    ]


@given(ladders, st.integers(1, 99))
def test_rows_that_say_what_is_in_force_change_nothing(bands: list[Tariff], at: int) -> None:
    book = PriceBook(bands)
    rows = [changed(t, valid_from=WHEN_APPROVED) for t in bands]

    assert {"same"} == {c.kind for c in changes(rows, book, at=Instant(at))}


@given(partial, partial, st.integers(0, 99), st.integers(1, 99))
def test_what_was_known_before_an_approval_is_not_touched_by_it(
    old: Tariff, new: Tariff, when: int, at: int
) -> None:
    approved = settled_rows([changed(new, valid_from=WHEN_APPROVED)], Instant(at))
    book = PriceBook([old, *approved])

    found = book.at("sale", "gpt-4o", Instant(when), known_at=Instant(at - 1))
    assert old == found


def test_a_version_says_what_is_new_changed_and_gone() -> None:
    known = [price(1, valid_from=Instant(1)), price(2, valid_from=Instant(1), above=50)]

    assert [("changed", 0, 1, 3), ("gone", 50, 2, None)] == kinds([price(3)], *known)
    assert [("new", 0, None, 3)] == kinds([price(3, tier="flex")], *known)
    assert [("same", 0, 1, 1), ("changed", 50, 2, 9)] == kinds(
        [price(1), price(9, above=50)], *known
    )
    end = changed(price(1), prices={}, ends=True)
    assert [("ends", 0, 1, None), ("gone", 50, 2, None)] == kinds([end], *known)


def test_a_price_announced_in_the_same_version_follows_the_one_before_it() -> None:
    rows = [price(3), price(4, valid_from=Instant(NOW + NOTICE + 5))]

    assert [("changed", 0, 1, 3), ("changed", 0, 3, 4)] == kinds(
        rows, price(1, valid_from=Instant(1))
    )


def test_standing_for_another_tier_is_a_change() -> None:
    known = price(1, valid_from=Instant(1))

    assert ["changed"] == [
        c.kind for c in changes([price(1, also=("flex",))], PriceBook([known]), at=NOW)
    ]


def test_an_approval_begins_the_rows_that_wait_for_it() -> None:
    made = settled_rows([price(1), price(2, model="n", valid_from=Instant(7))], NOW)

    begins = Instant(NOW + NOTICE)
    assert [(begins, NOW), (Instant(7), NOW)] == [(t.valid_from, t.known_from) for t in made]
    with pytest.raises(UnpricedModelError):
        PriceBook(made).at("sale", "m", Instant(begins - 1))
    with pytest.raises(OverlappingPricesError):
        settled_rows([price(1), price(2)], NOW)


@given(ladders, ladders)
def test_changes_come_back_from_json_as_they_were(old: list[Tariff], new: list[Tariff]) -> None:
    rows = [changed(t, valid_from=WHEN_APPROVED) for t in new]
    for change in changes(rows, PriceBook(old), at=NOW):
        assert change == change_from_plain(json.loads(json.dumps(change_to_plain(change))))


def test_the_hash_is_of_rows_and_source_in_whatever_order() -> None:
    rows = [price(1), price(2, model="n")]

    assert content_hash(rows, "s") == content_hash(rows[::-1], "s")
    assert 3 == len({content_hash(rows, "s"), content_hash(rows, "t"), content_hash(rows[:1], "s")})


def test_what_says_what_is_in_force_anyway_is_left_out_list_by_list() -> None:
    known = (price(1), price(2, above=50), price(5, model="n"))
    book = PriceBook(changed(t, valid_from=Instant(1)) for t in known)
    same = [price(1), price(2, above=50)]
    other = [price(1), price(3, above=50)]

    assert () == differing([*same, price(5, model="n")], book, at=NOW)
    assert tuple(other) == differing([*other, price(5, model="n")], book, at=NOW)
