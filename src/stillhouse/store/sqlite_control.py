"""Accounts, projects, keys, limits, budgets, standing. Every change is an entry and a new version.

Names are for people and unique where they are looked up; ids are random, prefixed by what they
name (`acct_`, `proj_`, `key_`, `bud_`) and never re-used.
"""

# ruff: noqa: S608
# SQL is put together from column and table names of our own; values are always bound.

import json
import secrets
import sqlite3
from collections.abc import Sequence

from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.store.sqlite_budgets import TABLE, SQLiteBudgets, check_scope
from stillhouse.store.sqlite_rows import (
    ACCOUNT,
    BUDGET,
    ID_PREFIX,
    KEY,
    LIMITS,
    PROJECT,
    account_of,
    budget_of,
    key_of,
    project_of,
)
from stillhouse.tenants import LIMITED, Account, Directory, Key, Limits, Project, Scope, Standing
from stillhouse.units.instant import Instant

DEFAULT_PROJECT = "default"
NAME_LENGTH_MAX = 200


class SQLiteControl(SQLiteBudgets):
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
        member: str = "",
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
            if member:
                check_scope(db, "member", member)
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
                member=member,
            )
            allowed = None if key.models is None else sorted(key.models)
            db.execute(
                "INSERT INTO keys (id, account, project, digest, hint, name, models, created_at,"
                " expires_at, member) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
                    member,
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
            if member:
                body["member"] = member
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
        if scope not in LIMITED:
            raise ConflictError("limits of pace are for an account, a project or a key")
        with self._change() as db:
            check_scope(db, scope, scope_id)
            columns = ", ".join(f"{column} = ?" for column in LIMITS.split(", "))
            db.execute(
                f"UPDATE {TABLE[scope]} SET {columns} WHERE id = ?",
                (*values, scope_id),
            )
            body = dict(zip(LIMITS.split(", "), values, strict=True))
            self._changed("limits", {"scope": scope, "id": scope_id, **body}, at=at, actor=actor)

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

    def set_payment(self, account: str, payment: str, *, at: Instant, actor: str) -> Account:
        with self._change() as db:
            before = _account(db, account)
            if before.payment == payment:
                return before
            db.execute("UPDATE accounts SET payment = ? WHERE id = ?", (payment, before.id))
            self._changed("payment", {"account": before.id, "payment": payment}, at=at, actor=actor)
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
                members=dict(db.execute("SELECT id, email FROM members ORDER BY email")),
                version=version,
            )

    def version(self) -> int:
        return self._counter("version")


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
