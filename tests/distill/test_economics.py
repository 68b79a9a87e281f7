"""Break-even from published prices, exactly; and never, where the node costs more than is saved."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.distill.economics import Costs, economics
from stillhouse.units.money import PICO_PER_UNIT

GPT4 = Fraction(740 * PICO_PER_UNIT, 3080)
CLAUDE2_RAG = Fraction(42 * PICO_PER_UNIT, 3080)
GPT5_NANO = Fraction(24 * PICO_PER_UNIT, 1_000_000)
ALL = Fraction(1)


@pytest.mark.parametrize(
    ("teacher", "calls"), [(GPT4, 358), (CLAUDE2_RAG, 6_307), (GPT5_NANO, 3_583_334)]
)
def test_break_even_against_published_prices(teacher: Fraction, calls: int) -> None:
    found = economics(teacher=teacher, kept=ALL, costs=Costs(), calls_month=None)

    assert found.breaks_even is not None
    assert calls == found.breaks_even.calls


def test_a_node_that_costs_more_than_a_month_saves_never_pays() -> None:
    found = economics(teacher=GPT5_NANO, kept=ALL, costs=Costs(), calls_month=Fraction(1_000_000))

    assert found.breaks_even is None
    assert "node" in found.why
    assert Fraction(-12 * PICO_PER_UNIT) == found.month


def test_one_and_a_half_million_calls_a_month_are_where_never_begins() -> None:
    def at(calls: int) -> bool:
        found = economics(teacher=GPT5_NANO, kept=ALL, costs=Costs(), calls_month=Fraction(calls))
        return found.breaks_even is not None

    assert [False, True] == [at(1_500_000), at(1_500_001)]


def test_escalations_and_audits_are_paid() -> None:
    costs = Costs(audited=Fraction(1, 20), label=Fraction(PICO_PER_UNIT, 10))
    found = economics(teacher=GPT4, kept=Fraction(9, 10), costs=costs, calls_month=Fraction(10_000))

    assert GPT4 * Fraction(85, 100) - Fraction(PICO_PER_UNIT, 200) == found.saved
    assert found.breaks_even is not None
    assert found.breaks_even.days is not None


def test_a_student_that_keeps_nothing_never_pays() -> None:
    found = economics(teacher=GPT4, kept=Fraction(0), costs=Costs(), calls_month=None)

    assert found.breaks_even is None
    assert 0 == found.saved


@pytest.mark.parametrize("kept", [Fraction(-1), Fraction(2)])
def test_what_is_no_share_is_refused(kept: Fraction) -> None:
    with pytest.raises(ValueError, match="share"):
        economics(teacher=GPT4, kept=kept, costs=Costs(), calls_month=None)
    with pytest.raises(ValueError, match="below zero"):
        economics(teacher=-GPT4, kept=ALL, costs=Costs(), calls_month=None)


@given(
    st.integers(1, 10**12),
    st.fractions(0, 1, max_denominator=100),
    st.integers(0, 10**15),
    st.integers(0, 10**14),
    st.integers(1, 10**9),
)
def test_at_break_even_the_money_is_back_and_one_call_before_it_is_not(
    teacher: int, kept: Fraction, one_off: int, node: int, month: int
) -> None:
    costs = Costs(one_off=one_off, node_month=node)
    found = economics(
        teacher=Fraction(teacher), kept=kept, costs=costs, calls_month=Fraction(month)
    )
    if found.breaks_even is None:
        assert found.saved * month <= node
        return
    calls = found.breaks_even.calls
    months = max(1, -(-calls // month))

    assert calls * found.saved >= one_off + node * months or calls == 0
    assert (calls - 1) * found.saved < one_off + node * months
