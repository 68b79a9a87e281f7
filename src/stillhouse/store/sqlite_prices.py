"""Prices: the tariffs that receipts name, the configuration's, and versions that people decide on.

A tariff is registered once and never edited. Which of them the configuration names is kept with its
times, because what was known on a day is asked later. A version is proposed, then decided on once;
its approval registers its tariffs, moves the counters that running gateways poll, and is an entry.
"""

# ruff: noqa: S608
# SQL is put together from column names of our own; values are always bound.

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.store.sqlite_database import Database
from stillhouse.store.sqlite_ledger import SERVICE
from stillhouse.store.sqlite_rows import TARIFF, tariff_of, tariff_row
from stillhouse.tariff import MissingBandError, OverlappingPricesError, PriceBook, Tariff
from stillhouse.tariff.plain import from_plain, terms, to_plain
from stillhouse.tariff.version import (
    Refused,
    Version,
    change_from_plain,
    change_to_plain,
    changes,
    content_hash,
    settled_rows,
)
from stillhouse.units.instant import Instant, iso

VERSION = (
    "number, state, author, proposed_at, source, hash, prices, refused, changes,"
    " decided_by, decided_at, reason"
)
_TARIFFS = ", ".join(f"t.{column.strip()}" for column in TARIFF.split(","))


class SQLitePrices(Database):
    """`stillhouse.ledger.ports.Prices` in SQLite."""

    def register_tariffs(self, tariffs: Iterable[Tariff], *, at: Instant) -> None:
        with self._change() as db:
            self._register(db, tariffs, at=at)

    def tariffs(self) -> dict[str, Tariff]:
        rows = self._rows(f"SELECT {TARIFF} FROM tariffs ORDER BY registered_at, id")
        return {row[0]: tariff_of(row) for row in rows}

    def configure_prices(self, tariffs: Iterable[Tariff], *, at: Instant) -> None:
        now = {t.id: t for t in tariffs}
        with self._change() as db:
            _check_configuration(now.values(), _approved(db))
            self._register(db, now.values(), at=at)
            had = {
                name
                for (name,) in db.execute(
                    "SELECT tariff FROM configured_prices WHERE until IS NULL"
                )
            }
            for gone in had - now.keys():
                db.execute(
                    "UPDATE configured_prices SET until = ? WHERE tariff = ? AND until IS NULL",
                    (at, gone),
                )
            for name in now.keys() - had:
                db.execute(
                    "INSERT INTO configured_prices (tariff, since) VALUES (?, ?)"
                    " ON CONFLICT DO UPDATE SET until = NULL",
                    (name, at),
                )
            if had and had != now.keys():
                body = {"added": sorted(now.keys() - had), "removed": sorted(had - now.keys())}
                self._enter(at=at, kind="prices_configured", actor=SERVICE, body=body)

    def known_prices(self, known_at: Instant | None = None) -> list[Tariff]:
        with self._read() as db:
            approved = [t for t in _approved(db) if known_at is None or t.known_from <= known_at]
            return _configured(db, known_at) + approved

    def approved_prices(self) -> list[Tariff]:
        with self._read() as db:
            return _approved(db)

    def prices_count(self) -> int:
        return self._counter("prices")

    def propose_prices(
        self,
        rows: Iterable[Tariff],
        *,
        source: str,
        refused: Iterable[Refused] = (),
        at: Instant,
        actor: str,
    ) -> Version:
        rows = tuple(rows)
        if not rows:
            raise ConflictError("there is nothing to propose: no price would change")
        name = content_hash(rows, source)
        with self._change() as db:
            found = db.execute(
                f"SELECT {VERSION} FROM price_versions WHERE hash = ? AND state = 'proposed'",
                (name,),
            ).fetchone()
            if found is not None:
                return _version(found)
            book, _ = _checked(db, rows, at=at)
            db.execute(
                "INSERT INTO price_versions (state, author, proposed_at, source, hash, prices,"
                " refused, changes) VALUES ('proposed', ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(actor, at, source, name),
                    json.dumps([to_plain(row) for row in rows]),
                    json.dumps([[r.what, r.reason] for r in refused]),
                    json.dumps([change_to_plain(c) for c in changes(rows, book, at=at)]),
                ),
            )
            number = int(db.execute("SELECT max(number) FROM price_versions").fetchone()[0])
            body = {"version": f"pv_{number}", "hash": name, "rows": len(rows), "source": source}
            self._enter(at=at, kind="prices_proposed", actor=actor, body=body)
            self._count("version")
            return _find(db, f"pv_{number}")

    def approve_prices(self, version: str, *, at: Instant, actor: str) -> Version:
        with self._change() as db:
            found = _find(db, version)
            if found.state == "approved":
                return found
            _undecided(found)
            book, made = _checked(db, found.rows, at=at)
            self._register(db, made, at=at)
            db.executemany(
                "INSERT INTO approved_prices (tariff, version) VALUES (?, ?)",
                [(t.id, found.number) for t in made],
            )
            what = json.dumps([change_to_plain(c) for c in changes(found.rows, book, at=at)])
            _decide(db, found, "approved", changes_=what, at=at, actor=actor)
            body = {
                "version": found.id,
                "hash": found.hash,
                "source": found.source,
                "author": found.author,
                "tariffs": [t.id for t in made],
            }
            self._enter(at=at, kind="prices_approved", actor=actor, body=body)
            self._count("prices")
            self._count("version")
            return _find(db, version)

    def reject_prices(self, version: str, *, reason: str, at: Instant, actor: str) -> Version:
        if not reason.strip():
            raise ConflictError("say why it is rejected; its author reads the reason")
        with self._change() as db:
            found = _find(db, version)
            if found.state == "rejected":
                return found
            _undecided(found)
            _decide(db, found, "rejected", at=at, actor=actor, reason=reason)
            body = {"version": found.id, "hash": found.hash, "reason": reason}
            self._enter(at=at, kind="prices_rejected", actor=actor, body=body)
            self._count("version")
            return _find(db, version)

    def price_version(self, version: str) -> Version:
        with self._read() as db:
            return _find(db, version)

    def price_versions(self) -> list[Version]:
        rows = self._rows(f"SELECT {VERSION} FROM price_versions ORDER BY number DESC")
        return [_version(row) for row in rows]

    def _register(self, db: sqlite3.Connection, tariffs: Iterable[Tariff], *, at: Instant) -> None:
        for tariff in tariffs:
            row = tariff_row(tariff, at=at)
            added = db.execute(
                f"INSERT INTO tariffs ({TARIFF}, registered_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                row,
            ).rowcount
            if added:
                body = {
                    "id": tariff.id,
                    "book": tariff.book,
                    "model": tariff.model,
                    "currency": tariff.currency,
                    "valid_from": tariff.valid_from,
                    "prices": [str(price) for price in tariff.prices],
                    "source": tariff.source,
                    **terms(tariff),
                }
                self._enter(at=at, kind="tariff", actor=SERVICE, body=body)


