"""A tariff is named by its content and found by time; what inherits does so in writing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tariff.prices_given import partial, priced, prices

from stillhouse.tariff import PriceBook, Tariff, UnpricedModelError, tariff
from stillhouse.tariff.prices import INHERITS
from stillhouse.units.instant import Instant
from stillhouse.units.usage import METERS, Meter

FAR = Instant(2**62)
given_prices = st.dictionaries(st.sampled_from(METERS), prices)
times = st.lists(st.integers(0, 1_000), unique=True, min_size=1, max_size=6)


@given(given_prices)
def test_the_same_content_has_the_same_name_in_whatever_order_it_was_written(
    given: dict[Meter, int],
) -> None:
    assert priced(given) == priced(dict(reversed(given.items())))


def test_each_part_of_the_content_changes_the_name_but_not_the_source() -> None:
    base = {"book": "sale", "model": "m", "valid_from": Instant(0), "prices": {Meter.INPUT: 1}}
    others = (
        {"book": "cost"},
        {"model": "n"},
        {"valid_from": Instant(1)},
        {"prices": {Meter.INPUT: 2}},
        {"currency": "IDR"},
    )
    names = {tariff(**(base | other)).id for other in ({}, *others)}  # type: ignore[arg-type]

    assert 1 + len(others) == len(names)
    assert tariff(**base).id == tariff(**base, source="a page").id  # type: ignore[arg-type]


@given(given_prices)
def test_a_meter_inherits_only_when_it_was_not_priced_itself(given: dict[Meter, int]) -> None:
    made = priced(given)
    for meter in METERS:
        if meter in given:
            assert given[meter] == made.price(meter)
        elif meter is Meter.REQUESTS:
            assert 0 == made.price(meter)
        else:
            parent = INHERITS.get(meter)
            assert (made.price(parent) if parent else None) == made.price(meter)


@given(given_prices)
def test_inheriting_again_changes_nothing(given: dict[Meter, int]) -> None:
    made = priced(given)
    written = {meter: price for meter in METERS if (price := made.price(meter)) is not None}

    assert made == priced(written)


def test_audio_never_inherits_the_price_of_text() -> None:
    made = priced({Meter.INPUT: 1, Meter.OUTPUT: 1})

    assert made.price(Meter.AUDIO_IN) is None
    assert made.price(Meter.AUDIO_OUT) is None


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
            book.at("sale", "gpt-4o", Instant(max(when, 0)) if when >= 0 else Instant(0))


@given(partial)
def test_a_price_in_one_book_or_of_one_model_says_nothing_of_another(made: Tariff) -> None:
    book = PriceBook([made])

    assert {made.id: made} == book.by_id
    for name, model in (("cost", "gpt-4o"), ("sale", "gpt-4o-mini")):
        with pytest.raises(UnpricedModelError, match=model):
            book.at(name, model, Instant(5))  # type: ignore[arg-type]
