"""Fifty calls in time order -> what they look like together: numbers between calls, not of a topic.

    content      how fast words run out, how far prompts are from each other, repeats, openings
    form         what is common to all (a wrapper), asking for reasons, labels, evenness
    consumption  whether anybody reads: follow-ups, tool results, how much is taken for the asking
    parameters   how answers are drawn

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
_SHAPED = int(Flag.LABELLED | Flag.LISTED)
_FORM = int(Flag.FORMED | Flag.QUESTION | Flag.LABELLED | Flag.LISTED | Flag.CODE)
_BITS = tuple(
    map(
        int,
        (
            Flag.RUBRIC,
            Flag.CODE,
            Flag.FORMED,
            Flag.QUESTION,
            Flag.HOT,
            Flag.COLD,
            Flag.SCHEMA,
            Flag.SYSTEM,
        ),
    )
)


class Sight(NamedTuple):
    """A call with what its account did before and after, until the window closed.

    again: this prompt was sent before by the account. answered: the conversation went on.
    """

    signal: Signal
    again: bool
    answered: bool


FEATURES: dict[str, Family] = {
    "spread": "content",
    "fresh": "content",
    "apart": "content",
    "new": "content",
    "openings": "content",
    "wrapper": "form",
    "elicits": "form",
    "grades": "form",
    "labels": "form",
    "lines": "form",
    "code": "form",
    "formed": "form",
    "questions": "form",
    "forms": "form",
    "length": "form",
    "lengths": "form",
    "single": "consumption",
    "unanswered": "consumption",
    "long": "consumption",
    "taken_tokens": "consumption",
    "gain": "consumption",
    "taken_spread": "consumption",
    "taken": "consumption",
    "taken_apart": "consumption",
    "taken_free": "consumption",
    "taken_elicited": "consumption",
    "hot": "parameters",
    "cold": "parameters",
    "many": "parameters",
    "schema": "parameters",
    "bare": "parameters",
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
    half = n // 2
    before = frozenset().union(*own[:half])
    behind = sum(map(len, own[half:]))
    fresh = sum(len(words - before) for words in own[half:]) / behind if behind else 0.0
    apart = 1 - sum(_nearest(own, at) for at in range(1, n)) / (n - 1)
    wrapper = sum(
        (len(s.sketch) - len(words)) / len(s.sketch)
        for s, words in zip(signals, own, strict=True)
        if s.sketch
    )
    flags = Counter(bit for s in signals for bit in _BITS if s.flags & bit)
    lengths = [math.log1p(s.words) for s in signals]
    outputs = [s.output_tokens for s in signals if s.output_tokens >= 0]
    logs = [math.log1p(tokens) for tokens in outputs]
    gains = [
        math.log((s.output_tokens + 8) / (s.input_tokens + 8))
        for s in signals
        if s.output_tokens >= 0
    ]
    single = sum(not s.flags & _TALKS for s in signals)
    taken = sum(map(_is_taken, window)) / n
    elicits = sum(bool(s.flags & _ELICITS) for s in signals) / n
    return (
        spread,
        fresh,
        apart,
        1 - sum(sight.again for sight in window) / n,
        len({s.opening for s in signals}) / n,
        wrapper / n,
        elicits,
        flags[Flag.RUBRIC] / n,
        sum(bool(s.flags & _SHAPED) for s in signals) / n,
        sum(s.lines > 1 for s in signals) / n,
        flags[Flag.CODE] / n,
        flags[Flag.FORMED] / n,
        flags[Flag.QUESTION] / n,
        _entropy([(s.flags & _FORM, s.lines > 1) for s in signals]),
        sum(lengths) / n,
        _deviation(lengths),
        single / n,
        sum(not at.answered and not at.signal.flags & _TALKS for at in window) / n,
        sum(tokens >= LONG_TOKENS for tokens in outputs) / len(outputs) if outputs else math.nan,
        sum(logs) / len(logs) if logs else math.nan,
        sum(gains) / len(gains) if gains else math.nan,
        _deviation(logs) if logs else math.nan,
        taken,
        taken * apart * spread,
        taken * (1 - wrapper / n) * flags[Flag.FORMED] / n,
        taken * elicits,
        flags[Flag.HOT] / n,
        flags[Flag.COLD] / n,
        sum(bool(s.flags & (Flag.MANY | Flag.LOGPROBS)) for s in signals) / n,
        flags[Flag.SCHEMA] / n,
        1 - flags[Flag.SYSTEM] / n,
    )


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


def _entropy(values: Sequence[object]) -> float:
    """In nats."""
    n = len(values)
    return sum(-c / n * math.log(c / n) for c in sorted(Counter(values).values()))


def _deviation(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((v - mean) ** 2 for v in values) / len(values))
