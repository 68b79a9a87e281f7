"""A charge is exact, adds up however a call is cut, and never passes over a missing price."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tariff.prices_given import complete, counts, partial, priced, usages

from stillhouse.tariff import Tariff, UnpricedMeterError, charge
from stillhouse.tariff.charge import charge_priced, unpriced
from stillhouse.units.money import pico
from stillhouse.units.usage import METERS, NOTHING, Meter, Usage


@given(usages, complete, st.tuples(*[counts] * len(METERS)))
def test_splitting_a_call_in_two_never_changes_what_is_owed(
    usage: Usage, tariff: Tariff, cut: tuple[int, ...]
) -> None:
    first = Usage(*map(min, usage, cut))
    rest = Usage(*(whole - part for whole, part in zip(usage, first, strict=True)))

    assert charge(usage, tariff) == charge(first, tariff) + charge(rest, tariff)


@given(usages, complete)
def test_a_charge_is_never_negative_and_using_nothing_costs_nothing(
    usage: Usage, tariff: Tariff
) -> None:
    assert charge(usage, tariff) >= 0 == charge(NOTHING, tariff)


@given(usages, partial)
def test_a_used_meter_without_a_price_is_refused_by_name_and_never_free(
    usage: Usage, tariff: Tariff
) -> None:
    missing = [m for m, n in zip(METERS, usage, strict=True) if n and tariff.price(m) is None]

    assert missing == unpriced(usage, tariff)
    if missing:
        with pytest.raises(UnpricedMeterError, match=missing[0].value) as refusal:
            charge(usage, tariff)
        assert missing == refusal.value.meters
    else:
        assert charge(usage, tariff) == charge_priced(usage, tariff)


@given(usages, partial)
def test_the_priced_part_is_the_charge_of_the_usage_without_the_rest(
    usage: Usage, tariff: Tariff
) -> None:
    known = Usage(
        *(n if tariff.price(m) is not None else 0 for m, n in zip(METERS, usage, strict=True))
    )

    assert charge(known, tariff) == charge_priced(usage, tariff)


def test_a_known_call_costs_what_a_person_works_out() -> None:
    given: dict[Meter, Any] = {
        Meter.INPUT: 2_500_000,
        Meter.CACHE_READ: 1_250_000,
        Meter.OUTPUT: 10_000_000,
    }
    usage = Usage(input=1_000, cache_read=2_000, output=300, reasoning=200, requests=1)

    assert pico("0.0100") == charge(usage, priced(given))


def test_a_months_worth_beyond_64_bits_is_exact() -> None:
    usage = Usage(input=10**13)

    assert pico("25000000") == charge(usage, priced({Meter.INPUT: 2_500_000})) > 2**63
