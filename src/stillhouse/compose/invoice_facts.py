"""Everything that an invoice is worked out from, gathered: totals, receipts, rates, the past.

    ledger at one moment (newest entry + totals) ─┐
    journals that are not sealed (drafts only)    ├─> billing.draft
    receipts of those entries (counts, leaves)   ─┘

The newest entry is the watermark: receipts that it and earlier entries posted are covered, and no
later one. Totals and entry are read in one transaction, so they are of the same receipts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stillhouse.billing.contract import Contract, in_force
from stillhouse.billing.corrections import uncovered
from stillhouse.billing.document import Cover, Document, Proof, from_json
from stillhouse.billing.draft import Evidence, Facts, draft
from stillhouse.billing.merkle import Tree
from stillhouse.billing.ports import Issued
from stillhouse.billing.settings import Form, form
from stillhouse.compose.books import Books
from stillhouse.compose.stores import WholeStore
from stillhouse.ledger.fold import fold, merge
from stillhouse.ledger.ports import Total
from stillhouse.ledger.receipt import Receipt
from stillhouse.store.evidence import AccountReceipts, Part
from stillhouse.store.lake import table
from stillhouse.tenants import Account, Standing
from stillhouse.units.instant import Instant, month_bounds


@dataclass(frozen=True, slots=True)
class Past:
    """What was finalised for an account.

    reopened: invoices whose month was opened again; neither they nor their notes count any more.
    """

    issued: list[Issued] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    reopened: frozenset[str] = frozenset()

    @property
    def newest(self) -> str:
        return self.issued[-1].hash if self.issued else ""

    @property
    def counting(self) -> list[Document]:
        return [
            self.documents[each.number]
            for each in self.issued
            if each.number not in self.reopened and each.refers not in self.reopened
        ]

    @property
    def invoices(self) -> list[Document]:
        return [d for d in self.counting if d.kind != "credit_note"]

    def of(self, period: str) -> Document | None:
        return next((d for d in reversed(self.invoices) if d.period == period), None)

    def notes(self, number: str) -> list[Document]:
        return [self.documents[e.number] for e in self.issued if e.refers == number]

    def times_reopened(self, period: str) -> int:
        return sum(self.documents[number].period == period for number in self.reopened)


class InvoiceFacts:
    """Gathers for one data folder."""

    def __init__(self, data: Path, store: WholeStore, books: Books) -> None:
        self.data, self.store, self.books = data, store, books

    def document(
        self, owner: Account, period: str, past: Past, *, at: Instant, prove: bool = False
    ) -> Document:
        """The document as it would be now.

        Args:
            owner: whose.
            period: its month.
            past: what was finalised for the account.
            at: now.
            prove: for good: only what is sealed, with the root of its receipts.
        """
        earlier = sorted({d.period for d in past.invoices if d.period < period})
        waiting: list[Receipt] = []
        with self.books.folder.reading():  # or a receipt is missed on its way into a segment
            closing = self.store.closing(owner.id, [*earlier, period])
            if not prove:
                waiting, _ = self.books.waiting(account=owner.id, month=period)
        covers = [
            cover
            for month in [*earlier, period]
            for cover in uncovered(past.invoices, month, closing.upto)
        ]
        totals: Mapping[str, Sequence[Total]] = {
            **closing.months,
            period: merge([*closing.months[period], *fold(waiting)]),
        }
        contracts = self.store.contracts(owner.id)
        agreed: dict[str, Contract] = {}
        for month in totals:
            version = in_force(contracts, month)
            if version is not None:
                agreed[month] = version
        directory = self.store.directory()
        over = month_bounds(period)[1] <= at
        final = not over and owner.standing is Standing.SUSPENDED
        return draft(
            Facts(
                account=owner.id,
                period=period,
                totals=totals,
                tariffs=self.store.tariffs(),
                form=self.form(owner),
                rates=self.store.rates(),
                contracts=agreed,
                documents=past.counting,
                evidence=self._evidence(owner.id, period, covers, waiting, prove=prove),
                projects={
                    p.id: p.name for p in directory.projects.values() if p.account == owner.id
                },
                kind="final_invoice" if final else "invoice",
                provisional=not over,
            )
        )

    def _evidence(
        self,
        account: str,
        period: str,
        covers: Sequence[Cover],
        waiting: Sequence[Receipt],
        *,
        prove: bool,
    ) -> Evidence:
        start, end = month_bounds(period)
        tail = (Part(period, start, end, ()), table(waiting)) if waiting else None
        with AccountReceipts(account, self.parts(covers), tail) as said:
            writers, odd = said.writers(), said.exceptions()
            root = ""
            if prove:
                tree = Tree()
                for batch in said.leaves():
                    tree.add(batch)
                root = tree.root().hex()
            return Evidence(
                proof=Proof(
                    count=sum(w.count for w in writers),
                    root=root,
                    writers=writers,
                    covers=tuple(covers) if prove else (),
                ),
                broken=odd.broken,
                estimated=odd.estimated,
                unrated=odd.unrated,
            )

    def parts(self, covers: Sequence[Cover]) -> list[Part]:
        parts = []
        for cover in covers:
            start, end = month_bounds(cover.period)
            paths = self.store.recorded(after=cover.after, upto=cover.upto)
            # A segment's month is that of its last settlement: an earlier one has no call of ours.
            chosen = [p for p in paths if Path(p).parts[1] >= cover.period]
            parts.append(Part(cover.period, start, end, tuple(self.data / path for path in chosen)))
        return parts

    def form(self, owner: Account) -> Form:
        customer = self.store.customer(owner.id)
        issuer = self.store.issuer(customer.issuer)
        return form(issuer, customer, account=owner.id, name=owner.name)

    def past(self, account: str) -> Past:
        issued = self.store.documents(account=account)
        return Past(
            issued=issued,
            documents={each.number: from_json(each.text) for each in issued},
            reopened=frozenset(each.refers for each in issued if each.reopens),
        )
