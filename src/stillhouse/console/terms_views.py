"""What the page of terms shows: ways to a model, what each student may learn by them, and why."""

from dataclasses import dataclass
from typing import Literal

from stillhouse.console.written import At

Ground = Literal["permitted", "forbidden", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsReason:
    """What one entry says. entry: id@hash, "" where no entry is met. read_on: a day, or ""."""

    code: str
    says: str
    entry: str
    clause: str
    quote: str
    source: str
    url: str
    read_on: str
    confidence: str
    resolve: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsAnswer:
    """May this student, met by these, learn this way? obligations: what must hold at release."""

    student: str
    exposure: str
    verdict: Literal["allow", "allow_with_obligations", "deny"]
    ground: Ground
    obligations: tuple[str, ...]
    reasons: tuple[TermsReason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsWay:
    """One way to a model. deployments: those of this house that go it; () for a known example."""

    path: str
    model: str
    weights: str
    deployments: tuple[str, ...]
    answers: tuple[TermsAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsMatrix:
    """All ways, this house's first. unread: entries that nobody has read; stale: read too long ago.

    held_back: "" or why there is no registry that can be trusted; then nothing is allowed.
    """

    ways: tuple[TermsWay, ...]
    entries: int
    unread: int
    stale: int
    signed: int
    held_back: str
    as_of: At
