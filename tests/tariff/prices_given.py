"""Prices and usages for the tests of this room."""

from hypothesis import strategies as st

from stillhouse.tariff import Tariff, tariff
from stillhouse.units.instant import Instant
from stillhouse.units.usage import METERS, Meter, Usage

prices = st.integers(0, 2**50)
counts = st.integers(0, 2**40)
usages = st.builds(Usage, *[counts] * len(METERS))


def priced(given: dict[Meter, int], *, valid_from: int = 0, above: int = 0) -> Tariff:
    return tariff(
        book="sale", model="gpt-4o", valid_from=Instant(valid_from), prices=given, above=above
    )


complete = st.builds(priced, st.fixed_dictionaries(dict.fromkeys(METERS, prices)))
partial = st.builds(priced, st.dictionaries(st.sampled_from(METERS), prices))

EDGES = [1, 128_000, 200_000, 272_000]
some_prices = st.dictionaries(st.sampled_from(METERS), prices)
ladders = st.builds(
    lambda first, more: [
        priced(first),
        *(priced(given, above=above) for above, given in more.items()),
    ],
    some_prices,
    st.dictionaries(st.sampled_from(EDGES), some_prices, max_size=3),
)
"""All bands of one list; the dear ones need not be the long ones."""
