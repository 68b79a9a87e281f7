"""A month becomes an invoice once, whatever is asked twice, comes late, or changes meanwhile."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from tests.compose.sales import NOW, Sales, at
from tests.worker.house import House

from stillhouse.billing.check import check, check_previous
from stillhouse.billing.credit import CreditTooLargeError, Take
from stillhouse.billing.document import Document, from_json
from stillhouse.billing.fx import MissingRateError, StoredRate
from stillhouse.billing.inclusion import check_inclusion
from stillhouse.billing.settings import Issuer, TaxRule
from stillhouse.billing.states import (
    AlreadyCreditedError,
    AlreadyFinalisedError,
    NotApprovedError,
    NotDraftedError,
)
from stillhouse.compose.closing import (
    NoIssuerError,
    PeriodOpenError,
    StaleDraftError,
    UnpricedError,
)
from stillhouse.compose.evidence import NotIncludedError
from stillhouse.compose.invoices import Invoices
from stillhouse.compose.stores import open_store
from stillhouse.ledger.entries import check as check_chain
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.tenants import Standing
from stillhouse.units.instant import DAY, Instant
from stillhouse.units.usage import Usage

MONTH = "2026-11"
WHO = "test"
BIG = Usage(input=1_000_000, output=50_000, requests=1)  # 2.50 + 0.50 USD


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House.found(tmp_path / "data")
    yield built
    built.close()


class Desk:
    """An operator at a house, a week after the month."""

    def __init__(self, house: House, *, issuer: Issuer | None = None) -> None:
        self.house, self.account = house, house.account
        self.store = open_store(house.data)
        self.invoices = Invoices(house.data, self.store)
        self.at = Instant(house.at + 10 * DAY)
        self.store.set_issuer(issuer or Issuer(name="Stillhouse"), at=self.at, actor=WHO)

    def sell(self, *usages: Usage, day: int = 0, seal: bool = True) -> list[str]:
        """Calls on a day of the house's month, sealed; their ids."""
        house = self.house
        before = house.at
        house.at = Instant(before + day * DAY)
        gateway = house.gateway()
        ids = [gateway.call(usage).id for usage in usages]
        gateway.journal.flush()
        gateway.stop()
        if seal:
            house.recover()
        house.at = before
        return ids

    def draft(self, period: str = MONTH) -> Document:
        return self.invoices.draft(self.account, period, at=self.at, actor=WHO).document

    def approve(self, period: str = MONTH) -> Document:
        return self.invoices.approve(self.account, period, at=self.at, actor=WHO).document

    def finalise(self, period: str = MONTH) -> Document:
        return self.invoices.finalise(self.account, period, at=self.at, actor=WHO).document

    def close(self, period: str = MONTH) -> Document:
        self.draft(period)
        self.approve(period)
        return self.finalise(period)

    def credit(self, number: str, *takes: Take, reason: str = "agreed") -> Document:
        return self.invoices.credit(number, takes, reason=reason, at=self.at, actor=WHO).document


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    made = Desk(house)
    yield made
    made.store.close()


def test_a_month_becomes_an_invoice_that_holds_by_itself(desk: Desk) -> None:
    ids = desk.sell(BIG, BIG)
    document = desk.close()
    proof = desk.invoices.proof(document.number, ids)

    assert ("INV-000001", "6.00") == (document.number, document.total)
    assert [("input", "2000000", "5.00"), ("output", "100000", "1.00")] == [
        (line.meter, line.quantity, line.amount) for line in document.lines
    ]
    assert [] == check(document)
    assert [] == check_inclusion(document, proof, ids)
    assert 2 == document.receipts.count
    assert check_chain(desk.store.entries()) is None


def test_asking_twice_gives_the_same(desk: Desk) -> None:
    desk.sell(BIG)
    first, again = desk.draft(), desk.draft()
    assert first == again
    assert desk.approve() == desk.approve()
    done = desk.finalise()
    entries = len(list(desk.store.entries()))
    desk.at = Instant(desk.at + DAY)

    assert done == desk.finalise()
    assert entries == len(list(desk.store.entries()))
    with pytest.raises(AlreadyFinalisedError):
        desk.draft()


def test_steps_out_of_order_are_refused_by_name(desk: Desk) -> None:
    desk.sell(BIG)
    with pytest.raises(NotDraftedError):
        desk.approve()
    with pytest.raises(NotDraftedError):
        desk.finalise()
    desk.draft()
    with pytest.raises(NotApprovedError, match="is not approved"):
        desk.finalise()
    with pytest.raises(NotFoundError):
        desk.credit("INV-000001")


