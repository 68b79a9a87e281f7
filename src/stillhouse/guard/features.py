"""Fifty calls in time order -> what they look like together: numbers between calls, not of a topic.

    content      how fast words run out, how far prompts are from each other, repeats
    form         new orders each time, asking for reasons, for data in numbers, for verdicts
    consumption  whether anybody reads: follow-ups, tool results, how much is taken for the asking

A collector wants many different, free, long answers, each once, and nobody answers back. The
traffic of a product repeats itself, is answered back to, or takes short answers of a fixed shape.
No single one of these tells; `evidence` weighs them and says which weighed.

Words of a wrapper are those that stand in at least half of the calls: they say how alike the calls
are made, and are left out where it is asked how alike their contents are. A number is NaN when it
cannot be known (nobody counted the answers' tokens); it then weighs nothing.
"""

import math
from collections import Counter
from collections.abc import Sequence
from operator import mul
from typing import NamedTuple

from stillhouse.guard.finding import Family
from stillhouse.guard.shapes import Flag
from stillhouse.guard.signals import Signal

WINDOW = 50
"""Calls of one epoch."""
NEAR = 10
"""So many calls back another is looked at for likeness."""
LONG_TOKENS = 48
_COMMON = 0.5
# Whole numbers, because an operator of an enumeration costs a microsecond.
_TALKS = int(Flag.FOLLOW_UP | Flag.TOOL_RESULT)
_NOT_TAKEN = _TALKS | int(Flag.SCHEMA | Flag.EMBEDS)
_ELICITS = int(Flag.STEPS | Flag.MARKS | Flag.BREEDS)
_RUBRIC, _BREEDS = int(Flag.RUBRIC), int(Flag.BREEDS)


class Sight(NamedTuple):
    """A call with what its account did before and after, until the window closed.

    again: this prompt was sent before by the account. answered: the conversation went on.
    """

    signal: Signal
    again: bool
    answered: bool


FEATURES: dict[str, Family] = {
    "spread": "content",
    "apart": "content",
    "new": "content",
    "elicits": "form",
    "orders": "form",
    "breeds": "form",
    "grades": "form",
    "unanswered": "consumption",
    "gain": "consumption",
    "taken_spread": "consumption",
    "taken_apart": "consumption",
    "taken_elicited": "consumption",
    "taken_orders": "consumption",
    "taken_breeds": "consumption",
    "taken_grades": "consumption",
}
"""Name -> family, in the order of `features`."""


def features(window: Sequence[Sight]) -> tuple[float, ...]:
    """The numbers of `FEATURES`, of a window of at least two calls."""
    n = len(window)
    signals = [sight.signal for sight in window]
    counts = Counter(word for s in signals for word in s.sketch)
    common = {word for word, times in counts.items() if times >= _COMMON * n}
    own = [frozenset(s.sketch) - common for s in signals]
    total = sum(map(len, own))
    spread = len(counts.keys() - common) / total if total else 0.0
    apart = 1 - sum(_nearest(own, at) for at in range(1, n)) / (n - 1)
    wrapper = sum(
        (len(s.sketch) - len(words)) / len(s.sketch)
        for s, words in zip(signals, own, strict=True)
        if s.sketch
    )
    counted = [s for s in signals if s.output_tokens >= 0]
    logs = [math.log1p(s.output_tokens) for s in counted]
    gains = [math.log((s.output_tokens + 8) / (s.input_tokens + 8)) for s in counted]
    takes = [_is_taken(sight) for sight in window]
    taken = sum(takes) / n
    elicits = _share(signals, _ELICITS)
    orders = _new_orders(signals)
    return (
        spread,
        apart,
        1 - sum(sight.again for sight in window) / n,
        elicits,
        sum(orders) / n,
        _share(signals, _BREEDS),
        _share(signals, _RUBRIC),
        sum(not at.answered and not at.signal.flags & _TALKS for at in window) / n,
        sum(gains) / len(gains) if gains else math.nan,
        _deviation(logs) if logs else math.nan,
        taken * apart * spread,
        taken * elicits,
        (1 - wrapper / n) * sum(map(mul, takes, orders)) / n,
        _share(signals, _BREEDS, takes),
        _share(signals, _RUBRIC, takes),
    )


def _share(signals: Sequence[Signal], flags: int, where: Sequence[bool] = ()) -> float:
    """Of the calls that have one of these flags, where it is so."""
    where = where or [True] * len(signals)
    return sum(at and bool(s.flags & flags) for s, at in zip(signals, where, strict=True)) / len(
        signals
    )


def _new_orders(signals: Sequence[Signal]) -> list[bool]:
    """Whether each tells to do something that none before it told."""
    told: set[int] = set()
    found = []
    for s in signals:
        found.append(not told.issuperset(s.orders))
        told.update(s.orders)
    return found


def _is_taken(sight: Sight) -> bool:
    """A new, long, free answer to a prompt that nobody came back to."""
    s = sight.signal
    return (
        not sight.again
        and not sight.answered
        and not s.flags & _NOT_TAKEN
        and not 0 <= s.output_tokens < LONG_TOKENS
    )


def _nearest(own: Sequence[frozenset[int]], at: int) -> float:
    """The greatest likeness (Jaccard) of a prompt's own words to one of those just before."""
    words = own[at]
    most = 0.0
    for other in own[max(0, at - NEAR) : at]:
        shared = len(words & other)
        if shared:
            most = max(most, shared / (len(words) + len(other) - shared))
        elif not words and not other:
            return 1.0
    return most


def _deviation(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))
