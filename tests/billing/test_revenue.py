"""A book with known shares gives back exactly those; growth and concentration by arithmetic."""

from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.billing.revenue import (
    HHI_SCALE,
    Earned,
    State,
    before,
    exposure,
    hhi,
    revenue,
    shares,
)

NOW, LAST, YEAR_AGO = "2026-11", "2026-10", "2025-11"
amounts = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.fractions(Fraction(1, 100), 10**9, max_denominator=1000),
    min_size=1,
)


def earned(
    account: str, month: str, amount: Fraction | int, state: State = "finalised", **more: Fraction
) -> Earned:
    whole = Fraction(amount)
    return Earned(account, month, state, whole, more.get("constant", whole))


def book(month: str, whole: int) -> Iterator[Earned]:
    """One customer of 25 %, thirty of 1.5 % and thirty of 1 %."""
    yield earned("largest", month, Fraction(whole * 25, 100))
    for n in range(30):
        yield earned(f"a{n:02d}", month, Fraction(whole * 15, 1000))
        yield earned(f"b{n:02d}", month, Fraction(whole, 100))


def test_the_seeded_book_gives_back_its_figures_exactly() -> None:
    """One customer is 25 % and the year grew 29 %: HHI 722.5, of which 625 are that customer's."""
    said = revenue(
        [*book(NOW, 80_000_000), *book(YEAR_AGO, 80_000_000 * 100 // 129)],
        month=NOW,
        currency="USD",
    )
    largest = said.shares[0]
    exact_year = revenue([*book(NOW, 129_000), *book(YEAR_AGO, 100_000)], month=NOW, currency="USD")

    assert ("largest", Fraction(1, 4)) == (largest.account, largest.share)
    assert HHI_SCALE * largest.share**2 == 625
    assert Fraction(7225, 10) == said.hhi
    assert Fraction(520, 3) == said.hhi_without_largest
    assert (Fraction(1, 4), Fraction(28, 100), Fraction(1)) == (
        said.top(1),
        said.top(3),
        said.top(61),
    )
    assert Fraction(29, 100) == exact_year.year_on_year.rate == exact_year.year.rate
    assert Fraction(29, 100) == exact_year.shares[0].year_on_year.rate
    assert said.month_on_month.rate is None


@given(amounts)
def test_shares_sum_to_one_and_order_by_amount(book: dict[str, Fraction]) -> None:
    said = revenue([earned(a, NOW, n) for a, n in book.items()], month=NOW, currency="USD")

    assert 1 == sum(shares(book).values())
    assert sum(book.values()) == said.total
    assert sorted((s.amount for s in said.shares), reverse=True) == [s.amount for s in said.shares]
    assert 1 == said.shares[-1].cumulative
    assert list(range(1, len(book) + 1)) == [s.rank for s in said.shares]


@given(amounts, st.integers(1, 10**6))
def test_concentration_knows_no_unit_and_lies_between_its_bounds(
    book: dict[str, Fraction], unit: int
) -> None:
    points = hhi(book)

    assert points == hhi({a: n * unit for a, n in book.items()})
    assert Fraction(HHI_SCALE, len(book)) <= points <= HHI_SCALE


@given(amounts)
def test_the_largest_customers_points_are_the_rest_of_the_index(book: dict[str, Fraction]) -> None:
    """HHI = share^2 x 10,000 + (1 - share)^2 x HHI without it."""
    said = revenue([earned(a, NOW, n) for a, n in book.items()], month=NOW, currency="USD")
    part = said.shares[0].share
    rest = said.hhi_without_largest or 0

    assert said.hhi == HHI_SCALE * part**2 + (1 - part) ** 2 * rest
    assert (len(book) == 1) == (said.hhi_without_largest is None)


def test_who_gave_everything_back_has_no_share() -> None:
    said = revenue(
        [earned("a", NOW, 30), earned("a", NOW, -40), earned("b", NOW, 10)],
        month=NOW,
        currency="USD",
    )

    assert [("b", Fraction(1)), ("a", Fraction(0))] == [(s.account, s.share) for s in said.shares]
    assert (Fraction(0), Fraction(HHI_SCALE)) == (said.total, said.hhi)


def test_growth_is_provisional_while_either_side_is_open() -> None:
    rows = [
        earned("a", YEAR_AGO, 100),
        earned("a", LAST, 200, "open"),
        earned("a", NOW, 150),
        earned("b", NOW, 50, "imported"),
    ]
    said = revenue(rows, month=NOW, currency="USD")

    assert (Fraction(0), True) == (said.month_on_month.rate, said.month_on_month.provisional)
    assert (Fraction(1), False) == (said.year_on_year.rate, said.year_on_year.provisional)
    assert (Fraction(3), True) == (said.year.rate, said.year.provisional)
    assert ("imported", "finalised") == (said.state, said.shares[0].state)
    assert [(YEAR_AGO, "finalised"), (LAST, "open"), (NOW, "imported")] == [
        (m.month, m.state) for m in said.months
    ]


def test_at_constant_rates_only_what_was_sold_grows() -> None:
    rows = [
        earned("a", LAST, 100, constant=Fraction(110)),
        earned("a", NOW, 121, constant=Fraction(121)),
    ]
    growth = revenue(rows, month=NOW, currency="USD").month_on_month

    assert (Fraction(21, 100), Fraction(1, 10)) == (growth.rate, growth.constant)


def test_an_empty_month_has_no_shares_and_no_index() -> None:
    said = revenue([earned("a", "2027-01", 5)], month=NOW, currency="USD")

    assert (Fraction(0), (), Fraction(0), None, "open") == (
        said.total,
        said.shares,
        said.hhi,
        said.hhi_without_largest,
        said.state,
    )
    assert () == said.months


def test_exposure_is_the_accounts_share_and_what_it_is_committed_to() -> None:
    said = revenue([*book(NOW, 1000)], month=NOW, currency="USD")
    stake = exposure(said, "largest", committed=Fraction(7), in_flight=3)
    none = exposure(said, "idle", committed=Fraction(0), in_flight=0)

    assert (Fraction(250), Fraction(1, 4), Fraction(7), 3) == (
        stake.amount,
        stake.share,
        stake.committed,
        stake.in_flight,
    )
    assert (Fraction(0), Fraction(0)) == (none.amount, none.share)


@pytest.mark.parametrize(
    ("month", "n", "expected"),
    [("2026-11", 0, "2026-11"), ("2026-01", 1, "2025-12"), ("2026-11", 12, "2025-11")],
)
def test_months_are_counted_back(month: str, n: int, expected: str) -> None:
    assert expected == before(month, n)
