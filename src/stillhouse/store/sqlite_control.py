"""Accounts, projects, keys, limits, budgets, standing. Every change is an entry and a new version.

Names are for people and unique where they are looked up; ids are random, prefixed by what they
name (`acct_`, `proj_`, `key_`, `bud_`) and never re-used.
"""

# ruff: noqa: S608
# SQL is put together from column and table names of our own; values are always bound.

import json
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.store.sqlite_database import Database
from stillhouse.store.sqlite_rows import (
    ACCOUNT,
    BUDGET,
    KEY,
    LIMITS,
    PROJECT,
    account_of,
    budget_of,
    key_of,
    project_of,
)
from stillhouse.tenants import Account, Budget, Directory, Key, Limits, Project, Scope, Standing
from stillhouse.tenants.key import IMPORTED
from stillhouse.units.instant import Instant, Span, period
from stillhouse.units.money import Pico

DEFAULT_PROJECT = "default"
NAME_LENGTH_MAX = 200
TABLE: dict[Scope, str] = {"account": "accounts", "project": "projects", "key": "keys"}
ID_PREFIX = {"account": "acct_", "project": "proj_", "key": "key_", "budget": "bud_"}


class SQLiteControl(Database):
    """The part of the store that people change."""

    def create_account(self, name: str, *, at: Instant, actor: str) -> Account:
        _check_name(name, "account")
        with self._change() as db:
            known = db.execute("SELECT id FROM accounts WHERE name = ?", (name,)).fetchone()
            if known:
                raise ConflictError(f"an account called {name} exists: {known[0]}")
            account = Account(_ident("account"), name)
            db.execute(
                "INSERT INTO accounts (id, name, created_at) VALUES (?, ?, ?)",
                (account.id, name, at),
            )
            self._changed("account", {"id": account.id, "name": name}, at=at, actor=actor)
        return account

    def create_project(self, name: str, *, account: str, at: Instant, actor: str) -> Project:
        _check_name(name, "project")
        with self._change() as db:
            owner = _account(db, account).id
            known = db.execute(
                "SELECT id FROM projects WHERE account = ? AND name = ?", (owner, name)
            ).fetchone()
            if known:
                raise ConflictError(f"a project called {name} exists in {owner}: {known[0]}")
            return self._add_project(db, name, account=owner, at=at, actor=actor)

    def _add_project(
        self, db: sqlite3.Connection, name: str, *, account: str, at: Instant, actor: str
    ) -> Project:
        project = Project(_ident("project"), account, name)
        db.execute(
            "INSERT INTO projects (id, account, name, created_at) VALUES (?, ?, ?, ?)",
            (project.id, account, name, at),
        )
        body = {"id": project.id, "account": account, "name": name}
        self._changed("project", body, at=at, actor=actor)
        return project

    def create_key(
        self,
        *,
        digest: bytes,
        hint: str,
        account: str,
        project: str | None,
        name: str = "",
        models: Sequence[str] | None,
        expires_at: Instant | None,
        at: Instant,
        actor: str,
    ) -> Key:
        if len(digest) != 32:
            raise ConflictError("a key is stored as the SHA-256 digest of its secret: 32 bytes")
        if name:
            _check_name(name, "key")
        with self._change() as db:
            owner = _account(db, account).id
            where = _find_project(db, project or DEFAULT_PROJECT, account=owner)
            if where is None and project is None:
                where = self._add_project(db, DEFAULT_PROJECT, account=owner, at=at, actor=actor)
            if where is None:
                raise _no_project(project, owner)
            if db.execute("SELECT 1 FROM keys WHERE digest = ?", (digest,)).fetchone():
                raise ConflictError("a key with this secret exists; draw a new secret")
            key = Key(
                id=_ident("key"),
                account=owner,
                project=where.id,
                digest=digest,
                hint=hint,
                created_at=at,
                name=name,
                models=None if models is None else frozenset(models),
                expires_at=expires_at,
            )
            allowed = None if key.models is None else sorted(key.models)
            db.execute(
                "INSERT INTO keys (id, account, project, digest, hint, name, models, created_at,"
                " expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    key.id,
                    owner,
                    where.id,
                    digest,
                    hint,
                    name,
                    None if allowed is None else json.dumps(allowed),
                    at,
                    expires_at,
                ),
            )
            body = {
                "id": key.id,
                "account": owner,
                "project": where.id,
                "digest": digest.hex(),
                "hint": hint,
                "name": name,
                "models": allowed,
                "expires_at": expires_at,
            }
            self._changed("key", body, at=at, actor=actor)
        return key

    def revoke_key(self, key: str, *, when: Instant, at: Instant, actor: str) -> Key:
        """The earlier of two revocations holds: a revocation is never postponed or taken back."""
        with self._change() as db:
            before = _key(db, key)
            if before.revoked_at is not None and before.revoked_at <= when:
                return before
            db.execute("UPDATE keys SET revoked_at = ? WHERE id = ?", (when, key))
            self._changed("revoke", {"id": key, "when": when}, at=at, actor=actor)
            return _key(db, key)

    def set_limits(
        self, scope: Scope, scope_id: str, limits: Limits, *, at: Instant, actor: str
    ) -> None:
        values = (limits.requests_per_minute, limits.tokens_per_minute, limits.concurrent)
        if any(value is not None and value < 1 for value in values):
            raise ConflictError("a limit is at least 1; to stop all calls, suspend or revoke")
        with self._change() as db:
            _check_scope(db, scope, scope_id)
            columns = ", ".join(f"{column} = ?" for column in LIMITS.split(", "))
            db.execute(
                f"UPDATE {TABLE[scope]} SET {columns} WHERE id = ?",
                (*values, scope_id),
            )
            body = dict(zip(LIMITS.split(", "), values, strict=True))
            self._changed("limits", {"scope": scope, "id": scope_id, **body}, at=at, actor=actor)

    def set_budget(
        self,
        scope: Scope,
        scope_id: str,
        *,
        span: Span,
        limit: Pico,
        hard: bool,
        currency: str,
        amount: str,
        fx: str,
        at: Instant,
        actor: str,
    ) -> Budget:
        if limit < 0:
            raise ConflictError("a budget cannot be negative")
        with self._change() as db:
            _check_scope(db, scope, scope_id)
            known = db.execute(
                "SELECT id FROM budgets WHERE scope_id = ? AND scope = ? AND span = ?",
                (scope_id, scope, span),
            ).fetchone()
            budget = Budget(
                id=known[0] if known else _ident("budget"),
                scope=scope,
                scope_id=scope_id,
                span=span,
                limit=limit,
                hard=hard,
                currency=currency,
                amount=amount,
                fx=fx,
            )
            db.execute(
                f"INSERT INTO budgets ({BUDGET}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET limit_pico = excluded.limit_pico,"
                " hard = excluded.hard, currency = excluded.currency,"
                " amount = excluded.amount, fx = excluded.fx",
                (budget.id, scope, scope_id, span, str(limit), hard, currency, amount, fx),
            )
            body = {
                "id": budget.id,
                "scope": scope,
                "scope_id": scope_id,
                "span": span,
                "limit": str(limit),
                "hard": hard,
                "currency": currency,
                "amount": amount,
                "fx": fx,
            }
            if not known:
                current = period(at, span)
                posted = _charged(db, budget, current)
                db.execute(
                    "INSERT INTO balances (budget, period, posted) VALUES (?, ?, ?)",
                    (budget.id, current, str(posted)),
                )
                body |= {"period": current, "posted": str(posted)}
            self._changed("budget", body, at=at, actor=actor)
        return budget

    def remove_budget(self, budget: str, *, at: Instant, actor: str) -> None:
        """Its balances and leases go with it: nothing is limited by it any more."""
        with self._change() as db:
            if not db.execute("DELETE FROM budgets WHERE id = ?", (budget,)).rowcount:
                raise NotFoundError(f"no budget {budget}; `stillhouse budgets list` shows them all")
            self._changed("budget_removed", {"id": budget}, at=at, actor=actor)

    def set_standing(
        self, account: str, standing: Standing, *, reason: str, at: Instant, actor: str
    ) -> Account:
        if not reason.strip():
            raise ConflictError("a change of standing needs a reason; the account is told it")
        with self._change() as db:
            before = _account(db, account)
            db.execute(
                "UPDATE accounts SET standing = ?, reason = ?, standing_until = NULL,"
                " standing_case = '' WHERE id = ?",
                (standing.value, reason, before.id),
            )
            body = {
                "account": before.id,
                "from": before.standing.value,
                "to": standing.value,
                "reason": reason,
            }
            self._changed("standing", body, at=at, actor=actor)
            return _account(db, before.id)

    def find_account(self, name_or_id: str) -> Account:
        with self._read() as db:
            return _account(db, name_or_id)

    def find_project(self, name_or_id: str, *, account: str) -> Project:
        with self._read() as db:
            owner = _account(db, account).id
            found = _find_project(db, name_or_id, account=owner)
        if found is None:
            raise _no_project(name_or_id, owner)
        return found

    def directory(self) -> Directory:
        with self._read() as db:
            version = db.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()[0]
            return Directory(
                accounts=map(account_of, db.execute(f"SELECT {ACCOUNT} FROM accounts")),
                projects=map(project_of, db.execute(f"SELECT {PROJECT} FROM projects")),
                keys=map(key_of, db.execute(f"SELECT {KEY} FROM keys")),
                budgets=map(budget_of, db.execute(f"SELECT {BUDGET} FROM budgets ORDER BY id")),
                workloads=dict(db.execute("SELECT scope_id, workload FROM workload_defaults")),
                version=version,
            )

    def version(self) -> int:
        return self._counter("version")

    def _changed(self, kind: str, body: Mapping[str, Any], *, at: Instant, actor: str) -> None:
        self._enter(at=at, kind=kind, actor=actor, body=body)
        self._count("version")


