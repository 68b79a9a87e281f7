"""What a store must do for invoices. Kept by `store.sqlite_invoices`.

As in `ledger.ports`: a method that changes something is one transaction, with an entry in the hash
chain; asking again for what was done changes nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, Self

from stillhouse.billing.contract import Contract
from stillhouse.billing.document import Cover, Document, to_json
from stillhouse.billing.evidence import Part
from stillhouse.billing.fx import StoredRate
from stillhouse.billing.saving import Saving
from stillhouse.billing.settings import Customer, Issuer
from stillhouse.ledger.ports import Total
from stillhouse.units.instant import Instant


@dataclass(frozen=True, slots=True)
class Sealed:
    """A finalised document as the store keeps it: its text, and what its ledger entry says."""

    number: str
    kind: str
    total: str
    currency: str
    hash: str
    receipts: int
    root: str
    refers: str
    text: str

    @classmethod
    def of(cls, document: Document) -> Self:
        return cls(
            number=document.number,
            kind=document.kind,
            total=document.total,
            currency=document.currency,
            hash=document.hash,
            receipts=document.receipts.count,
            root=document.receipts.root,
            refers=document.refers,
            text=to_json(document),
        )


Complete = Callable[[int, str], Document | Sealed]
"""(serial, hash of the document before it) -> the finalised document"""


@dataclass(frozen=True, slots=True)
class Brief:
    """A finalised document as a list names it. total: decimal text."""

    account: str
    number: str
    kind: str
    currency: str
    total: str


class Moment(NamedTuple):
    """Where the ledger stood: its newest entry and its newest posting."""

    entry: int
    posting: int


NEVER = Moment(0, 0)


@dataclass(frozen=True, slots=True)
class Held:
    """A draft. text: its canonical JSON.

    as_of: the moment that it was worked out from, when it is all that its invoice will be; else
    NEVER. approval: the entry that says by which digest its text was approved; 0: none.
    """

    account: str
    period: str
    text: str
    state: Literal["draft", "approved"]
    drafted_at: Instant
    drafted_by: str
    approved_at: Instant | None = None
    approved_by: str | None = None
    as_of: Moment = NEVER
    approval: int = 0


@dataclass(frozen=True, slots=True)
class Issued:
    """A finalised document. reopens: see the table."""

    issuer: str
    serial: int
    number: str
    kind: str
    account: str
    period: str
    refers: str
    reopens: bool
    request: str
    hash: str
    text: str
    finalised_at: Instant


class Unread(NamedTuple):
    """A segment whose receipts nobody has looked at for evidence. path: below the data folder."""

    id: str
    writer: int
    file: int
    path: str


@dataclass(frozen=True, slots=True)
class Closing:
    """One moment of the ledger: its newest segment's entry, and an account's totals at it.

    months: the totals of each month that was asked for, by month (`ledger.fold.by_month`) or by
    day.
    """

    upto: int
    months: dict[str, list[Total]]


class InvoiceStore(Protocol):
    """Settings, rates, contracts, drafts, documents."""

    def book_saving(self, saving: Saving, *, at: Instant) -> bool:
        """Enter what a release saved in a month; False: that figure is entered already."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """Changes made inside are durable together; one that fails is undone alone."""
        ...

    def issuer(self, ident: str) -> Issuer: ...
    def issuers(self) -> list[Issuer]: ...
    def set_issuer(self, issuer: Issuer, *, at: Instant, actor: str) -> None: ...
    def customer(self, account: str) -> Customer: ...
    def set_customer(
        self, account: str, customer: Customer, *, at: Instant, actor: str
    ) -> None: ...
    def rates(self) -> list[StoredRate]:
        """In the order in which they were stored."""
        ...

    def set_rate(self, rate: StoredRate, *, at: Instant, actor: str) -> bool:
        """False: it was the newest for its pair, policy and day already."""
        ...

    def contracts(self, account: str | None = None) -> list[Contract]:
        """In the order in which they were stored."""
        ...

    def set_contract(self, contract: Contract, *, at: Instant, actor: str) -> bool:
        """False: the newest version since this month says the same."""
        ...

    def moment(self) -> Moment:
        """Where the ledger stands now."""
        ...

    def moved(self, since: int) -> tuple[int, int]:
        """(newest entry; the newest after `since` that could change a draft, 0: none).

        Segments and documents are not told here: see `posted_since` and `newest_of`.
        """
        ...

    def posted_since(self, posting: int, *, upto: str) -> bool:
        """Whether receipts of days up to this one were posted later than this posting."""
        ...

    def newest_of(self, account: str) -> tuple[str, int]:
        """(hash, entry) of the account's newest document; ("", 0) without one."""
        ...

    def times_reopened(self, account: str, period: str) -> int: ...
    def was_approved(self, held: Held) -> bool:
        """Whether its text is what its approval's entry says."""
        ...

    def hold_draft(
        self,
        account: str,
        period: str,
        text: str,
        *,
        as_of: Moment = NEVER,
        at: Instant,
        actor: str,
    ) -> Held: ...
    def approve_draft(
        self, account: str, period: str, text: str, *, at: Instant, actor: str
    ) -> Held:
        """Approve this very text. Raises ConflictError when the draft is another one by now."""
        ...

    def draft(self, account: str, period: str) -> Held | None: ...
    def drafts(self) -> list[Held]: ...
    def closing(self, account: str, months: Sequence[str], *, daily: bool = False) -> Closing: ...
    def unread(self, months: Sequence[str]) -> list[Unread]:
        """Segments that may hold receipts of these months and have no evidence yet."""
        ...

    def keep_evidence(self, segment: str, parts: Iterable[Part]) -> bool:
        """All that is known of a segment's receipts. False: it was kept before."""
        ...

    def forget_evidence(self) -> None:
        """It is made again from the segments' files when it is needed."""
        ...

    def evidence(self, account: str, covers: Iterable[Cover]) -> list[Part]:
        """The parts of these entries' segments, in the order of a document's leaves."""
        ...

    def segment_path(self, writer: int, file: int) -> str: ...

    def issue(
        self,
        complete: Complete,
        *,
        request: str,
        basis: str,
        draft: str | Held,
        reopens: bool = False,
        issuer: str,
        account: str,
        period: str,
        at: Instant,
        actor: str,
    ) -> Issued:
        """Give a document the next number of its issuer, for good.

        Args:
            complete: called with the serial and the hash to follow, inside the transaction.
            request: what was asked for; if it was issued before, that document comes back.
            basis: hash of the account's newest document when this one was worked out, or "".
            draft: the approved draft that it is made from, or its text; "" for a credit note.
            reopens: see `Issued`.
            issuer: whose number it takes.
            account: whose document it is.
            period: its month.
            at: now.
            actor: who asks.

        Raises:
            ConflictError: another document of the account came between, or the draft changed.
        """
        ...

    def documents(self, *, account: str | None = None, period: str | None = None) -> list[Issued]:
        """In the order in which they were finalised."""
        ...

    def document(self, number: str) -> Issued: ...
    def issued_since(self, entry: int, *, limit: int) -> list[tuple[int, Issued]]:
        """The next documents whose ledger entries come after this one, each with its entry."""
        ...

    def drafts_changed(self, since: int) -> tuple[int, set[tuple[str, str]]]:
        """The ledger's newest entry; (account, period) of drafts that changed after `since`."""
        ...

    def briefs(self, period: str) -> list[Brief]:
        """Documents of a month, without their texts, in the order of their entries."""
        ...

    def reopened(self, period: str) -> set[str]:
        """Numbers of the invoices of a month that were taken back so that it is open again."""
        ...

    def to_invoice(self, month: str) -> list[str]:
        """Accounts with usage in this month, a contract, or an invoice before, by id."""
        ...

    def project_names(self) -> dict[str, dict[str, str]]:
        """Account -> (project -> name)."""
        ...

    def held(self, month: str) -> dict[str, str]:
        """Account -> state of its draft of this month."""
        ...

    def requested(self, request: str) -> Issued | None: ...
