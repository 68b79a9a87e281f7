"""Soonest end, then cheapest, then oldest; never more than there is, never more than is owed."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.billing.contract import Commitment, Prepaid
from stillhouse.billing.drawdown import draw, order, rest
from stillhouse.units.money import PICO_PER_UNIT


def credit(ident: str, amount: str, **more: str) -> Prepaid:
    return Prepaid(id=ident, amount=amount, **{"bought": "2026-01-01", **more})


def test_the_order_is_soonest_cheapest_oldest() -> None:
    items = [
        credit("never", "1"),
        credit("dear", "1", end="2027-01-01", price="0.9"),
        credit("young", "1", end="2027-01-01", price="0.8", bought="2026-05-01"),
        credit("old", "1", end="2027-01-01", price="0.80", bought="2026-04-01"),
        credit("soon", "1", end="2026-12-01"),
    ]

    assert ["soon", "old", "young", "dear", "never"] == [item.id for item in order(items)]


def test_what_is_not_alive_in_the_month_gives_nothing() -> None:
    items = [credit("gone", "5", end="2026-11-01"), credit("future", "5", bought="2026-12-01")]

    assert [] == draw(items, period="2026-11", left=Fraction(5), rate="1", unit="0.01", used={})


def test_what_was_not_paid_before_counts_and_takes_nothing_off() -> None:
    promise = Commitment(id="c", amount="5", start="2026-01-01", end="2027-01-01", paid=False)
    [each] = draw(
        [promise], period="2026-11", left=Fraction(7), rate="1", unit="0.01", used={"c": 1}
    )

    assert (Fraction(0), 5 * PICO_PER_UNIT - 1) == (each.owed, each.drawn)


amounts = st.integers(0, 10**9).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")


@given(
    st.lists(amounts, max_size=4),
    st.integers(0, 10**10),
    st.decimals("0.0001", "99999", places=4).map(str),
    st.sampled_from(["1", "0.01", "0.05"]),
)
def test_draws_end_at_what_is_owed_or_at_what_is_there(
    have: list[str], owed: int, rate: str, unit: str
) -> None:
    left = Fraction(unit) * owed
    items = [credit(f"c{at}", amount) for at, amount in enumerate(have)]
    found = draw(items, period="2026-11", left=left, rate=rate, unit=unit, used={})
    paid = sum((each.owed for each in found), Fraction(0))
    used = {each.item.id: each.drawn for each in found}

    assert paid <= left
    assert all(each.owed > 0 and each.owed / Fraction(unit) % 1 == 0 for each in found)
    assert all(0 <= each.drawn <= rest(each.item, {}) for each in found)
    if paid < left:
        again = draw(items, period="2026-11", left=left - paid, rate=rate, unit=unit, used=used)

        assert [] == again
