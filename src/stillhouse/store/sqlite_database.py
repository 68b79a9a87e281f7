"""One SQLite file, changed only by whole transactions. Fails closed.

Durability: WAL with `synchronous = FULL`, so a transaction that was reported as done survives loss
of power. Concurrency: SQLite has one writer at a time, over all processes; every change begins with
BEGIN IMMEDIATE, so what it reads cannot move before it writes. That is what makes it right to add
amounts in Python, which is needed because SQLite's own integers end at 9.22 million dollars of
pico-dollars: sums are decimal text, read, added as Python integers and written back by the one
transaction that may write.

A connection is used by one thread at a time (a lock sees to it) and never crosses a fork.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from stillhouse.ledger.entries import canonical, follow
from stillhouse.ledger.ports import Entry, UnavailableError
from stillhouse.store.migrations import check_ours, migrate
from stillhouse.store.sqlite_rows import entry_of
from stillhouse.units.instant import Instant

BUSY_SECONDS_MAX = 30
"""How long a change waits for other processes' changes before it gives up."""
ENTRIES_PER_READ = 1_000


class Database:
    """The connection, its transactions, and the chain that each change extends."""

    def __init__(self, path: Path) -> None:
        """Open, and create or migrate, the database at `path`; its folder must exist.

        Raises:
            UnavailableError: the file cannot be opened or is not a database.
            ConflictError: it belongs to a newer Stillhouse or to another program.
        """
        self.path = path
        self._lock = threading.RLock()
        with _mapped(path):
            # Readable by its owner only; SQLite gives the -wal and -shm files the same mode. Never
            # open it when it exists: closing any descriptor of a file lets go of all the process's
            # locks on it, also those of another connection. The next process to close would take
            # itself for the last one and delete the WAL that this one goes on writing to.
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(
                path, timeout=BUSY_SECONDS_MAX, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        self._connection.create_function("plus", 2, _plus, deterministic=True)
        self._connection.create_function("plus_each", 2, _plus_each, deterministic=True)
        check_ours(self._connection)  # before the mode of someone else's file is changed
        _use_wal(self._connection)
        for setting in ("synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF"):
            self._connection.execute(f"PRAGMA {setting}")
        migrate(self._connection)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """A transaction that may write: all of it holds, durably, or none of it does."""
        with self._lock, _mapped(self.path):
            if self._connection.in_transaction:
                yield from self._within()
                return
            self._connection.execute("BEGIN IMMEDIATE")
            yield from self._to_the_end()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Changes made inside are durable together, by one write to the disk.

        Each of them still holds or does not by itself: one that fails is undone alone, and the
        others stay. Nothing of them is there before the end: killed, there are all or none.
        """
        with self._change():
            yield

    def _within(self) -> Iterator[sqlite3.Connection]:
        """A change inside of others (`together`): undone by itself when it fails."""
        self._connection.execute("SAVEPOINT change")
        try:
            yield self._connection
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK TO change")
                self._connection.execute("RELEASE change")
            raise
        self._connection.execute("RELEASE change")

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        """Several reads of one state."""
        with self._lock, _mapped(self.path):
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN")
            yield from self._to_the_end()

    def _to_the_end(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # some errors have rolled back already
                self._connection.execute("ROLLBACK")
            raise

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """One read, which is a transaction by itself."""
        with self._lock, _mapped(self.path):
            return self._connection.execute(sql, values).fetchall()

    def _enter(self, *, at: Instant, kind: str, actor: str, body: Mapping[str, Any]) -> Entry:
        """Extend the chain, inside the transaction of the change that the entry tells of."""
        last = self._connection.execute(
            "SELECT number, at, kind, actor, body, previous, hash FROM entries"
            " ORDER BY number DESC LIMIT 1"
        ).fetchone()
        entry = follow(entry_of(last) if last else None, at=at, kind=kind, actor=actor, body=body)
        self._connection.execute(
            "INSERT INTO entries (number, at, kind, actor, body, previous, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (entry.number, at, kind, actor, canonical(entry.body), entry.previous, entry.hash),
        )
        return entry

    def entries(self, *, after: int = 0) -> Iterator[Entry]:
        """Reads a page at a time, so that a slow reader never keeps the WAL from being emptied."""
        while page := self._rows(
            "SELECT number, at, kind, actor, body, previous, hash FROM entries"
            " WHERE number > ? ORDER BY number LIMIT ?",
            (after, ENTRIES_PER_READ),
        ):
            for row in page:
                yield entry_of(row)
            after = page[-1][0]

    def _counter(self, name: str) -> int:
        return int(self._rows("SELECT value FROM meta WHERE name = ?", (name,))[0][0])

    def _count(self, name: str) -> int:
        """Move a polled counter on, inside the transaction of the change it announces."""
        self._connection.execute("UPDATE meta SET value = value + 1 WHERE name = ?", (name,))
        found = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,))
        return int(found.fetchone()[0])


@contextmanager
def _mapped(path: Path) -> Iterator[None]:
    """SQLite's and the system's errors, at the border. An IntegrityError is a bug: it stays."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except sqlite3.ProgrammingError as error:
        if "closed database" in str(error):
            raise UnavailableError(f"{path} is closed") from error
        raise
    except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
        raise UnavailableError(f"{path} cannot be used: {error}; {_advice(str(error))}") from error
    except OSError as error:
        raise UnavailableError(f"{path} cannot be opened: {error.strerror}") from error


def _advice(error: str) -> str:
    if "locked" in error or "busy" in error:
        return f"another process has held it for {BUSY_SECONDS_MAX} s: find it and stop it"
    if "full" in error:
        return "make room on the disk"
    if "not a database" in error or "malformed" in error:
        return "restore it from a backup, or choose another folder with --data"
    return "see that its folder is on a local disk and that you may write to it"


def _use_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for its busy timeout here, so two processes that create it both try."""
    deadline = time.monotonic() + BUSY_SECONDS_MAX
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
            continue
        if mode != "wal":
            raise sqlite3.OperationalError("its file system does not support WAL")
        return


def _plus(a: str, b: str) -> str:
    """Exact addition of decimal text, for sums that pass 64 bits."""
    return str(int(a) + int(b))


def _plus_each(a: str, b: str) -> str:
    """The same for JSON arrays of integers; a shorter one counts as if it ended in zeros."""
    first, second = (_integers(text) for text in (a, b))
    width = max(len(first), len(second))
    first += [0] * (width - len(first))
    second += [0] * (width - len(second))
    return "[" + ",".join(str(x + y) for x, y in zip(first, second, strict=True)) + "]"


def _integers(array: str) -> list[int]:
    inner = array[1:-1]
    return [int(number) for number in inner.split(",")] if inner else []