def test_a_month_that_is_not_over_is_drafted_and_not_closed(desk: Desk) -> None:
    desk.sell(BIG)
    desk.at = desk.house.at
    desk.draft()

    with pytest.raises(PeriodOpenError, match="is not over until 2026-12-01T00:00:00Z"):
        desk.approve()


def test_calls_that_still_arrive_keep_a_month_open(desk: Desk) -> None:
    desk.sell(BIG)
    gateway = desk.house.gateway()
    seq = gateway.open()
    gateway.journal.flush()
    desk.draft()
    desk.approve()
    with pytest.raises(PeriodOpenError, match=r"1 calls of acme .* are in flight"):
        desk.finalise()
    gateway.close(seq, BIG)
    gateway.journal.flush()
    with pytest.raises(PeriodOpenError, match=r"1 receipts of acme .* not sealed"):
        desk.finalise()
    gateway.stop()
    desk.house.recover()
    with pytest.raises(StaleDraftError, match=r"came to USD 3.00, and comes to USD 6.00"):
        desk.finalise()

    assert "6.00" == desk.close().total


def test_what_comes_late_is_a_correction_and_the_old_invoice_does_not_move(desk: Desk) -> None:
    desk.sell(BIG)
    old = desk.close()
    late = desk.sell(BIG, day=1)
    december = desk.sell(BIG, day=10)
    desk.at = Instant(desk.at + 31 * DAY)
    new = desk.close("2026-12")

    assert [("usage", "2026-12"), ("usage", "2026-12")] + [("correction", MONTH)] * 2 == [
        (line.kind, line.period) for line in new.lines
    ]
    assert "6.00" == new.total
    assert old == desk.invoices.document(old.number).document
    assert [] == [*check(new), *check_previous(new, old)]
    assert [] == check_inclusion(new, desk.invoices.proof(new.number, late + december))
    with pytest.raises(NotIncludedError, match=late[0]):
        desk.invoices.proof(old.number, late)
    assert 0 == len(desk.invoices.corrections(desk.account, at=desk.at).lines)


def test_a_credit_note_takes_back_and_the_same_again_is_the_same_note(desk: Desk) -> None:
    desk.sell(BIG)
    done = desk.close()
    part = desk.credit(done.number, Take(1, amount="1.00"))

    assert part == desk.credit(done.number, Take(1, amount="1.00"))
    assert ("-1.00", done.number, part.previous) == (part.total, part.refers, done.hash)
    with pytest.raises(CreditTooLargeError, match=r"has USD 1.50 left, not 1.51"):
        desk.credit(done.number, Take(1, amount="1.51"))
    rest = desk.credit(done.number, reason="all of it")
    nets = sum(Decimal(d.total) for d in (done, part, rest))
    exact = sum(int(line.exact_pico) for d in (done, part, rest) for line in d.lines)

    assert (0, 0) == (nets, exact)
    assert [] == [f for d in (part, rest) for f in check(d)]
    with pytest.raises(AlreadyCreditedError):
        desk.credit(done.number, reason="again")
    assert "credited" == desk.invoices.document(done.number).row.state


def test_a_month_that_is_opened_again_is_invoiced_again_with_what_was_late(desk: Desk) -> None:
    ids = desk.sell(BIG)
    wrong = desk.close()
    ids += desk.sell(BIG)
    desk.invoices.credit(wrong.number, reason="wrong name", reopen=True, at=desk.at, actor=WHO)
    right = desk.close()

    assert ("INV-000003", "6.00") == (right.number, right.total)
    assert [] == check_inclusion(right, desk.invoices.proof(right.number, ids), ids)


def test_an_invoice_needs_an_issuer(house: House) -> None:
    desk = Desk(house, issuer=Issuer())
    desk.sell(BIG)
    desk.draft()

    with pytest.raises(NoIssuerError, match="stillhouse invoices settings"):
        desk.approve()
    desk.store.close()


