"""Settings, rates, contracts, drafts and finalised documents. Fails closed.

A document gets its number, its place in its issuer's chain and its ledger entry in one transaction,
and its draft goes in the same: killed at any point, there is the draft or there is the document.
Triggers refuse a change or a gap, whoever asks.
"""

# ruff: noqa: S608
# SQL is put together from column names of our own; values are always bound.

import hashlib
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from stillhouse.billing.contract import Contract
from stillhouse.billing.document import Document
from stillhouse.billing.fx import StoredRate
from stillhouse.billing.ports import (
    NEVER,
    Brief,
    Closing,
    Complete,
    Held,
    Issued,
    Moment,
    Sealed,
)
from stillhouse.billing.settings import Customer, Issuer
from stillhouse.ledger.entries import canonical
from stillhouse.ledger.ports import ConflictError, NotFoundError, Total
from stillhouse.store.sqlite_evidence import SQLiteEvidence
from stillhouse.store.sqlite_rows import TOTAL, total_of
from stillhouse.units.instant import Instant

HELD = (
    "account, period, text, state, drafted_at, drafted_by, approved_at, approved_by, as_of,"
    " posting, approval"
)
ISSUED = (
    "issuer, serial, number, kind, account, period, refers, reopens, request, hash, text,"
    " finalised_at"
)
TOUCHING = "'invoice_draft', 'invoice_approved', 'invoice', 'final_invoice'"
"""kinds of entries after which a draft is another one, or gone"""
STILL = (
    "'segment', 'writer', 'writer_released', 'invoice_draft', 'invoice_approved', 'invoice',"
    " 'final_invoice', 'credit_note', 'account', 'project', 'standing', 'key', 'revoke', 'limits',"
    " 'budget', 'budget_removed', 'member', 'link', 'link_used', 'link_withdrawn', 'signed_in',"
    " 'signed_out', 'case_invoiced', 'payment'"
)
"""kinds of entries that change no draft of other accounts; whatever is not named here may"""
S = TypeVar("S", Issuer, Customer)


