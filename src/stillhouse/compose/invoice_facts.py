"""Everything that an invoice is worked out from, gathered: totals, receipts, rates, the past.

    ledger at one moment (newest entry + totals by month) ─┐
    journals that are not sealed (drafts only)             ├─> billing.draft
    evidence of those entries' segments                   ─┘

The newest entry is the watermark: receipts that it and earlier entries posted are covered, and no
later one. Totals and entry are read in one transaction, so they are of the same receipts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from stillhouse.billing.contract import Contract, in_force
from stillhouse.billing.corrections import uncovered
from stillhouse.billing.document import Document, from_json
from stillhouse.billing.draft import DraftError, Facts, draft
from stillhouse.billing.evidence import evidence
from stillhouse.billing.fx import StoredRate
from stillhouse.billing.ports import Closing, Issued
from stillhouse.billing.settings import Form, form
from stillhouse.compose.books import Books
from stillhouse.compose.evidence import prepare
from stillhouse.compose.savings import saved
from stillhouse.compose.stores import WholeStore
from stillhouse.ledger.fold import by_month, fold, merge
from stillhouse.ledger.ports import Total
from stillhouse.ledger.receipt import Receipt
from stillhouse.tariff import Tariff
from stillhouse.tenants import Account, Standing
from stillhouse.tenants.key import is_imported
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


@dataclass(frozen=True, slots=True)
class Gathered:
    """One account's part of the ledger at one moment. agreed: contracts, by month.

    daily: totals are by day, not by month.
    """

    owner: Account
    period: str
    past: Past
    months: list[str]
    agreed: Mapping[str, Contract]
    closing: Closing
    daily: bool


class Known:
    """What all accounts' documents are made by. Read once, when it is first asked for."""

    def __init__(self, store: WholeStore) -> None:
        self._store = store

    @cached_property
    def tariffs(self) -> Mapping[str, Tariff]:
        return self._store.tariffs()

    @cached_property
    def rates(self) -> Sequence[StoredRate]:
        return self._store.rates()

    @cached_property
    def projects(self) -> Mapping[str, Mapping[str, str]]:
        """Account -> (project -> name)."""
        return self._store.project_names()


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
            prove: for good: only what is sealed, with the root of its receipts. A draft is that
                as well when the month is over and nothing of it is in flight or unsealed.
        """
        waiting: list[Receipt] = []
        with self.books.folder.reading():  # or a receipt is missed on its way into a segment
            gathered = self.gather(owner, period, past)
            if not prove:
                waiting, flying = self.books.waiting(account=owner.id, month=period)
                prove = month_bounds(period)[1] <= at and not waiting and not flying
        prepare(self.data, self.store, gathered.months)
        return self.write(gathered, waiting, Known(self.store), at=at, prove=prove)

    def gather(self, owner: Account, period: str, past: Past) -> Gathered:
        """What the ledger has of this month, and of those that were invoiced before."""
        months = [*sorted({d.period for d in past.invoices if d.period < period}), period]
        contracts = self.store.contracts(owner.id)
        agreed: dict[str, Contract] = {}
        for month in months:
            version = in_force(contracts, month)
            if version is not None:
                agreed[month] = version
        # Capacity covers a day's tokens of a deployment; everything else is the same by the month.
        daily = any(contract.capacity for contract in agreed.values())
        closing = self.store.closing(owner.id, months, daily=daily)
        return Gathered(owner, period, past, months, agreed, closing, daily=daily)

    def write(
        self,
        gathered: Gathered,
        waiting: Sequence[Receipt],
        known: Known,
        *,
        at: Instant,
        prove: bool,
    ) -> Document:
        """The document; evidence of its months is there. waiting: see `document`."""
        owner, period, past = gathered.owner, gathered.period, gathered.past
        closing = gathered.closing
        covers = [
            cover
            for month in gathered.months
            for cover in uncovered(past.invoices, month, closing.upto)
        ]
        fresh = fold(waiting) if gathered.daily else by_month(fold(waiting))
        totals: Mapping[str, Sequence[Total]] = closing.months
        if fresh:
            totals = {**closing.months, period: merge([*closing.months[period], *fresh])}
        parts = self.store.evidence(owner.id, covers)
        said = evidence(parts, covers, month=period, waiting=waiting, prove=prove)
        if not past.invoices:
            _check_counts(said.proof.count, totals[period], period)
        over = month_bounds(period)[1] <= at
        final = not over and owner.standing is Standing.SUSPENDED
        return draft(
            Facts(
                account=owner.id,
                period=period,
                totals=totals,
                tariffs=known.tariffs,
                form=self._with_savings(self.form(owner), owner.id, period),
                rates=known.rates,
                contracts=gathered.agreed,
                documents=past.counting,
                evidence=said,
                projects=known.projects.get(owner.id, {}),
                kind="final_invoice" if final else "invoice",
                provisional=not over,
            )
        )

    def _with_savings(self, form: Form, account: str, month: str) -> Form:
        """Its notes say what the account's own models saved; no sum contains it."""
        if not self.store.releases(account=account):
            return form
        totals = self.books.totals(account=account, month=month)
        told = saved(self.store, totals, month=month, account=account)
        return replace(form, notes=(*form.notes, *(each.words for each in told)))

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


def _check_counts(counted: int, totals: Sequence[Total], period: str) -> None:
    """Totals and receipts were read in two ways: an account's first invoice has all of both.

    Raises:
        DraftError: they are not of the same receipts.
    """
    summed = sum(total.receipts for total in totals if not is_imported(total.key))
    if summed != counted:
        raise DraftError(
            f"totals of {period} are of {summed} receipts, and its segments have {counted}: run"
            " `stillhouse verify`"
        )
