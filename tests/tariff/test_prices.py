"""A tariff is named by its content and found by time; what inherits does so in writing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tariff.prices_given import priced, prices

from stillhouse.tariff import tariff
from stillhouse.tariff.prices import EVER, INHERITS, UNPRICED, changed
from stillhouse.units.instant import Instant
from stillhouse.units.usage import METERS, Meter

given_prices = st.dictionaries(st.sampled_from(METERS), prices)


@given(given_prices)
def test_the_same_content_has_the_same_name_in_whatever_order_it_was_written(
    given: dict[Meter, int],
) -> None:
    assert priced(given) == priced(dict(reversed(given.items())))


def test_the_names_on_receipts_of_earlier_versions_never_change() -> None:
    """Written down from the version before tiers, bands and contracts were known."""
    made = tariff(
        book="sale",
        model="gpt-4o",
        valid_from=Instant(1_767_225_600_000_000),
        prices={Meter.INPUT: 2_500_000, Meter.OUTPUT: 10_000_000},
    )

    assert "t_1dad4dddea43616b" == made.id


def test_each_part_of_the_content_changes_the_name_but_not_the_source() -> None:
    base = {"book": "sale", "model": "m", "valid_from": Instant(0), "prices": {Meter.INPUT: 1}}
    others = (
        {"book": "cost"},
        {"model": "n"},
        {"valid_from": Instant(1)},
        {"prices": {Meter.INPUT: 2}},
        {"currency": "IDR"},
        {"account": "acct_1"},
        {"region": "eu"},
        {"batch": True},
        {"tier": "flex"},
        {"above": 200_000},
        {"known_from": Instant(1)},
        {"also": ("flex",)},
        {"prices": {}, "ends": True},
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


def test_the_end_of_a_price_prices_nothing_not_even_requests() -> None:
    made = tariff(book="sale", model="m", valid_from=Instant(0), prices={}, ends=True)

    assert {UNPRICED} == set(made.prices)
    with pytest.raises(ValueError, match="prices nothing"):
        tariff(book="sale", model="m", valid_from=Instant(0), prices={Meter.INPUT: 1}, ends=True)


def test_only_a_standard_price_stands_for_other_tiers() -> None:
    with pytest.raises(ValueError, match="only a standard price"):
        tariff(
            book="sale",
            model="m",
            valid_from=Instant(0),
            prices={Meter.INPUT: 1},
            tier="flex",
            also=("priority",),
        )


@given(given_prices, st.integers(1, 99))
def test_other_terms_make_another_tariff_with_the_same_prices(
    given: dict[Meter, int], known: int
) -> None:
    made = priced(given)
    again = changed(made, known_from=Instant(known))

    assert (made.prices, made.slot) == (again.prices, again.slot)
    assert made.id != again.id
    assert made == changed(again, known_from=EVER)
