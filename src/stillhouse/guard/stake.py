"""The clause at stake: what the registry says of training a generative model on these outputs.

    models that were called, by access path -> terms.decide -> permitted, forbidden or unknown

Asked in the account's favour: a student for itself alone, by what is in force now, with whatever it
has signed. Only models that a tenth of the calls went to count: one stray call to another provider
decides nothing about the rest.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from stillhouse.guard.case import Clause
from stillhouse.guard.ladder import Position
from stillhouse.terms import Attestation, Exposure, Origin, Registry, StudentKind, Use, Waiver
from stillhouse.terms.decide import FORBIDS, decide
from stillhouse.terms.lineage import UNKNOWN_PATH, Lineage
from stillhouse.units.instant import Instant

SHARE_MIN = 10
"""One call in so many must have gone to a model for it to count."""


NO_CLAUSE = Clause()


@dataclass(frozen=True, slots=True)
class Teacher:
    """A model as it was reached. weights: ids of licences of self-hosted weights, or ""."""

    path: str
    model: str
    weights: str = ""


@dataclass(frozen=True, slots=True)
class Stake:
    """resolve: what would answer an unknown; "" otherwise."""

    position: Position
    clause: Clause = NO_CLAUSE
    resolve: str = ""


def stake(
    teachers: Iterable[Teacher],
    registry: Registry,
    *,
    account: str,
    now: Instant,
    attestations: tuple[Attestation, ...] = (),
    waivers: tuple[Waiver, ...] = (),
) -> Stake:
    """teachers: one for each call."""
    calls = Counter(teachers)
    least = calls.total() / SHARE_MIN
    origins = tuple(
        Origin(path=t.path or UNKNOWN_PATH, model=t.model, weights=t.weights, at=now)
        for t, n in sorted(calls.items(), key=lambda row: (row[0].path, row[0].model))
        if n >= least
    )
    verdict = decide(
        Use(
            lineage=Lineage(origins),
            student=StudentKind.GENERATIVE,
            exposure=Exposure.INTERNAL,
            now=now,
            account=account,
            attestations=attestations,
            waivers=waivers,
        ),
        registry,
    )
    position = Position(verdict.ground)
    reason = verdict.reason
    if position is Position.FORBIDDEN:
        reason = next(r for r in verdict.denials if r.code in FORBIDS)
    entry = reason.entry
    if entry is None:
        return Stake(position, resolve=reason.resolve)
    clause = Clause(
        entry=entry.ref, clause=entry.clause, quotation=entry.quote, source=entry.source
    )
    return Stake(position, clause, "" if position is not Position.UNKNOWN else reason.resolve)
