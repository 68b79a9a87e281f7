"""Everything that an invoice is worked out from, gathered: totals, receipts, rates, the past.

    ledger at one moment (newest entry + totals by month) ─┐
    journals that are not sealed (drafts only)             ├─> billing.draft
    evidence of those entries' segments                   ─┘

The newest entry is the watermark: receipts that it and earlier entries posted are covered, and no
later one. Totals and entry are read in one transaction, so they are of the same receipts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stillhouse.billing.contract import Contract, in_force
from stillhouse.billing.corrections import uncovered
from stillhouse.billing.document import Document, from_json
from stillhouse.billing.draft import Facts, draft
from stillhouse.billing.evidence import evidence
from stillhouse.billing.ports import Issued
from stillhouse.billing.settings import Form, form
from stillhouse.compose.books import Books
from stillhouse.compose.evidence import prepare
from stillhouse.compose.stores import WholeStore
from stillhouse.ledger.fold import by_month, fold, merge
from stillhouse.ledger.ports import Total
from stillhouse.ledger.receipt import Receipt
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
        months = [*earlier, period]
        contracts = self.store.contracts(owner.id)
        agreed: dict[str, Contract] = {}
        for month in months:
            version = in_force(contracts, month)
            if version is not None:
                agreed[month] = version
        # Capacity covers a day's tokens of a deployment; everything else is the same by the month.
        daily = any(contract.capacity for contract in agreed.values())
        waiting: list[Receipt] = []
        with self.books.folder.reading():  # or a receipt is missed on its way into a segment
            closing = self.store.closing(owner.id, months, daily=daily)
            if not prove:
                waiting, _ = self.books.waiting(account=owner.id, month=period)
        covers = [
            cover for month in months for cover in uncovered(past.invoices, month, closing.upto)
        ]
        fresh = fold(waiting) if daily else by_month(fold(waiting))
        totals: Mapping[str, Sequence[Total]] = {
            **closing.months,
            period: merge([*closing.months[period], *fresh]),
        }
        prepare(self.data, self.store, months)
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
                evidence=evidence(
                    self.store.evidence(owner.id, covers),
                    covers,
                    month=period,
                    waiting=waiting,
                    prove=prove,
                ),
                projects={
                    p.id: p.name for p in directory.projects.values() if p.account == owner.id
                },
                kind="final_invoice" if final else "invoice",
                provisional=not over,
            )
        )

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
