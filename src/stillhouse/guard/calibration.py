"""Accounts known to be benign -> what the numbers of another account are compared with.

Two tables for each class, both counted by accounts and never by pooled windows:

    reference   scores of single epochs, of the harder half of the accounts (those whose mean is
                highest). An epoch of any other benign account scores lower, so a p-value against
                them errs on the safe side, for whatever account
    maxima      of each account, the highest that its evidence ever rose over its whole life

An account's epochs are alike, so evidence that multiplies p-values of epochs overstates: an odd but
honest account stays odd. The maxima say by how much, because they went through the same machine.
So they are the ones that are trusted: evidence is the rank of an account's maximum among them,

    log e = log((n + 1) / i)                      above all but i - 1 of n maxima

and never more than the product of bets itself. Beyond the highest maximum nothing was measured;
there the tail is taken to fall as it does among the highest (exponential, by their mean excess),
a hundred times at most, and a level that lies there is not backed (`finding.level`).
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from hashlib import blake2b

import msgspec

from stillhouse.guard.features import FEATURES
from stillhouse.guard.finding import MANNERS, Class, Manner
from stillhouse.guard.streams import Kind

HARDEST = 2
"""One account in so many is a reference."""
REFERENCE_MIN, REFERENCE_SCORES_MAX = 30, 400
CLASS_MIN = 99
"""With fewer accounts of its class, an account is compared with those of all classes; so is a
cluster, whose maxima are lower than those of accounts wherever we could compare them."""
TAIL_MIN = 10
SCORE_TAIL_MIN = 0.5
BEYOND_MAX = 100.0
"""Evidence is never more than so many times what was measured: more digits would be invented."""
CONFIDENCE = 0.95
DEVIATIONS_MAX = 2.5


class Weight(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A feature's part. usual, spread: mean and deviation among benign accounts."""

    name: str
    usual: float
    spread: float
    weight: float

    def part(self, number: float) -> float:
        """What a number adds to the score. Beyond `DEVIATIONS_MAX` more says no more."""
        deviations = (number - self.usual) / self.spread
        return self.weight * max(-DEVIATIONS_MAX, min(DEVIATIONS_MAX, deviations))


