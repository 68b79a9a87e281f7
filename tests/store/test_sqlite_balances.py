"""Each piece of arithmetic on balances, inside one transaction."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.house import AT, MONTH, WHO, House, Rules

from stillhouse.store.sqlite import SQLiteStore
from stillhouse.store.sqlite_balances import hold, leases, move, posted


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(SQLiteStore(tmp_path / "stillhouse.sqlite")) as store:
        account = store.create_account("Acme", at=AT, actor=WHO)
        key = Rules.new_key(store, account.id)
        yield House(store, account, key, store.register_writer(at=AT))


def test_a_balance_is_made_by_its_first_use_and_added_to_by_the_next(house: House) -> None:
    budget = house.budget(10)
    assert isinstance(house.store, SQLiteStore)
    with house.store._change() as db:
        assert 0 == posted(db, budget.id, "2027-01")
        move(db, budget.id, "2027-01", posted=2**70, leased=-3)
        move(db, budget.id, "2027-01", leased=1)

        assert 2**70 == posted(db, budget.id, "2027-01")
    assert (2**70, -2) == house.balance(budget, "2027-01")


def test_a_lease_of_nothing_is_no_lease(house: House) -> None:
    budget = house.budget(10)
    assert isinstance(house.store, SQLiteStore)
    with house.store._change() as db:
        hold(db, house.writer, budget.id, MONTH, 2**70)
        hold(db, house.writer, budget.id, MONTH, -(2**70) - 5)
        assert {(house.writer, budget.id, MONTH): -5} == leases(db, "TRUE", ())
        hold(db, house.writer, budget.id, MONTH, 5)

        assert {} == leases(db, "TRUE", ())
