"""Axes: round steps from zero, where a value lies, and words that fit into their place."""

import math
from dataclasses import dataclass

_STEPS = (1, 2, 2.5, 5, 10)
CHARACTER = 7.2
"""Width of an average character at the charts' 12 px. Names are cut a little early, never late."""
LEAST = 1e-9


def ticks(top: float, *, count: int = 4) -> list[float]:
    """Round values from 0 to at least `top`, about `count` steps apart.

    Bars begin at zero, so every axis does. An empty chart gets the axis from 0 to 1, and so does
    one whose values nobody could read off: steps are written with twelve decimals.
    """
    if top < LEAST or not math.isfinite(top):
        return [0.0, 1.0]
    rough = top / count
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(s * scale for s in _STEPS if s * scale >= rough * 0.999)
    steps = math.ceil(top / step - 1e-9)
    return [round(step * n, 12) for n in range(steps + 1)]


@dataclass(frozen=True, slots=True)
class Scale:
    """Values of `low..high` at pixels `start..end`; end may be above start (upward axes)."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        if self.high == self.low:
            return self.start
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def fitted(words: str, pixels: float) -> str:
    """These words, cut with an ellipsis when they are wider than so many pixels."""
    room = max(int(pixels / CHARACTER), 1)
    return words if len(words) <= room else words[: max(room - 1, 1)].rstrip() + "…"


def thinned(count: int, width: float, *, label: float = 44.0) -> int:
    """Every how many-th label to show so that labels of this width do not touch."""
    fit = max(int(width / label), 1)
    return max(math.ceil(count / fit), 1)
