"""Guard's cases over the store: read, decide, write with what they do to accounts.

    entries -> Case -> decisions, appeal -> events + stands -> one transaction

Everybody who decides goes through here: the guard process, the command line, the console. What is
pure decides; here it is only carried out, so that no way in knows fewer rules than another.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence

from stillhouse.guard import decisions
from stillhouse.guard.appeal import answer, appeal
from stillhouse.guard.case import BrokenCaseError, Case, fold, follow
from stillhouse.guard.decisions import Reviewer
from stillhouse.guard.effect import stands
from stillhouse.guard.ladder import Level
from stillhouse.guard.ports import Cases, Event
from stillhouse.ledger.ports import ConflictError, Entry
from stillhouse.units.instant import Instant

STEPS = ("hold", "suspend", "lift", "dismiss")
CASE_PREFIX = "case_"


def new_id() -> str:
    return CASE_PREFIX + secrets.token_hex(6)


def read(store: Cases, ident: str) -> Case:
    """Raises NotFoundError; ConflictError when its entries are no case any more."""
    try:
        return fold(store.case_entries(ident))
    except BrokenCaseError as error:
        raise ConflictError(
            f"{ident} cannot be read: {error}; run `stillhouse verify`, and restore a backup"
        ) from error


def listed(store: Cases, *, account: str | None = None, open_only: bool = False) -> list[Case]:
    """Those with the highest level first, then by deadline."""
    found = [read(store, ident) for ident in store.cases(account=account)]
    if open_only:
        found = [case for case in found if case.open]
    return sorted(found, key=lambda c: (not c.open, -c.level, c.deadline or 2**62, c.id))


def write(
    store: Cases,
    case: Case | None,
    events: Sequence[Event],
    *,
    bundles: Mapping[str, str] | None = None,
) -> Case | None:
    """These events, and what the case then makes of its accounts, where that is something else."""
    if not events:
        return case
    ident = events[0].body["case"]
    after = case
    number = case.last_entry if case else 0
    for event in events:  # as they will be read; their real numbers and hashes are the store's
        number += 1
        after = follow(after, _entry(event, number))
    before = stands(case) if case else ()
    entries = store.write_case(
        ident,
        events,
        last=case.last_entry if case else 0,
        stands=[stand for stand in stands(after) if stand not in before] if after else (),
        bundles=bundles,
    )
    for entry in entries:
        case = follow(case, entry)
    return case


def decide(
    store: Cases,
    case: Case,
    step: str,
    reviewer: Reviewer,
    reason: str,
    at: Instant,
    *,
    proof: bool = False,
) -> Case:
    """step: one of `STEPS`. Raises ConflictError with the rule that is in the way."""
    match step:
        case "hold":
            events = decisions.hold(case, reviewer, reason, at)
        case "suspend":
            events = decisions.suspend(case, reviewer, reason, at, proof=proof)
        case "lift":
            events = decisions.lift(case, reviewer, reason, at)
        case "dismiss":
            events = decisions.dismiss(case, reviewer, reason, at)
        case _:
            raise ConflictError(f'there is no step "{step}"; take one of {", ".join(STEPS)}')
    return _written(store, case, events)


def contest(store: Cases, case: Case, by: str, reason: str, at: Instant) -> Case:
    return _written(store, case, appeal(case, by, reason, at))


def reply(
    store: Cases, case: Case, reviewer: Reviewer, reason: str, at: Instant, *, granted: bool
) -> Case:
    return _written(store, case, answer(case, reviewer, reason, at, granted=granted))


def lapse(store: Cases, now: Instant, log: Callable[..., None]) -> int:
    """End what has ended by itself; how much that was. One broken case keeps no other waiting."""
    count = 0
    for ident in store.cases():
        try:
            case = read(store, ident)
            while events := decisions.due(case, now):
                case = _written(store, case, events)
                count += len(events)
                log("case_lapsed", case=ident, what=events[0].body.get("what", "closed"))
        except ConflictError as error:
            log("case_not_lapsed", case=ident, error=str(error))
    return count


def open_case(cases: Iterable[Case], accounts: tuple[str, ...]) -> Case | None:
    """The open case of exactly these accounts, or of some of them and no others."""
    wanted = set(accounts)
    alike = [
        c for c in cases if c.open and (set(c.accounts) <= wanted or wanted <= set(c.accounts))
    ]
    return max(alike, key=lambda c: len(wanted & set(c.accounts)), default=None)


def forgiven(cases: Iterable[Case], accounts: tuple[str, ...]) -> float:
    """The strongest evidence that a closed case of these accounts has forgiven; 1 when none has."""
    wanted = set(accounts)
    return max((c.base for c in cases if not c.open and wanted & set(c.accounts)), default=1.0)


def held(store: Cases, account: str) -> Case | None:
    """The case by which nothing may be trained for this account now: held, or suspended."""
    return next(
        (c for c in listed(store, account=account, open_only=True) if c.level >= Level.HOLD), None
    )


def held_accounts(store: Cases) -> set[str]:
    """Ids of all accounts that a case holds or suspends now."""
    return {a for c in listed(store, open_only=True) if c.level >= Level.HOLD for a in c.accounts}


def _written(store: Cases, case: Case, events: Sequence[Event]) -> Case:
    after = write(store, case, events)
    if after is None:
        raise ConflictError(f"{case.id} was not written")
    return after


def _entry(event: Event, number: int) -> Entry:
    return Entry(number, event.at, event.kind, event.actor, event.body, "", "")
