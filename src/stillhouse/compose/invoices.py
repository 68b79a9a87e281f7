"""Invoices of a data folder: draft, approve, finalise, credit, prove.

The command line and the admin API both ask this, so neither has a rule of its own.

    books (sealed + unsealed) ┐
    settings, rates, contract ├─> billing.draft -> document -> store.issue: number, chain, entry
    earlier documents         ┘

A draft may be made at any time and counts what is there. A month is closed only when it is over and
none of its calls is in flight or unsealed; what is recorded of it afterwards is a correction on the
next invoice. What was approved is finalised as it stands while nothing has touched it; else it is
worked out again and refused when it is no longer that, so that nobody's approval is used for other
amounts (`compose.closing`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import cast

import msgspec

from stillhouse.billing.credit import Take, credit, is_empty, whole
from stillhouse.billing.document import (
    Document,
    DocumentKind,
    digest,
    from_json,
    to_json,
)
from stillhouse.billing.draft import second
from stillhouse.billing.inclusion import Inclusion
from stillhouse.billing.ports import NEVER, Held, Issued
from stillhouse.billing.states import State, after
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
from stillhouse.compose.evidence import prove
from stillhouse.compose.invoice_facts import InvoiceFacts, Past
from stillhouse.compose.shelf import Gist, Shelf
from stillhouse.compose.stores import WholeStore
from stillhouse.ledger.entries import canonical
from stillhouse.ledger.ports import ConflictError
from stillhouse.units.instant import Instant, iso, moment
from stillhouse.units.money import PICO_PER_UNIT, rounded


@dataclass(frozen=True, slots=True)
class Row:
    """One invoice (account and month) as a list shows it. Amounts are decimal text.

    number, due, finalised_at: "" until finalised. credited: what credit notes took, above zero.
    notes: their numbers. kind: of the document; a credit note is a row of its own.
    """

    state: State
    kind: DocumentKind
    account: str
    account_name: str
    period: str
    currency: str
    total: str
    number: str = ""
    finalised_at: str = ""
    due: str = ""
    credited: str = "0"
    notes: tuple[str, ...] = ()
    refers: str = ""
    unrated: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """An invoice as it stands: its document (finalised, drafted, or as a draft would be now)."""

    row: Row
    document: Document
    drafted_by: str = ""
    approved_by: str = ""
    approved_at: str = ""


class Invoices:
    """The invoices of one data folder. `at` is the shell's clock; `actor` a person or command."""

    def __init__(self, data: Path, store: WholeStore) -> None:
        self.data, self.store = data, store
        self.books = Books(data, store)
        self.facts = InvoiceFacts(data, store, self.books)

    # -- looking

    def preview(self, account: str, period: str, *, at: Instant) -> Document:
        """What a draft made now would say; nothing is stored."""
        owner = self.store.find_account(account)
        past = self.facts.past(owner.id)
        return self.facts.document(owner, period, past, at=at)

    def get(self, account: str, period: str, *, at: Instant) -> Stage:
        """The newest invoice of this month: finalised, drafted, or as it would be."""
        owner = self.store.find_account(account)
        past = self.facts.past(owner.id)
        held = self.store.draft(owner.id, period)
        if held is not None:
            return Stage(
                _row_of_draft(held, owner.name),
                from_json(held.text),
                drafted_by=held.drafted_by,
                approved_by=held.approved_by or "",
                approved_at="" if held.approved_at is None else iso(held.approved_at),
            )
        found = past.of(period)
        if found is not None:
            return self.document(found.number)
        document = self.facts.document(owner, period, past, at=at)
        return Stage(_row(document, "open", owner.name), document)

    def document(self, number: str) -> Stage:
        """A finalised document by its number."""
        issued = self.store.document(number)
        past = self.facts.past(issued.account)
        document = past.documents[number]
        name = self.store.find_account(issued.account).name
        return Stage(_row_of(issued, document, past, name), document)

    def listed(self, shelf: Shelf, names: Mapping[str, str]) -> list[Row]:
        """`rows` of everything, from what a process keeps in mind. names: of accounts."""
        shelf.look()
        documents = shelf.documents
        notes: dict[str, list[Gist]] = {}
        for gist in documents:
            if gist.refers:
                notes.setdefault(gist.refers, []).append(gist)
        rows = [_row_of_gist(g, g.state, names) for g in shelf.drafts]
        for gist in documents:
            own = notes.get(gist.number)
            if not own:
                rows.append(_row_of_gist(gist, "finalised", names))
            else:  # what is left of it is told by its lines
                rows.append(self.document(gist.number).row)
        return rows

    def rows(self, *, account: str | None = None, period: str | None = None) -> list[Row]:
        """Drafts, then finalised documents in the order of their numbers."""
        ident = None if account is None else self.store.find_account(account).id
        names = {a.id: a.name for a in self.store.directory().accounts.values()}
        rows = [
            _row_of_draft(held, names.get(held.account, held.account))
            for held in self.store.drafts()
            if ident in {None, held.account} and period in {None, held.period}
        ]
        bases: dict[str, Past] = {}
        for issued in self.store.documents(account=ident, period=period):
            past = bases.get(issued.account) or self.facts.past(issued.account)
            bases[issued.account] = past
            name = names.get(issued.account, issued.account)
            rows.append(_row_of(issued, past.documents[issued.number], past, name))
        return rows

    def corrections(self, account: str, *, at: Instant) -> Document:
        """What came in of finalised months and is on no invoice yet: as this month's draft."""
        return self.preview(account, moment(at).strftime("%Y-%m"), at=at)

    # -- steps

    def draft(self, account: str, period: str, *, at: Instant, actor: str) -> Stage:
        """Work out the invoice and keep it as a draft; an earlier draft is replaced.

        Raises:
            StepError: the month has its invoice.
        """
        as_of = self.store.moment()  # before anything is read, so that no change is missed
        owner = self.store.find_account(account)
        past = self.facts.past(owner.id)
        after(self._state(owner.id, period, past), "draft", what=what(owner, period))
        document = self.facts.document(owner, period, past, at=at)
        self.store.hold_draft(
            owner.id,
            period,
            to_json(document),
            as_of=as_of if document.receipts.root else NEVER,
            at=at,
            actor=actor,
        )
        return self.get(owner.id, period, at=at)

    def approve(self, account: str, period: str, *, at: Instant, actor: str) -> Stage:
        """Approve the draft as it stands; twice is once.

        Raises:
            StepError: there is no draft, or the month has its invoice.
            PeriodOpenError: the month is not over.
            NoIssuerError: an invoice needs an issuer's name.
        """
        owner = self.store.find_account(account)
        past = self.facts.past(owner.id)
        after(self._state(owner.id, period, past), "approve", what=what(owner, period))
        held = self._held(owner.id, period)
        document = from_json(held.text)
        check_over(document, period, at=at)
        check_issuer(document)
        self.store.approve_draft(owner.id, period, held.text, at=at, actor=actor)
        return self.get(owner.id, period, at=at)

    def finalise(
        self, account: str, period: str, *, leave_unpriced: bool = False, at: Instant, actor: str
    ) -> Stage:
        """Give the approved draft its number, for good; a finalised one comes back as it is.

        Raises:
            StepError: no draft, or not approved.
            PeriodOpenError: calls of the month are still arriving.
            StaleDraftError: it is no longer what was approved.
            UnpricedError: some usage has no price, and `leave_unpriced` is off.
        """
        owner = self.store.find_account(account)
        past = self.facts.past(owner.id)
        state = self._state(owner.id, period, past)
        after(state, "finalise", what=what(owner, period))
        done = past.of(period)
        if done is not None:
            return self.document(done.number)
        held = self._held(owner.id, period)
        check_over(from_json(held.text), period, at=at)
        waiting, flying = self.books.waiting(account=owner.id, month=period)
        check_arrived(what(owner, period), len(waiting), flying)
        with self.store.together():
            still = Standing(self.store, self.facts, period).finalise(
                owner, leave_unpriced=leave_unpriced, at=at, actor=actor
            )
        if still is not None:
            return self.document(still[0].number)
        document = self.facts.document(owner, period, past, at=at, prove=True)
        check_same(what(owner, period), document, held.text, leave_unpriced=leave_unpriced)
        rules = self.facts.form(owner)
        due = due_in(rules.due_days, at)

        def complete(serial: int, previous: str) -> Document:
            return _sealed(document, rules.prefix, serial, previous, due=due, at=at)

        issued = self.store.issue(
            complete,
            request=request_of(owner.id, period, past.times_reopened(period)),
            basis=past.newest,
            draft=held.text,
            issuer=rules.issuer.id,
            account=owner.id,
            period=period,
            at=at,
            actor=actor,
        )
        return self.document(issued.number)

    def credit(
        self,
        number: str,
        takes: Sequence[Take] = (),
        *,
        reason: str,
        reopen: bool = False,
        at: Instant,
        actor: str,
    ) -> Stage:
        """Write and finalise a credit note; the same again (lines and reason) is the same note.

        Args:
            number: of the invoice.
            takes: what to take back; none means all that is left.
            reason: for the customer.
            reopen: the month may be invoiced again. Only with nothing left of the invoice.
            at: now.
            actor: who asks.

        Raises:
            NotFoundError: no such document.
            CreditError: see `billing.credit`.
            StepError: nothing is left of it.
        """
        issued = self.store.document(number)
        asked = [asdict(take) for take in takes]
        request = "credit/" + canonical([number, asked, reason.strip(), reopen])
        known = self.store.requested(request)
        if known is not None:
            return self.document(known.number)
        past = self.facts.past(issued.account)
        document = past.documents[number]
        if document.kind == "credit_note":
            raise ConflictError(f"{number} is a credit note: it is not credited; invoice again")
        notes = past.notes(number)
        state: State = "credited" if is_empty(document, notes) and notes else "finalised"
        after(state, "credit", what=number)
        taken = list(takes) or whole(document, notes)
        note = credit(document, taken, notes=notes, reason=reason)
        if reopen and not is_empty(document, [*notes, note]):
            raise ConflictError(
                f"{number} is only opened again when all of it is taken back: name no lines"
            )
        prefix = self.store.issuer(issued.issuer).prefix

        def complete(serial: int, previous: str) -> Document:
            return _sealed(note, prefix, serial, previous, at=at)

        done = self.store.issue(
            complete,
            request=request,
            basis=past.newest,
            draft="",
            reopens=reopen,
            issuer=issued.issuer,
            account=issued.account,
            period=issued.period,
            at=at,
            actor=actor,
        )
        return self.document(done.number)

    def proof(self, number: str, ids: Sequence[str]) -> Inclusion:
        """Paths of these receipts ("w7-1234") to the document's root.

        Raises:
            NotIncludedError: it names those that the document does not cover.
        """
        return prove(self.data, self.store, self.document(number).document, ids)

    def _held(self, account: str, period: str) -> Held:
        held = self.store.draft(account, period)
        if held is None:
            raise ConflictError("the draft was finalised or replaced meanwhile; look again")
        return held

    def _state(self, account: str, period: str, past: Past) -> State:
        done = past.of(period)
        if done is not None:
            notes = past.notes(done.number)
            return "credited" if notes and is_empty(done, notes) else "finalised"
        held = self.store.draft(account, period)
        return "open" if held is None else held.state


