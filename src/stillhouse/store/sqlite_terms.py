"""What people sign about terms: lines of the ledger's chain, and nothing beside them.

There is no table: the lines are the state, read oldest first and folded by `terms.signed`. They are
few, and whoever removes one breaks the chain.
"""

from collections.abc import Mapping
from typing import Any

from stillhouse.ledger.ports import Entry
from stillhouse.store.sqlite_database import Database
from stillhouse.store.sqlite_rows import entry_of
from stillhouse.terms.signed import KINDS
from stillhouse.units.instant import Instant


class SQLiteTerms(Database):
    """`stillhouse.ledger.ports.Signed` in SQLite."""

    def sign_terms(self, kind: str, body: Mapping[str, Any], *, at: Instant, actor: str) -> Entry:
        if kind not in KINDS:
            raise ValueError(f"{kind} is nothing that is signed about terms")
        with self._change():
            entry = self._enter(at=at, kind=kind, actor=actor, body=body)
            self._count("version")
        return entry

    def terms_lines(self) -> list[Entry]:
        marks = ", ".join("?" for _ in KINDS)
        rows = self._rows(
            "SELECT number, at, kind, actor, body, previous, hash FROM entries"  # noqa: S608
            f" WHERE kind IN ({marks}) ORDER BY number",
            KINDS,
        )
        return [entry_of(row) for row in rows]
