"""A student that is a toy: it tells spam from ham by single words, and says how sure it is.

written(tmp_path / "spam")     a whole student's folder
body("Comment: cheap")         a request that it was trained for
"""

import gzip
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from stillhouse.distill import artefact
from stillhouse.distill.answer import Student, student
from stillhouse.distill.artefact import Data, Manifest, Taught, described
from stillhouse.distill.example import Turn
from stillhouse.distill.intake import learned
from stillhouse.distill.linear import Block, Layer, write
from stillhouse.terms import Origin

SYSTEM = "Is it spam?"
LAYER = Layer("w", ("ham", "spam"), (0.0, 0.0), 0.5, (Block("word", 1, 1),))
FILES = write(
    LAYER, [["cheap", "thanks"]], np.ones(2), np.array([[-1, 1], [1, -1]], dtype=np.float32)
)
INTAKE = learned([[Turn("system", SYSTEM), Turn("user", f"Comment: {n}")] for n in "abcdef"])
MAY = 1_780_000_000_000_000
OPEN = Taught(Origin(path="self-hosted", model="Qwen3-8B"), 1, MAY, MAY)
"""A teacher whose licence allows it: weights under Apache 2.0, on machines of one's own."""
OPENAI = Taught(Origin(path="openai-api", model="gpt-4o"), 1, MAY, MAY)
SURE, UNSURE = "Comment: cheap followers", "Comment: what a day"
"""What it answers with "spam", and what it leaves to its teacher."""


def manifest(**changes: Any) -> Manifest:
    said: dict[str, Any] = {
        "kind": "classifier",
        "form": "linear",
        "workload": "comments",
        "intake": INTAKE,
        "files": {n: described(d) for n, d in FILES.items()},
        "data": Data("", 1),
        "taught": (OPEN,),
        "judged": (),
        "labels": LAYER.labels,
        "model": msgspec.to_builtins(LAYER),
        "threshold": 0.9,
    }
    return artefact.sealed(Manifest(**(said | changes)))


def written(folder: Path, **changes: Any) -> Manifest:
    """Write it; returns its manifest."""
    return _written(folder, manifest(**changes), FILES)


def _written(folder: Path, made: Manifest, files: Mapping[str, bytes]) -> Manifest:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / artefact.MANIFEST).write_bytes(artefact.written(made))
    return made


def asked(text: str, *, system: str = SYSTEM, **more: Any) -> dict[str, Any]:
    turns = [{"role": "system", "content": system}, {"role": "user", "content": text}]
    return {"model": "gpt-4o", "messages": turns, **more}


def body(text: str, **more: Any) -> bytes:
    return json.dumps(asked(text, **more)).encode()


# -- a real one: sentiments in Indonesian, of the SmSA set


SMSA = Path(__file__).parents[2] / "shared" / "data" / "indonlu"
SENTIMENT = "What is the sentiment of this comment?"


def smsa(part: str) -> list[tuple[str, str]]:
    """(text, label) of "train", "valid" or "test"."""
    with gzip.open(SMSA / f"smsa-{part}.tsv.gz", "rt", encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    return [(text, label) for text, label in rows]


def sentiments(folder: Path, **changes: Any) -> Manifest:
    """A student of SmSA, written: TF-IDF of words and pairs of words, a linear SVM."""
    files, said = _fitted()
    return _written(folder, manifest(**(said | changes)), files)


def pupil() -> Student:
    """The same, ready to answer."""
    files, said = _fitted()
    return student(manifest(**said), files)


@cache
def _fitted() -> tuple[dict[str, bytes], dict[str, Any]]:
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - a second
    from sklearn.svm import LinearSVC  # noqa: PLC0415

    texts, labels = zip(*smsa("train"), strict=True)
    terms = TfidfVectorizer(analyzer="word", ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    fitted = LinearSVC(C=0.5, random_state=0).fit(terms.fit_transform(texts), labels)
    names = tuple(map(str, fitted.classes_))
    layer = Layer("smsa", names, tuple(map(float, fitted.intercept_)), 1.0, (Block("word", 1, 2),))
    files = write(
        layer,
        [list(map(str, terms.get_feature_names_out()))],
        terms.idf_,
        fitted.coef_.T.astype(np.float32),
    )
    rows = [[Turn("system", SENTIMENT), Turn("user", text)] for text in texts[:2000]]
    return files, {
        "intake": learned(rows),
        "files": {n: described(d) for n, d in files.items()},
        "labels": names,
        "model": msgspec.to_builtins(layer),
        "threshold": 0.0,
        "workload": "sentiment",
    }
