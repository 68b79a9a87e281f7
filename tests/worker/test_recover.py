"""Recovery: any history of a writer, killed anywhere, ends with one receipt per attempt."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.worker.house import House
from tests.worker.test_seal import sealed_ids, wait_for

from stillhouse.ledger.fold import fold
from stillhouse.ledger.receipt import FLAG_NO_CHARGE
from stillhouse.store.folder import JournalFolder
from stillhouse.units.usage import Usage
from stillhouse.worker.recover import recover

STEPS = st.lists(st.sampled_from(["open", "close", "call", "rotate", "seal"]), max_size=25)


@settings(max_examples=15, deadline=None)
@given(STEPS, st.binary(max_size=40), st.sampled_from(["named", "begun", "torn start"]))
def test_any_history_ends_with_one_receipt_per_attempt(
    steps: list[str], torn: bytes, last: str
) -> None:
    with TemporaryDirectory() as scratch:
        house = House.found(Path(scratch))
        gateway = house.gateway()
        rotations = 0
        for i, step in enumerate(steps):
            if step == "open":
                gateway.open()
            elif step == "close" and gateway.opens:
                gateway.close(min(gateway.opens), Usage(input=i, output=1, requests=1))
            elif step == "call":
                gateway.call()
            elif step == "rotate":
                gateway.rotate()
                rotations += 1
                wait_for(house, f"w1-{rotations + 1:06d}.journal")
            elif step == "seal":
                house.seal()
        gateway.kill(b"" if last == "torn start" else torn)
        folder = JournalFolder(house.data)
        final = house.data / "journal" / str(folder.names()[-1])
        if last == "begun" and rotations:
            final.rename(final.with_suffix(".journal.next"))
        if last == "torn start":
            begun = house.data / "journal" / f"w1-{rotations + 2:06d}.journal.next"
            begun.write_bytes(final.read_bytes()[:9])
        report = house.recover()
        attempts = len(gateway.receipts) + len(gateway.opens)

        assert report.problems == []
        assert {f"w1-{seq}" for seq in range(1, attempts + 1)} == set(sealed_ids(house))
        assert attempts == len(sealed_ids(house))
        assert sorted(f"w1-{seq}" for seq in gateway.opens) == sorted(report.recovered)
        assert sum(t.charge for t in fold(gateway.receipts)) == sum(
            t.charge for t in house.store.totals()
        )
        assert folder.names() == []
        assert house.store.writers() == {1: True}
        assert house.recover().released == []
        house.close()


def test_a_call_that_was_carried_and_then_closed_is_settled_once(house: House) -> None:
    gateway = house.gateway()
    carried = gateway.open()
    gateway.call()
    gateway.rotate()
    wait_for(house, "w1-000002.journal")
    gateway.close(carried)
    gateway.kill()
    report = house.recover()

    assert (report.recovered, report.problems) == ([], [])
    assert sorted(sealed_ids(house)) == ["w1-1", "w1-2"]


def test_a_call_in_flight_at_the_crash_is_on_a_receipt_that_nobody_pays(house: House) -> None:
    gateway = house.gateway()
    gateway.open(hold=10**9)
    gateway.kill()
    [segment] = house.recover().sealed
    [total] = segment.totals

    assert (total.receipts, total.charge, total.cost, total.sale_tariff) == (1, 0, 0, "")
    assert pq.read_table(house.data / segment.path).column("flags").to_pylist() == [FLAG_NO_CHARGE]


def test_a_living_writer_is_never_recovered(house: House) -> None:
    gateway = house.gateway()
    gateway.open()
    gateway.journal.flush()
    report = house.recover()

    assert (report.recovered, report.released, report.sealed) == ([], [], [])
    assert gateway.call().id == "w1-2"


def test_leases_return_after_the_charges_are_posted(house: House) -> None:
    budget = house.budget("1.00")
    gateway = house.gateway()
    gateway.lease(budget.id, "2026-11", 10**12)
    seq = gateway.open(hold=10**11, budgets=[f"{budget.id}@2026-11"])
    gateway.open(hold=10**11, budgets=[f"{budget.id}@2026-11"])
    owed = gateway.close(seq).close.charge
    gateway.kill()
    house.recover()
    [balance] = house.store.balances()

    assert (owed, 0) == (balance.posted, balance.leased)
    assert house.store.leases() == {}


def test_a_writer_that_never_began_is_released_only_when_nothing_starts(house: House) -> None:
    house.store.register_writer(at=house.at)

    assert house.recover().released == []
    assert recover(house.sealer, house.at, unborn=True).released == [1]


def test_journals_of_a_writer_that_the_ledger_does_not_know_are_kept_and_reported(
    house: House, tmp_path: Path
) -> None:
    gateway = house.gateway()
    gateway.call()
    gateway.kill()
    other = House.found(tmp_path / "other")
    (house.data / "journal").rename(other.data / "journal")
    report = other.recover()

    assert "the ledger does not know it" in report.problems[0]
    assert len(JournalFolder(other.data).names()) == 1
    other.close()
