"""What people sign about terms: lines of the ledger's chain, and nothing beside them.

There is no table: the lines are the state, read oldest first and folded by `terms.signed`. They are
few, and whoever removes one breaks the chain.
"""

# ruff: noqa: S608
# The marks of an IN are put together here; values are always bound.

import json
from collections.abc import Mapping
from typing import Any

from stillhouse.store.sqlite_database import Database
from stillhouse.terms.signed import KINDS, Line
from stillhouse.units.instant import Instant


class SQLiteTerms(Database):
    """`stillhouse.terms.signed.SignedStore` in SQLite."""

    def sign_terms(self, kind: str, body: Mapping[str, Any], *, at: Instant, actor: str) -> None:
        if kind not in KINDS:
            raise ValueError(f"{kind} is nothing that is signed about terms")
        with self._change():
            self._enter(at=at, kind=kind, actor=actor, body=body)
            self._count("version")

    def terms_count(self) -> int:
        marks = ", ".join("?" for _ in KINDS)
        rows = self._rows(f"SELECT count(*) FROM entries WHERE kind IN ({marks})", KINDS)
        return int(rows[0][0])

    def terms_lines(self) -> list[Line]:
        marks = ", ".join("?" for _ in KINDS)
        rows = self._rows(
            f"SELECT kind, at, body FROM entries WHERE kind IN ({marks}) ORDER BY number", KINDS
        )
        return [(kind, Instant(at), json.loads(body)) for kind, at, body in rows]
