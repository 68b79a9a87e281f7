"""Sealing: each receipt in exactly one segment, whatever step a crash repeats."""

import gc
import time
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.worker.house import House, Killed

from stillhouse.ledger.fold import fold, merge
from stillhouse.ledger.segment import JournalName
from stillhouse.store.folder import JournalFolder
from stillhouse.units.usage import METERS, Usage
from stillhouse.worker.recover import recover
from stillhouse.worker.seal import Report, Sealer, without_gc


def sealed_ids(house: House) -> list[str]:
    """Receipt ids in Parquet files that the ledger knows, in file order."""
    ids = []
    for segment in house.store.segments():
        rows = pq.read_table(house.data / segment.path, columns=["writer", "seq"]).to_pylist()
        ids += [f"w{row['writer']}-{row['seq']}" for row in rows]
    return ids


def wait_for(house: House, *names: str) -> None:
    """A rotation is completed by the journal's own thread."""
    for _ in range(3000):
        if all((house.data / "journal" / name).exists() for name in names):
            return
        time.sleep(0.01)
    raise AssertionError(f"{names} did not appear")


def test_a_file_is_sealed_once_a_newer_one_carries_what_is_open(house: House) -> None:
    gateway = house.gateway()
    first, stays = gateway.call(), gateway.open()
    gateway.rotate()
    wait_for(house, "w1-000002.journal")
    report = house.seal()

    assert ([first.id], []) == (sealed_ids(house), report.problems)
    assert [JournalName(1, 2)] == JournalFolder(house.data).names()

    second = gateway.close(stays)
    gateway.rotate()
    wait_for(house, "w1-000003.journal")
    house.seal()

    assert [first.id, second.id] == sealed_ids(house)
    assert merge(fold(gateway.receipts)) == house.store.totals()


def test_the_newest_file_of_a_live_writer_is_left_alone(house: House) -> None:
    gateway = house.gateway()
    gateway.call()
    gateway.journal.flush()

    assert Report() == house.seal()
    assert Report() == house.recover()
    assert [JournalName(1, 1)] == JournalFolder(house.data).names()


def test_an_empty_file_is_removed_and_leaves_no_segment(house: House) -> None:
    gateway = house.gateway()
    seq = gateway.open()
    gateway.rotate()
    wait_for(house, "w1-000002.journal")
    report = house.seal()

    assert (report.sealed, house.store.segments()) == ([], [])
    assert [JournalName(1, 2)] == JournalFolder(house.data).names()

    gateway.close(seq)
    gateway.stop()
    house.recover()

    assert sealed_ids(house) == ["w1-1"]


def test_a_file_whose_open_call_was_not_carried_is_reported_and_not_sealed(house: House) -> None:
    gateway = house.gateway()
    gateway.call()
    lost = gateway.open()
    forgotten = gateway.opens.pop(lost)
    gateway.rotate()
    wait_for(house, "w1-000002.journal")
    report = house.seal()

    assert sealed_ids(house) == []
    assert [JournalName(1, 1), JournalName(1, 2)] == JournalFolder(house.data).names()
    assert "does not carry w1-2" in report.problems[0]

    gateway.opens[lost] = forgotten
    gateway.stop()
    report = house.recover()

    assert (report.recovered, sealed_ids(house)) == (["w1-2"], ["w1-1", "w1-2"])


def test_a_charge_is_posted_to_every_budget_on_its_path_and_leaves_its_lease(house: House) -> None:
    before = house.budget("5.00")
    gateway = house.gateway()
    held = gateway.lease(before.id, "2026-11", 10**12)
    seq = gateway.open(hold=10**11, budgets=[f"{before.id}@2026-11"])
    unheld = gateway.open()
    owed = gateway.close(seq).close.charge
    late = gateway.close(unheld).close.charge
    gateway.rotate()
    wait_for(house, "w1-000002.journal")
    house.seal()
    balance = house.store.balances()[0]

    assert (owed + late, held - owed) == (balance.posted, balance.leased)
    assert {(1, before.id, "2026-11"): held - owed} == house.store.leases()


@pytest.mark.parametrize(("half", "kept", "recovered"), [("close", 6, ["w1-3"]), ("open", 5, [])])
def test_a_damaged_file_is_kept_aside_and_what_proves_itself_is_still_sealed(
    house: House, half: str, kept: int, recovered: list[str]
) -> None:
    gateway = house.gateway()
    gateway.call(), gateway.call()
    place = gateway.journal.flush()
    seq = gateway.open()
    if half == "close":
        place = gateway.journal.flush()
    gateway.close(seq)
    for _ in range(3):
        gateway.call()
    gateway.stop()
    path = house.data / "journal" / "w1-000001.journal"
    data = bytearray(path.read_bytes())
    data[place + 20] ^= 0xFF
    path.write_bytes(data)
    report = house.recover()

    assert bytes(data) == (house.data / "damaged" / path.name).read_bytes()
    assert any("corrupt at" in problem for problem in report.problems)
    assert (kept, recovered) == (len(sealed_ids(house)), report.recovered)
    assert JournalFolder(house.data).names() == []


