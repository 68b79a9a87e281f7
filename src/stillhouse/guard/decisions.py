"""What may be done in a case now, by the machine or by people. Decides; does nothing.

Each function takes a case and returns the events to be written, or raises `ConflictError` with the
sentence for whoever asked. Rules that no caller can skip are here:

- time never goes back: an event before the last one is refused, and nothing is acted on;
- nobody decides a case of his own, nor one in which he has spoken for the account;
- the two who suspend are two people, and each gives his own reason;
- hold and suspend need evidence and terms that reach so high; no name makes up for that;
- whoever lifts a step needs nothing but a name and a reason: a way back is always open.

Deadlines favour the account: `due` gives what has ended by itself.
"""

from dataclasses import dataclass

from stillhouse.guard.case import (
    CLOSED,
    EVIDENCE,
    INVOICED,
    LAPSED,
    MACHINE,
    OPENED,
    PROPOSED,
    STEP,
    Case,
    Evidence,
    Outcome,
)
from stillhouse.guard.ladder import (
    AUTOMATIC_MAX,
    E_VALUE,
    PROPOSAL_US,
    QUIET_US,
    REVIEWERS,
    Basis,
    Level,
    Links,
    climb,
    until,
)
from stillhouse.guard.ports import Event
from stillhouse.guard.statement import statement
from stillhouse.ledger.ports import ConflictError
from stillhouse.units.instant import Instant, iso

