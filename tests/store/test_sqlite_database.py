"""The file: durable, private, shared by threads and processes, and refused when it is not ours."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.store.house import AT, WHO
from tests.store.process_rules import PATIENCE_S, SPAWN

from stillhouse.ledger.entries import check
from stillhouse.ledger.ports import ConflictError, UnavailableError
from stillhouse.store import sqlite_database
from stillhouse.store.sqlite import SQLiteStore

wide = st.integers(-(2**130), 2**130)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stillhouse.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(path)) as store:
        yield store


def pragma(store: SQLiteStore, name: str) -> object:
    return store._rows(f"PRAGMA {name}")[0][0]


def test_what_was_reported_as_done_survives_loss_of_power(store: SQLiteStore) -> None:
    full = 2

    assert "wal" == pragma(store, "journal_mode")
    assert full == pragma(store, "synchronous")
    assert 1 == pragma(store, "foreign_keys")


def test_nobody_but_its_owner_reads_the_files(store: SQLiteStore, path: Path) -> None:
    store.create_account("Acme", at=AT, actor=WHO)
    files = sorted(path.parent.iterdir())

    assert ["stillhouse.sqlite", "stillhouse.sqlite-shm", "stillhouse.sqlite-wal"] == [
        file.name for file in files
    ]
    assert [0o600] * 3 == [file.stat().st_mode & 0o777 for file in files]


def test_a_process_that_opens_it_twice_goes_on_seeing_and_making_changes(path: Path) -> None:
    """Else whoever closes next deletes the WAL, and this process is left alone with a dead one."""
    with closing(SQLiteStore(path)) as first, closing(SQLiteStore(path)) as second:
        for name in ("one", "two"):
            process = SPAWN.Process(target=_create_account, args=(path, name))
            process.start()
            process.join(PATIENCE_S)
        second.create_account("three", at=AT, actor=WHO)
        seen = [len(store.directory().accounts) for store in (first, second)]
        kept = path.with_name(path.name + "-wal").exists()
    with closing(SQLiteStore(path)) as later:
        lasting = len(later.directory().accounts)

    assert ([3, 3], True, 3) == (seen, kept, lasting)


def _create_account(path: Path, name: str) -> None:
    """A command in a process of its own: it opens, changes and closes."""
    with closing(SQLiteStore(path)) as store:
        store.create_account(name, at=AT, actor=WHO)


def test_entries_and_tariffs_cannot_be_edited_even_by_hand(store: SQLiteStore) -> None:
    store.create_account("Acme", at=AT, actor=WHO)
    for statement in ("UPDATE entries SET actor = 'x'", "DELETE FROM entries"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"), store._change() as db:
            db.execute(statement)

    assert check(store.entries()) is None


def test_a_change_that_fails_midway_changes_nothing_and_frees_the_file(
    store: SQLiteStore, path: Path
) -> None:
    def fail() -> None:
        with store._change() as db:
            db.execute("INSERT INTO writers (id, registered_at) VALUES (1, 1)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    with closing(SQLiteStore(path)) as elsewhere:
        assert {} == elsewhere.writers()
        assert 1 == elsewhere.register_writer(at=AT)


def test_threads_take_turns_on_one_store(store: SQLiteStore) -> None:
    start = threading.Barrier(4)

    def create(thread: int) -> None:
        start.wait()
        for n in range(10):
            store.create_account(f"{thread}-{n}", at=AT, actor=WHO)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(create, range(4)))

    assert 40 == len(store.directory().accounts) == store.version()
    assert check(store.entries()) is None


def test_a_file_that_another_process_will_not_let_go_is_said_to_be_busy(
    store: SQLiteStore, path: Path
) -> None:
    store._connection.execute("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UnavailableError, match="locked; another process has held it"):
            store.create_account("Acme", at=AT, actor=WHO)

        assert {} == store.directory().accounts
        other.execute("ROLLBACK")
    assert store.create_account("Acme", at=AT, actor=WHO)


def test_a_reader_never_waits_for_a_writer(store: SQLiteStore, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE meta SET value = 99 WHERE name = 'version'")

        assert 0 == store.version() == store.directory().version
        other.execute("ROLLBACK")


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_bytes(b"receipts, receipts, receipts" * 100)

    with pytest.raises(UnavailableError, match="restore it from a backup"):
        SQLiteStore(path)
    assert b"receipts, receipts, receipts" * 100 == path.read_bytes()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"nowhere/stillhouse\.sqlite cannot be opened"):
        SQLiteStore(tmp_path / "nowhere" / "stillhouse.sqlite")


def test_a_closed_store_says_so(path: Path) -> None:
    store = SQLiteStore(path)
    store.close()
    store.close()

    with pytest.raises(UnavailableError, match="is closed"):
        store.version()


def test_a_slow_reader_of_entries_sees_each_once_while_others_write(
    store: SQLiteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_database, "ENTRIES_PER_READ", 3)
    for n in range(7):
        store.create_account(f"before {n}", at=AT, actor=WHO)
    reading = store.entries()
    first = next(reading)
    with closing(SQLiteStore(path)) as elsewhere:
        elsewhere.create_account("meanwhile", at=AT, actor=WHO)

    assert list(range(1, 9)) == [first.number, *(entry.number for entry in reading)]


@given(wide, wide)
def test_sums_of_text_are_exact(a: int, b: int) -> None:
    assert str(a + b) == sqlite_database._plus(str(a), str(b))


@given(st.lists(st.tuples(wide, wide), max_size=12), st.lists(wide, max_size=3))
def test_sums_of_arrays_are_exact_and_a_short_one_counts_as_zeros(
    pairs: list[tuple[int, int]], rest: list[int]
) -> None:
    first = str([a for a, _ in pairs] + rest)
    second = str([b for _, b in pairs])
    expected = str([a + b for a, b in pairs] + rest).replace(" ", "")

    assert expected == sqlite_database._plus_each(first, second)
    assert expected == sqlite_database._plus_each(second, first)


def test_changes_together_are_there_at_the_end_and_one_that_fails_is_undone_alone(
    store: SQLiteStore, path: Path
) -> None:
    with closing(SQLiteStore(path)) as other:
        with store.together():
            store.create_account("Acme", at=AT, actor=WHO)
            with pytest.raises(ConflictError):
                store.create_account("Acme", at=AT, actor=WHO)
            store.create_account("Beta", at=AT, actor=WHO)
            assert 2 == len(store.directory().accounts)
            assert not other.directory().accounts

        assert ["Acme", "Beta"] == sorted(a.name for a in other.directory().accounts.values())
        with pytest.raises(ConflictError), store.together():  # noqa: PT012 - the first is undone too
            store.create_account("Gamma", at=AT, actor=WHO)
            store.create_account("Gamma", at=AT, actor=WHO)
        assert 2 == len(other.directory().accounts)
    assert check(store.entries()) is None
