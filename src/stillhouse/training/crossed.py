"""Scores of rows by models that never saw them: the honest basis of temperatures and thresholds.

    rows ─► folds, each label spread evenly, drawn by the seed ─► fit on the others ─► (N, K) scores

All of the rows can then be learned from, and none has to be set aside to choose by.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillhouse.distill.linear import softmax

FOLDS, FOLDS_LARGE, LARGE = 5, 3, 20_000
TEMPERATURES = np.geomspace(0.02, 5, 60)
Scores = NDArray[np.float64]
Codes = NDArray[np.intp]
Fit = Callable[[Any, Codes], Callable[[Any], Scores]]
"""(rows' features, codes of their labels) -> what scores other rows, a column for each code."""


def folds(codes: Codes, *, many: int, seed: int) -> Codes:
    """A fold for each row; rows of one label go round, so that each fold has its share."""
    order = np.random.default_rng(seed).permutation(len(codes))
    place = np.empty(len(codes), dtype=np.intp)
    count: dict[int, int] = {}
    start = {int(code): i for i, code in enumerate(np.unique(codes))}
    for row in order:
        code = int(codes[row])
        n = count.get(code, start[code])
        place[row] = n % many
        count[code] = n + 1
    return place


def inside(rows: int) -> int:
    """How many of these each of the models learned from."""
    many = FOLDS if rows <= LARGE else FOLDS_LARGE
    return rows - rows // many


def crossed(
    x: Any,
    codes: Codes,
    fit: Fit,
    *,
    seed: int,
    moved: Callable[[float], None] = lambda _: None,
) -> Scores:
    """(N, K) scores out of fold. x: anything that is sliced by an array of rows."""
    many = min(FOLDS if len(codes) <= LARGE else FOLDS_LARGE, len(codes))
    place = folds(codes, many=many, seed=seed)
    out: Scores | None = None
    for fold in range(many):
        inside, outside = np.flatnonzero(place != fold), np.flatnonzero(place == fold)
        if not len(outside):
            continue
        scores = fit(x[inside], codes[inside])(x[outside])
        out = np.zeros((len(codes), scores.shape[1])) if out is None else out
        out[outside] = scores
        moved((fold + 1) / many)
    if out is None:
        raise ValueError("there are no rows")
    return out


def temperature(scores: Scores, codes: Codes) -> float:
    """What scores are divided by so that the softmax of the right label is likeliest.

    (Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 4.2.)
    """
    rows = np.arange(len(codes))
    best = min(
        (float(-np.log(softmax(scores / t)[rows, codes] + 1e-12).mean()), float(t))
        for t in TEMPERATURES
    )
    return best[1]


def codes_of(labels: Sequence[str]) -> tuple[tuple[str, ...], Codes]:
    """(the labels in order, a code for each row)."""
    names = tuple(sorted(set(labels)))
    place = {name: i for i, name in enumerate(names)}
    return names, np.array([place[label] for label in labels], dtype=np.intp)
