"""A sentence encoder of the BERT kind, in numpy: texts -> vectors of length one.

    ids ─► word + position + kind, normalised ─► layers of (attention, feed forward), each added
        to what came in and normalised ─► the mean over the words ─► length 1

    x' = LayerNorm(x + Wo softmax(Q K' / sqrt(d)) V)        Devlin et al. 2019; Vaswani et al. 2017
    x" = LayerNorm(x' + W2 gelu(W1 x'))                     gelu(x) = x * Phi(x), Phi by erf

What serves needs neither torch nor transformers: the weights are read from a `safetensors` file
(a length, a JSON header, the numbers) and the words are cut by the `tokenizers` library, which is
handed in. Several texts are worked on at once, padded to the longest; the padding is masked, so a
text has the same vector alone (to rounding). The test compares to transformers' own.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Cut = Callable[[Sequence[str]], list[list[int]]]
"""texts -> ids of their words, with the marks of beginning and end, cut to what it takes."""
WEIGHTS, TOKENIZER = "model.safetensors", "tokenizer.json"
HEADS, WORDS_MAX = 12, 256
"""of MiniLM-L6: its heads of attention, and the words that it was made for."""
EPSILON = np.float32(1e-12)
MASKED = np.float32(-1e9)
_TYPES = {"F32": np.float32, "F16": np.float16, "I64": np.int64}


def tensors(data: bytes) -> dict[str, NDArray[Any]]:
    """Of a safetensors file. Raises ValueError: it is none."""
    length = int.from_bytes(data[:8], "little")
    if not 0 < length <= len(data) - 8:
        raise ValueError("the weights are no safetensors file")
    header = json.loads(data[8 : 8 + length])
    base = 8 + length
    found = {}
    for name, said in header.items():
        if name == "__metadata__":
            continue
        start, end = said["data_offsets"]
        part = np.frombuffer(data[base + start : base + end], dtype=_TYPES[said["dtype"]])
        found[name] = part.reshape(said["shape"])
    return found


def cutter(tokenizer: bytes) -> Cut:
    """Of a `tokenizer.json`. Raises ValueError: it is none."""
    from tokenizers import Tokenizer  # noqa: PLC0415 # 40 ms that only an encoder is worth

    try:
        made = Tokenizer.from_str(tokenizer.decode("utf-8"))
    except Exception as error:
        raise ValueError(f"{TOKENIZER} is no tokenizer: {error}") from error
    made.enable_truncation(WORDS_MAX)
    made.no_padding()
    return lambda texts: [found.ids for found in made.encode_batch(list(texts))]


def read(files: Mapping[str, bytes]) -> "Encoder":
    """Of the two files that a student brings. Raises ValueError, KeyError."""
    return Encoder(tensors(files[WEIGHTS]), heads=HEADS, cut=cutter(files[TOKENIZER]))


class Encoder:
    """Weights by the names that BERT's have; heads: of attention."""

    def __init__(self, weights: Mapping[str, NDArray[Any]], *, heads: int, cut: Cut) -> None:
        self._w = {
            n: np.ascontiguousarray(w, dtype=np.float32)
            for n, w in weights.items()
            if w.dtype != np.int64
        }
        self._heads, self._cut = heads, cut
        self._layers = 1 + max(
            int(n.split(".")[2]) for n in self._w if n.startswith("encoder.layer.")
        )

    def vectors(self, texts: Sequence[str], *, batch: int = 32) -> Floats:
        """(N, width), each of length one."""
        ids = self._cut(texts)
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        width = self._w["embeddings.word_embeddings.weight"].shape[1]
        out = np.zeros((len(ids), width), dtype=np.float32)
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            out[rows] = self._batch([ids[i] for i in rows])
        return out

    def _batch(self, ids: Sequence[Sequence[int]]) -> Floats:
        longest = max(map(len, ids))
        words = np.zeros((len(ids), longest), dtype=np.int64)  # (B, T)
        there = np.zeros((len(ids), longest), dtype=np.float32)
        for row, some in enumerate(ids):
            words[row, : len(some)] = some
            there[row, : len(some)] = 1
        e = "embeddings."
        x = (
            self._w[e + "word_embeddings.weight"][words]
            + self._w[e + "position_embeddings.weight"][:longest]
            + self._w[e + "token_type_embeddings.weight"][0]
        )  # (B, T, D)
        x = self._norm(x, e + "LayerNorm")
        mask = ((1 - there) * MASKED)[:, None, None, :]  # (B, 1, 1, T)
        for number in range(self._layers):
            x = self._layer(x, mask, f"encoder.layer.{number}.")
        mean = (x * there[:, :, None]).sum(axis=1) / there.sum(axis=1, keepdims=True)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), dtype=np.float32)

    def _layer(self, x: Floats, mask: Floats, of: str) -> Floats:
        many, longest, width = x.shape
        split = (many, longest, self._heads, width // self._heads)

        def headed(name: str) -> Floats:  # (B, H, T, D/H)
            return (
                self._linear(x, f"{of}attention.self.{name}").reshape(split).transpose(0, 2, 1, 3)
            )

        q, k, v = headed("query"), headed("key"), headed("value")
        scores = q @ k.transpose(0, 1, 3, 2) / np.float32(np.sqrt(split[3])) + mask  # (B, H, T, T)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        seen = (scores @ v).transpose(0, 2, 1, 3).reshape(x.shape)
        x = self._norm(
            x + self._linear(seen, of + "attention.output.dense"), of + "attention.output.LayerNorm"
        )
        inner = gelu(self._linear(x, of + "intermediate.dense"))
        return self._norm(x + self._linear(inner, of + "output.dense"), of + "output.LayerNorm")

    def _linear(self, x: Floats, name: str) -> Floats:
        """One multiplication of all words at once: many small ones take twice as long."""
        weight = self._w[name + ".weight"]
        out = x.reshape(-1, weight.shape[1]) @ weight.T
        out += self._w[name + ".bias"]
        return np.asarray(out.reshape(*x.shape[:-1], -1))

    def _norm(self, x: Floats, name: str) -> Floats:
        out = x - x.mean(axis=-1, keepdims=True)
        out /= np.sqrt(np.einsum("btd,btd->bt", out, out)[..., None] / x.shape[-1] + EPSILON)
        out *= self._w[name + ".weight"]
        out += self._w[name + ".bias"]
        return np.asarray(out)


def gelu(x: Floats) -> Floats:
    """X * Phi(x); what it is given is used up."""
    phi = erf(x * np.float32(2**-0.5))
    phi += 1
    phi *= np.float32(0.5)
    phi *= x
    return phi


def erf(x: Floats) -> Floats:
    """To 1.5e-7 (Abramowitz and Stegun, 7.1.26)."""
    a = np.abs(x)
    t = a * np.float32(0.3275911)
    t += 1
    np.reciprocal(t, out=t)
    poly = t * np.float32(1.061405429)
    for c in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        poly += np.float32(c)
        poly *= t
    np.multiply(a, a, out=a)
    np.negative(a, out=a)
    np.exp(a, out=a)
    poly *= a
    np.subtract(1, poly, out=poly)
    return np.asarray(np.copysign(poly, x))
