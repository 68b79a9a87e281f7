"""The final invoice of an account that a case has suspended: drafted when its last call is sealed.

    suspended by an open case ─► nothing admitted any more, nothing in flight, nothing unsealed
                                             └─► draft of the step's month ─► entry in the case

A draft and no more. A person looks at it, approves it and finalises it, as with any other invoice;
what somebody has approved already is left as it is, and so is a finalised one. There is one draft
of an account and month, however often this is asked: drafting again replaces it, and a case names
it once for each suspension.

Posture: fails by account. What cannot be drafted (no rate, a month that does not add up) is said,
and tried again with the next look; the account stays suspended meanwhile.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from stillhouse.billing.states import AlreadyFinalisedError
from stillhouse.compose import cases
from stillhouse.compose.books import Books
from stillhouse.compose.invoices import Invoices, Stage
from stillhouse.compose.stores import WholeStore
from stillhouse.guard.case import MACHINE, Case
from stillhouse.guard.decisions import drafted
from stillhouse.guard.ladder import Level
from stillhouse.ledger.ports import ConflictError
from stillhouse.units.instant import SECOND, Instant, period

LAST_ADMITTED_US = 2 * SECOND
"""A gateway that runs may admit for so long after a suspension was written; it promises one."""


def draft_final(data: Path, store: WholeStore, now: Instant, log: Callable[..., None]) -> int:
    """Draft what may be drafted now; of how many accounts calls are still on their way."""
    due = list(_due(store))
    if not due:
        return 0
    books = Books(data, store)
    running = any(books.folder.alive(w) for w in books.folder.writers())
    receipts, flying = books.unsealed()
    moving = Counter(
        (o.account, period(o.admitted_at, "month"))
        for o in (*(receipt.open for receipt in receipts), *flying)
    )
    waiting = 0
    for case, accounts in due:
        step = case.step
        if step is None or (running and now < step.at + LAST_ADMITTED_US):
            waiting += len(accounts)
            continue
        month, after = period(step.at, "month"), case
        for account in accounts:
            if moving[account, month]:
                waiting += 1
                continue
            try:
                after = _draft(Invoices(data, store), after, account, month, now)
            except (ValueError, LookupError) as error:  # of this account; the next has its own
                log("final_invoice_not_drafted", case=case.id, account=account, error=str(error))
                continue
            log("final_invoice_drafted", case=case.id, account=account, month=month)
    return waiting


def _due(store: WholeStore) -> Iterator[tuple[Case, list[str]]]:
    """Open cases with the accounts that they have suspended and named no final invoice of."""
    suspended = defaultdict(list)
    for account, by_case in store.suspended().items():
        suspended[by_case].append(account)
    for ident, accounts in suspended.items():
        case = cases.read(store, ident)
        named = {each.account for each in case.invoices}
        left = [account for account in accounts if account not in named]
        if left and case.level is Level.SUSPEND:
            yield case, left


def _draft(invoices: Invoices, case: Case, account: str, month: str, now: Instant) -> Case:
    row = _stage(invoices, account, month, now).row
    events = drafted(
        case, account, month, state=row.state, total=f"{row.currency} {row.total}", at=now
    )
    after = cases.write(invoices.store, case, events)
    if after is None:
        raise ConflictError(f"{case.id} was not written")
    return after


def _stage(invoices: Invoices, account: str, month: str, now: Instant) -> Stage:
    """As it is when somebody has approved it; else drafted anew."""
    held = invoices.store.draft(account, month)
    if held is None or held.state != "approved":
        try:
            return invoices.draft(account, month, at=now, actor=MACHINE)
        except AlreadyFinalisedError:
            pass
    return invoices.get(account, month, at=now)
