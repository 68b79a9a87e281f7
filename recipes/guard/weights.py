"""The weights of guard's score: a logistic regression whose signs are fixed beforehand.

Each feature may only speak the way that its theory says (`SIGNS`); a feature that would have to
speak the other way gets no weight. That costs a little on what it was fitted on and keeps it from
learning how our generators happen to differ. For the same reason each window is seen several times,
each time without one group of features: none may be relied on alone, because a collector can hide
any one of them, and a log may lack it.

Sources count the same, however many accounts they have; so do accounts, however long they are.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stillhouse.guard.calibration import DEVIATIONS_MAX, Weight
from stillhouse.guard.features import FEATURES

SIGNS = {
    "spread": 1,
    "fresh": 1,
    "apart": 1,
    "new": 1,
    "elicits": 1,
    "grades": 1,
    "formed": 1,
    "lengths": -1,
    "single": 1,
    "unanswered": 1,
    "long": 1,
    "taken_tokens": 1,
    "gain": 1,
    "taken_spread": 1,
    "taken": 1,
    "taken_apart": 1,
    "taken_free": 1,
    "taken_elicited": 1,
    "hot": 1,
    "many": 1,
    "bare": 1,
}
"""Feature -> which way more of it speaks. What is not named has no theory, and no weight: questions
and a temperature of zero are as easy for a collector as for anybody."""
GROUPS = (
    (
        "long",
        "taken_tokens",
        "gain",
        "taken_spread",
        "taken",
        "taken_apart",
        "taken_free",
        "taken_elicited",
    ),
    ("new", "single", "unanswered", "taken", "taken_apart", "taken_free", "taken_elicited"),
    ("formed", "lengths", "taken_free"),
    ("elicits", "grades", "taken_elicited"),
    ("hot", "many", "bare"),
)
RIDGE, STEPS, RATE = 0.005, 1500, 0.3
WEIGHT_MAX = 1.0
"""No feature may decide alone."""
ROUNDS, HARD, BOOST = 2, 0.1, 30.0
"""Twice more, with the customers who score highest counted for so much more: it is them whom the
threshold stands on."""


class Row(NamedTuple):
    """Windows of one account. source: what is to count the same as the other sources."""

    source: str
    collects: bool
    windows: Sequence[Sequence[float]]


def fitted(rows: Sequence[Row]) -> tuple[tuple[Weight, ...], float]:
    """Weights in the order of FEATURES, and the bias."""
    rows = [row for row in rows if len(row.windows)]
    shares = _shares(rows)
    weights, bias = _fitted(rows, shares)
    for _ in range(ROUNDS):
        scored = sorted((-_mean(row, weights), n) for n, row in enumerate(rows) if not row.collects)
        hard = {n for _, n in scored[: int(HARD * len(scored))]}
        boosted = [share * (BOOST if n in hard else 1) for n, share in enumerate(shares)]
        weights, bias = _fitted(rows, boosted)
    return weights, bias


def _mean(row: Row, weights: Sequence[Weight]) -> float:
    x = np.array(row.windows, dtype=float) - [w.usual for w in weights]
    z = np.clip(np.nan_to_num(x / [w.spread for w in weights]), -DEVIATIONS_MAX, DEVIATIONS_MAX)
    return float((z @ [w.weight for w in weights]).mean())


def _fitted(rows: Sequence[Row], shares: Sequence[float]) -> tuple[tuple[Weight, ...], float]:
    """shares: of one window of each row."""
    names = list(FEATURES)
    x = np.concatenate([np.array(row.windows, dtype=float) for row in rows])
    y = np.concatenate([np.full(len(row.windows), float(row.collects)) for row in rows])
    weight = np.concatenate(
        [np.full(len(row.windows), share) for row, share in zip(rows, shares, strict=True)]
    )
    weight /= weight.sum()
    benign = weight * (1 - y) / (weight * (1 - y)).sum()
    usual = np.nansum(x * benign[:, None], axis=0)
    spread = np.sqrt(np.nansum((x - usual) ** 2 * benign[:, None], axis=0)) + 0.02
    z = np.clip(np.nan_to_num((x - usual) / spread), -DEVIATIONS_MAX, DEVIATIONS_MAX)
    parts = [z]
    for group in GROUPS:
        without = z.copy()
        without[:, [names.index(name) for name in group]] = 0
        parts.append(without)
    z = np.concatenate(parts)
    y, weight = np.tile(y, len(parts)), np.tile(weight, len(parts)) / len(parts)
    signs = np.array([SIGNS.get(name, 0) for name in names])
    beta, bias = _descend(z, y, weight, signs)
    found = tuple(
        Weight(name, round(float(u), 6), round(float(s), 6), round(float(b), 6))
        for name, u, s, b in zip(names, usual, spread, beta, strict=True)
    )
    return found, round(bias, 6)


def _shares(rows: Sequence[Row]) -> list[float]:
    """Of one window of each row: sources count the same, and in them accounts."""
    accounts = Counter((row.collects, row.source) for row in rows)
    sources = Counter(collects for collects, _ in accounts)
    return [
        0.5 / sources[row.collects] / accounts[row.collects, row.source] / len(row.windows)
        for row in rows
    ]


def _descend(
    z: NDArray[np.float64],
    y: NDArray[np.float64],
    weight: NDArray[np.float64],
    signs: NDArray[np.int64],
) -> tuple[NDArray[np.float64], float]:
    """Projected gradient descent: a weight that would take the wrong sign is zero."""
    beta, bias = np.zeros(z.shape[1]), 0.0
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-(z @ beta + bias)))
        off = weight * (p - y)
        bias -= RATE * float(off.sum())
        beta -= RATE * (z.T @ off + RIDGE * beta)
        beta = np.clip(np.where(beta * signs > 0, beta, 0.0), -WEIGHT_MAX, WEIGHT_MAX)
    return beta, bias
