"""The hold covers whatever the call turns out to be."""

from hypothesis import given
from hypothesis import strategies as st
from tests.tariff.prices_given import partial, usages

from stillhouse.tariff import Tariff, bound
from stillhouse.tariff.charge import charge_priced
from stillhouse.units.usage import Usage

spare = st.integers(0, 2**40)


@given(usages, partial, spare, spare)
def test_no_usage_within_the_bound_costs_more_than_the_bound(
    usage: Usage, tariff: Tariff, more_in: int, more_out: int
) -> None:
    one_call = usage._replace(requests=1)
    most = bound(usage.tokens_in + more_in, usage.tokens_out + more_out, tariff)

    assert charge_priced(one_call, tariff) <= most


@given(partial, spare, spare)
def test_some_usage_costs_exactly_the_bound(
    tariff: Tariff, tokens_in: int, tokens_out: int
) -> None:
    """It is the least upper bound, so a tight request may use its budget up."""
    dearest_in = max(
        ("input", "cache_read", "cache_write", "cache_write_1h", "audio_in", "image_in"),
        key=lambda name: charge_priced(Usage(**{name: 1}), tariff),
    )
    dearest_out = max(
        ("output", "reasoning", "audio_out", "image_out"),
        key=lambda name: charge_priced(Usage(**{name: 1}), tariff),
    )
    worst = Usage(**{dearest_in: tokens_in, dearest_out: tokens_out}, requests=1)

    assert charge_priced(worst, tariff) == bound(tokens_in, tokens_out, tariff)
