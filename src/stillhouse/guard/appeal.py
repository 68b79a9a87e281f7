"""An appeal against what is in force, and its answer by a person who took no part. Decides only.

Whoever speaks for the account writes why. It must come in time (14 days after the step), once for
each step. A person whose name stands under the step may not answer, nor one of the account. No
answer in 7 days is a yes: `decisions.due` closes the case in the account's favour.
"""

from stillhouse.guard.case import ANSWERED, APPEALED, MACHINE, Case
from stillhouse.guard.decisions import Reviewer, check_reason, closed, not_his_own
from stillhouse.guard.ladder import ANSWER_US, Level
from stillhouse.guard.ports import Event
from stillhouse.ledger.ports import ConflictError
from stillhouse.units.instant import Instant, iso


def appeal(case: Case, by: str, reason: str, at: Instant) -> list[Event]:
    """Raises ConflictError: nothing to appeal, too late, or appealed already."""
    step = case.step
    if not case.open or step is None or case.level < Level.NOTICE:
        raise ConflictError(f"nothing is in force in {case.id}, so there is nothing to appeal")
    if not by.strip() or by == MACHINE:
        raise ConflictError("an appeal needs the name of who makes it")
    if by in step.by:
        raise ConflictError(f"{by} took this step and cannot appeal it for the account")
    if at < case.last_at:
        raise ConflictError(
            f"the clock has gone back: {case.id} was last changed at {iso(case.last_at)};"
            " nothing was done, try again later"
        )
    if at > step.appeal_until:
        raise ConflictError(
            f"an appeal against {step.level.word} of {iso(step.at)} had to come by"
            f" {iso(step.appeal_until)}; a reviewer may still lift it on his own"
        )
    if case.appealed:
        raise ConflictError(f"this step of {case.id} has been appealed already")
    check_reason(reason)
    body = {"case": case.id, "by": by, "reason": reason.strip(), "level": step.level.word}
    return [Event(APPEALED, at, {**body, "answer_by": Instant(at + ANSWER_US)}, by)]


def answer(
    case: Case, reviewer: Reviewer, reason: str, at: Instant, *, granted: bool
) -> list[Event]:
    """Granted: everything ends and the case is closed. Raises ConflictError."""
    contested = case.appeal
    if contested is None:
        raise ConflictError(f"no appeal is open in {case.id}")
    if reviewer.name in contested.against:
        raise ConflictError(
            f"{reviewer.name} took the decision that is appealed: somebody else answers it, by"
            f" {iso(contested.answer_by)}, or it is lifted"
        )
    not_his_own(case, reviewer)
    check_reason(reason)
    if at < case.last_at:
        raise ConflictError(f"the clock has gone back before {iso(case.last_at)}; nothing was done")
    body = {"case": case.id, "by": reviewer.name, "reason": reason.strip(), "granted": granted}
    events = [Event(ANSWERED, at, body, reviewer.name)]
    if granted:
        events.append(closed(case, "granted", reviewer.name, reason.strip(), at))
    return events
