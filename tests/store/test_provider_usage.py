"""Raw receipts, sealed or not, by provider and quarter of an hour: the sums of all of them."""

from pathlib import Path

import pytest
from tests.worker.house import COST, House

from stillhouse.store.lake import table
from stillhouse.store.provider_usage import SLICE, served
from stillhouse.units.instant import DAY, Instant
from stillhouse.units.usage import Usage


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House.found(tmp_path / "data")


def test_sealed_and_unsealed_receipts_are_summed_by_slice(house: House) -> None:
    gateway = house.gateway()
    first = [gateway.call(Usage(input=3, requests=1)) for _ in range(2)]
    gateway.stop()
    house.recover()
    house.at = Instant(house.at + SLICE + 1)
    other = house.gateway()
    last = other.call(Usage(output=5, requests=1))
    files = [house.data / s.path for s in house.store.segments()]
    rows = served(files, table([last]), start=Instant(0), end=Instant(2**60))

    assert [("stub", "m", COST.id, 2), ("stub", "m", COST.id, 1)] == [
        (r.provider, r.model, r.cost_tariff, r.receipts) for r in rows
    ]
    assert [sum(r.close.cost for r in first), last.close.cost] == [r.cost for r in rows]
    assert [6, 0] == [r.usage[0] for r in rows]
    assert rows[0].at + SLICE == rows[1].at
    assert 0 == rows[0].at % SLICE
    house.close()


def test_only_calls_of_the_span_count(house: House) -> None:
    receipt = house.gateway().call()
    at = receipt.open.admitted_at

    assert [] == served([], table([receipt]), start=Instant(at + 1), end=Instant(at + DAY))
    assert [] == served([], table([receipt]), start=Instant(0), end=Instant(at))
    assert 1 == len(served([], table([receipt]), start=Instant(at), end=Instant(at + 1)))
    house.close()