REASON_CHARS_MIN, REASON_CHARS_MAX = 10, 2_000


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A person with a name, and the accounts that he belongs to."""

    name: str
    accounts: frozenset[str] = frozenset()


def found(
    case: Case | None,
    ident: str,
    accounts: tuple[str, ...],
    evidence: Evidence,
    *,
    base: float = 1.0,
    most: Level = AUTOMATIC_MAX,
) -> list[Event]:
    """What the machine does about new evidence: the case, and the steps that need nobody.

    case: the open one of these accounts, or None; then it is opened as `ident`. base: what an
    earlier case of theirs forgave. most: how high the operator lets the machine go.
    """
    at = evidence.at
    if case is None:
        if evidence.level < Level.NOTE or evidence.e_value / base < E_VALUE[Level.NOTE]:
            return []
        body = {"case": ident, "accounts": list(accounts), "base": repr(base)}
        events = [Event(OPENED, at, {**body, "evidence": evidence.written()}, MACHINE)]
        level, fresh = Level.NOTE, evidence.e_value / base
    else:
        _not_before(case, at)
        body = {"case": case.id, "accounts": list(accounts)}
        events = [Event(EVIDENCE, at, {**body, "evidence": evidence.written()}, MACHINE)]
        level, fresh = case.level, evidence.e_value / case.base
    ident = case.id if case else ident
    for rung in (Level.NOTICE, Level.THROTTLE):
        if level < rung <= min(evidence.level, evidence.backed, most) and fresh >= E_VALUE[rung]:
            events.append(_step(ident, rung, at, (MACHINE,), (statement(ident, rung, evidence),)))
    return events


def hold(case: Case, reviewer: Reviewer, reason: str, at: Instant) -> list[Event]:
    """One named reviewer: capped, and nothing may be trained, until it is decided or lapses."""
    _may_decide(case, reviewer, reason, at)
    _reaches(case, Level.HOLD, proof=False)
    if case.level >= Level.HOLD:
        raise ConflictError(f"{case.id} is at {case.level.word} already")
    return [_step(case.id, Level.HOLD, at, (reviewer.name,), (reason.strip(),))]


def suspend(
    case: Case, reviewer: Reviewer, reason: str, at: Instant, *, proof: bool = False
) -> list[Event]:
    """The first name proposes; a second, other name suspends.

    proof: there is proof from outside, told in the reason; it stands for the e-value.
    """
    _may_decide(case, reviewer, reason, at)
    _reaches(case, Level.SUSPEND, proof=proof)
    if case.level is Level.SUSPEND:
        raise ConflictError(f"{case.id} is suspended already")
    first = case.proposal
    if first is None or first.until <= at:
        ends = Instant(at + PROPOSAL_US)
        body = {"case": case.id, "level": Level.SUSPEND.word, "by": reviewer.name}
        more = {"reason": reason.strip(), "until": ends, "proof": proof}
        return [Event(PROPOSED, at, {**body, **more}, reviewer.name)]
    if first.by == reviewer.name:
        raise ConflictError(
            f"{reviewer.name} has proposed this; a suspension takes {REVIEWERS[Level.SUSPEND]}"
            f" different people, so somebody else must agree by {iso(first.until)}"
        )
    reasons = (first.reason, reason.strip())
    return [_step(case.id, Level.SUSPEND, at, (first.by, reviewer.name), reasons)]


def lift(case: Case, reviewer: Reviewer, reason: str, at: Instant) -> list[Event]:
    """Everything that is in force ends now; the case stays open."""
    _may_decide(case, reviewer, reason, at)
    if case.level <= Level.NOTE and case.proposal is None:
        raise ConflictError(f"nothing is in force in {case.id}; to close it, dismiss it")
    return [_step(case.id, Level.NOTE, at, (reviewer.name,), (reason.strip(),))]


def dismiss(case: Case, reviewer: Reviewer, reason: str, at: Instant) -> list[Event]:
    """Everything ends, the case too; what was seen so far is forgiven."""
    _may_decide(case, reviewer, reason, at)
    return [closed(case, "dismissed", reviewer.name, reason.strip(), at)]


def closed(case: Case, outcome: Outcome, by: str, reason: str, at: Instant) -> Event:
    return Event(CLOSED, at, {"case": case.id, "outcome": outcome, "by": by, "reason": reason}, by)


def drafted(
    case: Case, account: str, month: str, *, state: str, total: str, at: Instant
) -> list[Event]:
    """The final invoice of a suspended account, as it stood when the case first named it."""
    _not_before(case, at)
    if case.level is not Level.SUSPEND:
        raise ConflictError(f"{case.id} suspends nobody now: it has no final invoice")
    body = {"case": case.id, "account": account, "month": month, "state": state, "total": total}
    return [Event(INVOICED, at, body, MACHINE)]


def due(case: Case, now: Instant) -> list[Event]:
    """What has ended by itself by now, each in the account's favour; the oldest first, one a call.

    Raises ConflictError when the clock has gone back; then nothing ends.
    """
    if not case.open or case.deadline is None or case.deadline > now:
        return []
    _not_before(case, now)
    if case.appeal is not None and case.appeal.answer_by <= now:
        why = f"the appeal was not answered by {iso(case.appeal.answer_by)}"
        return [closed(case, "granted", MACHINE, why, now)]
    step = case.step
    if step is not None and step.until is not None and step.until <= now:
        body = {"case": case.id, "what": step.level.word, "level": Level.NOTICE.word}
        return [Event(LAPSED, now, body, MACHINE)]
    if case.proposal is not None and case.proposal.until <= now:
        body = {"case": case.id, "what": "proposal", "level": case.level.word}
        return [Event(LAPSED, now, body, MACHINE)]
    days = QUIET_US // 86_400_000_000
    return [closed(case, "quiet", MACHINE, f"no new evidence for {days} days", now)]


def check_reason(reason: str) -> None:
    """Raises ConflictError."""
    if not REASON_CHARS_MIN <= len(reason.strip()) <= REASON_CHARS_MAX:
        raise ConflictError(
            f"write the reason in {REASON_CHARS_MIN} to {REASON_CHARS_MAX} characters;"
            " the account is told it"
        )


def not_his_own(case: Case, reviewer: Reviewer) -> None:
    """Raises ConflictError."""
    if not reviewer.name.strip() or reviewer.name == MACHINE:
        raise ConflictError("a decision needs the name of a person")
    if reviewer.accounts & set(case.accounts) or reviewer.name in case.customers:
        raise ConflictError(
            f"{reviewer.name} belongs to an account of {case.id}, and nobody decides his own case:"
            " ask another reviewer"
        )


def _may_decide(case: Case, reviewer: Reviewer, reason: str, at: Instant) -> None:
    if not case.open:
        raise ConflictError(f"{case.id} is closed ({case.outcome}); nothing is in force in it")
    not_his_own(case, reviewer)
    check_reason(reason)
    _not_before(case, at)


def _not_before(case: Case, at: Instant) -> None:
    if at < case.last_at:
        raise ConflictError(
            f"the clock has gone back: {case.id} was last changed at {iso(case.last_at)} and it is"
            f" {iso(at)} now; nothing was done, set the clock right and try again"
        )


def _reaches(case: Case, level: Level, *, proof: bool) -> None:
    best = case.strongest
    newest = case.newest
    rung = climb(
        Basis(
            e_value=best.e_value,
            families=frozenset(best.families),
            links=Links.CONFIRMED if len(case.accounts) == 1 else newest.links,
            position=newest.position,
            proof=proof,
        )
    )
    if rung.informational or rung.level < level:
        why = WHY.get(rung.held_by, f"it reaches {rung.level.word}")
        raise ConflictError(
            f"the evidence of {case.id} does not carry {level.word}: {why}"
            f" (e = {best.e_value:.4g}, needed {E_VALUE[level]:,.0f})"
        )


WHY = {
    "permitted": "the registry permits this use by this path",
    "terms_unknown": "the registry does not say that the terms forbid it",
    "one_family": "only one family of evidence speaks",
    "links_suspected": "the links between the accounts are not confirmed",
}


def _step(
    ident: str, level: Level, at: Instant, by: tuple[str, ...], reasons: tuple[str, ...]
) -> Event:
    body = {"case": ident, "level": level.word, "by": list(by), "reasons": list(reasons)}
    return Event(STEP, at, {**body, "until": until(level, at)}, by[-1])
