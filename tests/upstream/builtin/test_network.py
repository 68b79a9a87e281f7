"""The cache is an optimisation: reading in pieces and reading at once give the same numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillhouse.upstream.builtin.model import FILES
from stillhouse.upstream.builtin.network import Network

NETWORK = Network(FILES / "model.onnx")
ids = st.lists(st.integers(0, NETWORK.vocabulary - 1), min_size=2, max_size=40)


@settings(max_examples=25)
@given(ids, st.data())
def test_reading_in_two_pieces_is_reading_at_once(tokens: list[int], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(tokens) - 1))
    whole = NETWORK.read(tokens)
    pieces = NETWORK.read(tokens[cut:], NETWORK.read(tokens[:cut]).past)

    np.testing.assert_allclose(whole.logits, pieces.logits, atol=1e-3)
    np.testing.assert_allclose(whole.past, pieces.past, atol=1e-3)


def test_reading_changes_nothing_that_was_read_before() -> None:
    start = NETWORK.read([1, 2, 3])
    before = start.past.copy()
    NETWORK.read([4], start.past)

    np.testing.assert_array_equal(before, start.past)


def test_the_last_position_of_the_context_can_be_read() -> None:
    assert np.isfinite(NETWORK.read([5] * NETWORK.context).logits).all()