class Score(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How much a window looks like collecting in one manner. weights: in the order of FEATURES."""

    manner: Manner
    weights: tuple[Weight, ...]
    bias: float

    def of(self, numbers: Sequence[float]) -> float:
        """In one number. What is not known weighs nothing."""
        total = self.bias
        for weight, number in zip(self.weights, numbers, strict=True):
            if weight.weight and not math.isnan(number):
                total += weight.part(number)
        return round(total, 9)


class Reference(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Scores of epochs, ascending, of so many accounts, each counting the same."""

    accounts: int
    scores: tuple[float, ...]

    def p(self, score: float) -> float:
        """How often the hardest benign accounts score as high, one deviation added for chance.

        Above all of them the tail is taken to fall as it does among the highest. That sharpens bets
        and promises nothing: what a bet is worth, the maxima say, which went through the same.
        """
        above = len(self.scores) - bisect_left(self.scores, score)
        if self.scores and not above:
            beyond = math.exp((self.scores[-1] - score) / self.tail)
            return max(1 / BEYOND_MAX, beyond) / (self.accounts + 1)
        many = self.accounts * above / len(self.scores) if self.scores else self.accounts
        return min(1.0, (1 + many + math.sqrt(many)) / (self.accounts + 1))

    @property
    def tail(self) -> float:
        """Mean excess of the highest scores, at least half a deviation."""
        return max(SCORE_TAIL_MIN, mean_excess(self.scores))


def mean_excess(ascending: Sequence[float]) -> float:
    """Of the highest above the lowest of them: the scale of an exponential tail."""
    top = ascending[-max(TAIL_MIN, math.isqrt(len(ascending))) :]
    return sum(each - top[0] for each in top) / len(top)


class Table(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Of one class. accounts: that had an epoch at all. maxima: ascending.

    references: by kind of stream and manner (`against`). calls: of the longest account.
    """

    accounts: int
    maxima: tuple[float, ...]
    references: dict[str, Reference]
    calls: int

    def ps(self, kind: Kind, scores: Mapping[Manner, float]) -> dict[Manner, float]:
        """The p-value of each score against epochs of such streams; empty where there were none."""
        found: dict[Manner, float] = {}
        for manner, score in scores.items():
            reference = self.references.get(against(kind, manner))
            if reference is not None and reference.accounts:
                found[manner] = reference.p(score)
        return found

    def evidence(self, raw: float) -> float:
        """The logarithm of the evidence of an account whose bets ever rose to `raw`."""
        if not self.maxima or raw <= 0:
            return 0.0
        n = self.accounts
        at_least = len(self.maxima) - bisect_left(self.maxima, raw)
        if at_least:
            return min(raw, math.log((n + 1) / (at_least + 1)))
        beyond = raw - self.maxima[-1]
        return min(raw, math.log(n + 1) + min(beyond / self.tail, math.log(BEYOND_MAX)))

    @property
    def tail(self) -> float:
        """Mean excess of the highest maxima, at least 1: what a nat of evidence is worth there."""
        return max(1.0, mean_excess(self.maxima))

    def bound(self, raw: float) -> float:
        """95 % upper bound of how often a benign account's bets rise as high (Clopper-Pearson)."""
        at_least = len(self.maxima) - bisect_left(self.maxima, raw)
        return clopper_pearson(at_least, self.accounts)


def against(kind: Kind, manner: Manner) -> str:
    """Under which name a table keeps the reference of such streams and this manner."""
    return f"{kind} {manner}"


NO_TABLE = Table(0, (), {}, 0)


class Calibration(msgspec.Struct, frozen=True, gc=False):
    """What accounts are compared with.

    scores: one for each manner. tables: by class; "any" is of all accounts. origin: in words.
    sources: how many independent sources of text and use the accounts were drawn from; 0 when each
    account is real and its own.
    """

    scores: tuple[Score, ...]
    tables: dict[Class, Table]
    origin: str
    sources: int = 0

    def table(self, cls: Class) -> Table:
        """That of the class; that of all accounts where the class has few and all have more."""
        own = self.tables.get(cls, NO_TABLE)
        every = self.tables.get("any", NO_TABLE)
        few = own.accounts < min(CLASS_MIN, every.accounts)
        return every if few else own

    def seen(self, numbers: Sequence[float]) -> dict[Manner, float]:
        """What a window looks like: a score for each manner."""
        return {score.manner: score.of(numbers) for score in self.scores}

    @property
    def digest(self) -> str:
        data = msgspec.msgpack.encode(self, order="deterministic")
        return blake2b(data, digest_size=16).hexdigest()


def reference(scores: Mapping[str, Sequence[float]]) -> Reference:
    """Of the harder half of the accounts. scores: of each account's epochs.

    The accounts are thinned to the same number of scores each, so that each counts the same.
    """
    ranked = sorted(
        (a for a in scores if scores[a]),
        key=lambda a: (-sum(scores[a]) / len(scores[a]), a),
    )
    hardest = ranked[: max(REFERENCE_MIN, -(-len(ranked) // HARDEST))]
    if not hardest:
        return Reference(0, ())
    each = max(1, REFERENCE_SCORES_MAX // len(hardest))
    kept = [
        sorted(scores[a])[min(len(scores[a]) - 1, (2 * n + 1) * len(scores[a]) // (2 * each))]
        for a in hardest
        for n in range(each)
    ]
    return Reference(len(hardest), tuple(sorted(kept)))


def read(data: bytes) -> Calibration:
    """From JSON. Raises msgspec.ValidationError: it is none, or of other features."""
    found = msgspec.json.decode(data, type=Calibration)
    if tuple(score.manner for score in found.scores) != MANNERS or any(
        [weight.name for weight in score.weights] != list(FEATURES) for score in found.scores
    ):
        raise msgspec.ValidationError("the calibration is of other features: make it anew")
    return found


def clopper_pearson(hits: int, trials: int, *, confidence: float = CONFIDENCE) -> float:
    """One-sided upper bound of a rate: the rate at which so few hits would be a surprise."""
    if trials <= 0 or hits >= trials:
        return 1.0
    low, high = hits / trials, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if _at_most(hits, trials, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high


def _at_most(hits: int, trials: int, rate: float) -> float:
    """P(binomial <= hits)."""
    if rate >= 1:
        return 0.0
    log_p, log_q = math.log(rate), math.log1p(-rate)
    return math.fsum(
        math.exp(
            math.lgamma(trials + 1)
            - math.lgamma(k + 1)
            - math.lgamma(trials - k + 1)
            + k * log_p
            + (trials - k) * log_q
        )
        for k in range(hits + 1)
    )
