"""A linear student in numpy is scikit-learn's own, to 1e-6, and a thousand texts take a second."""

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.distill.linear import (
    Block,
    Layer,
    Linear,
    entropy,
    letters,
    read,
    softmax,
    words,
    write,
)

BLOCKS = (Block("word", 1, 2), Block("char_wb", 2, 4, 0.7))
TEXTS = [
    f"{verb} my {thing} {n} times, a ñoño {end}!"
    for n in range(6)
    for verb in ("Where is", "I lost", "please STOP")
    for thing in ("card", "pin code", "bank transfer")
    for end in ("now", "at once", "Kartu saya hilang")
]


def fitted() -> tuple[Any, Any]:
    """The same model as scikit-learn has it: features, and a layer over them."""
    text = pytest.importorskip("sklearn.feature_extraction.text")
    pipeline = pytest.importorskip("sklearn.pipeline")
    union = pipeline.FeatureUnion(
        [
            (
                b.analyzer,
                text.TfidfVectorizer(
                    analyzer=b.analyzer, ngram_range=(b.shortest, b.longest), sublinear_tf=True
                ),
            )
            for b in BLOCKS
        ],
        transformer_weights={b.analyzer: b.weight for b in BLOCKS},
    )
    x = union.fit_transform(TEXTS)
    y = ["where" if "Where" in t else "lost" if "lost" in t else "stop" for t in TEXTS]
    fit = pytest.importorskip("sklearn.linear_model").LogisticRegression().fit(x, y)
    fit.coef_ = fit.coef_.astype(np.float32).astype(np.float64)
    return union, fit


def exported(union: Any, fit: Any) -> Linear:
    parts = [part for _, part in union.transformer_list]
    layer = Layer("w", tuple(fit.classes_), tuple(map(float, fit.intercept_)), 1.0, BLOCKS)
    said = write(
        layer,
        [list(part.get_feature_names_out()) for part in parts],
        np.concatenate([part.idf_ for part in parts]),
        fit.coef_.T.astype(np.float32),
    )
    return read(layer, said)


def test_chances_are_scikit_learns_own() -> None:
    union, fit = fitted()
    ours = exported(union, fit)
    asked = [*TEXTS, "", "!!", "an unknown sentence", "İstanbul ßtraße", "x", "card\tcard\u00a0pin"]
    expected = fit.predict_proba(union.transform(asked))

    np.testing.assert_allclose(np.array([ours.chances(t) for t in asked]), expected, atol=1e-6)


@given(st.text(max_size=40))
def test_terms_are_cut_as_scikit_learn_cuts_them(text: str) -> None:
    vectorizer = pytest.importorskip("sklearn.feature_extraction.text").TfidfVectorizer
    by_word = vectorizer(analyzer="word", ngram_range=(1, 3)).build_analyzer()
    by_letter = vectorizer(analyzer="char_wb", ngram_range=(2, 5)).build_analyzer()
    low = text.lower()
    cut = [term for word in low.split() for term in letters(word, 2, 5)]

    assert sorted(by_word(text)) == sorted(words(low, 1, 3))
    assert sorted(by_letter(text)) == sorted(cut)


def test_a_thousand_texts_take_less_than_a_second_of_one_core() -> None:
    ours = exported(*fitted())
    before = time.thread_time()
    for n in range(1000):
        ours.chances(f"{TEXTS[n % len(TEXTS)]} word{n}")

    assert time.thread_time() - before < 1


def test_weights_that_do_not_fit_are_refused() -> None:
    layer = Layer("w", ("a", "b"), (0.0, 0.0), 1.0, (Block("word", 1, 1),))
    with pytest.raises(ValueError, match="do not fit 1 terms and 2 labels"):
        Linear(layer, [["x"]], np.ones(1), np.zeros((2, 2), np.float32))


def test_entropy_is_between_sure_and_knowing_nothing() -> None:
    assert entropy(np.array([1.0, 0.0])) == 0
    assert entropy(np.full(4, 0.25)) == pytest.approx(1)
    assert entropy(np.array([1.0])) == 0
    assert softmax(np.array([1000.0, 1000.0])).tolist() == [0.5, 0.5]
