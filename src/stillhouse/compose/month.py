"""A month of all accounts at once: draft, approve, finalise. The same steps as for one account.

    accounts ─► chunks ─► worked out by several processes ─► stored here, a chunk by one write

What all documents are made by (prices, rates, names, journals) is read once for a chunk, not once
for each. Each account's step holds or fails by itself: its error is its result, and the others go
on. Stopped at any point and asked again it goes on where it was: what is done stays as it is.
"""

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from stillhouse.billing.contract import ContractError
from stillhouse.billing.corrections import UncoveredError
from stillhouse.billing.document import Document, said, sealed_text, to_json
from stillhouse.billing.draft import DraftError, second
from stillhouse.billing.fx import FxError, MissingRateError
from stillhouse.billing.ports import NEVER, Moment, Sealed
from stillhouse.billing.settings import Form, SettingError
from stillhouse.billing.states import StepError, after
from stillhouse.compose.books import Books
from stillhouse.compose.closing import (
    Standing,
    check_arrived,
    check_issuer,
    check_over,
    check_same,
    due_in,
    request_of,
    what,
)
from stillhouse.compose.evidence import Progress, prepare
from stillhouse.compose.invoice_facts import Gathered, InvoiceFacts, Known
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.ledger.receipt import Receipt
from stillhouse.units.instant import Instant, month_bounds

