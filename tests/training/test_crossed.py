"""No model scores a row that it learned from, and each label is spread over the folds."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.training.crossed import Codes, Scores, codes_of, crossed, folds, inside, temperature


def test_a_row_is_scored_by_those_that_have_not_seen_it() -> None:
    rows = np.arange(60)

    def fit(x: Any, codes: Codes) -> Callable[[Any], Scores]:
        return lambda other: np.isin(other, x)[:, None].astype(float)

    assert not crossed(rows, rows % 3, fit, seed=0).any()


@given(st.lists(st.integers(0, 3), min_size=5, max_size=80), st.integers(0, 9))
def test_a_label_is_spread_as_evenly_as_can_be(codes: list[int], seed: int) -> None:
    place = folds(np.array(codes), many=5, seed=seed)
    for code in set(codes):
        counts = Counter(p for p, c in zip(place.tolist(), codes, strict=True) if c == code)

        assert max(counts.values()) - min(counts.get(f, 0) for f in range(5)) <= 1


def test_a_temperature_makes_sure_scores_less_sure_when_they_are_wrong() -> None:
    codes = np.zeros(200, dtype=np.intp)
    scores = np.zeros((200, 2))
    scores[:, 0] = 1
    sure = temperature(scores, codes)
    scores[:60] = [0, 1]

    assert temperature(scores, codes) > sure


def test_codes_are_in_the_order_of_labels() -> None:
    names, codes = codes_of(["b", "a", "b"])

    assert (("a", "b"), [1, 0, 1]) == (names, codes.tolist())
    assert [80, 20_000] == [inside(100), inside(30_000)]
    with pytest.raises(ValueError, match="no rows"):
        crossed(np.array([]), np.array([], dtype=np.intp), lambda x, c: lambda o: o, seed=0)
