"""A closed set of labels -> a sentence encoder that is left as it is, and a linear layer over it.

    texts ─► base.encoder ─► vectors ─► logistic regression ─► chances
                                          └─ out of fold ─► temperature, threshold, accuracy

It knows words that the rows do not hold, so it does better with few rows for each label. It answers
about a hundred texts a second where words and letters alone answer thousands, so `auto` takes it
only where it is better by `WORTH` on rows left out, and where the language is one that it knows.
Asked for by name it is made, or refused with the reason.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from stillhouse.distill import linear
from stillhouse.distill.encoder import TOKENIZER, WEIGHTS, Encoder
from stillhouse.distill.example import Example, as_label
from stillhouse.distill.linear import Layer
from stillhouse.training import base
from stillhouse.training.crossed import Codes, crossed, temperature
from stillhouse.training.fitting import Fitted, Settings, UnfitError
from stillhouse.training.needs import MissingExtraError, library
from stillhouse.training.words import Features, Heard, checked, cut_apart, cut_of, known
from stillhouse.training.words import layer as of_words

WORTH = 0.03
GOOD_ENOUGH = 0.95
"""Words and letters that are right so often are not compared with anything dearer."""
MANY_EACH = 80
"""Rows a label, above which words were never worse by `WORTH` (Banking77, CLINC150)."""
COMPARED = 6_000
C = 10.0
AT_ONCE = 512
NAME = "sentences"


def chosen(rows: Sequence[Example], form: str, *, may: bool, seed: int) -> bool:
    """Whether the encoder is taken.

    Raises:
        UnfitError, MissingExtraError: it was asked for by name, and cannot be.
    """
    if form == "linear":
        return False
    if form == "encoder":
        base.files()
        base.covers([row.input for row in rows])
        return True
    try:
        return may and _better(rows, seed)
    except (UnfitError, MissingExtraError):
        return False


def _better(rows: Sequence[Example], seed: int) -> bool:
    """By `WORTH`, out of fold, on some of the rows; with many of each label it is not asked."""
    if len(rows) >= MANY_EACH * len({as_label(row.output) for row in rows}):
        return False
    order = np.random.default_rng(seed).permutation(len(rows))[:COMPARED]
    some = [rows[int(i)] for i in np.sort(order)]
    texts = [row.input for row in some]
    names, codes = checked([as_label(row.output) for row in some])
    words = _accuracy(Features(texts).of(texts), codes, _words(len(names)), seed)
    if words >= GOOD_ENOUGH:
        return False
    base.covers(texts)
    vectors = base.encoder().vectors(texts)
    return _accuracy(vectors, codes, _vectors(len(names)), seed) >= words + WORTH


def _accuracy(x: Any, codes: Codes, fits: Any, seed: int) -> float:
    return float((crossed(x, codes, fits, seed=seed).argmax(axis=1) == codes).mean())


def fit(
    rows: Sequence[Example],
    *,
    settings: Settings,
    folder: Path,
    moved: Callable[[float], None] = lambda _: None,
    apart: Sequence[Example] = (),
) -> Fitted:
    names, codes = checked([as_label(row.output) for row in rows])
    encoder = base.encoder()
    x = _encoded(encoder, rows, lambda s: moved(0.8 * s))
    scores = crossed(x, codes, _vectors(len(names)), seed=settings.seed)
    heat = temperature(scores, codes)
    right = scores.argmax(axis=1) == codes
    weights, bias = _layer(x, codes, len(names))
    cut = cut_of(Heard(scores, codes), heat, target=settings.target)
    if apart:
        said = _encoded(encoder, apart) @ weights + bias
        cut = cut_apart(Heard(said, known(apart, names)), heat, target=settings.target)
    made = Layer(NAME, names, tuple(map(float, bias)), heat)
    head = linear.files(NAME)[2]
    (folder / head).write_bytes(linear.packed(weights))
    for name, data in base.files().items():
        (folder / name).write_bytes(data)
    moved(1.0)
    return Fitted(
        kind="classifier",
        form="encoder",
        files=(head, WEIGHTS, TOKENIZER),
        model=msgspec.to_builtins(made),
        threshold=cut.threshold,
        metrics={
            "accuracy": round(float(right.mean()), 6),
            "kept": round(cut.kept, 6),
            "accuracy_kept": round(cut.right, 6),
        }
        | ({"chosen_on": len(apart)} if apart else {}),
        labels=names,
        base=base.BASE,
    )


def _encoded(
    encoder: Encoder, rows: Sequence[Example], moved: Callable[[float], None] = lambda _: None
) -> Any:
    """(N, width), some rows at a time."""
    parts = []
    for start in range(0, len(rows), AT_ONCE):
        parts.append(encoder.vectors([row.input for row in rows[start : start + AT_ONCE]]))
        moved(start / len(rows))
    return np.concatenate(parts)


def _layer(x: Any, codes: Codes, many: int) -> tuple[Any, Any]:
    """(weights of (width, labels), bias); a label without rows is never the likeliest."""
    model = library("sklearn.linear_model").LogisticRegression(C=C, max_iter=200, tol=1e-3)
    model.fit(x, codes)
    weights = np.zeros((x.shape[1], many), dtype=np.float32)
    bias = np.full(many, -30.0)
    if len(model.classes_) == 2:
        one, other = model.classes_
        weights[:, one], weights[:, other] = -model.coef_[0] / 2, model.coef_[0] / 2
        bias[one], bias[other] = -model.intercept_[0] / 2, model.intercept_[0] / 2
    else:
        weights[:, model.classes_] = model.coef_.T
        bias[model.classes_] = model.intercept_
    return weights, bias


def _vectors(many: int) -> Any:
    def fits(x: Any, codes: Codes) -> Any:
        weights, bias = _layer(x, codes, many)
        return lambda other: np.asarray(other @ weights.astype(np.float64) + bias)

    return fits


def _words(many: int) -> Any:
    def fits(x: Any, codes: Codes) -> Any:
        weights, bias = of_words(x, codes, many)
        return lambda other: np.asarray(other @ weights + bias)

    return fits
