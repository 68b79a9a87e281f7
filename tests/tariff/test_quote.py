"""A quote is the charge of the same call."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.tariff.prices_given import ladders, usages

from stillhouse.tariff import PriceBook, Tariff, UnpricedMeterError, UnpricedModelError, charge
from stillhouse.tariff.charge import unpriced
from stillhouse.tariff.quote import quote
from stillhouse.units.instant import Instant
from stillhouse.units.usage import METERS, Usage


@given(ladders, usages, st.integers(0, 9))
def test_a_quote_is_the_charge_of_that_call_and_the_sum_of_its_lines(
    bands: list[Tariff], usage: Usage, at: int
) -> None:
    book = PriceBook(bands)
    ended, _ = book.offer("sale", "gpt-4o", Instant(at)).ended(usage.tokens_in, None)
    if unpriced(usage, ended):
        with pytest.raises(UnpricedMeterError):
            quote(book, usage, model="gpt-4o", at=Instant(at))
        return
    found = quote(book, usage, model="gpt-4o", at=Instant(at))

    assert ended == found.tariff
    assert charge(usage, ended) == found.charge == sum(line.amount for line in found.lines)
    assert [line.meter for line in found.lines] == [
        m for m in METERS if usage[METERS.index(m)] and (m != "requests" or ended.price(m))
    ]


def test_without_a_price_there_is_no_quote() -> None:
    with pytest.raises(UnpricedModelError, match='no sale price for model "m"'):
        quote(PriceBook(), Usage(input=1), model="m", at=Instant(0))