def _ident(kind: str) -> str:
    return ID_PREFIX[kind] + secrets.token_hex(6)


def _check_name(name: str, kind: str) -> None:
    if not name.strip() or name != name.strip():
        raise ConflictError(f"the {kind}'s name must not be empty or begin or end with a blank")
    if len(name) > NAME_LENGTH_MAX or not name.isprintable():
        raise ConflictError(
            f"the {kind}'s name must be printable and at most {NAME_LENGTH_MAX} characters long"
        )
    if name.startswith(tuple(ID_PREFIX.values())):
        raise ConflictError(f"the {kind}'s name must not look like an id: {name}")


def _check_scope(db: sqlite3.Connection, scope: Scope, scope_id: str) -> None:
    table = TABLE[scope]
    if not db.execute(f"SELECT 1 FROM {table} WHERE id = ?", (scope_id,)).fetchone():
        raise NotFoundError(f"no {scope} {scope_id}; `stillhouse {table} list` shows them all")


def _account(db: sqlite3.Connection, name_or_id: str) -> Account:
    row = db.execute(
        f"SELECT {ACCOUNT} FROM accounts WHERE id = ? OR name = ?", (name_or_id, name_or_id)
    ).fetchone()
    if row is None:
        raise NotFoundError(f"no account {name_or_id}; `stillhouse accounts list` shows them all")
    return account_of(row)


