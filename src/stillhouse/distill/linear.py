"""TF-IDF and one linear layer, in numpy: what a classifier student is when it serves.

    text ─► terms of each block (words, letters inside words) ─► (1 + ln n) * idf, length 1 a block
         ─► W, b ─► scores ─► softmax(scores / temperature) ─► chances

The terms are cut exactly as scikit-learn's `TfidfVectorizer` cuts them (analyzers `word` and
`char_wb`, `sublinear_tf`, `smooth_idf`, `norm="l2"`), so a student answers what was trained; the
test compares both to 1e-6. Nothing here needs scikit-learn.

Letters are cut word by word, and what a word's terms are is remembered: texts of one task share
most of their words.
"""

import json
import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from math import log
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

Analyzer = Literal["word", "char_wb"]
WORDS_KEPT = 200_000
"""Words whose terms are remembered; when full, forgotten, which changes no answer."""
_tokens = re.compile(r"(?u)\b\w\w+\b").findall


class Block(msgspec.Struct, frozen=True):
    """One vectorizer: terms of `shortest` to `longest` words or letters."""

    analyzer: Analyzer
    shortest: int
    longest: int
    weight: float = 1.0


class Layer(msgspec.Struct, frozen=True):
    """What of a linear model is written in a manifest; its arrays are files of their own.

    labels: by column of the weights. temperature: what scores are divided by before the softmax.
    """

    name: str
    labels: tuple[str, ...]
    bias: tuple[float, ...]
    temperature: float = 1.0
    blocks: tuple[Block, ...] = ()


class Joined(Layer, frozen=True):
    """A layer over vectors, and beside it one of words and letters: their scores are added.

    words: None of a student that has only the vectors. heat: what the sum is divided by.
    """

    words: Layer | None = None
    heat: float = 1.0


def letters(word: str, shortest: int, longest: int) -> list[str]:
    """The letter terms of one word, as `char_wb` cuts them: padded with a blank on each side."""
    padded = f" {word} "
    length = len(padded)
    found = []
    for n in range(shortest, longest + 1):
        found.append(padded[:n])
        found += [padded[at : at + n] for at in range(1, length - n + 1)]
        if n >= length:
            break
    return found


def words(text: str, shortest: int, longest: int) -> list[str]:
    """Runs of words, as `word` cuts them; of two letters or more."""
    tokens = _tokens(text)
    found = list(tokens) if shortest == 1 else []
    for n in range(max(shortest, 2), min(longest, len(tokens)) + 1):
        found += [" ".join(tokens[at : at + n]) for at in range(len(tokens) - n + 1)]
    return found


class Linear:
    """Scores of a text. Build it by `read`."""

    def __init__(
        self,
        layer: Layer,
        terms: Sequence[Sequence[str]],
        idf: NDArray[np.float64],
        weights: NDArray[np.float32],
    ) -> None:
        """terms: of each block, in the order of columns. weights: (terms, labels)."""
        self.layer = layer
        self.labels = layer.labels
        self._blocks: list[tuple[Block, dict[str, int], dict[str, list[int]]]] = []
        column = 0
        for block, names in zip(layer.blocks, terms, strict=True):
            self._blocks.append((block, {n: column + i for i, n in enumerate(names)}, {}))
            column += len(names)
        if weights.shape != (column, len(layer.labels)) or idf.shape != (column,):
            raise ValueError(
                f"weights of shape {weights.shape} do not fit {column} terms and"
                f" {len(layer.labels)} labels"
            )
        self._idf, self._weights = idf, weights
        self._bias = np.asarray(layer.bias, dtype=np.float64)

    def scores(self, text: str) -> NDArray[np.float64]:
        """Of each label, before the softmax."""
        text = text.lower()
        scores = self._bias.copy()
        for block, columns, known in self._blocks:
            if block.analyzer == "word":
                get = columns.get
                ids = [
                    i for t in words(text, block.shortest, block.longest) if (i := get(t, -1)) >= 0
                ]
            else:
                ids = []
                for word in text.split():
                    found = known.get(word)
                    if found is None:
                        found = self._learn(word, block, columns, known)
                    ids += found
            if ids:
                scores += self._added(ids, block.weight)
        return scores

    def chances(self, text: str) -> NDArray[np.float64]:
        """Of each label; they sum to one."""
        return softmax(self.scores(text) / self.layer.temperature)

    def _learn(
        self, word: str, block: Block, columns: Mapping[str, int], known: dict[str, list[int]]
    ) -> list[int]:
        if len(known) >= WORDS_KEPT:
            known.clear()
        cut = letters(word, block.shortest, block.longest)
        found = known[word] = [columns[t] for t in cut if t in columns]
        return found

    def _added(self, ids: list[int], weight: float) -> NDArray[np.float64]:
        rows, counts = np.unique(np.asarray(ids, dtype=np.intp), return_counts=True)
        values = (1.0 + np.log(counts)) * self._idf[rows]
        values *= weight / np.sqrt(values @ values)
        return values @ self._weights[rows].astype(np.float64)


class Head:
    """A linear layer over vectors that something else made. weights: (width, labels)."""

    def __init__(self, layer: Layer, weights: NDArray[np.float32]) -> None:
        if weights.ndim != 2 or weights.shape[1] != len(layer.labels):
            raise ValueError(
                f"weights of shape {weights.shape} do not fit {len(layer.labels)} labels"
            )
        self.layer, self.labels = layer, layer.labels
        self._weights = weights.astype(np.float64)
        self._bias = np.asarray(layer.bias, dtype=np.float64)

    def scores(self, vector: NDArray[np.float32]) -> NDArray[np.float64]:
        """Of each label, before the softmax."""
        return np.asarray(vector @ self._weights + self._bias)


def head(layer: Layer, said: Mapping[str, bytes]) -> Head:
    """Raises ValueError, KeyError: the file does not fit the layer, or is missing."""
    return Head(layer, array(said[files(layer.name)[2]]))


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Over the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def entropy(chances: NDArray[np.float64]) -> float:
    """Of one distribution, as a share of the most it could have: 0 is sure, 1 knows nothing."""
    kept = chances[chances > 0]
    return float(-(kept * np.log(kept)).sum() / log(len(chances))) if len(chances) > 1 else 0.0


def array(data: bytes) -> NDArray[Any]:
    """Of a .npy file; never code."""
    return np.asarray(np.lib.format.read_array(BytesIO(data), allow_pickle=False))


def packed(values: NDArray[Any]) -> bytes:
    """A .npy file: the same bytes for the same values."""
    out = BytesIO()
    np.lib.format.write_array(out, np.ascontiguousarray(values), allow_pickle=False)
    return out.getvalue()


def files(name: str) -> tuple[str, str, str]:
    """What the files of a layer are called."""
    return f"{name}.terms.json", f"{name}.idf.npy", f"{name}.weights.npy"


def read(layer: Layer, said: Mapping[str, bytes]) -> Linear:
    """Build it of a manifest's layer and its files.

    Raises:
        ValueError: the files do not fit the layer.
        KeyError: a file is missing.
    """
    terms, idf, weights = files(layer.name)
    return Linear(layer, json.loads(said[terms]), array(said[idf]), array(said[weights]))


def write(
    layer: Layer,
    terms: Sequence[Sequence[str]],
    idf: NDArray[np.float64],
    weights: NDArray[np.float32],
) -> dict[str, bytes]:
    """The files of a layer."""
    named = files(layer.name)
    listed = json.dumps(list(map(list, terms)), ensure_ascii=False, separators=(",", ":"))
    return dict(
        zip(named, (listed.encode(), packed(idf), packed(weights)), strict=True),
    )
