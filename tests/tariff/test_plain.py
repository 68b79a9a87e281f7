"""Plain values lose nothing."""

import json

from hypothesis import given
from hypothesis import strategies as st
from tests.tariff.prices_given import partial

from stillhouse.tariff import Tariff
from stillhouse.tariff.plain import from_plain, terms, to_plain
from stillhouse.tariff.prices import changed
from stillhouse.units.instant import Instant

more = st.fixed_dictionaries(
    {},
    optional={
        "account": st.just("acct_1"),
        "region": st.just("eu"),
        "batch": st.booleans(),
        "above": st.integers(0, 10**6),
        "known_from": st.integers(0, 2**50).map(Instant),
        "also": st.lists(st.sampled_from(["flex", "scale"])),
        "source": st.text(max_size=5),
    },
)


@given(partial, more)
def test_a_tariff_comes_back_from_json_as_it_was(
    plain: Tariff, given_terms: dict[str, object]
) -> None:
    made = changed(plain, **given_terms)

    assert made == from_plain(json.loads(json.dumps(to_plain(made))))


@given(partial)
def test_a_list_price_of_the_ordinary_tier_has_no_terms(plain: Tariff) -> None:
    assert {} == terms(plain)