def _find_project(db: sqlite3.Connection, name_or_id: str, *, account: str) -> Project | None:
    row = db.execute(
        f"SELECT {PROJECT} FROM projects WHERE account = ? AND (id = ? OR name = ?)",
        (account, name_or_id, name_or_id),
    ).fetchone()
    return None if row is None else project_of(row)


def _no_project(name_or_id: str | None, account: str) -> NotFoundError:
    return NotFoundError(
        f"no project {name_or_id} in {account}; `stillhouse projects list` shows them all"
    )


def _key(db: sqlite3.Connection, ident: str) -> Key:
    row = db.execute(f"SELECT {KEY} FROM keys WHERE id = ?", (ident,)).fetchone()
    if row is None:
        raise NotFoundError(f"no key {ident}; `stillhouse keys list` shows them all")
    return key_of(row)


def _charged(db: sqlite3.Connection, budget: Budget, current: str) -> int:
    """What the sealed receipts of this budget's scope come to in this period, imports apart."""
    first, last = ("", "~") if budget.span == "total" else (current, current + "~")
    rows = db.execute(
        f'SELECT charge FROM totals WHERE "{budget.scope}" = ? AND day BETWEEN ? AND ?'
        ' AND "key" NOT GLOB ?',
        (budget.scope_id, first, last, f"{IMPORTED}*"),
    )
    return sum(int(charge) for (charge,) in rows)
