"""Whom a case suspends has one draft of a final invoice, once nothing of it is on its way."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.guard.cases import ADA, BEN, WHY, evidence
from tests.worker.house import House

from stillhouse.billing.document import from_json
from stillhouse.billing.settings import Issuer
from stillhouse.compose import cases
from stillhouse.compose.final_invoices import LAST_ADMITTED_US, draft_final
from stillhouse.compose.invoices import Invoices
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.guard.case import INVOICED, MACHINE, Case, FinalInvoice
from stillhouse.guard.decisions import found
from stillhouse.guard.ladder import Level
from stillhouse.ledger.entries import check
from stillhouse.tenants import Standing
from stillhouse.units.instant import DAY, Instant
from stillhouse.units.usage import Usage

MONTH = "2026-11"
BIG = Usage(input=1_000_000, requests=1)  # 2.50 USD


class Desk:
    """A house with one account in a case, and what was said of its final invoice."""

    def __init__(self, house: House, store: WholeStore) -> None:
        self.house, self.store = house, store
        self.said: list[str] = []
        first = evidence(2e5, at=house.at, level=Level.SUSPEND)
        events = found(None, cases.new_id(), (house.account,), first)
        case = cases.write(store, None, events)
        assert case is not None
        self.ident = case.id

    @property
    def case(self) -> Case:
        return cases.read(self.store, self.ident)

    def suspend(self) -> None:
        for who in (ADA, BEN):
            cases.decide(self.store, self.case, "suspend", who, WHY, self.house.at)

    def look(self, *, later: int = LAST_ADMITTED_US) -> int:
        """Of how many accounts calls are on their way."""
        now = Instant(self.house.at + later)
        return draft_final(
            self.house.data, self.store, now, lambda event, **_: self.said.append(event)
        )

    def sell(self) -> None:
        gateway = self.house.gateway()
        gateway.call(BIG)
        gateway.journal.flush()
        gateway.stop()
        self.house.recover()

    @property
    def draft(self) -> tuple[str, str, str]:
        """(state, kind, total)."""
        held = self.store.draft(self.house.account, MONTH)
        assert held is not None
        document = from_json(held.text)
        return held.state, document.kind, document.total

    @property
    def named(self) -> list[str]:
        return [e.kind for e in self.case.events if e.kind == INVOICED]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    house = House.found(tmp_path / "data")
    with closing(open_store(house.data)) as store:
        store.set_issuer(Issuer(name="Stillhouse"), at=house.at, actor="test")
        yield Desk(house, store)
    house.close()


def test_it_is_drafted_once_named_in_the_case_and_waits_for_a_person(desk: Desk) -> None:
    desk.sell()
    desk.suspend()
    assert 0 == desk.look()
    assert 0 == desk.look()

    assert ("draft", "final_invoice", "2.50") == desk.draft
    assert (FinalInvoice(desk.house.account, MONTH),) == desk.case.invoices
    assert [INVOICED] == desk.named
    assert ["final_invoice_drafted"] == desk.said
    assert [] == desk.store.documents()
    assert desk.case.events[-1].actor == MACHINE
    assert check(desk.store.entries()) is None


def test_nobody_who_is_not_suspended_gets_one(desk: Desk) -> None:
    desk.sell()
    desk.look()

    assert None is desk.store.draft(desk.house.account, MONTH)


def test_it_waits_for_calls_in_flight_and_for_what_is_not_sealed(desk: Desk) -> None:
    gateway = desk.house.gateway()
    seq = gateway.open()
    gateway.journal.flush()
    desk.suspend()
    assert 1 == desk.look()
    gateway.close(seq, BIG)
    gateway.journal.flush()
    assert 1 == desk.look()
    gateway.stop()
    desk.house.recover()
    assert 0 == desk.look()

    assert ("draft", "final_invoice", "2.50") == desk.draft


def test_a_gateway_that_runs_may_still_admit_for_a_moment(desk: Desk) -> None:
    desk.suspend()
    gateway = desk.house.gateway()
    assert 1 == desk.look(later=LAST_ADMITTED_US - 1)
    gateway.stop()

    assert 0 == desk.look(later=0), "no gateway runs"


def test_suspended_again_it_is_the_one_draft_made_anew(desk: Desk) -> None:
    desk.sell()
    desk.suspend()
    desk.look()
    cases.decide(desk.store, desk.case, "lift", ADA, WHY, Instant(desk.house.at + 2_000_000))
    desk.house.at = Instant(desk.house.at + DAY)
    desk.sell()
    desk.suspend()
    desk.look()

    assert ("draft", "final_invoice", "5.00") == desk.draft
    assert 1 == len(desk.store.drafts())
    assert (FinalInvoice(desk.house.account, MONTH),) == desk.case.invoices


def test_what_a_person_has_approved_or_finalised_stays(desk: Desk) -> None:
    desk.sell()
    desk.suspend()
    desk.look()
    invoices, at = Invoices(desk.house.data, desk.store), Instant(desk.house.at + DAY)
    invoices.approve(desk.house.account, MONTH, at=at, actor="ada")
    for state in ("approved", "finalised"):
        desk.house.at = Instant(desk.house.at + DAY)
        cases.decide(desk.store, desk.case, "lift", ADA, WHY, desk.house.at)
        desk.suspend()
        desk.look()
        assert state == desk.case.events[-1].body["state"]
        invoices.finalise(desk.house.account, MONTH, at=at, actor="ada")

    [document] = desk.store.documents()
    assert ("final_invoice", "2.50") == (document.kind, from_json(document.text).total)


def test_whom_an_operator_has_let_in_again_by_hand_is_left_alone(desk: Desk) -> None:
    desk.suspend()
    desk.store.set_standing(
        desk.house.account, Standing.ACTIVE, reason="by hand", at=desk.house.at, actor="op"
    )
    desk.look()

    assert [] == desk.named
    assert Standing.ACTIVE is desk.store.find_account(desk.house.account).standing


def test_what_cannot_be_drafted_is_said_and_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise LookupError("no rate")

    desk.suspend()
    with monkeypatch.context() as broken:
        broken.setattr(Invoices, "draft", fails)
        assert 0 == desk.look()
    desk.look()

    assert ["final_invoice_not_drafted", "final_invoice_drafted"] == desk.said
