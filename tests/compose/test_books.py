"""The books: right at any moment, whoever seals meanwhile, and nothing wrong goes unseen."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.worker.house import House
from tests.worker.test_seal import wait_for

from stillhouse.compose.books import Books
from stillhouse.compose.stores import DATABASE, open_store
from stillhouse.ledger.fold import fold
from stillhouse.store.folder import JournalFolder
from stillhouse.store.lake import Lake
from stillhouse.worker.seal import Sealer


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House.found(tmp_path / "data")
    yield built
    built.close()


def books(house: House) -> Books:
    return Books(house.data, house.store)


def kinds(house: House) -> list[str]:
    verdict = books(house).verify()

    assert verdict.ok == (not verdict.problems)
    return sorted({p.kind for p in verdict.problems})


def half_sealed(house: House) -> "House":
    """Three receipts sealed, two in the journal, one call in flight."""
    house.budget("5.00")
    gateway = house.gateway()
    for _ in range(3):
        gateway.call()
    gateway.rotate()
    wait_for(house, "w1-000002.journal")
    house.seal()
    gateway.call()
    gateway.close(gateway.open(), outcome="upstream_cut")
    gateway.open()
    gateway.journal.flush()
    return house


def test_totals_and_receipts_are_of_sealed_and_unsealed(house: House) -> None:
    half_sealed(house)
    gateway = house.gateways[0]
    with books(house).receipts(account=house.account, month="2026-11") as rows:
        found = [row["seq"] for row in rows]

    assert fold(gateway.receipts) == books(house).totals(account=house.account, month="2026-11")
    assert found == [1, 2, 3, 4, 5]
    assert books(house).totals(account=house.account, month="2026-12") == []
    assert books(house).totals(account="other", month="2026-11") == []


def test_a_running_house_adds_up(house: House) -> None:
    verdict = books(half_sealed(house)).verify()

    assert (
        verdict.ok,
        verdict.receipts,
        verdict.lost,
        verdict.duplicated,
        verdict.open_holds,
        verdict.in_flight,
    ) == (True, 5, 0, 0, 0, 1)


def test_a_dead_writer_leaves_holds_open_until_it_is_recovered(house: House) -> None:
    half_sealed(house).gateways[0].kill(b"torn")
    before = books(house).verify()
    house.recover()
    after = books(house).verify()

    assert (before.ok, before.open_holds, before.lost) == (False, 1, 0)
    assert (after.ok, after.receipts, after.open_holds, after.in_flight) == (True, 6, 0, 0)


def test_a_segment_that_was_posted_and_not_removed_counts_once(house: House) -> None:
    gateway = house.gateway()
    gateway.call()
    gateway.rotate()
    wait_for(house, "w1-000002.journal")
    journal = house.data / "journal" / "w1-000001.journal"
    records = journal.read_bytes()
    house.seal()
    journal.write_bytes(records)
    verdict = books(house).verify()

    assert (verdict.ok, verdict.receipts) == (True, 1)
    assert sum(t.receipts for t in books(house).totals(account=house.account, month="2026-11")) == 1


def test_readers_never_see_a_receipt_twice_or_miss_it_while_it_is_sealed(house: House) -> None:
    gateway = house.gateway()
    stop = threading.Event()

    def seal() -> None:
        store = open_store(house.data)
        sealer = Sealer(folder=JournalFolder(house.data), lake=Lake(house.data), books=store)
        while not stop.is_set():
            sealer.seal_ready(house.at)
        store.close()

    thread = threading.Thread(target=seal)
    thread.start()
    try:
        for n in range(1, 40):
            gateway.call()
            gateway.journal.flush()
            gateway.rotate()
            totals = books(house).totals(account=house.account, month="2026-11")
            assert n == sum(t.receipts for t in totals)
    finally:
        stop.set()
        thread.join()


def edit(house: House, change: str) -> None:
    with sqlite3.connect(house.data / DATABASE) as database:
        for name in ("segments", "totals", "balances", "tariffs", "entries"):
            triggers = database.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (name,)
            ).fetchall()
            for (trigger,) in triggers:
                database.execute(f"DROP TRIGGER {trigger}")
        database.execute(change)
    database.close()


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("UPDATE totals SET charge = '1'", "totals"),
        ("UPDATE totals SET charge = '1'", "balance"),
        ("DELETE FROM totals", "totals"),
        ("UPDATE segments SET sha256 = 'ff'", "segment_unchained"),
        ("UPDATE balances SET posted = '7'", "balance"),
        ("UPDATE balances SET leased = '7'", "leases"),
    ],
)
def test_an_edited_database_is_seen(house: House, change: str, kind: str) -> None:
    edit(half_sealed(house), change)

    assert kind in kinds(house)


def test_a_missing_segment_file_is_seen_as_lost_receipts(house: House) -> None:
    half_sealed(house)
    (house.data / house.store.segments()[0].path).unlink()
    verdict = books(house).verify()

    assert (verdict.lost, verdict.receipts) == (3, 2)
    assert {"file_missing", "lost", "totals"} == {p.kind for p in verdict.problems}


def test_a_changed_segment_file_is_not_believed(house: House) -> None:
    half_sealed(house)
    path = house.data / house.store.segments()[0].path
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)

    assert kinds(house) == ["file_changed", "lost", "totals"]


def test_a_receipt_that_is_priced_wrong_is_seen_before_and_after_sealing(house: House) -> None:
    gateway = house.gateway()
    gateway.call(charge=1)
    gateway.journal.flush()
    before = books(house).verify()
    gateway.stop()
    house.recover()
    after = books(house).verify()

    assert (before.mispriced, after.mispriced) == (1, 1)
    assert kinds(house) == ["mispriced"]


def test_damage_in_a_journal_is_told_and_its_loss_counted(house: House) -> None:
    gateway = house.gateway()
    gateway.call()
    place = gateway.journal.flush()
    for _ in range(3):
        gateway.call()
    gateway.stop()
    path = house.data / "journal" / "w1-000001.journal"
    data = bytearray(path.read_bytes())
    data[place + 20] ^= 0xFF
    path.write_bytes(data)

    assert kinds(house) == ["damaged", "journal", "lost"]

    house.recover()
    verdict = books(house).verify()

    assert (verdict.lost, verdict.receipts) == (1, 3)
    assert {"damaged", "lost"} == {p.kind for p in verdict.problems}


def test_an_empty_house_adds_up(house: House) -> None:
    assert kinds(house) == []
