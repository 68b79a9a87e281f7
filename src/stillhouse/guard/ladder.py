"""Evidence x terms x declared purpose -> how high the ladder may be climbed, and who must say so.

An e-value e bounds the false alarm for ever: under the null P(e ever >= x) <= 1/x (Ville 1939).
So each threshold is the price of being wrong about one innocent account over its whole life:

    level      e at least      also                         who
    note       20 (5 %)                                     automatic: a case that only we see
    notice     100 (1 %)                                    automatic: the account is told
    throttle   1,000 (0.1 %)   two families of evidence     automatic, lapses after 72 h
    hold       10,000          links of a cluster confirmed one named reviewer
    suspend    100,000, or outside proof; terms forbid it   two named reviewers, each with reasons

What the registry permits by this path is *informational*: seen, written down, nothing done. What it
cannot answer goes no further than a notice: nobody is slowed for a rule that nobody has read. A
lane that was declared for evaluation is informational within its caps, above them like any other.

Levels 0 to 2 are reversible and harmless enough to be automatic. Nothing above is ever done by a
machine: `climb` says what may be *proposed*, `automatic` what may be done unasked.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from stillhouse.units.instant import DAY, Instant

HOUR = DAY // 24
FAMILIES_MIN = 2
"""Kinds of evidence that must agree before anything is slowed: one alone may be a habit."""
THROTTLE_US = 72 * HOUR
HOLD_US = 14 * DAY
PROPOSAL_US = 72 * HOUR
APPEAL_US = 14 * DAY
ANSWER_US = 7 * DAY
QUIET_US = 30 * DAY
"""A hold without a decision, a proposal without a second name, how long an appeal may be made, how
long its answer may take, and how long a case stays open without new evidence. Missed by the house,
each ends in the account's favour."""


class Level(IntEnum):
    """Rungs, lowest first."""

    NONE = 0
    NOTE = 1
    NOTICE = 2
    THROTTLE = 3
    HOLD = 4
    SUSPEND = 5

    @property
    def word(self) -> str:
        return self.name.lower()

    @classmethod
    def of(cls, word: str) -> "Level":
        """Raises ValueError: no such level."""
        try:
            return cls[word.upper()]
        except KeyError:
            known = ", ".join(level.word for level in cls)
            raise ValueError(f'"{word}" is no level; there are {known}') from None


E_VALUE = {
    Level.NOTE: 20.0,
    Level.NOTICE: 100.0,
    Level.THROTTLE: 1_000.0,
    Level.HOLD: 10_000.0,
    Level.SUSPEND: 100_000.0,
}
AUTOMATIC_MAX = Level.THROTTLE
REVIEWERS = {Level.HOLD: 1, Level.SUSPEND: 2}
"""How many different named people must say so, each with a reason of their own."""


class Position(StrEnum):
    """What the registry says of training a generative model on these outputs."""

    PERMITTED = "permitted"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"
    """Not read, stale, contradictory, or no access path is declared for the provider."""


class Purpose(StrEnum):
    """What the account has declared these calls to be, before anybody asked."""

    NONE = "none"
    EVALUATION = "evaluation"


class Links(StrEnum):
    """What holds the accounts of a finding together."""

    SINGLE = "single"
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    """A strong edge (payment, private prompt), or a person has looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a level stands on.

    e_value: of the account or of the merged cluster, >= 0. families: kinds of evidence that
    contributed. proof: a reviewer has proof from outside (a watermark, a seized model).
    within_caps: a declared lane's calls are within what was agreed for it.
    """

    e_value: float
    families: frozenset[str] = frozenset()
    links: Links = Links.SINGLE
    position: Position = Position.UNKNOWN
    purpose: Purpose = Purpose.NONE
    within_caps: bool = False
    proof: bool = False


@dataclass(frozen=True, slots=True)
class Rung:
    """The highest level that a basis supports, and why not the next one.

    informational: seen, and nothing to be done. held_by: code of what keeps it from going higher.
    """

    level: Level
    informational: bool
    held_by: str = ""


def reached(e_value: float) -> Level:
    """By evidence alone. Not a number is no evidence."""
    return max((level for level, least in E_VALUE.items() if e_value >= least), default=Level.NONE)


def climb(basis: Basis) -> Rung:
    """How high evidence, terms and purpose together may go."""
    level = reached(basis.e_value)
    if basis.proof:
        level = Level.SUSPEND
    if basis.position is Position.PERMITTED:
        return Rung(level, informational=True, held_by="permitted")
    if basis.purpose is Purpose.EVALUATION and basis.within_caps:
        return Rung(level, informational=True, held_by="declared")
    for wanted in sorted((r for r in Level if r <= level), reverse=True):
        lack = _lack(wanted, basis)
        if not lack:
            higher = Level(wanted + 1) if wanted < level else None
            return Rung(wanted, informational=False, held_by=_lack(higher, basis) if higher else "")
    return Rung(Level.NONE, informational=False)


def _lack(level: Level, basis: Basis) -> str:
    """Code of the first thing beyond its e-value that this level lacks, or ""."""
    if level > Level.NOTICE and basis.position is not Position.FORBIDDEN:
        return "terms_unknown"
    if level >= Level.THROTTLE and len(basis.families) < FAMILIES_MIN and not basis.proof:
        return "one_family"
    if level >= Level.HOLD and basis.links is Links.SUSPECTED:
        return "links_suspected"
    return ""


def automatic(rung: Rung, *, most: Level = AUTOMATIC_MAX) -> Level:
    """What may be done unasked. most: the operator's own limit, never above `AUTOMATIC_MAX`."""
    if rung.informational:
        return Level.NONE
    return min(rung.level, most, AUTOMATIC_MAX)


def until(level: Level, at: Instant) -> Instant | None:
    """When a level ends by itself if nobody does anything; None: it is no restriction."""
    match level:
        case Level.THROTTLE:
            return Instant(at + THROTTLE_US)
        case Level.HOLD:
            return Instant(at + HOLD_US)
        case _:
            return None
