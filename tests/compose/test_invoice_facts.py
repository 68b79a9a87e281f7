"""The books of one account against a reference in a few lines, over any order of what can happen.

Calls on time and late, price changes, drafts, approvals, closes, credits, months opened again and
rate changes: after each step the documents are what the reference says, to the pico-unit.
"""

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.compose.sales import NOW, WHO, Sales, at, sale

from stillhouse.billing.check import check, check_previous
from stillhouse.billing.credit import CreditError, Take
from stillhouse.billing.document import Document, from_json
from stillhouse.billing.fx import StoredRate
from stillhouse.billing.inclusion import check_inclusion
from stillhouse.billing.settings import Issuer, TaxRule
from stillhouse.billing.states import AlreadyCreditedError, StepError
from stillhouse.compose.closing import StaleDraftError
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Usage

MONTHS = ["2026-10", "2026-11", "2026-12"]
PRICES = [sale(input=2_500_001, output=9_999_999), sale(input=3_000_000, output=10_000_000)]
LineKey = tuple[str, str, str, str]
"""month, workload, tariff, meter"""


@dataclass
class Call:
    month: str
    workload: str
    price: int
    tokens: tuple[int, int]
    ident: str
    invoice: str = ""


@dataclass
class Reference:
    """What must be so: no tables, no hashes, no watermark; a list of calls and who charged them."""

    calls: list[Call] = field(default_factory=list)
    rates: dict[str, str] = field(default_factory=dict)
    state: dict[str, str] = field(default_factory=lambda: dict.fromkeys(MONTHS, "open"))
    invoice: dict[str, str] = field(default_factory=dict)
    approved: dict[str, object] = field(default_factory=dict)
    left: dict[str, Counter[int]] = field(default_factory=dict)
    """number -> line -> rupiah that were not taken back"""

    def to_charge(self, month: str) -> list[Call]:
        return [
            c
            for c in self.calls
            if not c.invoice and (c.month == month or (c.month < month and c.month in self.invoice))
        ]

    def lines(self, month: str) -> dict[LineKey, tuple[int, int, int]]:
        """line -> tokens, pico-dollars, rupiah."""
        found: dict[LineKey, int] = {}
        for c in self.to_charge(month):
            for meter, n in zip(("input", "output"), c.tokens, strict=True):
                key = (c.month, c.workload, str(PRICES[c.price].id), meter)
                found[key] = found.get(key, 0) + n
        rate = Decimal(self.rates[month])
        made: dict[LineKey, tuple[int, int, int]] = {}
        for key, n in found.items():
            if n:
                price = next(p for p in PRICES if p.id == key[2]).prices[_place(key[3])]
                rupiah = (Decimal(n * price) * rate / 10**12).quantize(Decimal(1), ROUND_HALF_EVEN)
                made[key] = (n, n * price, int(rupiah))
        return made

    def facts(self, month: str) -> object:
        return (sorted(self.lines(month).items()), len(self.to_charge(month)))


def _place(meter: str) -> int:
    return {"input": 0, "output": 4}[meter]


