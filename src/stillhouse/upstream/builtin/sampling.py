"""Logits -> one token, and how likely it was.

Greedy when the temperature is 0 (also the default: this model classifies, and the same comment
should get the same label twice). Otherwise softmax(logits / temperature) cut to the smallest set
of tokens whose probability reaches `top_p`, drawn by a generator seeded per choice: equal seed,
equal answer, on any machine with the same model file.

Log-probabilities are of the model's own distribution (temperature 1, before top_p and before any
grammar).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stillhouse.upstream.builtin.network import Floats


@dataclass(frozen=True, slots=True)
class Sampling:
    temperature: float = 0.0  # 0 <= t <= 2; 0 is greedy
    top_p: float = 1.0  # 0 < p <= 1
    seed: int = 0


GREEDY: Final = Sampling()


def dice(seed: int, choice: int) -> np.random.Generator:
    """The chance that one choice consumes: choices of a call differ, and each repeats."""
    return np.random.default_rng((seed & (1 << 64) - 1, choice))


def logprobs(logits: Floats) -> Floats:
    """Log softmax, (V,)."""
    shifted = logits - logits.max()
    normal: Floats = shifted - np.log(np.exp(shifted).sum())
    return normal


def pick(
    logits: Floats,
    sampling: Sampling,
    chance: np.random.Generator,
    allowed: Sequence[int] | None = None,
) -> int:
    """The next token, out of `allowed` where a grammar says so."""
    if allowed is not None:
        among = np.asarray(allowed)
        return int(among[_pick(logits[among], sampling, chance)])
    return _pick(logits, sampling, chance)


def _pick(logits: Floats, sampling: Sampling, chance: np.random.Generator) -> int:
    if sampling.temperature == 0 or len(logits) == 1:
        return int(np.argmax(logits))
    # float64, so that the cumulative sum ends at 1 to within what searchsorted can tell apart.
    scaled = (logits.astype(np.float64) - float(logits.max())) / sampling.temperature
    odds = np.exp(scaled)
    order = np.argsort(-odds, kind="stable")
    cumulative = np.cumsum(odds[order])
    cumulative /= cumulative[-1]
    kept = int(np.searchsorted(cumulative, sampling.top_p)) + 1
    cumulative = cumulative[:kept]
    drawn = np.searchsorted(cumulative, chance.random() * cumulative[-1], side="right")
    return int(order[min(int(drawn), len(cumulative) - 1)])


def top(normal: Floats, count: int) -> list[tuple[int, float]]:
    """The `count` likeliest tokens and their log-probabilities; ties by lower id."""
    order = np.argsort(-normal, kind="stable")[:count]
    return [(int(i), float(normal[i])) for i in order]
