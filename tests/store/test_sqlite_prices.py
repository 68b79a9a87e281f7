"""The parts of prices that are SQLite's own: what even a hand at the database cannot do."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.house import AT, WHO
from tests.store.price_rules import price, soon

from stillhouse.store.migrations import migrate, steps
from stillhouse.store.sqlite import SQLiteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stillhouse.sqlite"


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE price_versions SET prices = '[]'", "never edited"),
        ("UPDATE price_versions SET author = 'eve' WHERE number = 1", "never edited"),
        ("UPDATE price_versions SET state = 'rejected' WHERE number = 2", "is never changed"),
        ("DELETE FROM price_versions", "append-only"),
        ("UPDATE tariffs SET terms = '{}'", "a tariff is never edited"),
    ],
)
def test_nothing_that_was_proposed_or_decided_is_edited(
    path: Path, statement: str, why: str
) -> None:
    with closing(SQLiteStore(path)) as store:
        store.propose_prices([soon(1)], source="s", at=AT, actor=WHO)
        decided = store.propose_prices([soon(2)], source="s", at=AT, actor=WHO)
        store.approve_prices(decided.id, at=AT, actor=WHO)
    with (
        closing(sqlite3.connect(path)) as connection,
        pytest.raises(sqlite3.IntegrityError, match=why),
    ):
        connection.execute(statement)


def test_prices_from_before_this_version_stay_known(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        migrate(old, [step for step in steps() if step.serial < 4])
        columns = "id, book, model, currency, valid_from, prices, bound_in, bound_out, per_request"
        values = "'{}', 'sale', 'm', 'USD', 5, '{}', '1', '0', '0', '', {}"
        row = values.format(price(1).id, list(price(1).prices), AT)
        old.execute(f"INSERT INTO tariffs ({columns}, source, registered_at) VALUES ({row})")
    with closing(SQLiteStore(path)) as store:
        assert [price(1)] == store.known_prices() == store.known_prices(AT)