def test_damage_in_a_living_writers_file_is_kept_aside_too(house: House) -> None:
    gateway = house.gateway()
    place = gateway.journal.flush()
    gateway.call()
    gateway.call()
    gateway.rotate()
    wait_for(house, "w1-000002.journal")
    path = house.data / "journal" / "w1-000001.journal"
    data = bytearray(path.read_bytes())
    data[place + 20] ^= 0xFF
    path.write_bytes(data)
    report = house.seal()

    assert bytes(data) == (house.data / "damaged" / path.name).read_bytes()
    assert "w1-1 was closed but never opened" in report.problems[-1]
    assert sealed_ids(house) == ["w1-2"]


def test_sealing_again_gives_the_same_bytes(house: House) -> None:
    gateway = house.gateway()
    gateway.call()
    gateway.call(Usage(input=3, cache_read=7, output=1, requests=1))
    gateway.rotate()
    wait_for(house, "w1-000002.journal")
    journal = house.data / "journal" / "w1-000001.journal"
    records = journal.read_bytes()
    [first] = house.seal().sealed
    journal.write_bytes(records)
    [again] = house.seal().sealed

    assert (first.sha256, first.path) == (again.sha256, again.path)
    assert sum(total.receipts for total in house.store.totals()) == 2


class Mortal:
    """Any part of the worker, dying before or after its nth effect."""

    EFFECTS = (
        "write",
        "post_segment",
        "remove",
        "promote",
        "extend",
        "release_writer",
        "forget",
        "set_aside",
    )

    def __init__(self, part: Any, steps: "count[int]", dies_at: int) -> None:
        self._part, self._steps, self._dies_at = part, steps, dies_at

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._part, name)
        if name not in self.EFFECTS:
            return method

        def mortal(*args: Any, **kwargs: Any) -> Any:
            if next(self._steps) == self._dies_at:
                raise Killed
            result = method(*args, **kwargs)
            if next(self._steps) == self._dies_at:
                raise Killed
            return result

        return mortal


@pytest.mark.parametrize("torn", [b"", b"\x40\0\0\0torn"])
def test_a_crash_at_any_step_repeats_a_step_that_changes_nothing(
    tmp_path: Path, torn: bytes
) -> None:
    for dies_at in count():
        house = House.found(tmp_path / f"{torn!r}{dies_at}")
        budget = house.budget("5.00")
        gateway = house.gateway()
        gateway.lease(budget.id, "2026-11", 10**12)
        budgets = [f"{budget.id}@2026-11"]
        open_all_along = gateway.open(hold=10**9, budgets=budgets)
        gateway.close(gateway.open(hold=10**9, budgets=budgets))
        gateway.rotate()
        gateway.call()
        gateway.rotate()
        gateway.close(gateway.open(hold=10**9, budgets=budgets))
        gateway.kill(torn)
        folder = JournalFolder(house.data)
        names = [str(n) for n in folder.names()]
        (house.data / "journal" / names[-1]).rename(house.data / "journal" / f"{names[-1]}.next")
        steps = count()

        def part(real: Any, steps: "count[int]" = steps, dies_at: int = dies_at) -> Any:
            return Mortal(real, steps, dies_at)

        whole = house.sealer
        dying = Sealer(folder=part(folder), lake=part(whole.lake), books=part(whole.books))
        died = False
        try:
            dying.seal_ready(house.at)
            recover(dying, house.at)
        except Killed:
            died = True
        house.seal()
        report = house.recover()
        settled = [r.id for r in gateway.receipts] + [f"w1-{open_all_along}"]
        balance = house.store.balances()[0]

        assert sorted(settled) == sorted(sealed_ids(house))
        assert len(settled) == sum(t.receipts for t in house.store.totals())
        assert (sum(r.close.charge for r in gateway.receipts), 0) == (
            balance.posted,
            balance.leased,
        )
        assert house.store.writers() == {1: True}
        assert (folder.names(), folder.writers(), report.problems) == ([], [], [])
        house.close()
        if not died:
            assert dies_at > 20
            return


def test_every_meter_is_kept(house: House) -> None:
    gateway = house.gateway()
    usage = Usage(*range(1, 1 + len(METERS)))
    receipt = gateway.call(usage, charge=5, cost=3)
    gateway.stop()
    house.recover()
    [row] = pq.read_table(house.data / house.store.segments()[0].path).to_pylist()

    assert {meter.value: n for meter, n in zip(METERS, usage, strict=True)} == {
        meter.value: row[meter.value] for meter in METERS
    }
    assert (5, 3, receipt.open.seq) == (row["charge"], row["cost"], row["seq"])


@pytest.mark.parametrize("ran", [True, False])
def test_the_collector_rests_during_a_file_and_is_then_as_it_was(*, ran: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if ran else gc.disable)()
        with without_gc():
            during = gc.isenabled()

        assert (False, ran) == (during, gc.isenabled())
    finally:
        (gc.enable if before else gc.disable)()
