"""What the console keeps and looks up beside the ledger: entries by page, sealed keys, spans.

A provider's key comes in encrypted (`store.vault`) and goes out encrypted. A span says when the
receipts of a segment were admitted and whose they are: read from its file once, it lets a search
open only the files that can hold what it looks for.
"""

# ruff: noqa: S608
# SQL is put together from column and table names of our own; values are always bound.

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from stillhouse.ledger.ports import Entry, NotFoundError
from stillhouse.store.sqlite_console import SQLiteConsole
from stillhouse.store.sqlite_rows import entry_of
from stillhouse.units.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """A provider's key as it is kept. hint: its last characters, for people."""

    provider: str
    sealed: bytes = field(repr=False)
    hint: str
    changed_at: Instant
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """The last test of the key in use."""

    provider: str
    at: Instant
    works: bool


class Span(NamedTuple):
    """first_at, last_at: of admission, both included; accounts: ids."""

    segment: str
    path: str
    writer: int
    seq_min: int
    seq_max: int
    receipts: int
    first_at: int
    last_at: int
    accounts: frozenset[str]


class SQLiteDesk(SQLiteConsole):
    """`SQLiteConsole` and what else the console keeps."""

    def entries_before(
        self, number: int, *, kind: str = "", actor: str = "", limit: int
    ) -> list[Entry]:
        """Newest first."""
        wheres, values = ["number < ?"], [number]
        for column, wanted in (("kind", kind), ("actor", actor)):
            if wanted:
                wheres.append(f"{column} = ?")
                values.append(wanted)  # type: ignore[arg-type]
        rows = self._rows(
            "SELECT number, at, kind, actor, body, previous, hash FROM entries"
            f" WHERE {' AND '.join(wheres)} ORDER BY number DESC LIMIT ?",
            (*values, limit),
        )
        return [entry_of(row) for row in rows]

    # -- keys of providers

    def set_provider_key(
        self, provider: str, *, sealed: bytes, hint: str, at: Instant, actor: str
    ) -> None:
        with self._change() as db:
            known = db.execute(
                "SELECT 1 FROM provider_keys WHERE provider = ?", (provider,)
            ).fetchone()
            db.execute(
                "INSERT INTO provider_keys (provider, sealed, hint, changed_at, changed_by)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (provider) DO UPDATE SET"
                " sealed = excluded.sealed, hint = excluded.hint,"
                " changed_at = excluded.changed_at, changed_by = excluded.changed_by",
                (provider, sealed, hint, at, actor),
            )
            db.execute("DELETE FROM provider_tests WHERE provider = ?", (provider,))
            body = {"provider": provider, "rotated": known is not None}
            self._enter(at=at, kind="provider_key", actor=actor, body=body)

    def remove_provider_key(self, provider: str, *, at: Instant, actor: str) -> None:
        with self._change() as db:
            gone = db.execute("DELETE FROM provider_keys WHERE provider = ?", (provider,)).rowcount
            if not gone:
                raise NotFoundError(f"no key of {provider} is kept here; nothing to remove")
            db.execute("DELETE FROM provider_tests WHERE provider = ?", (provider,))
            body = {"provider": provider}
            self._enter(at=at, kind="provider_key_removed", actor=actor, body=body)

    def provider_keys(self) -> dict[str, SealedKey]:
        rows = self._rows(
            "SELECT provider, sealed, hint, changed_at, changed_by FROM provider_keys"
            " ORDER BY provider"
        )
        return {
            provider: SealedKey(
                provider=provider, sealed=sealed, hint=hint, changed_at=at, changed_by=by
            )
            for provider, sealed, hint, at, by in rows
        }

    def note_test(self, provider: str, *, works: bool, at: Instant) -> None:
        with self._change() as db:
            db.execute(
                "INSERT INTO provider_tests (provider, tested_at, works) VALUES (?, ?, ?)"
                " ON CONFLICT (provider) DO UPDATE SET tested_at = excluded.tested_at,"
                " works = excluded.works",
                (provider, at, works),
            )

    def tests(self) -> dict[str, Tested]:
        rows = self._rows("SELECT provider, tested_at, works FROM provider_tests")
        return {p: Tested(provider=p, at=at, works=bool(works)) for p, at, works in rows}

    # -- segments

    def spans(self, since: int) -> tuple[int, list[Span]]:
        """(newest row, spans that were added after row `since`)."""
        rows = self._rows(
            "SELECT p.rowid, s.id, s.path, s.writer, s.seq_min, s.seq_max, s.receipts,"
            " p.first_at, p.last_at, p.accounts"
            " FROM segments AS s JOIN segment_spans AS p ON p.segment = s.id"
            " WHERE p.rowid > ? ORDER BY p.rowid",
            (since,),
        )
        found = [Span._make((*row[1:9], frozenset(json.loads(row[9])))) for row in rows]
        return (rows[-1][0] if rows else since), found

    def without_span(self) -> list[tuple[str, str]]:
        """(segment, path) of segments whose file was not looked at yet, newest first."""
        return self._rows(
            "SELECT id, path FROM segments WHERE id NOT IN (SELECT segment FROM segment_spans)"
            " ORDER BY rowid DESC"
        )

    def add_spans(self, spans: Iterable[tuple[str, int, int, Iterable[str]]]) -> None:
        """(segment, first, last, accounts). What was read twice is kept once."""
        with self._change() as db:
            db.executemany(
                "INSERT INTO segment_spans (segment, first_at, last_at, accounts)"
                " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [(s, first, last, json.dumps(sorted(a))) for s, first, last, a in spans],
            )

    def posted_among(self, segments: Iterable[str]) -> set[str]:
        rows = self._rows(
            "SELECT id FROM segments WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(segments)),),
        )
        return {ident for (ident,) in rows}

    def segment_facts(self, segment: str) -> tuple[str, Instant]:
        """(SHA-256 of its file, when it was sealed). Raises NotFoundError."""
        rows = self._rows("SELECT sha256, sealed_at FROM segments WHERE id = ?", (segment,))
        if not rows:
            raise NotFoundError(f"no segment {segment}")
        return rows[0][0], Instant(rows[0][1])
