"""Numbered steps of the SQLite schema: `<serial>_<what>.sql`, applied once, in order, never edited.

A database's version is the serial of its last step (`PRAGMA user_version`). All missing steps are
applied in one transaction, so a crash leaves the old version or the new one. A database of a newer
Stillhouse is refused: an old program does not know what the new columns promise.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from stillhouse.ledger.ports import ConflictError

APPLICATION_ID = 0x5374696C
"""In the file's header ("Stil"): tells our database from another program's."""


@dataclass(frozen=True, slots=True)
class Step:
    serial: int
    what: str
    statements: tuple[str, ...]


class ForeignDatabaseError(ConflictError):
    """The file is a database, but not one that this program may touch."""


def steps() -> list[Step]:
    """All steps that ship with this version, in order."""
    found = [
        _step(file.name.removesuffix(".sql"), file.read_text(encoding="utf-8"))
        for file in files(__name__).iterdir()
        if file.name.endswith(".sql")
    ]
    return sorted(found, key=lambda step: step.serial)


def _step(name: str, text: str) -> Step:
    serial, _, what = name.partition("_")
    statements, pending = [], ""
    # Not executescript(): it commits first, and these steps must hold or fall together.
    for line in text.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            statements.append(pending.strip())
            pending = ""
    if pending.strip():
        raise ValueError(f"migration {name} does not end with a complete statement")
    return Step(int(serial), what, tuple(statements))


def migrate(connection: sqlite3.Connection, known: Sequence[Step] | None = None) -> int:
    """Bring this database up to the newest step; returns how many steps were applied.

    Raises:
        ForeignDatabaseError: it belongs to a newer Stillhouse or to another program.
    """
    known = steps() if known is None else known
    newest = known[-1].serial
    if _version(connection) == newest and _application(connection) == APPLICATION_ID:
        return 0
    connection.execute("BEGIN IMMEDIATE")
    try:
        check_ours(connection, newest=newest)
        version = _version(connection)
        missing = [step for step in known if step.serial > version]
        for step in missing:
            for statement in step.statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {newest}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return len(missing)


def check_ours(connection: sqlite3.Connection, *, newest: int | None = None) -> None:
    """Raise ForeignDatabaseError unless this is a database for us. Writes nothing."""
    newest = steps()[-1].serial if newest is None else newest
    version = _version(connection)
    if _application(connection) != APPLICATION_ID:
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables:
            raise ForeignDatabaseError(
                "this SQLite file belongs to another program; choose another folder with --data"
            )
    if version > newest:
        raise ForeignDatabaseError(
            f"this database has version {version} and this program knows {newest}; "
            "run the newer Stillhouse that wrote it, or restore a backup"
        )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _application(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA application_id").fetchone()[0])
