"""SQLite keeps guard's cases; the rules are in `case_rules`. Here: altered files are noticed."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from stillhouse.guard.ports import Event
from stillhouse.ledger.entries import check
from stillhouse.store.sqlite import SQLiteStore
from stillhouse.units.instant import Instant

SWAPPED = """
UPDATE entries SET number = CASE number WHEN 3 THEN -4 ELSE -3 END WHERE number IN (3, 4);
UPDATE entries SET number = -number WHERE number < 0
"""
AT = Instant(1_800_000_000_000_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "stillhouse.sqlite"
    with closing(SQLiteStore(path)) as store:
        account = store.create_account("acme", at=AT, actor="test").id
        opening = {"case": "case_1", "accounts": [account], "e": "2000.0"}
        [first] = store.write_case("case_1", [Event("case_opened", AT, opening, "guard")], last=0)
        steps = [
            Event("case_step", AT, {"case": "case_1", "level": level}, "guard")
            for level in ("notice", "throttle")
        ]
        store.write_case("case_1", steps, last=first.number)
        assert None is check(store.entries())
    return path


@pytest.mark.parametrize(
    ("forgery", "found"),
    [
        (
            "UPDATE entries SET body = replace(body, '2000.0', '20.0') WHERE kind = 'case_opened'",
            "entry 2 was changed",
        ),
        ("DELETE FROM entries WHERE number = 3", "entry 3 is missing"),
        (
            SWAPPED,
            "entry 3 does not follow",
        ),
    ],
    ids=["altered", "removed", "reordered"],
)
def test_the_chain_tells_where_a_case_was_tampered_with(
    path: Path, forgery: str, found: str
) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TRIGGER entries_are_never_changed")
        db.execute("DROP TRIGGER entries_are_never_removed")
        db.executescript(forgery)
        db.commit()
    with closing(SQLiteStore(path)) as store:
        broken = check(store.entries())

    assert broken is not None
    assert found in broken.what
