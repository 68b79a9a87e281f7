"""Detectors that others use or proposed, over the same calls, each at its best threshold.

Each gives one number a window; an account's is its highest. The threshold is the value that one in
a hundred of the benign accounts of *dev* passes, as for guard: by accounts, never by windows.

    volume, rate   calls in all; calls of the busiest hour
    PRADA          are distances to the nearest earlier prompt normal? (Jarque-Bera instead of
                   Shapiro-Wilk; adapted to text: Jaccard distance of word sets)
    SEAT           pairs of near-duplicates in a window
    Mahalanobis    of the window's mean vector of hashed words, diagonal covariance
    MMD            squared, Gaussian kernel of median width, against pooled benign prompts
    zlib           how well the window compresses (a collector's compresses better)
    first person   how rarely somebody says I or saya
"""

import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

import numpy as np
from bench.guard.tenants import Account
from numpy.typing import NDArray

SIZE, WINDOW = 64, 200
WINDOWS_MAX = 4
RATE = 0.01
Vector = NDArray[np.float64]
_first = re.compile(r"\b(?:i|i'm|my|me|we|our|saya|aku|gue|kami|ku)\b", re.IGNORECASE).search


class Seen(NamedTuple):
    """An account as the baselines see it."""

    texts: Sequence[str]
    times: Sequence[int]
    vectors: Vector


def seen(account: Account) -> Seen:
    calls = sorted(account.calls, key=lambda call: (call.at, call.id))
    texts = [text_of(call.body) for call in calls[: WINDOW * WINDOWS_MAX]]
    return Seen(texts, [call.at for call in calls], vectors(texts))


def text_of(body: bytes) -> str:
    users = [m for m in json.loads(body)["messages"] if m["role"] == "user"]
    return str(users[-1]["content"])[:1000] if users else ""


def vectors(texts: Sequence[str]) -> Vector:
    """Hashed words, scaled to length one."""
    out = np.zeros((len(texts), SIZE))
    for row, text in enumerate(texts):
        for word in text.lower().split():
            out[row, zlib.crc32(word.encode()) % SIZE] += 1
    unit: Vector = out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    return unit


def windows(seen: Seen, size: int = WINDOW) -> list[slice]:
    """At most WINDOWS_MAX; an account that is shorter than one window is one."""
    many = min(WINDOWS_MAX, max(1, len(seen.texts) // size))
    return [slice(n * size, (n + 1) * size) for n in range(many)]


def volume(seen: Seen) -> float:
    return float(len(seen.times))


def rate(seen: Seen) -> float:
    return float(max(Counter(at // 3_600_000_000 for at in seen.times).values()))


def prada(seen: Seen) -> float:
    return max(_prada([set(t.lower().split()) for t in seen.texts[w]]) for w in windows(seen))


def _prada(words: Sequence[set[str]]) -> float:
    distances = np.array([_nearest(words, n) for n in range(1, len(words))])
    if len(distances) < 8 or distances.std() == 0:
        return 0.0
    z = (distances - distances.mean()) / distances.std()
    return float((z**3).mean() ** 2 / 6 + ((z**4).mean() - 3) ** 2 / 24)


def _nearest(words: Sequence[set[str]], at: int) -> float:
    mine = words[at]
    return 1 - max(len(mine & o) / (len(mine | o) or 1) for o in words[max(0, at - 60) : at])


def seat(seen: Seen) -> float:
    def pairs(w: slice) -> float:
        like = seen.vectors[w] @ seen.vectors[w].T
        return float(((like > 0.9).sum() - len(like)) / max(1, len(like)))

    return max(pairs(w) for w in windows(seen))


def zlib_ratio(seen: Seen) -> float:
    def ratio(w: slice) -> float:
        data = "\n".join(seen.texts[w]).encode()
        return 1 - len(zlib.compress(data)) / max(1, len(data))

    return max(ratio(w) for w in windows(seen))


def first_person(seen: Seen) -> float:
    def share(w: slice) -> float:
        texts = seen.texts[w]
        return sum(_first(text) is None for text in texts) / max(1, len(texts))

    return max(share(w) for w in windows(seen))


class Learned:
    """Those that need to see benign traffic first."""

    def __init__(self, benign: Sequence[Seen], rng: Random) -> None:
        pool = np.concatenate([s.vectors[:: max(1, len(s.vectors) // 20)] for s in benign])
        self.mean = pool.mean(axis=0)
        means = np.array([s.vectors[:WINDOW].mean(axis=0) for s in benign])
        self.variance = means.var(axis=0) + 1e-6
        self.reference = pool[rng.sample(range(len(pool)), min(400, len(pool)))]
        gaps = _squares(self.reference, self.reference)
        self.width = float(np.median(gaps[gaps > 0]))
        self.within = float(np.exp(-gaps / self.width).mean())

    def mahalanobis(self, seen: Seen) -> float:
        return max(
            float((((seen.vectors[w].mean(axis=0) - self.mean) ** 2) / self.variance).sum())
            for w in windows(seen)
        )

    def mmd(self, seen: Seen) -> float:
        return max(self._mmd(seen.vectors[w]) for w in windows(seen))

    def _mmd(self, x: Vector) -> float:
        inside = float(np.exp(-_squares(x, x) / self.width).mean())
        across = float(np.exp(-_squares(x, self.reference) / self.width).mean())
        return inside + self.within - 2 * across


def _squares(x: Vector, y: Vector) -> Vector:
    squares: Vector = (x**2).sum(1)[:, None] + (y**2).sum(1)[None, :] - 2 * x @ y.T
    return np.maximum(squares, 0)


Detector = Callable[[Seen], float]


def detectors(benign: Sequence[Seen], rng: Random) -> dict[str, tuple[Detector, float]]:
    """Name -> (statistic, threshold). benign: of dev."""
    learned = Learned(benign, rng)
    named: dict[str, Detector] = {
        "volume": volume,
        "rate": rate,
        "PRADA": prada,
        "SEAT": seat,
        "Mahalanobis": learned.mahalanobis,
        "MMD": learned.mmd,
        "zlib": zlib_ratio,
        "first person": first_person,
    }
    return {name: (of, _threshold([of(s) for s in benign])) for name, of in named.items()}


def _threshold(values: Sequence[float]) -> float:
    """So that one in a hundred is above."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, math.ceil((1 - RATE) * len(ranked)) - 1)]