class Books(RuleBasedStateMachine):
    """Each rule does one thing to both sides and compares what came of it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="invoices-"))
        self.sales = Sales.found(self.folder, *PRICES)
        self.account = self.sales.account("acme")
        self.reference = Reference()
        self.price = 0
        self.issued: list[Document] = []
        self.sales.store.set_issuer(
            Issuer(name="Toko", currency="IDR", taxes=(TaxRule(name="PPN", rate_bp=1100),)),
            at=NOW,
            actor=WHO,
        )
        for month in MONTHS:
            self._set_rate(month, "16100.25")

    def teardown(self) -> None:
        self.sales.close()
        shutil.rmtree(self.folder)

    def _set_rate(self, month: str, rate: str) -> None:
        stored = StoredRate(
            base="USD", quote="IDR", rate=rate, date=f"{month}-28", policy="month_end", source="x"
        )
        self.sales.store.set_rate(stored, at=NOW, actor=WHO)
        self.reference.rates[month] = rate

    months = st.sampled_from(MONTHS)

    @rule(
        month=months,
        day=st.integers(1, 28),
        tokens=st.tuples(st.integers(0, 10**7), st.integers(0, 10**6)),
        workload=st.sampled_from(["", "chat"]),
    )
    def call(self, month: str, day: int, tokens: tuple[int, int], workload: str) -> None:
        """On time or, where the month is closed, late."""
        usage = Usage(input=tokens[0], output=tokens[1], requests=1)
        [ident] = self.sales.sell(
            self.account,
            at(f"{month}-{day:02d}"),
            usage,
            price=PRICES[self.price],
            workload=workload,
        )
        self.reference.calls.append(Call(month, workload, self.price, tokens, ident))

    @rule()
    def change_the_price(self) -> None:
        self.price = 1 - self.price

    @rule(month=months, rate=st.sampled_from(["15000", "16100.25", "17000.5"]))
    def change_the_rate(self, month: str, rate: str) -> None:
        self._set_rate(month, rate)

    @rule(month=months)
    def draft(self, month: str) -> None:
        r = self.reference
        if r.state[month] in {"finalised", "credited"}:
            with pytest.raises(StepError):
                self._do("draft", month)
            return
        document = self._do("draft", month)
        r.state[month] = "draft"
        r.approved.pop(month, None)
        self._same(document, month)

    @rule(month=months)
    def approve(self, month: str) -> None:
        r = self.reference
        if r.state[month] in {"open", "finalised", "credited"}:
            with pytest.raises(StepError):
                self._do("approve", month)
            return
        drafted = self._do("approve", month)
        r.state[month] = "approved"
        r.approved[month] = _facts(drafted)

    @rule(month=months)
    def finalise(self, month: str) -> None:
        r = self.reference
        if r.state[month] in {"open", "draft"}:
            with pytest.raises(StepError):
                self._do("finalise", month)
            return
        if r.state[month] in {"finalised", "credited"}:
            assert r.invoice[month] == self._do("finalise", month).number
            return
        if r.approved[month] != r.facts(month):
            with pytest.raises(StaleDraftError):
                self._do("finalise", month)
            return
        charged = r.to_charge(month)
        lines = r.lines(month)
        document = self._do("finalise", month)
        self._issued(document)
        assert lines == _lines(document)
        assert len(charged) == document.receipts.count
        for call in charged:
            call.invoice = document.number
        r.invoice[month], r.state[month] = document.number, "finalised"
        r.left[document.number] = Counter(
            {line.id: int(line.amount or "0") for line in document.lines}
        )
        ids = [call.ident for call in charged[:3]]
        if ids:
            proof = self.sales.invoices.proof(document.number, ids)
            assert [] == check_inclusion(document, proof, ids)

    @rule(month=months)
    def close(self, month: str) -> None:
        """All three steps, or a machine of random ones would seldom get so far."""
        if self.reference.state[month] in {"open", "draft", "approved"}:
            self.draft(month)
            self.approve(month)
        self.finalise(month)

    def _closed(self) -> list[str]:
        return [m for m in MONTHS if m in self.reference.invoice]

    @precondition(lambda self: self._closed())
    @rule(data=st.data(), share=st.integers(1, 100))
    def credit_a_part(self, data: st.DataObject, share: int) -> None:
        month = data.draw(st.sampled_from(self._closed()))
        number = self.reference.invoice[month]
        left = self.reference.left[number]
        lines = [line for line, rupiah in left.items() if rupiah * share // 100]
        if not lines:
            return
        line = data.draw(st.sampled_from(sorted(lines)))
        amount = left[line] * share // 100
        with pytest.raises(CreditError, match="left, not"):
            self._credit(number, Take(line, amount=str(left[line] + 1)))
        note = self._credit(number, Take(line, amount=str(amount)))
        self._issued(note)
        left[line] -= amount
        assert str(-amount) == note.subtotal

    @precondition(lambda self: self._closed())
    @rule(data=st.data(), reopen=st.booleans())
    def credit_all(self, data: st.DataObject, reopen: bool) -> None:  # noqa: FBT001
        r = self.reference
        month = data.draw(st.sampled_from(self._closed()))
        number = r.invoice[month]
        original = next(d for d in self.issued if d.number == number)
        if r.state[month] == "credited" or not original.lines:
            with pytest.raises((AlreadyCreditedError, CreditError)):
                self._credit(number)
            return
        try:
            note = self._credit(number, reopen=reopen)
        except AlreadyCreditedError:
            assert not any(r.left[number].values())
            return
        self._issued(note)
        assert -sum(r.left[number].values()) == int(note.subtotal)
        r.left[number].clear()
        of_it = [d for d in self.issued if number in {d.number, d.refers}]
        assert 0 == sum(int(d.total) for d in of_it)
        assert 0 == sum(int(line.exact_pico) for d in of_it for line in d.lines)
        if reopen:
            del r.invoice[month]
            r.state[month] = "open"
            for call in r.calls:
                if call.invoice == number:
                    call.invoice = ""
        else:
            r.state[month] = "credited"

    @invariant()
    def finalised_documents_never_move(self) -> None:
        stored = [from_json(each.text) for each in self.sales.store.documents()]

        assert self.issued == stored

    # -- both sides

    def _do(self, step: str, month: str) -> Document:
        done = getattr(self.sales.invoices, step)(self.account, month, at=NOW, actor=WHO)
        document: Document = done.document
        return document

    def _credit(self, number: str, *takes: Take, reopen: bool = False) -> Document:
        return self.sales.invoices.credit(
            number,
            takes,
            reason=f"for {len(self.issued)}",
            reopen=reopen,
            at=Instant(NOW + len(self.issued)),
            actor=WHO,
        ).document

    def _issued(self, document: Document) -> None:
        assert [] == check(document)
        assert f"INV-{len(self.issued) + 1:06d}" == document.number
        if self.issued:
            assert [] == check_previous(document, self.issued[-1])
        self.issued.append(document)

    def _same(self, document: Document, month: str) -> None:
        r = self.reference
        assert r.lines(month) == _lines(document)
        assert len(r.to_charge(month)) == document.receipts.count


def _lines(document: Document) -> dict[LineKey, tuple[int, int, int]]:
    return {
        (line.period, line.workload, line.tariff, line.meter): (
            int(line.quantity),
            int(line.exact_pico),
            int(line.amount or "0"),
        )
        for line in document.lines
    }


def _facts(document: Document) -> object:
    return (sorted(_lines(document).items()), document.receipts.count)


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
