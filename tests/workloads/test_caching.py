"""What a cache could save: never more than the input, nothing for short beginnings."""

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.workloads.caching import SHORTEST, Caching, added, caching

COUNTS = st.integers(0, 10**9)
PRICES = st.none() | st.integers(0, 10**7)


def test_a_worked_example_as_in_the_documentation() -> None:
    """1,000 calls that share 2,000 tokens; 100,000 came from the cache already; 75 % off."""
    found = caching(
        calls=1000,
        input_tokens=2_500_000,
        cached_tokens=100_000,
        beginning=2_000,
        input_price=2_500_000,
        cache_price=625_000,
    )

    assert Caching(2_500_000, 999 * 1920, 100_000, (999 * 1920 - 100_000) * 1_875_000) == found


def test_a_beginning_below_the_shortest_that_is_cached_saves_nothing() -> None:
    found = caching(
        calls=9,
        input_tokens=9 * SHORTEST,
        cached_tokens=0,
        beginning=SHORTEST - 1,
        input_price=2,
        cache_price=1,
    )

    assert (0, 0) == (found.cacheable, found.saving)


@given(COUNTS, COUNTS, COUNTS, COUNTS, PRICES, PRICES)
def test_a_saving_is_bounded_by_the_input_and_never_negative(
    calls: int, input_: int, cached: int, beginning: int, price: int | None, cheap: int | None
) -> None:
    found = caching(
        calls=calls,
        input_tokens=input_,
        cached_tokens=cached,
        beginning=beginning,
        input_price=price,
        cache_price=cheap,
    )

    assert 0 <= found.unused <= found.cacheable <= input_
    if found.saving is not None:
        assert price is not None
        assert 0 <= found.saving <= input_ * price
    both = added([found, found])
    assert 2 * found.cacheable == both.cacheable
    assert both.saving == (None if found.saving is None else 2 * found.saving)
