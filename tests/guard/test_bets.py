"""Bets: fair on uniform p-values, and an average of streams passes x no more often than 1/x."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.guard.bets import BET_MAX, BET_MIN, SPAN, Bets, bet
from stillhouse.guard.finding import MANNERS


def test_a_bet_is_fair_on_a_uniform_p() -> None:
    """The integral of e(p) is at most 1."""
    steps = 200_000
    mean = sum(bet((n + 0.5) / steps) for n in range(steps)) / steps

    assert 0.85 < mean <= 1


@given(st.floats(1e-12, 1), st.floats(1e-12, 1))
def test_a_smaller_p_never_bets_less(one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert BET_MIN - 1e-3 <= bet(high) <= bet(low) + 1e-3 <= BET_MAX + 1e-3


@pytest.mark.parametrize("threshold", [20, 100])
def test_under_the_null_a_level_is_passed_no_more_often_than_stated(threshold: int) -> None:
    """1,000 accounts of 30 epochs in three streams that hang together completely."""
    rng = Random(1)
    passed = 0
    for _ in range(1000):
        bets = Bets()
        for _ in range(30):
            p = 1 - rng.random()
            for stream, kind in (("whole", "whole"), ("plain", "form"), ("t:1", "template")):
                bets.add(stream, kind, dict.fromkeys(MANNERS, p))  # type: ignore[arg-type]
        passed += bets.raw >= math.log(threshold)

    assert passed / 1000 <= 1.6 / threshold


def test_a_small_stream_in_one_manner_is_enough_in_time() -> None:
    bets = Bets()
    for _ in range(12):
        bets.add("whole", "whole", {"tasks": 0.7, "data": 0.9})
        bets.add("t:1", "template", {"tasks": 0.7, "data": 0.01})

    assert bets.raw > math.log(1e3)
    assert ("t:1", "data") == bets.leading


def test_the_maximum_is_kept() -> None:
    bets = Bets()
    bets.add("whole", "whole", {"tasks": 0.001})
    high = bets.raw
    for _ in range(20):
        bets.add("whole", "whole", {"tasks": 1.0})

    assert high == bets.raw > 0


def test_an_odd_account_does_not_grow_guilty_with_age() -> None:
    old, young = Bets(), Bets()
    for n in range(100):
        old.add("whole", "whole", dict.fromkeys(MANNERS, 0.03))
        if n < SPAN:
            young.add("whole", "whole", dict.fromkeys(MANNERS, 0.03))

    assert old.raw == young.raw > 0
    assert ("whole", "data") == old.leading
