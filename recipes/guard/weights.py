"""The weights of guard's scores: logistic regressions whose signs are fixed beforehand.

One for each manner of collecting, of the features that say something of it; whoever collects in one
manner looks ordinary in the others. Each feature may only speak the way that its theory says; one
that would have to speak the other way gets no weight. That costs a little on what it was fitted on
and keeps it from learning how our generators happen to differ. For the same reason each window is
seen several times, each time without one group of features: none may be relied on alone, because a
collector can hide any one of them, and a log may lack it.

Sources count the same, however many accounts they have; so do accounts, however long they are.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stillhouse.guard.calibration import DEVIATIONS_MAX, Score, Weight
from stillhouse.guard.features import FEATURES
from stillhouse.guard.finding import MANNERS, Manner

COMMON = (
    "new",
    "spread",
    "apart",
    "unanswered",
    "gain",
    "taken_spread",
    "taken_apart",
)
"""What speaks for collecting in any manner. How decoding is set is not among it: customers too ask
for several answers at a temperature, and a collector changes that at will."""
OWN: dict[Manner, tuple[str, ...]] = {
    "tasks": ("orders", "taken_orders"),
    "reasons": ("elicits", "taken_elicited"),
    "data": ("breeds", "taken_breeds"),
    "grades": ("grades", "taken_grades"),
}
"""What speaks for one manner. What is not named has no theory, and no weight: questions, sentences
that are well formed and a temperature of zero are as easy for a collector as for anybody."""
SOURCES: dict[Manner, tuple[str, ...]] = {
    "tasks": ("grid", "inputs", "scenes", "functions", "storm"),
    "reasons": ("problems",),
    "data": ("storm", "shots"),
    "grades": ("rubric", "pairs"),
}
"""Collectors of dev that collect in a manner. One has none: questions about everything (`exam`)
are what people ask, too."""
GROUPS = (
    ("gain", "taken_spread", "taken_apart", "taken_orders", "taken_elicited",
     "taken_breeds", "taken_grades"),
    ("new", "unanswered", "taken_apart", "taken_orders", "taken_elicited",
     "taken_breeds", "taken_grades"),
)  # fmt: skip
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


def fitted(rows: Sequence[Row]) -> tuple[Score, ...]:
    """A score for each manner."""
    return tuple(_of(manner, rows) for manner in MANNERS)


def _of(manner: Manner, rows: Sequence[Row]) -> Score:
    rows = [r for r in rows if r.windows and (not r.collects or r.source in SOURCES[manner])]
    speak = frozenset((*COMMON, *OWN[manner]))
    shares = _shares(rows)
    weights, bias = _fitted(rows, shares, speak)
    for _ in range(ROUNDS):
        scored = sorted((-_mean(row, weights), n) for n, row in enumerate(rows) if not row.collects)
        hard = {n for _, n in scored[: int(HARD * len(scored))]}
        boosted = [share * (BOOST if n in hard else 1) for n, share in enumerate(shares)]
        weights, bias = _fitted(rows, boosted, speak)
    return Score(manner, weights, bias)


def _mean(row: Row, weights: Sequence[Weight]) -> float:
    x = np.array(row.windows, dtype=float) - [w.usual for w in weights]
    z = np.clip(np.nan_to_num(x / [w.spread for w in weights]), -DEVIATIONS_MAX, DEVIATIONS_MAX)
    return float((z @ [w.weight for w in weights]).mean())


def _fitted(
    rows: Sequence[Row], shares: Sequence[float], speak: frozenset[str]
) -> tuple[tuple[Weight, ...], float]:
    """shares: of one window of each row. speak: the features that may."""
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
    beta, bias = _descend(z, y, weight, np.array([name in speak for name in names]))
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
    speak: NDArray[np.bool_],
) -> tuple[NDArray[np.float64], float]:
    """Projected gradient descent: a weight that would take the wrong sign is zero."""
    beta, bias = np.zeros(z.shape[1]), 0.0
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-(z @ beta + bias)))
        off = weight * (p - y)
        bias -= RATE * float(off.sum())
        beta -= RATE * (z.T @ off + RIDGE * beta)
        beta = np.clip(np.where(speak, beta, 0.0), 0.0, WEIGHT_MAX)
    return beta, bias
