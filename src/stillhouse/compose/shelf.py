"""What drafts and finalised documents say in short, for a process that is asked again and again.

    entries since the last look ─► documents that are new, drafts that changed ─► their gists

A finalised document never changes, and every change of a draft is an entry of the ledger. So each
text is read once, whoever wrote it, and what is answered is never older than the question. Texts of
five thousand invoices are 400 MB; their gists are three.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from fractions import Fraction

import msgspec

from stillhouse.billing.document import DocumentKind, Fx
from stillhouse.billing.ports import InvoiceStore

PAID_BEFORE = frozenset({"commitment", "prepaid"})
"""Kinds of lines that take off what was paid before: the usage that they pay for is revenue."""
CHUNK = 200
_EXACT = Context(prec=400, traps=[Inexact])


class _Line(msgspec.Struct):
    kind: str
    amount: str | None


class _Said(msgspec.Struct):
    """The part of a document's text that is read here."""

    kind: DocumentKind
    period: str
    currency: str
    unit: str
    total: str
    lines: tuple[_Line, ...]
    number: str = ""
    issued_at: str = ""
    due: str = ""
    fx: tuple[Fx, ...] = ()
    unrated: int = 0
    refers: str = ""


@dataclass(frozen=True, slots=True)
class Gist:
    """A draft (number "") or a finalised document.

    net: before taxes, with what was paid before; main units of `currency`. state: of a draft.
    """

    account: str
    kind: DocumentKind
    period: str
    number: str
    currency: str
    unit: str
    total: str
    net: Fraction
    issued_at: str
    due: str
    fx: tuple[Fx, ...]
    unrated: int
    refers: str
    reopens: bool = False
    state: str = ""


class Shelf:
    """The gists of one store. Several threads may ask."""

    def __init__(self, store: InvoiceStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._seen = 0
        self._drafts: dict[tuple[str, str], Gist] = {}
        self._documents: dict[str, Gist] = {}

    def look(self) -> "Shelf":
        """Read what was finalised, drafted or approved since the last look."""
        with self._lock:
            newest, changed = self._store.drafts_changed(self._seen)
            for number, document in self._issued():
                self._documents[number] = document
            for account, period in changed:
                held = self._store.draft(account, period)
                if held is None:
                    self._drafts.pop((account, period), None)
                else:
                    self._drafts[account, period] = _gist(account, held.text, state=held.state)
            self._seen = newest
        return self

    def _issued(self) -> Iterator[tuple[str, Gist]]:
        since = self._seen
        while rows := self._store.issued_since(since, limit=CHUNK):
            for entry, each in rows:
                since = entry
                yield each.number, _gist(each.account, each.text, reopens=each.reopens)

    @property
    def drafts(self) -> list[Gist]:
        with self._lock:
            return sorted(self._drafts.values(), key=lambda g: (g.period, g.account))

    @property
    def documents(self) -> list[Gist]:
        """In the order in which they were finalised."""
        with self._lock:
            return list(self._documents.values())

    @property
    def counting(self) -> list[Gist]:
        """Without those whose month was opened again, and their notes."""
        documents = self.documents
        reopened = {gist.refers for gist in documents if gist.reopens}
        return [g for g in documents if g.number not in reopened and g.refers not in reopened]


def _gist(account: str, text: str, *, reopens: bool = False, state: str = "") -> Gist:
    said = msgspec.json.decode(text, type=_Said)
    net = Decimal(0)
    for line in said.lines:
        if line.amount is not None and line.kind not in PAID_BEFORE:
            net = _EXACT.add(net, Decimal(line.amount))
    return Gist(
        account=account,
        kind=said.kind,
        period=said.period,
        number=said.number,
        currency=said.currency,
        unit=said.unit,
        total=said.total,
        net=Fraction(net),
        issued_at=said.issued_at,
        due=said.due,
        fx=said.fx,
        unrated=said.unrated,
        refers=said.refers,
        reopens=reopens,
        state=state,
    )
