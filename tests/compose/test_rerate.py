"""A preview over a real data folder: sealed and not, by receipts where totals do not say enough."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.compose.test_invoices import BIG, Desk
from tests.worker.house import COST, NOON, SALE, House
from tests.worker.test_seal import wait_for

from stillhouse.billing.credit import Take
from stillhouse.billing.rerating import Rerating
from stillhouse.compose.rerate import rerate
from stillhouse.compose.stores import open_store
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.tariff import Tariff, tariff
from stillhouse.tariff.prices import changed
from stillhouse.units.instant import DAY, SECOND, Instant
from stillhouse.units.usage import Meter, Usage

LATER = Instant(NOON + DAY)
EVENING = Instant(NOON + 6 * 3600 * SECOND)
LARGE = Usage(input=1_000, output=2, requests=1)
SMALL = Usage(input=10, output=2, requests=1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House.found(tmp_path / "data")
    built.store.configure_prices([SALE, COST], at=Instant(1))
    yield built
    built.close()


def call_all_day(house: House) -> House:
    """A small and a large call at noon, sealed, and the same at night, not sealed."""
    gateway = house.gateway()
    gateway.call(SMALL)
    gateway.call(LARGE)
    gateway.rotate()
    wait_for(house, "w1-000002.journal")
    house.seal()
    house.at = Instant(EVENING + 1)
    gateway.call(SMALL)
    gateway.call(LARGE)
    gateway.journal.flush()
    return house


def price(each: int, **terms: object) -> Tariff:
    given = {"book": "sale", "model": "m", "valid_from": Instant(1), **terms}
    prices = {Meter.INPUT: each, Meter.CACHE_READ: 1_250_000, Meter.OUTPUT: 10_000_000}
    return tariff(prices=prices, **given)  # type: ignore[arg-type]


def by(house: House, *rows: Tariff) -> Rerating:
    """By these rows, as if they were approved."""
    made = house.store.propose_prices(rows, source="s", at=LATER, actor="ann")
    return preview(house, version=made.id)


def preview(house: House, **how: object) -> Rerating:
    with closing(open_store(house.data)) as store:
        given = {"month": "2026-11", "at": LATER, **how}
        return rerate(house.data, store, **given)  # type: ignore[arg-type]


def test_by_the_prices_that_there_are_nothing_changes(house: House) -> None:
    found = preview(call_all_day(house))

    charged = sum(r.close.charge for r in house.gateways[0].receipts)
    assert (4, 0, 0, charged) == (found.receipts, found.changed, found.difference, found.before)
    assert ((), (), ()) == (found.moved, found.proposals, found.unpriced)
    assert found == preview(house, account=house.account)
    assert 0 == preview(house, account="acct_other").receipts
    assert 0 == preview(house, month="2026-10").receipts


def test_another_price_moves_every_call_sealed_or_not(house: House) -> None:
    found = by(call_all_day(house), price(2_000_000))

    assert -500_000 * (10 + 1_000) * 2 == found.difference
    assert [(4, found.before, found.after)] == [
        (m.receipts, m.before, m.after) for m in found.moved
    ]
    assert [("correction", "")] == [(p.kind, p.number) for p in found.proposals]


def test_a_price_that_begins_within_a_day_moves_the_calls_after_it(house: House) -> None:
    found = by(call_all_day(house), price(2_000_000, valid_from=EVENING))

    assert (-500_000 * 1_010, 2) == (found.difference, found.changed)


def test_a_band_moves_the_calls_that_are_large_enough(house: House) -> None:
    rows = (changed(SALE, valid_from=Instant(1)), price(3_000_000, above=999))
    found = by(call_all_day(house), *rows)

    assert (500_000 * 1_000 * 2, 2) == (found.difference, found.changed)
    assert 0 == by(house, rows[0], price(3_000_000, above=1_000)).difference


def test_a_preview_changes_nothing(house: House) -> None:
    call_all_day(house)
    made = house.store.propose_prices([price(1)], source="s", at=LATER, actor="ann")
    before = list(house.store.entries())
    files = sorted(
        (p, p.stat().st_size) for p in house.data.rglob("*") if p.suffix != ".sqlite-shm"
    )
    preview(house, version=made.id)

    assert before == list(house.store.entries())
    assert made == house.store.price_version(made.id)
    after = sorted(
        (p, p.stat().st_size) for p in house.data.rglob("*") if p.suffix != ".sqlite-shm"
    )
    assert files == after


def test_by_what_was_known_then_a_correction_is_not_there(house: House) -> None:
    call_all_day(house)
    made = house.store.propose_prices([price(2_000_000)], source="s", at=LATER, actor="ann")
    house.store.approve_prices(made.id, at=LATER, actor="bob")

    assert 0 == preview(house, known_at=Instant(LATER - 1)).difference
    assert 0 > preview(house).difference == preview(house, version=made.id).difference


def test_a_contract_moves_its_account_alone(house: House) -> None:
    call_all_day(house)
    other = house.store.create_account("other", at=NOON, actor="ann").id

    assert 0 == by(house, price(1, account=other)).difference
    assert 0 > by(house, price(1, account=house.account)).difference


def test_what_cannot_be_rated_by_is_a_named_error(house: House) -> None:
    call_all_day(house)
    with pytest.raises(NotFoundError, match="no price version"):
        preview(house, version="pv_9")
    made = house.store.propose_prices(
        [price(2, valid_from=Instant(7), currency="USD")], source="s", at=LATER, actor="ann"
    )
    twin = price(3, valid_from=Instant(7), known_from=LATER)
    house.store.configure_prices([SALE, COST, twin], at=LATER)
    with pytest.raises(ConflictError, match="two sale prices"):
        preview(house, version=made.id)


def test_what_was_invoiced_is_proposed_as_a_credit_note_that_can_be_written(house: House) -> None:
    desk = Desk(house)
    desk.sell(BIG, BIG)
    desk.draft()
    desk.approve()
    invoice = desk.finalise()
    version = house.store.propose_prices([price(2_000_000)], source="s", at=LATER, actor="ann").id
    [proposal] = preview(house, version=version).proposals
    assert ("credit_note", invoice.number, "-1.00") == (
        *(proposal.kind, proposal.number),
        proposal.amount,
    )
    takes = [Take(line.line, amount=line.amount.removeprefix("-")) for line in proposal.lines]
    note = desk.invoices.credit(
        proposal.number, takes, reason="a price was wrong", at=desk.at, actor="ann"
    )

    assert proposal.amount == note.document.total
    assert () == preview(house, version=version).proposals, "it is put right"
