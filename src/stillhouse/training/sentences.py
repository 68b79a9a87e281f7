"""A closed set of labels -> a layer over a sentence encoder's vectors, and one of words beside it.

    texts ─► base.encoder ─► vectors ─► logistic regression ─► scores / T ─┐
      └────► words and letters ─► LinearSVC ─► scores / T' ────────────────┴► sum ─► chances
                             └─ out of fold ─► each temperature, and that of the sum; accuracy

The encoder is left as it is. It knows words that the rows do not hold, and words and letters tell
apart what it blurs: they err on different texts, so that their sum is better than either, at no
cost beside the encoder's. It answers about a hundred texts a second where words and letters alone
answer thousands, so `auto` takes it only where it is better by `WORTH` on rows left out, and where
the language is one that it knows. Asked for by name it is made, or refused with the reason.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from stillhouse.distill import linear
from stillhouse.distill.encoder import Encoder
from stillhouse.distill.example import Example, as_label
from stillhouse.distill.linear import Joined, Layer
from stillhouse.training import base
from stillhouse.training.crossed import Codes, Scores, crossed, temperature
from stillhouse.training.fitting import Fitted, Settings, UnfitError
from stillhouse.training.needs import MissingExtraError, library
from stillhouse.training.words import BLOCKS, Features, Heard, checked, cut_apart, cut_of, known
from stillhouse.training.words import layer as of_words

WORTH = 0.03
GOOD_ENOUGH = 0.95
"""Words and letters that are right so often are not compared with anything dearer."""
MANY_EACH = 80
"""Rows a label, above which `auto` does not ask: there words do well enough alone."""
COMPARED = 6_000
C = 10.0
AT_ONCE = 512
NAME, WORDS = "sentences", "labels"


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
    x = Features(texts).of(texts)
    words = _Part.of(x, codes, _words(len(names)), seed)
    worth = _accuracy(words.scores, codes)
    if worth >= GOOD_ENOUGH:
        return False
    base.covers(texts)
    sentences = _Part.of(base.encoder().vectors(texts), codes, _vectors(len(names)), seed)
    return _accuracy(sentences.even + words.even, codes) >= worth + WORTH


def _accuracy(scores: Scores, codes: Codes) -> float:
    return float((scores.argmax(axis=1) == codes).mean())


class _Part(NamedTuple):
    """What one of the two says out of fold, and its temperature."""

    scores: Scores
    heat: float

    @classmethod
    def of(cls, x: Any, codes: Codes, fits: Any, seed: int) -> "_Part":
        scores = crossed(x, codes, fits, seed=seed)
        return cls(scores, temperature(scores, codes))

    @property
    def even(self) -> Scores:
        return self.scores / self.heat


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
    texts = [row.input for row in rows]
    features = Features(texts)
    terms = features.of(texts)
    vectors = _Part.of(x, codes, _vectors(len(names)), settings.seed)
    words = _Part.of(terms, codes, _words(len(names)), settings.seed)
    scores = vectors.even + words.even
    heat = temperature(scores, codes)
    weights, bias = _layer(x, codes, len(names))
    of_terms, of_bias = of_words(terms, codes, len(names))
    cut = cut_of(Heard(scores, codes), heat, target=settings.target)
    if apart:
        said = (_encoded(encoder, apart) @ weights + bias) / vectors.heat
        terms = features.of([row.input for row in apart])
        said += np.asarray(terms @ of_terms + of_bias) / words.heat
        heard = Heard(said, known(apart, names))
        cut = cut_apart(heard, heat, target=settings.target)
    beside = Layer(WORDS, names, tuple(map(float, of_bias)), words.heat, BLOCKS)
    made = Joined(NAME, names, tuple(map(float, bias)), vectors.heat, words=beside, heat=heat)
    head = linear.files(NAME)[2]
    files = {head: linear.packed(weights), **base.files()}
    files |= linear.write(beside, features.terms, features.idf, of_terms)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    moved(1.0)
    return Fitted(
        kind="classifier",
        form="encoder",
        files=tuple(files),
        model=msgspec.to_builtins(made),
        threshold=cut.threshold,
        metrics={
            "accuracy": round(_accuracy(scores, codes), 6),
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