def _sealed(
    document: Document, prefix: str, serial: int, previous: str, *, due: str = "", at: Instant
) -> Document:
    """With its number, its dates, and the hash that ties it to the one before."""
    done = msgspec.structs.replace(
        document,
        number=f"{prefix}{serial:06d}",
        issued_at=second(at),
        due=due,
        previous=previous,
    )
    return msgspec.structs.replace(done, hash=digest(done))


def _row_of_draft(held: Held, name: str) -> Row:
    return _row(from_json(held.text), held.state, name)


def _row_of(issued: Issued, document: Document, past: Past, name: str) -> Row:
    notes = past.notes(issued.number)
    credited = -sum((Fraction(Decimal(note.total)) for note in notes), Fraction(0))
    state: State = "credited" if notes and is_empty(document, notes) else "finalised"
    return replace(
        _row(document, state, name),
        finalised_at=document.issued_at,
        credited=str(rounded(credited * PICO_PER_UNIT, document.unit)),
        notes=tuple(note.number for note in notes),
    )


def _row_of_gist(gist: Gist, state: str, names: Mapping[str, str]) -> Row:
    return Row(
        state=cast("State", state),
        kind=gist.kind,
        account=gist.account,
        account_name=names.get(gist.account, gist.account),
        period=gist.period,
        currency=gist.currency,
        total=gist.total,
        number=gist.number,
        finalised_at=gist.issued_at,
        due=gist.due,
        credited=str(rounded(Fraction(0), gist.unit)) if gist.number else "0",
        refers=gist.refers,
        unrated=gist.unrated,
    )


def _row(document: Document, state: State, name: str) -> Row:
    return Row(
        state=state,
        kind=document.kind,
        account=document.customer.id,
        account_name=name,
        period=document.period,
        currency=document.currency,
        total=document.total,
        number=document.number,
        due=document.due,
        refers=document.refers,
        unrated=document.unrated,
    )
