"""A closed set of labels -> TF-IDF of words and letters, and a linear layer.

    texts ─► vectorizers ─► LinearSVC, one label against the rest ─► scores ─► softmax(scores / T)
                                 └─ out of fold ─► T, the threshold, the expected accuracy
                                     (the threshold on rows set apart, where there are any)

No weights are downloaded and any language will do. scikit-learn fits; `distill.linear` answers.
Rounding to 32 bits happens once, when the weights are written.
"""

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from stillhouse.distill import linear
from stillhouse.distill.example import Example, as_label
from stillhouse.distill.linear import Block, Layer
from stillhouse.distill.threshold import Cut, stricter, threshold
from stillhouse.training import validation
from stillhouse.training.crossed import Codes, Scores, codes_of, crossed, inside, temperature
from stillhouse.training.fitting import Fitted, Settings, UnfitError
from stillhouse.training.needs import library

BLOCKS = (Block("word", 1, 2), Block("char_wb", 2, 4))
C = 0.5
LEAST_ROWS, LEAST_PER_LABEL = 40, 2
NAME = "labels"
NONE = -1
CURVE = (4, 2)
"""The learning curve is measured at a quarter and at half of the rows."""


def fit(
    rows: Sequence[Example],
    *,
    settings: Settings,
    folder: Path,
    moved: Callable[[float], None] = lambda _: None,
    apart: Sequence[Example] = (),
) -> Fitted:
    """What is chosen is chosen out of fold; the threshold on rows set apart, if there are any."""
    texts, labels = [row.input for row in rows], [as_label(row.output) for row in rows]
    names, codes = checked(labels)
    features = Features(texts)
    x = features.of(texts)
    scores = crossed(x, codes, _fits(len(names)), seed=settings.seed, moved=lambda s: moved(s / 2))
    heat = temperature(scores, codes)
    right = scores.argmax(axis=1) == codes
    curve = _curve(x, codes, len(names), settings.seed)
    moved(0.8)
    weights, bias = layer(x, codes, len(names))
    cut = cut_of(Heard(scores, codes), heat, target=settings.target)
    if apart:
        said = np.asarray(features.of([row.input for row in apart]) @ weights + bias)
        cut = cut_apart(Heard(said, known(apart, names)), heat, target=settings.target)
    made = Layer(NAME, names, tuple(map(float, bias)), heat, BLOCKS)
    for name, data in linear.write(made, features.terms, features.idf, weights).items():
        (folder / name).write_bytes(data)
    moved(1.0)
    return Fitted(
        kind="classifier",
        form="linear",
        files=linear.files(NAME),
        model=msgspec.to_builtins(made),
        threshold=cut.threshold,
        metrics={
            "accuracy": round(float(right.mean()), 6),
            "kept": round(cut.kept, 6),
            "accuracy_kept": round(cut.right, 6),
            "curve": [*curve, [inside(len(rows)), round(float(right.mean()), 6)]],
        }
        | ({"chosen_on": len(apart)} if apart else {}),
        labels=names,
    )


class Heard(NamedTuple):
    """What a student said to rows, (N, K), and the codes of what is right; NONE of no label."""

    scores: Scores
    codes: Codes

    def judged(self, heat: float) -> list[tuple[float, bool]]:
        """(confidence, whether it was right) of each."""
        sure = linear.softmax(self.scores / heat).max(axis=1)
        right = self.scores.argmax(axis=1) == self.codes
        return list(zip(sure.tolist(), right.tolist(), strict=True))


def known(rows: Sequence[Example], names: Sequence[str]) -> Codes:
    """Codes of what is right, whatever its case; NONE where the student has no such label."""
    place = {name.casefold(): code for code, name in enumerate(names)}
    said = [place.get(as_label(row.output).casefold(), NONE) for row in rows]
    return np.array(said, dtype=np.intp)


def cut_of(heard: Heard, heat: float, *, target: float) -> Cut:
    """Of rows out of fold."""
    return threshold(heard.judged(heat), target=stricter(target))


def cut_apart(heard: Heard, heat: float, *, target: float) -> Cut:
    """Of rows set apart. Raises UnfitError."""
    return validation.chosen(heard.judged(heat), target=target)


def checked(labels: Sequence[str]) -> tuple[tuple[str, ...], Codes]:
    """Raises UnfitError for too few rows, or one label alone."""
    if len(labels) < LEAST_ROWS:
        raise UnfitError(
            f"{len(labels)} rows are left to learn from, and {LEAST_ROWS} are the least: collect"
            " more calls, or see in the funnel why so few are left"
        )
    names, codes = codes_of(labels)
    if len(names) < 2:
        raise UnfitError(
            f"every answer is {names[0]!r}: there is nothing to tell apart. Answer it without a"
            " model, or collect calls that get other answers"
        )
    return names, codes


class Features:
    """Vectorizers, one a block, fitted on these texts."""

    def __init__(self, texts: Sequence[str], blocks: tuple[Block, ...] = BLOCKS) -> None:
        self._blocks = blocks
        cut = library("sklearn.feature_extraction.text").TfidfVectorizer
        self._parts = [
            cut(analyzer=b.analyzer, ngram_range=(b.shortest, b.longest), sublinear_tf=True)
            for b in blocks
        ]
        for part in self._parts:
            try:
                part.fit(texts)
            except ValueError as error:
                raise UnfitError(f"the questions hold no words to learn from: {error}") from error

    def of(self, texts: Sequence[str]) -> Any:
        """A sparse matrix, (N, terms)."""
        parts = [
            part.transform(texts) * block.weight
            for part, block in zip(self._parts, self._blocks, strict=True)
        ]
        return library("scipy.sparse").hstack(parts).tocsr()

    @property
    def terms(self) -> list[list[str]]:
        return [part.get_feature_names_out().tolist() for part in self._parts]

    @property
    def idf(self) -> NDArray[np.float64]:
        return np.concatenate([part.idf_ for part in self._parts])


def layer(
    x: Any, codes: Codes, many: int, *, c: float = C
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """(weights of (terms, labels), bias); a label without rows is never the likeliest."""
    model = library("sklearn.svm").LinearSVC(C=c, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # not converged: the last step is as good for our use
        model.fit(x, codes)
    weights = np.zeros((x.shape[1], many), dtype=np.float32)
    bias = np.full(many, -10.0)
    if len(model.classes_) == 2:
        one, other = model.classes_
        weights[:, one], weights[:, other] = -model.coef_[0], model.coef_[0]
        bias[one], bias[other] = -model.intercept_[0], model.intercept_[0]
    else:
        weights[:, model.classes_] = model.coef_.T
        bias[model.classes_] = model.intercept_
    return weights, bias


def _fits(many: int) -> Callable[[Any, Codes], Callable[[Any], Scores]]:
    def fits(x: Any, codes: Codes) -> Callable[[Any], Scores]:
        weights, bias = layer(x, codes, many)
        return lambda other: np.asarray(other @ weights + bias)

    return fits


def _curve(x: Any, codes: Codes, many: int, seed: int) -> list[list[float]]:
    """[rows, accuracy] with less to learn from, judged on one part in five."""
    order = np.random.default_rng(seed).permutation(len(codes))
    judged, rest = order[: len(order) // 5], order[len(order) // 5 :]
    curve: list[list[float]] = []
    for part in CURVE:
        some = rest[: len(order) // part]
        if len(np.unique(codes[some])) < 2:
            continue
        scores = _fits(many)(x[some], codes[some])(x[judged])
        right = float((scores.argmax(axis=1) == codes[judged]).mean())
        curve.append([len(some), round(right, 6)])
    return curve
