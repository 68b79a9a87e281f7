"""Amounts are exact text in JSON, whatever their size; inside they stay whole numbers."""

import json

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from stillhouse.console.views import Sum
from stillhouse.units.usage import Usage

WRITTEN = TypeAdapter(Sum)


@given(st.integers(-(10**38), 10**38))
def test_an_amount_of_any_size_is_the_same_to_every_reader(charge: int) -> None:
    read = json.loads(WRITTEN.dump_json(Sum(charge=charge)))

    assert isinstance(read["charge"], str)
    assert charge == int(read["charge"].replace(".", ""))


def test_counts_are_written_by_meter_and_only_those_that_are() -> None:
    read = json.loads(WRITTEN.dump_json(Sum(usage=Usage(input=3, requests=1))))

    assert {"input": 3, "requests": 1} == read["usage"]
