"""What the words of the price commands mean."""

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tariff.prices_given import partial

from stillhouse.cli.price_options import amount, bands_of, cells, day, moment, row
from stillhouse.tariff import Tariff
from stillhouse.tariff.plain import published
from stillhouse.units.instant import DAY, Instant, iso
from stillhouse.units.usage import METERS, Meter

CONTEXT, OPTION = click.Context(click.Command("c")), click.Option(["--at"])


@given(st.sampled_from(METERS), st.integers(0, 2**60))
def test_a_price_is_read_as_it_was_published(meter: Meter, price: int) -> None:
    assert price == amount(meter, published(meter, price))


@given(st.integers(0, 20_000))
def test_a_day_is_its_first_moment(number: int) -> None:
    at = Instant(number * DAY)

    assert at == moment(CONTEXT, OPTION, iso(at)[:10]) == moment(CONTEXT, OPTION, iso(at))
    assert iso(at)[:10] == day(at) or number == 0


def test_a_band_names_its_meters() -> None:
    assert {200_000: {Meter.INPUT: 6_000_000, Meter.OUTPUT: 22_500_000}} == bands_of(
        ("200000:input=6.00,output=22.50",)
    )


@pytest.mark.parametrize("text", ["", "0:input=1", "5", "5:", "²:input=1", "5:input", "5:input=x"])
def test_a_band_that_cannot_be_read_is_wrong_usage(text: str) -> None:
    with pytest.raises(click.UsageError, match=r"above|input"):
        bands_of((text,))


@given(partial)
def test_machines_get_every_price_and_people_what_does_not_follow(made: Tariff) -> None:
    whole = row(made)["prices"]

    assert made.by_meter == {Meter(m): amount(Meter(m), text) for m, text in whole.items()}
    assert whole.get("input") == cells(made)["input"]
