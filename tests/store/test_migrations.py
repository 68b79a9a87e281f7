"""A blank file becomes today's schema, an older one keeps its rows, a newer one is refused."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.house import AT, WHO

from stillhouse.ledger.ports import ConflictError
from stillhouse.store.migrations import ForeignDatabaseError, Step, migrate, steps
from stillhouse.store.sqlite import SQLiteStore

NEWEST = steps()[-1].serial


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stillhouse.sqlite"


@pytest.fixture
def blank(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def schema(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def test_serials_are_dense_and_each_step_says_what_it_does() -> None:
    assert list(range(1, NEWEST + 1)) == [step.serial for step in steps()]
    assert all(step.what and step.statements for step in steps())


def test_a_blank_database_gets_every_step_once(blank: sqlite3.Connection) -> None:
    assert NEWEST == migrate(blank)
    before = schema(blank)

    assert 0 == migrate(blank)
    assert before == schema(blank)
    assert {"accounts", "leases", "totals", "entries"} <= {name for name, _ in before}


@pytest.mark.parametrize("known", range(1, NEWEST + 1))
def test_an_older_database_ends_like_a_blank_one(blank: sqlite3.Connection, known: int) -> None:
    migrate(blank, steps()[:known])
    assert NEWEST - known == migrate(blank)
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as new:
        migrate(new)

        assert schema(new) == schema(blank)


def test_totals_from_before_workloads_are_kept_under_none(blank: sqlite3.Connection) -> None:
    migrate(blank, steps()[:1])
    old = ("2026-11-02", "a", "p", "k", "d", "m", "s", "c", 2, "[3]", "5", "4", 1)
    blank.execute(f"INSERT INTO totals VALUES ({', '.join('?' * len(old))})", old)
    migrate(blank)

    assert [(*old[:8], "", "", *old[8:])] == blank.execute("SELECT * FROM totals").fetchall()


def test_a_step_keeps_the_rows_that_are_there(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        account = store.create_account("Acme", at=AT, actor=WHO)
    later = Step(NEWEST + 1, "later", ("ALTER TABLE accounts ADD COLUMN note TEXT",))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        assert 1 == migrate(connection, [*steps(), later])
        rows = connection.execute("SELECT id, note FROM accounts").fetchall()

    assert [(account.id, None)] == rows


def test_a_step_that_fails_leaves_the_version_before_it(blank: sqlite3.Connection) -> None:
    migrate(blank)
    before = schema(blank)
    broken = Step(NEWEST + 1, "broken", ("CREATE TABLE half (a)", "INSERT INTO nowhere VALUES (1)"))

    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        migrate(blank, [*steps(), broken])
    assert before == schema(blank)
    assert 0 == migrate(blank)


def test_a_newer_database_is_refused_with_what_to_do(path: Path) -> None:
    SQLiteStore(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {NEWEST + 1}")

    with pytest.raises(
        ForeignDatabaseError,
        match=f"version {NEWEST + 1} and this program knows {NEWEST}; run the newer Stillhouse",
    ):
        SQLiteStore(path)


def test_another_programs_database_is_refused_and_left_as_it_was(
    blank: sqlite3.Connection, path: Path
) -> None:
    blank.execute("CREATE TABLE theirs (a)")
    blank.close()
    before = path.read_bytes()

    with pytest.raises(ConflictError, match="belongs to another program"):
        SQLiteStore(path)
    assert before == path.read_bytes()
    assert [path] == list(path.parent.iterdir())
