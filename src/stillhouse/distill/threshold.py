"""Which answers are kept: the lowest confidence at which those kept are right often enough.

Out of fold (`threshold`), where nothing else is at hand:

    sorted by confidence: right, right, wrong, right, ...   ─► the longest beginning whose share of
    right answers is at least the target, and so at every further step

The target is asked of a lower bound (Wilson, one standard error), since the best of many cuts looks
better than it is.

On rows set apart (`proven`), which no stage before has seen:

    confidences of a fixed ladder, from the highest down ─► at each: could answers that are right
    less often than the target have had so few errors here? ─► the last before the first yes

Each step is an exact binomial test at `DOUBT`. As the ladder is fixed beforehand and its first
failure ends it, the chance of ending at a confidence that misses the target is at most `DOUBT`
however many steps there are (fixed sequence testing; Angelopoulos et al., Learn then Test, 2021).
That holds for calls like those set apart, and for no others. The price is the room for their
number: of 2,500 kept rows, 98.5 % must be right to show 98 %.
"""

from collections.abc import Sequence
from math import exp, lgamma, log, log1p, sqrt
from typing import NamedTuple

NEVER = 1.1
"""Above every confidence: nothing is kept."""
STANDARD_ERRORS = 1.0
DOUBT = 0.05
FORGIVEN = 3
"""Errors among the rows of the first step: a single wrong label must not end the ladder."""
LADDER = tuple(1 / (1 + 10 ** (-step / 20)) for step in range(120, -61, -1))
"""From odds of a million to one down to one to a thousand, twenty steps for each factor of ten."""


class Cut(NamedTuple):
    """At this confidence and above. kept: share of all; right: share of those kept."""

    threshold: float
    kept: float
    right: float


EASIER = 0.6
"""Rows out of fold have cousins in what was learned, later ones do not: asked for 0.98 out of fold,
CLINC150's test was right 0.969 of the time, 1.6 times the errors (Banking77: 0.98)."""


def stricter(target: float) -> float:
    """What to ask of rows out of fold, so that later ones meet the target."""
    return 1 - (1 - target) * EASIER


def threshold(judged: Sequence[tuple[float, bool]], *, target: float) -> Cut:
    """judged: (confidence, whether it was right) of each answer."""
    ordered = sorted(judged, key=lambda pair: -pair[0])
    best, right = Cut(NEVER, 0.0, 0.0), 0
    for n, (confidence, ok) in enumerate(ordered, 1):
        right += ok
        last = n == len(ordered) or ordered[n][0] < confidence
        if last and lower(right, n) >= target:
            best = Cut(confidence, n / len(ordered), right / n)
    return best


def lower(right: int, n: int) -> float:
    """Wilson's lower bound of a share (E. B. Wilson, JASA 22, 1927)."""
    share, z = right / n, STANDARD_ERRORS
    middle = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - spread) / (1 + z * z / n)


def proven(judged: Sequence[tuple[float, bool]], *, target: float) -> Cut:
    """judged: of rows set apart. Nothing is kept where the target cannot be shown."""
    best, first = Cut(NEVER, 0.0, 0.0), needed(target)
    for confidence in LADDER:
        kept = [ok for sure, ok in judged if sure >= confidence]
        if len(kept) < first:
            continue
        right = sum(kept)
        if doubt(len(kept) - right, len(kept), target=target) > DOUBT:
            break
        best = Cut(confidence, len(kept) / len(judged), right / len(kept))
    return best


def doubt(wrong: int, n: int, *, target: float) -> float:
    """How likely at most so many of n are wrong, where the right ones are just the target."""
    miss = 1 - target
    return sum(
        exp(
            lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1)
            + i * log(miss) + (n - i) * log1p(-miss)
        )
        for i in range(wrong + 1)
    )  # fmt: skip


def needed(target: float) -> int:
    """The least rows with which `proven` can begin. target: between 0 and 1, neither included."""
    n = FORGIVEN + 1
    while doubt(FORGIVEN, n, target=target) > DOUBT:
        n += max(1, n // 100)
    return n