def _configured(db: sqlite3.Connection, known_at: Instant | None) -> list[Tariff]:
    rows = db.execute(
        f"SELECT {_TARIFFS} FROM configured_prices AS c JOIN tariffs AS t ON t.id = c.tariff"
        " WHERE CASE WHEN ?1 IS NULL THEN c.until IS NULL"
        " ELSE c.since <= ?1 AND (c.until IS NULL OR c.until > ?1) END ORDER BY t.id",
        (known_at,),
    )
    return [tariff_of(row) for row in rows]


def _approved(db: sqlite3.Connection) -> list[Tariff]:
    rows = db.execute(
        f"SELECT {_TARIFFS} FROM approved_prices AS a JOIN tariffs AS t ON t.id = a.tariff"
        " ORDER BY a.version, t.id"
    )
    return [tariff_of(row) for row in rows]


def _checked(
    db: sqlite3.Connection, rows: Sequence[Tariff], *, at: Instant
) -> tuple[PriceBook, tuple[Tariff, ...]]:
    """(what is known, the tariffs that an approval now would add); raises where they clash."""
    for account in sorted({row.account for row in rows if row.account}):
        if not db.execute("SELECT 1 FROM accounts WHERE id = ?", (account,)).fetchone():
            raise NotFoundError(f"no account {account}; `stillhouse accounts list` shows them all")
    configured, approved = _configured(db, None), _approved(db)
    try:
        made = settled_rows(rows, at)
        book = PriceBook([*configured, *approved])
        PriceBook([*configured, *approved, *made])
    except (OverlappingPricesError, MissingBandError) as error:
        raise ConflictError(str(error)) from error
    _check_configuration(configured, made)
    sold_in = {t.currency for t in [*configured, *approved] if t.book == "sale"}
    asked = {t.currency for t in made if t.book == "sale"}
    if len(sold_in | asked) > 1:
        raise ConflictError(
            f"sale prices in {' and '.join(sorted(sold_in | asked))}: budgets and invoices need"
            " one currency of sale; propose them in that one"
        )
    return book, made


def _check_configuration(configured: Iterable[Tariff], approved: Iterable[Tariff]) -> None:
    """Whichever of the two comes later is refused: nobody guesses which one is meant."""
    known = {(t.slot, t.valid_from, t.above): t for t in configured}
    for t in approved:
        other = known.get((t.slot, t.valid_from, t.above))
        if other is not None and (other.prices, other.currency) != (t.prices, t.currency):
            raise ConflictError(
                f"the configuration has another {t.slot} from {iso(t.valid_from)} ({other.id}) than"
                f" what is approved or to be ({t.id}); change it there, or let one of the two begin"
                " later"
            )


def _undecided(found: Version) -> None:
    if found.state != "proposed":
        raise ConflictError(
            f"{found.id} was {found.state} by {found.decided_by}; propose another version"
        )


def _decide(
    db: sqlite3.Connection,
    found: Version,
    state: str,
    *,
    changes_: str | None = None,
    at: Instant,
    actor: str,
    reason: str = "",
) -> None:
    db.execute(
        "UPDATE price_versions SET state = ?, changes = coalesce(?, changes), decided_by = ?,"
        " decided_at = ?, reason = ? WHERE number = ?",
        (state, changes_, actor, at, reason, found.number),
    )


def _find(db: sqlite3.Connection, version: str) -> Version:
    number = version.removeprefix("pv_")
    row = None
    if number.isascii() and number.isdigit():
        row = db.execute(
            f"SELECT {VERSION} FROM price_versions WHERE number = ?", (int(number),)
        ).fetchone()
    if row is None:
        raise NotFoundError(
            f"no price version {version}; `stillhouse prices versions` shows them all"
        )
    return _version(row)


def _version(row: Sequence[Any]) -> Version:
    number, state, author, proposed_at, source, name, prices, refused, what, *decision = row
    decided_by, decided_at, reason = decision
    return Version(
        number=number,
        state=state,
        author=author,
        proposed_at=Instant(proposed_at),
        source=source,
        hash=name,
        rows=tuple(map(from_plain, json.loads(prices))),
        refused=tuple(Refused(*pair) for pair in json.loads(refused)),
        changes=tuple(map(change_from_plain, json.loads(what))),
        decided_by=decided_by,
        decided_at=decided_at,
        reason=reason,
    )
