"""Which price is in force: by what is asked for, by when, and by what was known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tariff.prices_given import EDGES, ladders, partial, priced, usages

from stillhouse.tariff import (
    MissingBandError,
    OverlappingPricesError,
    PriceBook,
    Tariff,
    UnpricedModelError,
    tariff,
)
from stillhouse.tariff.book import band, lists, spans
from stillhouse.tariff.charge import charge_priced
from stillhouse.tariff.prices import changed
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Meter, Usage

FAR = Instant(2**62)
times = st.lists(st.integers(0, 1_000), unique=True, min_size=1, max_size=6)
moments = st.integers(1, 20)
sizes = st.integers(0, 600_000) | st.builds(
    lambda edge, beside: edge + beside, st.sampled_from(EDGES), st.integers(-1, 1)
)
"""of calls, on and beside the edges of bands"""


def price(each: int, **terms: object) -> Tariff:
    given = {"book": "sale", "model": "m", "valid_from": Instant(0), **terms}
    return tariff(prices={Meter.INPUT: each}, **given)  # type: ignore[arg-type]


@given(times, st.integers(-10, 1_010))
def test_the_tariff_in_force_is_the_newest_that_has_begun(starts: list[int], when: int) -> None:
    book = PriceBook(priced({Meter.INPUT: 1 + start}, valid_from=start) for start in starts)
    begun = [start for start in starts if start <= when]
    ahead = [start for start in starts if start > when]

    assert min(ahead, default=FAR) == book.valid_until("sale", "gpt-4o", Instant(when))
    if begun:
        assert max(begun) == book.at("sale", "gpt-4o", Instant(when)).valid_from
    else:
        with pytest.raises(UnpricedModelError, match='no sale price for model "gpt-4o"'):
            book.at("sale", "gpt-4o", Instant(when))


@given(partial)
def test_a_price_in_one_book_or_of_one_model_says_nothing_of_another(made: Tariff) -> None:
    book = PriceBook([made])

    assert {made.id: made} == book.by_id
    for name, model in (("cost", "gpt-4o"), ("sale", "gpt-4o-mini")):
        with pytest.raises(UnpricedModelError, match=model):
            book.at(name, model, Instant(5))  # type: ignore[arg-type]


@given(
    st.lists(st.tuples(moments, moments, st.integers(1, 99)), unique_by=lambda row: row[:2]),
    moments,
    moments,
)
def test_what_becomes_known_later_never_changes_what_was_answered_before(
    rows: list[tuple[int, int, int]], when: int, known_at: int
) -> None:
    made = [price(each, valid_from=v, known_from=k) for v, k, each in rows]
    then = PriceBook(t for t in made if t.known_from <= known_at)
    now = PriceBook(made)
    expected = max(
        (row for row in rows if row[0] <= when and row[1] <= known_at),
        key=lambda row: row[:2],
        default=None,
    )

    for book in (then, now):
        if expected is None:
            with pytest.raises(UnpricedModelError):
                book.at("sale", "m", Instant(when), known_at=Instant(known_at))
        else:
            found = book.at("sale", "m", Instant(when), known_at=Instant(known_at))
            assert expected == (found.valid_from, found.known_from, found.price(Meter.INPUT))


@given(st.lists(st.tuples(moments, moments), unique=True), moments, moments)
def test_an_answer_holds_until_valid_until_at_least(
    rows: list[tuple[int, int]], first: int, later: int
) -> None:
    """The gateway asks again only then, by what it knows at that time."""
    book = PriceBook(price(1 + n, valid_from=v, known_from=k) for n, (v, k) in enumerate(rows))

    def now(at: int) -> Tariff | None:
        try:
            return book.at("sale", "m", Instant(at), known_at=Instant(at))
        except UnpricedModelError:
            return None

    if first <= later < book.valid_until("sale", "m", Instant(first)):
        assert now(first) == now(later)


@given(ladders, sizes)
def test_the_band_is_the_last_one_that_the_calls_input_exceeds(
    bands: list[Tariff], tokens_in: int
) -> None:
    [made] = lists(bands).values()

    assert [t for t in made if t.above < tokens_in or not t.above][-1] == band(made, tokens_in)
    assert band(made, tokens_in) == PriceBook(bands).at(
        "sale", "gpt-4o", Instant(0), tokens_in=tokens_in
    )


@given(ladders, ladders, usages, st.booleans(), st.sampled_from([None, "", "priority", "flex"]))
def test_no_band_and_no_tier_costs_more_than_the_bound_of_the_offer(
    standard: list[Tariff],
    dear: list[Tariff],
    usage: Usage,
    ask: bool,  # noqa: FBT001
    served: str | None,
) -> None:
    priority = [price_like(t, tier="priority") for t in dear]
    offer = PriceBook([*standard, *priority]).offer(
        "sale", "gpt-4o", Instant(0), tier="priority" if ask else None
    )
    one_call = usage._replace(requests=1)
    used, known = offer.ended(one_call.tokens_in, served)

    assert known == (served != "flex")
    assert charge_priced(one_call, used) <= offer.bound(one_call.tokens_in, one_call.tokens_out)


def price_like(given: Tariff, **terms: object) -> Tariff:
    return tariff(
        **{  # type: ignore[arg-type]
            "book": given.book,
            "model": given.model,
            "valid_from": given.valid_from,
            "prices": given.by_meter,
            "above": given.above,
            **terms,
        }
    )


def test_a_small_call_is_not_held_at_the_price_of_a_large_one() -> None:
    offer = PriceBook([price(1), price(9, above=100)]).offer("sale", "m", Instant(0))

    assert 100 == offer.bound(100, 0)
    assert 909 == offer.bound(101, 0)


def test_who_asks_for_standard_is_held_for_standard_alone() -> None:
    book = PriceBook([price(1), price(9, tier="priority")])

    assert 10 == book.offer("sale", "m", Instant(0), tier="").bound(10, 0)
    assert 90 == book.offer("sale", "m", Instant(0)).bound(10, 0)


def test_a_contract_beats_the_list_and_only_for_its_account() -> None:
    book = PriceBook([price(10), price(7, account="acct_1"), price(20, tier="priority")])

    def of(account: str, tier: str = "") -> int | None:
        return book.at("sale", "m", Instant(0), account=account, tier=tier).price(Meter.INPUT)

    assert (7, 10) == (of("acct_1"), of("acct_2"))
    assert 20 == of("acct_1", "priority"), "the contract says nothing of this tier"
    assert book.contracted("acct_1", "m")
    assert not book.contracted("acct_2", "m")


def test_a_contract_that_ended_leaves_the_list() -> None:
    end = tariff(
        book="sale", model="m", valid_from=Instant(5), prices={}, account="acct_1", ends=True
    )
    book = PriceBook([price(10), price(7, account="acct_1"), end])

    found = [
        book.at("sale", "m", Instant(at), account="acct_1").price(Meter.INPUT) for at in (4, 5)
    ]
    assert [7, 10] == found


def test_a_regions_own_price_comes_before_that_of_every_region() -> None:
    book = PriceBook([price(10), price(11, region="eu")])

    found = [
        book.at("sale", "m", Instant(0), region=region).price(Meter.INPUT)
        for region in ("", "us", "eu")
    ]
    assert [10, 10, 11] == found


def test_a_tier_without_a_price_is_refused_unless_the_standard_price_says_otherwise() -> None:
    closed = PriceBook([price(10)])
    told = PriceBook([price(10, also=("flex",))])

    with pytest.raises(UnpricedModelError, match='service tier "flex"'):
        closed.offer("sale", "m", Instant(0), tier="flex")
    assert 10 == told.offer("sale", "m", Instant(0), tier="flex").tariff.price(Meter.INPUT)
    with pytest.raises(UnpricedModelError, match='service tier "priority"'):
        told.offer("sale", "m", Instant(0), tier="priority")


def test_a_batch_has_its_own_price_or_none() -> None:
    book = PriceBook([price(10), price(5, batch=True)])

    assert 5 == book.at("sale", "m", Instant(0), batch=True).price(Meter.INPUT)
    with pytest.raises(UnpricedModelError, match="in batches"):
        PriceBook([price(10)]).at("sale", "m", Instant(0), batch=True)


def test_two_prices_for_the_same_thing_from_the_same_moment_are_a_named_error() -> None:
    with pytest.raises(OverlappingPricesError, match=r"two sale prices of \"m\" begin at") as both:
        PriceBook([price(1), price(2)])

    assert {price(1).id, price(2).id} == {both.value.one.id, both.value.other.id}
    assert 1 == len(PriceBook([price(1), price(1)]).by_id), "the same row twice is one"


def test_bands_without_a_first_one_are_a_named_error() -> None:
    with pytest.raises(MissingBandError, match="above = 0"):
        PriceBook([price(1, above=100)])


@given(st.lists(ladders, max_size=3), sizes)
def test_the_spans_of_a_list_part_all_sizes_of_calls(
    given_lists: list[list[Tariff]], tokens_in: int
) -> None:
    """Whatever size a call has, it is within the span of one band of each list: its own."""
    bands = [
        changed(t, model=f"m{number}") for number, each in enumerate(given_lists) for t in each
    ]
    found = spans(bands)
    for own in lists(bands).values():
        within = [
            t
            for t in own
            if found[t.id].above < tokens_in <= found[t.id].upto or tokens_in == t.above == 0
        ]
        assert [band(own, tokens_in)] == within
        assert {own[0].id} == {found[t.id].family for t in own}


def test_tariffs_that_were_edited_in_place_stand_alone() -> None:
    known = [price(1), price(2), price(3, above=100)]

    assert {t.id: (t.id, 0) for t in known} == {
        ident: span[:2] for ident, span in spans(known).items()
    }


def test_what_is_in_force_is_every_slot_with_all_its_bands() -> None:
    known = [price(1), price(2, above=50), price(3, tier="flex"), price(4, valid_from=Instant(9))]
    end = changed(price(3, tier="flex", valid_from=Instant(9)), prices={}, ends=True)
    book = PriceBook([*known, end])

    def told(at: int) -> list[int | None]:
        return [t.price(Meter.INPUT) for t in book.in_force_at(Instant(at))]

    assert ([1, 2, 3], [4]) == (told(8), told(9))
    assert [Instant(9)] == book.begins("sale", "m", Instant(0), Instant(10))
    assert [] == book.begins("sale", "m", Instant(0), Instant(9))
