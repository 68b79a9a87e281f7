"""No bytes make a parser fail, and how they are cut changes nothing; `python -m tests.fuzz`."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fuzz.mutate import cut, mutated
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**48))
def test_nearly_right_bytes_mean_the_same_however_they_are_cut(name: str, seed: int) -> None:
    target, corpus = TARGETS[name]
    chance = random.Random(seed)
    data = mutated(chance, corpus)
    pieces = cut(chance, data)

    assert target([data]) == target(pieces), f"{name}: seed {seed}: {pieces}"


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=200, deadline=None)
@given(pieces=st.lists(st.binary(max_size=300), max_size=8))
def test_any_bytes_mean_the_same_however_they_are_cut(name: str, pieces: list[bytes]) -> None:
    target, _ = TARGETS[name]

    assert target([b"".join(pieces)]) == target(pieces)