class SQLiteInvoices(SQLiteEvidence):
    """The part of the store that keeps what was and what will be invoiced."""

    # -- settings

    def issuer(self, ident: str) -> Issuer:
        """As it was set; the defaults when it never was."""
        return self._setting("issuer", ident, Issuer(id=ident))

    def issuers(self) -> list[Issuer]:
        rows = self._rows("SELECT body FROM billing_settings WHERE scope = 'issuer' ORDER BY id")
        return [msgspec.json.decode(body, type=Issuer) for (body,) in rows]

    def set_issuer(self, issuer: Issuer, *, at: Instant, actor: str) -> None:
        self._set("issuer", issuer.id, msgspec.to_builtins(issuer), at=at, actor=actor)

    def customer(self, account: str) -> Customer:
        """As it was set; without settings of its own, the issuer's hold."""
        return self._setting("account", account, Customer())

    def set_customer(self, account: str, customer: Customer, *, at: Instant, actor: str) -> None:
        self._set("account", account, msgspec.to_builtins(customer), at=at, actor=actor)

    def _setting(self, scope: str, ident: str, default: S) -> S:
        rows = self._rows(
            "SELECT body FROM billing_settings WHERE scope = ? AND id = ?", (scope, ident)
        )
        return msgspec.json.decode(rows[0][0], type=type(default)) if rows else default

    def _set(
        self, scope: str, ident: str, body: Mapping[str, Any], *, at: Instant, actor: str
    ) -> None:
        text = canonical(body)
        with self._change() as db:
            known = db.execute(
                "SELECT body FROM billing_settings WHERE scope = ? AND id = ?", (scope, ident)
            ).fetchone()
            if known and known[0] == text:
                return
            db.execute(
                "INSERT INTO billing_settings (scope, id, body) VALUES (?, ?, ?)"
                " ON CONFLICT (scope, id) DO UPDATE SET body = excluded.body",
                (scope, ident, text),
            )
            told = {"scope": scope, "id": ident, "settings": dict(body)}
            self._enter(at=at, kind="billing_settings", actor=actor, body=told)

    # -- rates and contracts

    def rates(self) -> list[StoredRate]:
        rows = self._rows("SELECT base, quote, rate, date, policy, source FROM fx_rates")
        return [
            StoredRate(base=base, quote=quote, rate=rate, date=date, policy=policy, source=source)
            for base, quote, rate, date, policy, source in rows
        ]

    def set_rate(self, rate: StoredRate, *, at: Instant, actor: str) -> bool:
        with self._change() as db:
            known = db.execute(
                "SELECT rate, source FROM fx_rates WHERE base = ? AND quote = ? AND policy = ?"
                " AND date = ? ORDER BY serial DESC LIMIT 1",
                (rate.base, rate.quote, rate.policy, rate.date),
            ).fetchone()
            if known == (rate.rate, rate.source):
                return False
            db.execute(
                "INSERT INTO fx_rates (base, quote, policy, date, rate, source, stored_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (rate.base, rate.quote, rate.policy, rate.date, rate.rate, rate.source, at),
            )
            self._enter(at=at, kind="fx_rate", actor=actor, body=msgspec.to_builtins(rate))
        return True

    def contracts(self, account: str | None = None) -> list[Contract]:
        rows = self._rows(
            "SELECT body FROM contracts WHERE ? IS NULL OR account = ? ORDER BY serial",
            (account, account),
        )
        return [msgspec.json.decode(body, type=Contract) for (body,) in rows]

    def set_contract(self, contract: Contract, *, at: Instant, actor: str) -> bool:
        body = msgspec.to_builtins(contract)
        text = canonical(body)
        with self._change() as db:
            known = db.execute(
                "SELECT body FROM contracts WHERE account = ? AND since = ?"
                " ORDER BY serial DESC LIMIT 1",
                (contract.account, contract.since),
            ).fetchone()
            if known and known[0] == text:
                return False
            db.execute(
                "INSERT INTO contracts (account, since, body, stored_at) VALUES (?, ?, ?, ?)",
                (contract.account, contract.since, text, at),
            )
            self._enter(at=at, kind="contract", actor=actor, body=body)
        return True

    # -- drafts

    def moment(self) -> Moment:
        with self._read() as db:
            [(newest,)] = db.execute("SELECT coalesce(max(number), 0) FROM entries")
            return Moment(newest, self._counter("posting"))

    def moved(self, since: int) -> tuple[int, int]:
        [row] = self._rows(
            "SELECT (SELECT coalesce(max(number), 0) FROM entries), coalesce(max(number), 0)"
            f" FROM entries WHERE number > ? AND kind NOT IN ({STILL})",
            (since,),
        )
        return row[0], row[1]

    def posted_since(self, posting: int, *, upto: str) -> bool:
        rows = self._rows(
            "SELECT 1 FROM posted_days WHERE posting > ? AND day <= ? LIMIT 1", (posting, upto)
        )
        return bool(rows)

    def newest_of(self, account: str) -> tuple[str, int]:
        rows = self._rows(
            "SELECT hash, entry FROM documents WHERE account = ? ORDER BY entry DESC LIMIT 1",
            (account,),
        )
        return (rows[0][0], rows[0][1]) if rows else ("", 0)

    def times_reopened(self, account: str, period: str) -> int:
        [(n,)] = self._rows(
            "SELECT count(*) FROM documents WHERE account = ? AND period = ? AND reopens",
            (account, period),
        )
        return int(n)

    def was_approved(self, held: Held) -> bool:
        rows = self._rows(
            "SELECT json_extract(body, '$.account'), json_extract(body, '$.period'),"
            " json_extract(body, '$.sha256') FROM entries"
            " WHERE number = ? AND kind = 'invoice_approved'",
            (held.approval,),
        )
        return rows == [(held.account, held.period, _sha256(held.text))]

    def hold_draft(
        self,
        account: str,
        period: str,
        text: str,
        *,
        as_of: Moment = NEVER,
        at: Instant,
        actor: str,
    ) -> Held:
        """The same text again is the same draft, approved or not; another one takes its place."""
        with self._change() as db:
            known = _draft(db, account, period)
            if known and known.text == text and known.state == "draft":
                return known
            db.execute(
                f"INSERT INTO drafts ({HELD}) VALUES (?, ?, ?, 'draft', ?, ?, NULL, NULL, ?, ?,"
                " NULL) ON CONFLICT (account, period) DO UPDATE SET text = excluded.text,"
                " state = 'draft', drafted_at = excluded.drafted_at,"
                " drafted_by = excluded.drafted_by, approved_at = NULL, approved_by = NULL,"
                " as_of = excluded.as_of, posting = excluded.posting, approval = NULL",
                (account, period, packed(text), at, actor, *as_of),
            )
            body = {"account": account, "period": period, "sha256": _sha256(text)}
            self._enter(at=at, kind="invoice_draft", actor=actor, body=body)
            return _known_draft(db, account, period)

    def approve_draft(
        self, account: str, period: str, text: str, *, at: Instant, actor: str
    ) -> Held:
        with self._change() as db:
            known = _known_draft(db, account, period)
            if known.text != text:
                raise ConflictError(
                    "the draft was made again meanwhile: look at it, then approve it"
                )
            if known.state == "approved":
                return known
            body = {"account": account, "period": period, "sha256": _sha256(text)}
            entry = self._enter(at=at, kind="invoice_approved", actor=actor, body=body)
            db.execute(
                "UPDATE drafts SET state = 'approved', approved_at = ?, approved_by = ?,"
                " approval = ? WHERE account = ? AND period = ?",
                (at, actor, entry.number, account, period),
            )
            return _known_draft(db, account, period)

    def draft(self, account: str, period: str) -> Held | None:
        rows = self._rows(
            f"SELECT {HELD} FROM drafts WHERE account = ? AND period = ?", (account, period)
        )
        return _held(rows[0]) if rows else None

    def drafts(self) -> list[Held]:
        return [
            _held(row) for row in self._rows(f"SELECT {HELD} FROM drafts ORDER BY period, account")
        ]

    # -- closing and issuing

    def closing(self, account: str, months: Sequence[str], *, daily: bool = False) -> Closing:
        with self._read() as db:
            # Not the newest of all: else a draft of the same receipts would have other bytes.
            newest = db.execute(
                "SELECT coalesce(max(number), 0) FROM entries WHERE kind = 'segment'"
            ).fetchone()[0]
            read = self._by_day if daily else self.month_totals
            return Closing(newest, {month: read(account, month) for month in months})

    def _by_day(self, account: str, month: str) -> list[Total]:
        rows = self._rows(
            f"SELECT {TOTAL} FROM totals WHERE account = ? AND day BETWEEN ? AND ?"
            ' ORDER BY day, account, project, "key", deployment, model, sale_tariff,'
            " cost_tariff, workload, cohort",
            (account, f"{month}-", f"{month}-~"),
        )
        return [total_of(row) for row in rows]

    def issue(
        self,
        complete: Complete,
        *,
        request: str,
        basis: str,
        draft: str | Held,
        reopens: bool = False,
        issuer: str,
        account: str,
        period: str,
        at: Instant,
        actor: str,
    ) -> Issued:
        with self._change() as db:
            known = _issued(db, "request = ?", request)
            if known:
                return known
            newest = db.execute(
                "SELECT hash FROM documents WHERE account = ? ORDER BY entry DESC LIMIT 1",
                (account,),
            ).fetchone()
            if basis != (newest[0] if newest else ""):
                raise ConflictError(
                    "another document of this account was finalised meanwhile; ask again"
                )
            if draft:
                if not _is_approved(db, account, period, draft):
                    raise ConflictError("the draft was made again meanwhile; approve it anew")
                db.execute("DELETE FROM drafts WHERE account = ? AND period = ?", (account, period))
            last = db.execute(
                "SELECT serial, hash FROM documents WHERE issuer = ? ORDER BY serial DESC LIMIT 1",
                (issuer,),
            ).fetchone()
            serial, previous = (last[0] + 1, last[1]) if last else (1, "")
            done = complete(serial, previous)
            if isinstance(done, Document):
                done = Sealed.of(done)
            body = {
                "number": done.number,
                "issuer": issuer,
                "serial": serial,
                "account": account,
                "period": period,
                "total": done.total,
                "currency": done.currency,
                "hash": done.hash,
                "receipts": done.receipts,
                "root": done.root,
            }
            if done.refers:
                body |= {"refers": done.refers, "reopens": reopens}
            entry = self._enter(at=at, kind=done.kind, actor=actor, body=body)
            row = (
                *(issuer, serial, done.number, done.kind, account, period, done.refers, reopens),
                *(request, done.hash, packed(done.text), at),
            )
            db.execute(
                f"INSERT INTO documents ({ISSUED}, previous, entry)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, previous, entry.number),
            )
            return _issued_of(row)

    def documents(self, *, account: str | None = None, period: str | None = None) -> list[Issued]:
        asked = {"account": account, "period": period}
        given = {name: value for name, value in asked.items() if value is not None}
        # Not "? IS NULL OR account = ?": then no index helps, and an account reads everybody's.
        where = " AND ".join(f"{name} = ?" for name in given) or "TRUE"
        rows = self._rows(
            f"SELECT {ISSUED} FROM documents WHERE {where} ORDER BY entry", tuple(given.values())
        )
        return [_issued_of(row) for row in rows]

    def document(self, number: str) -> Issued:
        rows = self._rows(f"SELECT {ISSUED} FROM documents WHERE number = ?", (number,))
        if not rows:
            raise NotFoundError(f"no document {number}; `stillhouse invoices list` shows them all")
        return _issued_of(rows[0])

    def issued_since(self, entry: int, *, limit: int) -> list[tuple[int, Issued]]:
        rows = self._rows(
            f"SELECT entry, {ISSUED} FROM documents WHERE entry > ? ORDER BY entry LIMIT ?",
            (entry, limit),
        )
        return [(number, _issued_of(row)) for number, *row in rows]

    def drafts_changed(self, since: int) -> tuple[int, set[tuple[str, str]]]:
        with self._read() as db:
            newest = db.execute("SELECT coalesce(max(number), 0) FROM entries").fetchone()[0]
            # From the beginning, those that are there are all that matters.
            rows = (
                db.execute(
                    "SELECT json_extract(body, '$.account'), json_extract(body, '$.period')"
                    f" FROM entries WHERE number > ? AND kind IN ({TOUCHING})",
                    (since,),
                )
                if since
                else db.execute("SELECT account, period FROM drafts")
            ).fetchall()
        return newest, {(account, period) for account, period in rows}

    def briefs(self, period: str) -> list[Brief]:
        rows = self._rows(
            "SELECT d.account, d.number, d.kind, json_extract(e.body, '$.currency'),"
            " json_extract(e.body, '$.total') FROM documents AS d"
            " JOIN entries AS e ON e.number = d.entry WHERE d.period = ? ORDER BY d.entry",
            (period,),
        )
        return [Brief(*row) for row in rows]

    def reopened(self, period: str) -> set[str]:
        rows = self._rows("SELECT refers FROM documents WHERE reopens AND period = ?", (period,))
        return {number for (number,) in rows}

    def to_invoice(self, month: str) -> list[str]:
        rows = self._rows(
            "SELECT id FROM accounts WHERE EXISTS (SELECT 1 FROM month_totals AS t"
            " WHERE t.account = accounts.id AND t.month = ?)"
            " OR id IN (SELECT account FROM contracts) OR id IN (SELECT account FROM documents)"
            " ORDER BY id",
            (month,),
        )
        return [account for (account,) in rows]

    def project_names(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for account, project, name in self._rows("SELECT account, id, name FROM projects"):
            found.setdefault(account, {})[project] = name
        return found

    def held(self, month: str) -> dict[str, str]:
        return dict(self._rows("SELECT account, state FROM drafts WHERE period = ?", (month,)))

    def requested(self, request: str) -> Issued | None:
        rows = self._rows(f"SELECT {ISSUED} FROM documents WHERE request = ?", (request,))
        return _issued_of(rows[0]) if rows else None


def _issued(db: sqlite3.Connection, where: str, value: str) -> Issued | None:
    """The newest of these."""
    row = db.execute(
        f"SELECT {ISSUED} FROM documents WHERE {where} ORDER BY entry DESC LIMIT 1", (value,)
    ).fetchone()
    return _issued_of(row) if row else None


def _draft(db: sqlite3.Connection, account: str, period: str) -> Held | None:
    row = db.execute(
        f"SELECT {HELD} FROM drafts WHERE account = ? AND period = ?", (account, period)
    ).fetchone()
    return _held(row) if row else None


def _is_approved(db: sqlite3.Connection, account: str, period: str, draft: str | Held) -> bool:
    """Whether this is the draft that is approved: by its approval, or by its text."""
    if isinstance(draft, Held) and draft.approval:
        row = db.execute(
            "SELECT state, approval FROM drafts WHERE account = ? AND period = ?", (account, period)
        ).fetchone()
        return bool(row == ("approved", draft.approval))
    held = _known_draft(db, account, period)
    text = draft.text if isinstance(draft, Held) else draft
    return held.state == "approved" and held.text == text


def _known_draft(db: sqlite3.Connection, account: str, period: str) -> Held:
    found = _draft(db, account, period)
    if found is None:
        raise NotFoundError(f"no draft of {account} for {period}")
    return found


def _held(row: Sequence[Any]) -> Held:
    account, period, text, state, at, by, approved_at, approved_by, *more = row
    entry, posting, approval = more
    approved = None if approved_at is None else Instant(approved_at)
    return Held(
        *(account, period, unpacked(text), state, Instant(at), by, approved, approved_by),
        as_of=Moment(entry, posting),
        approval=approval or 0,
    )


def _issued_of(row: Sequence[Any]) -> Issued:
    issuer, serial, number, kind, account, period, refers, reopens, *rest = row
    request, digest, text, at = rest
    return Issued(
        issuer=issuer,
        serial=serial,
        number=number,
        kind=kind,
        account=account,
        period=period,
        refers=refers,
        reopens=bool(reopens),
        request=request,
        hash=digest,
        text=unpacked(text),
        finalised_at=Instant(at),
    )


def packed(text: str) -> bytes:
    """As it is stored: an eleventh of it, at a tenth of a millisecond either way."""
    return zlib.compress(text.encode(), 1)


def unpacked(stored: str | bytes) -> str:
    """Texts from before they were deflated are text."""
    return stored if isinstance(stored, str) else zlib.decompress(stored).decode()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