def test_rupiah_need_a_rate_and_take_the_stored_one(house: House) -> None:
    tax = TaxRule(name="PPN", rate_bp=1100)
    desk = Desk(house, issuer=Issuer(name="Toko", currency="IDR", language="id", taxes=(tax,)))
    desk.sell(BIG)
    with pytest.raises(MissingRateError, match="stillhouse fx set USD IDR RATE"):
        desk.draft()
    rate = StoredRate(
        base="USD", quote="IDR", rate="16100", date="2026-11-30", policy="month_end", source="BI"
    )
    desk.store.set_rate(rate, at=desk.at, actor=WHO)
    done = desk.close()
    desk.store.set_rate(msgspec.structs.replace(rate, rate="17000"), at=desk.at, actor=WHO)
    note = desk.credit(done.number, Take(1, quantity=500_000))

    assert ("48300", "5313", "53613") == (done.subtotal, done.tax, done.total)
    assert ("16100", "-20125", "-2214") == (note.lines[0].rate, note.subtotal, note.tax)
    assert [] == [*check(done), *check(note)]
    desk.store.close()


def test_a_changed_rate_or_setting_asks_for_another_approval(desk: Desk) -> None:
    desk.sell(BIG)
    desk.draft()
    desk.approve()
    desk.store.set_issuer(
        Issuer(name="Stillhouse", taxes=(TaxRule(name="VAT", rate_bp=2000),)), at=desk.at, actor=WHO
    )

    with pytest.raises(StaleDraftError):
        desk.finalise()


def test_the_list_shows_drafts_and_documents(desk: Desk) -> None:
    desk.sell(BIG)
    desk.sell(BIG, day=10)
    done = desk.close()
    desk.credit(done.number, Take(1, amount="0.50"))
    desk.draft("2026-12")

    assert [
        ("draft", "", "3.00", "0"),
        ("finalised", "INV-000001", "3.00", "0.50"),
        ("finalised", "INV-000002", "-0.50", "0.00"),
    ] == [(r.state, r.number, r.total, r.credited) for r in desk.invoices.rows()]


def test_an_edited_draft_cannot_be_approved_unseen(desk: Desk) -> None:
    desk.sell(BIG)
    desk.draft()
    with pytest.raises(ConflictError, match="made again meanwhile"):
        desk.store.approve_draft(desk.account, MONTH, "{}", at=desk.at, actor=WHO)
    held = desk.store.draft(desk.account, MONTH)

    assert held is not None
    assert "draft" == held.state
    assert from_json(held.text).total == "3.00"


def test_a_suspended_account_gets_its_final_invoice_before_the_month_is_over(desk: Desk) -> None:
    desk.sell(BIG)
    after, desk.at = desk.at, Instant(desk.house.at + DAY)
    desk.store.set_standing(desk.account, Standing.SUSPENDED, reason="terms", at=desk.at, actor=WHO)
    final = desk.close()
    desk.store.set_standing(desk.account, Standing.ACTIVE, reason="mended", at=desk.at, actor=WHO)
    desk.sell(BIG, day=2)
    desk.sell(BIG, day=10)
    desk.at = Instant(after + 31 * DAY)
    december = desk.close("2026-12")

    assert ("final_invoice", "3.00") == (final.kind, final.total)
    assert [
        ("usage", "2.50"),
        ("usage", "0.50"),
        ("correction", "2.50"),
        ("correction", "0.50"),
    ] == [(line.kind, line.amount) for line in december.lines]


def test_use_without_a_price_is_finalised_only_when_asked(desk: Desk) -> None:
    desk.sell(BIG, Usage(audio_in=9, requests=1))
    desk.draft()
    desk.approve()
    with pytest.raises(UnpricedError, match=r"1 receipts of acme .* --leave-unpriced"):
        desk.finalise()
    done = desk.invoices.finalise(
        desk.account, MONTH, leave_unpriced=True, at=desk.at, actor=WHO
    ).document

    assert (1, "3.00", [None]) == (
        done.unrated,
        done.total,
        [line.amount for line in done.lines if line.meter == "audio_in"],
    )


def test_what_was_imported_from_other_logs_is_not_invoiced(tmp_path: Path) -> None:
    sales = Sales.found(tmp_path)
    account = sales.account("acme")
    sales.sell(account, at("2026-10-05"), BIG)
    sales.sell(account, at("2026-10-06"), BIG, key="import:log")
    sales.store.set_issuer(Issuer(name="S"), at=NOW, actor=WHO)
    for step in ("draft", "approve", "finalise"):
        done = getattr(sales.invoices, step)(account, "2026-10", at=NOW, actor=WHO).document
    sales.close()

    assert ("3.00", 1) == (done.total, done.receipts.count)
