"""What is kept in mind of documents is what their texts say, after every step, whoever took it."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from tests.compose.test_invoices import BIG, MONTH, Desk
from tests.worker.house import House

from stillhouse.billing.credit import Take
from stillhouse.billing.document import from_json
from stillhouse.billing.settings import Issuer, TaxRule
from stillhouse.compose.invoices import Row
from stillhouse.compose.shelf import Gist, Shelf


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House.found(tmp_path / "data")
    yield built
    built.close()


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    taxed = Issuer(name="Stillhouse", taxes=(TaxRule(name="PPN", rate_bp=1100),))
    made = Desk(house, issuer=taxed)
    yield made
    made.store.close()


def steps(desk: Desk) -> Iterator[str]:
    """A month's whole life at one moment of the clock, and a second invoice of it."""
    yield "nothing"
    desk.sell(BIG)
    first = desk.draft()
    yield "draft"
    desk.sell(BIG, day=1)
    assert desk.draft() != first
    yield "another draft of the same moment"
    desk.approve()
    yield "approved"
    done = desk.finalise()
    yield "finalised"
    desk.credit(done.number, Take(1, amount="0.50"))
    yield "a part taken back"
    desk.invoices.credit(done.number, reason="all", reopen=True, at=desk.at, actor="test")
    yield "all taken back and opened again"
    desk.draft()
    desk.draft("2026-12")
    yield "two drafts"
    desk.approve()
    desk.finalise()
    yield "invoiced again"


def texts(desk: Desk) -> tuple[dict[str, str], list[tuple[str, str, Fraction]]]:
    """(state of each draft's month, number, total and net of each document), from the texts."""
    nets = []
    for each in desk.store.documents():
        document = from_json(each.text)
        net = sum((Fraction(Decimal(x.amount)) for x in document.lines if x.amount), Fraction(0))
        nets.append((document.number, document.total, net))
    return {held.period: held.state for held in desk.store.drafts()}, nets


def gists(shelf: Shelf) -> tuple[dict[str, str], list[tuple[str, str, Fraction]]]:
    drafts = {gist.period: gist.state for gist in shelf.drafts}
    return drafts, [(gist.number, gist.total, gist.net) for gist in shelf.documents]


def test_one_that_looked_after_each_step_says_what_the_texts_say(desk: Desk) -> None:
    shelf, names = Shelf(desk.store), {desk.account: desk.store.find_account(desk.account).name}
    for step in steps(desk):
        expected: list[Row] = desk.invoices.rows()

        assert texts(desk) == gists(shelf.look()), step
        assert gists(shelf) == gists(Shelf(desk.store).look()), step
        assert expected == desk.invoices.listed(shelf, names), step


def test_a_month_that_was_opened_again_counts_once(desk: Desk) -> None:
    shelf = Shelf(desk.store)
    for step in steps(desk):
        past = desk.invoices.facts.past(desk.account)

        assert [d.number for d in past.counting] == [g.number for g in shelf.look().counting], step


def test_a_text_is_read_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.sell(BIG)
    desk.close()
    shelf = Shelf(desk.store).look()
    read: list[Gist] = []
    monkeypatch.setattr("stillhouse.compose.shelf._gist", read.append)
    shelf.look()
    desk.store.set_issuer(Issuer(name="Other"), at=desk.at, actor="test")
    shelf.look()

    assert [] == read
    assert [MONTH] == [gist.period for gist in shelf.documents]
