"""Greedy, nucleus and seeds, against the definitions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stillhouse.upstream.builtin.sampling import Sampling, dice, logprobs, pick, top

if TYPE_CHECKING:
    from stillhouse.upstream.builtin.network import Floats

logits = hnp.arrays(np.float32, st.integers(2, 12), elements=st.floats(-20, 20, width=32))
HALF = np.log(np.array([0.5, 0.3, 0.15, 0.05], np.float32))


@given(logits)
def test_logprobs_sum_to_one(values: Floats) -> None:
    assert pytest.approx(1, abs=1e-4) == float(np.exp(logprobs(values)).sum())


@given(logits)
def test_temperature_zero_takes_the_likeliest(values: Floats) -> None:
    assert int(values.argmax()) == pick(values, Sampling(temperature=0), dice(1, 0))


@given(logits, st.integers(-(2**63), 2**63), st.integers(0, 15))
def test_the_same_seed_draws_the_same_token(values: Floats, seed: int, choice: int) -> None:
    sampling = Sampling(temperature=1.3, top_p=0.9)

    assert pick(values, sampling, dice(seed, choice)) == pick(values, sampling, dice(seed, choice))


def test_draws_follow_the_distribution() -> None:
    chance = dice(7, 0)
    drawn = Counter(pick(HALF, Sampling(temperature=1), chance) for _ in range(4000))

    assert pytest.approx([drawn[i] / 4000 for i in range(4)], abs=0.03) == [0.5, 0.3, 0.15, 0.05]


@pytest.mark.parametrize(("top_p", "kept"), [(0.4, {0}), (0.6, {0, 1}), (0.9, {0, 1, 2})])
def test_top_p_keeps_the_smallest_set_that_reaches_it(top_p: float, kept: set[int]) -> None:
    chance = dice(7, 0)
    sampling = Sampling(temperature=1, top_p=top_p)

    assert kept == {pick(HALF, sampling, chance) for _ in range(500)}


@given(logits, st.data())
def test_only_allowed_tokens_are_taken(values: Floats, data: st.DataObject) -> None:
    allowed = data.draw(st.lists(st.integers(0, len(values) - 1), min_size=1, unique=True))
    temperature = data.draw(st.sampled_from([0.0, 0.7, 2.0]))

    assert pick(values, Sampling(temperature=temperature), dice(3, 0), allowed) in allowed


@given(logits, st.integers(0, 12))
def test_top_is_sorted_and_starts_with_the_likeliest(values: Floats, count: int) -> None:
    found = top(values, count)

    assert min(count, len(values)) == len(found)
    assert [p for _, p in found] == sorted((float(v) for v in values), reverse=True)[:count]
