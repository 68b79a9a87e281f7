"""Meters are disjoint, each is input or output or neither, and the order is the same everywhere."""

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.units.usage import INPUT_METERS, METERS, NOTHING, OUTPUT_METERS, Meter, Usage

usages = st.builds(Usage, *[st.integers(0, 2**40)] * len(METERS))


def test_a_usage_counts_every_meter_in_the_order_of_meters() -> None:
    assert [meter.value for meter in METERS] == list(Usage._fields)


def test_every_meter_but_requests_is_input_or_output_and_none_is_both() -> None:
    assert set() == INPUT_METERS & OUTPUT_METERS
    assert set(Meter) - {Meter.REQUESTS} == INPUT_METERS | OUTPUT_METERS


@given(usages)
def test_tokens_in_and_out_are_the_sums_of_their_meters(usage: Usage) -> None:
    counts = dict(zip(METERS, usage, strict=True))

    assert sum(counts[m] for m in INPUT_METERS) == usage.tokens_in
    assert sum(counts[m] for m in OUTPUT_METERS) == usage.tokens_out
    assert sum(usage) == usage.tokens_in + usage.tokens_out + usage.requests


def test_nothing_is_nothing() -> None:
    assert (0,) * len(METERS) == NOTHING