CHUNK = 100
"""Accounts that are worked out and stored together."""
REFUSED = (
    *(ConflictError, NotFoundError, StepError, DraftError, FxError, MissingRateError),
    *(SettingError, UncoveredError, ContractError),
)
Step = Literal["draft", "finalise"]
State = Literal["draft", "approved", "finalised", "nothing", "failed"]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one account. error: why not, and how to fix it; then the state is "failed".

    state: "nothing": there is nothing to invoice. total: decimal text.
    """

    account: str
    account_name: str
    state: State
    number: str = ""
    currency: str = ""
    total: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Worked:
    """A document that was worked out. text: "" where there is nothing to invoice.

    approved: text of the draft that it is made from. basis: hash of the account's newest document.
    as_of: of a draft that is all that its invoice will be, the moment that it is of.
    """

    account: str
    text: str = ""
    kind: str = ""
    currency: str = ""
    total: str = ""
    receipts: int = 0
    root: str = ""
    issuer: str = ""
    prefix: str = ""
    due_days: int = 0
    approved: str = ""
    basis: str = ""
    request: str = ""
    error: str = ""
    as_of: Moment = NEVER


@dataclass(frozen=True, slots=True)
class Task:
    """What a process is asked to work out."""

    step: Step
    month: str
    at: Instant
    leave_unpriced: bool
    accounts: tuple[str, ...]


class Month:
    """One month of a data folder's accounts. processes: None means one for each processor."""

    def __init__(
        self,
        data: Path,
        store: WholeStore,
        month: str,
        *,
        at: Instant,
        actor: str,
        processes: int | None = None,
    ) -> None:
        self.data, self.store, self.month, self.at, self.actor = data, store, month, at, actor
        self.processes = processes or len(os.sched_getaffinity(0))
        self.facts = InvoiceFacts(data, store, Books(data, store))
        self.standing = Standing(store, self.facts, month)

    def prepare(self, progress: Progress = lambda _done, _of: None) -> int:
        """Make the evidence that is missing; returns of how many segments."""
        return prepare(self.data, self.store, [self.month], progress=progress)

    def draft(self) -> Iterator[Result]:
        """Work out every invoice that is not finalised, and keep it as a draft."""
        names = self._names()
        done = self._done(names)
        yield from done.values()
        left = [a for a in self.store.to_invoice(self.month) if a not in done]
        for chunk in self._worked("draft", left):
            with self.store.together():
                results = [self._keep(each, names) for each in chunk]
            yield from results

    def approve(self) -> Iterator[Result]:
        """Approve every draft as it stands."""
        names = self._names()
        done = self._done(names)
        yield from done.values()
        held = [account for account in sorted(self.store.held(self.month)) if account not in done]
        for accounts in _chunks(held):
            with self.store.together():
                results = [self._approve(account, names) for account in accounts]
            yield from results

    def finalise(self, *, leave_unpriced: bool = False) -> Iterator[Result]:
        """Give every approved draft its number, for good."""
        names = self._names()
        done = self._done(names)
        yield from done.values()
        held = [account for account in sorted(self.store.held(self.month)) if account not in done]
        left: list[str] = []
        for accounts in _chunks(held):
            yield from self._finalise(accounts, left, names, leave_unpriced=leave_unpriced)
        for chunk in self._worked("finalise", left, leave_unpriced=leave_unpriced):
            with self.store.together():
                results = [self._issue(each, names) for each in chunk]
            yield from results

    def _finalise(
        self,
        accounts: Sequence[str],
        left: list[str],
        names: Mapping[str, str],
        *,
        leave_unpriced: bool,
    ) -> list[Result]:
        """Those that still stand. left: gets the others, which have to be worked out again."""
        with self.facts.books.folder.reading():
            waiting, flying = _journals(self.facts.books, self.month)
        found: list[Result] = []
        with self.store.together():
            for account in accounts:
                if account in waiting or account in flying:
                    left.append(account)
                    continue
                try:
                    still = self.standing.finalise(
                        self.store.find_account(account),
                        leave_unpriced=leave_unpriced,
                        at=self.at,
                        actor=self.actor,
                    )
                except REFUSED as error:
                    found.append(_failed(account, names, error))
                    continue
                if still is None:
                    left.append(account)
                    continue
                issued, told = still
                found.append(
                    Result(
                        *(account, names[account], "finalised", issued.number),
                        *(told.currency, told.total),
                    )
                )
        return found

    def _names(self) -> Mapping[str, str]:
        return {a.id: a.name for a in self.store.directory().accounts.values()}

    def _done(self, names: Mapping[str, str]) -> dict[str, Result]:
        """Those whose newest invoice of the month counts."""
        briefs = self.store.briefs(self.month)
        reopened = self.store.reopened(self.month)
        return {
            b.account: Result(
                *(b.account, names[b.account], "finalised", b.number, b.currency, b.total)
            )
            for b in briefs
            if b.kind != "credit_note" and b.number not in reopened
        }

    def _keep(self, each: Worked, names: Mapping[str, str]) -> Result:
        name = names[each.account]
        if each.error:
            return Result(each.account, name, "failed", error=each.error)
        if not each.text:
            return Result(each.account, name, "nothing")
        held = self.store.hold_draft(
            *(each.account, self.month, each.text),
            as_of=each.as_of,
            at=self.at,
            actor=self.actor,
        )
        return Result(each.account, name, held.state, "", each.currency, each.total)

    def _approve(self, account: str, names: Mapping[str, str]) -> Result:
        try:
            held = self.store.draft(account, self.month)
            if held is None:
                raise ConflictError("the draft was finalised meanwhile; look again")
            document = said(held.text)
            check_over(document, self.month, at=self.at)
            check_issuer(document)
            self.store.approve_draft(account, self.month, held.text, at=self.at, actor=self.actor)
        except REFUSED as error:
            return _failed(account, names, error)
        return Result(*(account, names[account], "approved", "", document.currency, document.total))

    def _issue(self, each: Worked, names: Mapping[str, str]) -> Result:
        name = names[each.account]
        if each.error:
            return Result(each.account, name, "failed", error=each.error)

        def complete(serial: int, previous: str) -> Sealed:
            number = f"{each.prefix}{serial:06d}"
            due = due_in(each.due_days, self.at)
            text, found = sealed_text(
                each.text, number=number, issued_at=second(self.at), due=due, previous=previous
            )
            return Sealed(
                *(number, each.kind, each.total, each.currency, found),
                *(each.receipts, each.root, "", text),
            )

        try:
            issued = self.store.issue(
                complete,
                request=each.request,
                basis=each.basis,
                draft=each.approved,
                issuer=each.issuer,
                account=each.account,
                period=self.month,
                at=self.at,
                actor=self.actor,
            )
        except REFUSED as error:
            return _failed(each.account, names, error)
        return Result(each.account, name, "finalised", issued.number, each.currency, each.total)

    def _worked(
        self, step: Step, accounts: Sequence[str], *, leave_unpriced: bool = False
    ) -> Iterator[list[Worked]]:
        """In the order in which they were asked for, so that numbers follow accounts."""
        if not accounts:
            return
        self.prepare()
        tasks = [
            Task(step, self.month, self.at, leave_unpriced, chunk) for chunk in _chunks(accounts)
        ]
        processes = min(self.processes, len(tasks))
        if processes == 1:
            for task in tasks:
                yield work(self.data, self.store, task)
            return
        with ProcessPoolExecutor(
            processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(self.data,),
        ) as pool:
            yield from _in_order(pool, tasks, ahead=3 * processes)


