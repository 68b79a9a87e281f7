"""Closing a month of one account: what must hold, and what need not be worked out again.

A draft of a month that is over, with nothing of it in flight or unsealed, is worked out for good:
with the root of its receipts and the entries that it covers. It is kept with the moment of the
ledger that it was worked out from. While no entry has come since that could change it, working it
out again would give the same bytes, so it is not done:

    approved text, its digest as the approval's entry says ─┐
    no entry since that could change it, no posting of its  ├─► number, dates, previous, hash
    month or an earlier one, no document of its account     ┘

Everything else (a draft from before the month was over, a changed price, rate or setting, a late
receipt, an entry of a kind that is not known to change nothing) is worked out again, and refused
when it is not what was approved.
"""

from datetime import timedelta
from typing import Any

import msgspec

from stillhouse.billing.document import (
    Document,
    Proof,
    Said,
    from_json,
    said,
    sealed_text,
    to_json,
)
from stillhouse.billing.draft import second
from stillhouse.billing.ports import Held, Issued, Sealed
from stillhouse.compose.invoice_facts import InvoiceFacts
from stillhouse.compose.stores import WholeStore
from stillhouse.ledger.ports import ConflictError
from stillhouse.tenants import Account
from stillhouse.units.instant import Instant, moment, month_bounds


class PeriodOpenError(ConflictError):
    """The month is not over, or its calls are still arriving: it cannot be closed yet."""


class StaleDraftError(ConflictError):
    """What was approved is no longer what the receipts and settings say."""


class NoIssuerError(ConflictError):
    """Nobody is set as the issuer: an invoice needs a name on it."""


class UnpricedError(ConflictError):
    """Receipts used a meter that has no price; they would stay on the invoice without an amount."""


def check_over(document: Document | Said, period: str, *, at: Instant) -> None:
    """That the month is over, or the account has ended.

    Raises:
        PeriodOpenError: it is not.
    """
    end = month_bounds(period)[1]
    if at < end and document.kind != "final_invoice":
        raise PeriodOpenError(
            f"{period} is not over until {second(end)}: approve it then (only a suspended"
            " account gets a final invoice before)"
        )


def check_issuer(document: Document | Said) -> None:
    """That somebody issues it.

    Raises:
        NoIssuerError: an invoice needs an issuer's name.
    """
    if not document.issuer.name:
        raise NoIssuerError(
            "no issuer is set: `stillhouse invoices settings --name NAME --address LINE`,"
            " then draft again"
        )


def check_arrived(what: str, waiting: int, flying: int) -> None:
    """That no call of the month is in flight or not sealed yet.

    Raises:
        PeriodOpenError: some are.
    """
    if flying:
        raise PeriodOpenError(
            f"{flying} calls of {what} are in flight: finalise when they have"
            " ended. If the service is down, start it: it settles what was left open"
        )
    if waiting:
        raise PeriodOpenError(
            f"{waiting} receipts of {what} are not sealed yet: a running"
            " service seals them within minutes; if it is down, start and stop it"
        )


def check_same(what: str, document: Document, approved: str, *, leave_unpriced: bool) -> None:
    """That a document is what was approved, and may be issued.

    Raises:
        StaleDraftError: it is another one by now.
        UnpricedError: some usage has no price, and `leave_unpriced` is off.
    """
    if to_json(document) != approved:
        before = from_json(approved)  # made when receipts were on their way, perhaps
        if _amounts(document) != _amounts(before):
            raise StaleDraftError(
                f"{what}: more was recorded, or a rate or setting changed, since"
                f" it was approved (it came to {before.currency} {before.total}, and comes to"
                f" {document.currency} {document.total}): draft and approve it again"
            )
    check_priced(what, document.unrated, leave_unpriced=leave_unpriced)


def check_priced(what: str, unrated: int, *, leave_unpriced: bool) -> None:
    """That nothing stays without an amount unless that is meant.

    Raises:
        UnpricedError: some usage has no price, and `leave_unpriced` is off.
    """
    if unrated and not leave_unpriced:
        raise UnpricedError(
            f"{unrated} receipts of {what} used a meter without a"
            " price: nothing would be charged for it. Finalise with --leave-unpriced to leave"
            " it on the invoice without an amount"
        )


def request_of(account: str, period: str, times_reopened: int) -> str:
    """What is asked for when a month is closed: once for each time that it was opened."""
    return f"invoice/{account}/{period}/{times_reopened}"


def due_in(days: int, at: Instant) -> str:
    """The day by which it is to be paid."""
    return f"{moment(at) + timedelta(days=days):%Y-%m-%d}"


def what(owner: Account, period: str) -> str:
    return f"{owner.name} ({owner.id}) for {period}"


def _amounts(document: Document) -> Any:
    """What an approval is for: everything but which entries and leaves prove it."""
    count = document.receipts.count
    return msgspec.structs.replace(document, receipts=Proof(count=count, root=""))


class Standing:
    """Finalises approved drafts of one month that still stand. One for a run; it remembers."""

    def __init__(self, store: WholeStore, facts: InvoiceFacts, month: str) -> None:
        self.store, self.facts, self.month = store, facts, month
        self._since = self._looked = self._moved = 0

    def finalise(
        self, owner: Account, *, leave_unpriced: bool, at: Instant, actor: str
    ) -> tuple[Issued, Said] | None:
        """None: it has to be worked out. Inside one change of the store (`together`).

        Raises:
            ConflictError: its text is not what was approved.
            UnpricedError: some usage has no price, and `leave_unpriced` is off.
        """
        store, account = self.store, owner.id
        held = store.draft(account, self.month)
        basis, entry = store.newest_of(account)
        if held is None or not self._stands(held, entry, at):
            return None
        named = what(owner, self.month)
        if not store.was_approved(held):
            raise ConflictError(
                f"the draft of {named} is not the text that was approved: run `stillhouse verify`,"
                " then draft and approve it again"
            )
        document, rules = said(held.text), self.facts.form(owner)
        check_priced(named, document.unrated, leave_unpriced=leave_unpriced)
        proof, due = document.receipts, due_in(rules.due_days, at)

        def complete(serial: int, previous: str) -> Sealed:
            number = f"{rules.prefix}{serial:06d}"
            text, digest = sealed_text(
                held.text, number=number, issued_at=second(at), due=due, previous=previous
            )
            return Sealed(
                *(number, document.kind, document.total, document.currency, digest),
                *(proof.count, proof.root, "", text),
            )

        issued = store.issue(
            complete,
            request=request_of(account, self.month, store.times_reopened(account, self.month)),
            basis=basis,
            draft=held,
            issuer=rules.issuer.id,
            account=account,
            period=self.month,
            at=at,
            actor=actor,
        )
        return issued, document

    def _stands(self, held: Held, newest_document: int, at: Instant) -> bool:
        as_of = held.as_of
        if held.state != "approved" or not as_of.entry or at < month_bounds(self.month)[1]:
            return False
        return (
            self._newest_move(as_of.entry) <= as_of.entry
            and newest_document <= as_of.entry
            and not self.store.posted_since(as_of.posting, upto=f"{self.month}-~")
        )

    def _newest_move(self, since: int) -> int:
        """Looks at each entry once, as long as drafts come in the order of their moments."""
        if not self._since or since < self._since:
            self._since = self._looked = since
            self._moved = 0
        self._looked, moved = self.store.moved(self._looked)
        self._moved = max(self._moved, moved)
        return self._moved
