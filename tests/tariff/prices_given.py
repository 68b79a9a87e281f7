"""Prices and usages for the tests of this room."""

from hypothesis import strategies as st

from stillhouse.tariff import Tariff, tariff
from stillhouse.units.instant import Instant
from stillhouse.units.usage import METERS, Meter, Usage

prices = st.integers(0, 2**50)
counts = st.integers(0, 2**40)
usages = st.builds(Usage, *[counts] * len(METERS))


def priced(given: dict[Meter, int], *, valid_from: int = 0) -> Tariff:
    return tariff(book="sale", model="gpt-4o", valid_from=Instant(valid_from), prices=given)


complete = st.builds(priced, st.fixed_dictionaries(dict.fromkeys(METERS, prices)))
partial = st.builds(priced, st.dictionaries(st.sampled_from(METERS), prices))