def _in_order(
    pool: ProcessPoolExecutor, tasks: Sequence[Task], *, ahead: int
) -> Iterator[list[Worked]]:
    """Results in the order of tasks, with so many worked on ahead of them."""
    running = [pool.submit(_work, task) for task in tasks[:ahead]]
    for place in range(len(tasks)):
        if place + ahead < len(tasks):
            running.append(pool.submit(_work, tasks[place + ahead]))
        yield running[place].result()
        running[place] = Future()


_here: tuple[Path, WholeStore] | None = None


def _begin(data: Path) -> None:
    """In a process of its own: its own store, for a connection never crosses a fork."""
    global _here  # noqa: PLW0603 - a process pool hands its workers nothing else
    _here = (data, open_store(data))


def _work(task: Task) -> list[Worked]:
    if _here is None:
        raise RuntimeError("the process was not begun")
    return work(*_here, task)


def work(data: Path, store: WholeStore, task: Task) -> list[Worked]:
    """Work out these accounts' documents; nothing is stored."""
    facts, month, as_of = InvoiceFacts(data, store, Books(data, store)), task.month, store.moment()
    found: list[Worked] = []
    ready: list[Gathered] = []
    with facts.books.folder.reading():  # or a receipt is missed on its way, or seen twice
        waiting, flying = _journals(facts.books, month)
        for account in task.accounts:
            try:
                owner, past = store.find_account(account), facts.past(account)
                ready.append(facts.gather(owner, month, past))
            except REFUSED as error:
                found.append(Worked(account, error=str(error)))
    prepare(data, store, sorted({month, *(m for each in ready for m in each.months)}))
    known = Known(store)
    for each in ready:
        account = each.owner.id
        late = waiting.get(account, [])
        try:
            if task.step == "draft":
                whole = month_bounds(month)[1] <= task.at and not late and not flying[account]
                document = facts.write(each, late, known, at=task.at, prove=whole)
                found.append(_drafted(document, as_of if whole else NEVER))
            else:
                held = store.draft(account, month)
                after("open" if held is None else held.state, "finalise", what=what_of(each))
                if held is None:
                    raise ConflictError("the draft was finalised meanwhile; look again")
                check_arrived(what_of(each), len(late), flying.get(account, 0))
                document = facts.write(each, (), known, at=task.at, prove=True)
                check_over(document, month, at=task.at)
                check_same(what_of(each), document, held.text, leave_unpriced=task.leave_unpriced)
                found.append(_proven(facts.form(each.owner), each, document, held.text))
        except REFUSED as error:
            found.append(Worked(account, error=str(error)))
    return found


def what_of(each: Gathered) -> str:
    return what(each.owner, each.period)


def _drafted(document: Document, as_of: Moment) -> Worked:
    return Worked(
        document.customer.id,
        to_json(document) if document.lines else "",
        currency=document.currency,
        total=document.total,
        as_of=as_of,
    )


def _proven(rules: Form, each: Gathered, document: Document, approved: str) -> Worked:
    return Worked(
        each.owner.id,
        to_json(document),
        kind=document.kind,
        currency=document.currency,
        total=document.total,
        receipts=document.receipts.count,
        root=document.receipts.root,
        issuer=rules.issuer.id,
        prefix=rules.prefix,
        due_days=rules.due_days,
        approved=approved,
        basis=each.past.newest,
        request=request_of(each.owner.id, each.period, each.past.times_reopened(each.period)),
    )


def _journals(books: Books, month: str) -> tuple[dict[str, list[Receipt]], Counter[str]]:
    """By account: receipts of the month that are not sealed, and how many calls are in flight."""
    start, end = month_bounds(month)
    receipts, opens = books.unsealed()
    waiting: dict[str, list[Receipt]] = {}
    for each in receipts:
        if start <= each.open.admitted_at < end:
            waiting.setdefault(each.open.account, []).append(each)
    return waiting, Counter(o.account for o in opens if start <= o.admitted_at < end)


def _chunks(accounts: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(accounts[at : at + CHUNK]) for at in range(0, len(accounts), CHUNK)]


def _failed(account: str, names: Mapping[str, str], error: Exception) -> Result:
    return Result(account, names[account], "failed", error=str(error))
