"""Members, links, sessions, machine tokens: who may use the console. Same file, same chain.

Each change of who may do what is an entry; that a session was seen again is not. A secret comes in
as its digest only. Posture: fails closed. What cannot be looked up is not signed in.
"""

# ruff: noqa: S608
# SQL is put together from column and table names of our own; values are always bound.

import json
import secrets
import sqlite3
from collections.abc import Sequence
from typing import Any, Literal

from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.store.sqlite_budgets import SQLiteBudgets
from stillhouse.tenants.people import Link, LinkKind, Machine, Member, Role, Session
from stillhouse.units.instant import SECOND, Instant

NAME_LENGTH_MAX = 200
SEEN_EVERY_US = 60 * SECOND
"""A session's use is written down no oftener than this: reading a page should not write."""
SESSIONS_KEPT_US = 30 * 86_400 * SECOND

_MEMBER = "id, email, name, role, accounts, subject, created_at, seen_at, ended_at"
_LINK = "id, kind, role, accounts, member, made_by, created_at, expires_at, used_at"
_MACHINE = "id, name, hint, role, accounts, made_by, created_at, expires_at, revoked_at, seen_at"


class SQLiteConsole(SQLiteBudgets):
    """The part of the store that the console's door keeps."""

    # -- members

    def members(self) -> list[Member]:
        rows = self._rows(f"SELECT {_MEMBER} FROM members ORDER BY created_at, id")
        return [_member_of(row) for row in rows]

    def member(self, ident: str) -> Member:
        """By id or e-mail."""
        with self._read() as db:
            return _member(db, ident)

    def set_member(
        self, ident: str, *, role: Role, accounts: Sequence[str], at: Instant, actor: str
    ) -> Member:
        """Raises ConflictError: the last owner must stay one."""
        with self._change() as db:
            before = _member(db, ident)
            if before.role is Role.OWNER and role is not Role.OWNER:
                _keep_an_owner(db, before)
            named = _named_accounts(db, role, accounts)
            db.execute(
                "UPDATE members SET role = ?, accounts = ? WHERE id = ?",
                (role.value, json.dumps(named), before.id),
            )
            body = {"id": before.id, "email": before.email, "role": role.value, "accounts": named}
            self._enter(at=at, kind="member", actor=actor, body=body)
            return _member(db, before.id)

    def end_member(self, ident: str, *, at: Instant, actor: str) -> Member:
        """He is signed out everywhere and may not sign in again; his links end with him."""
        with self._change() as db:
            before = _member(db, ident)
            if before.ended_at is not None:
                return before
            if before.role is Role.OWNER:
                _keep_an_owner(db, before)
            db.execute("UPDATE members SET ended_at = ? WHERE id = ?", (at, before.id))
            db.execute("DELETE FROM sessions WHERE member = ?", (before.id,))
            db.execute(
                "UPDATE links SET expires_at = min(expires_at, ?) WHERE member = ?", (at, before.id)
            )
            body = {"id": before.id, "email": before.email}
            self._enter(at=at, kind="member_ended", actor=actor, body=body)
            return _member(db, before.id)

    def member_by_subject(
        self,
        subject: str,
        *,
        email: str,
        proved: bool,
        name: str,
        role: Role,
        accounts: Sequence[str],
        at: Instant,
    ) -> Member:
        """Who an OpenID provider says he is, with the role that its claims give him now.

        A member of the same e-mail who came by a link becomes this subject when the provider has
        proved the address, and only then: else anybody could take an owner's place by typing it.
        Raises ConflictError when he was ended here.
        """
        with self._change() as db:
            row = db.execute(
                f"SELECT {_MEMBER} FROM members WHERE subject = ? UNION ALL"
                f" SELECT {_MEMBER} FROM members WHERE ? AND email = ? AND subject IS NULL",
                (subject, proved, email),
            ).fetchone()
            named = _named_accounts(db, role, accounts)
            if row is None:
                return self._add_member(
                    db,
                    email=email,
                    name=name,
                    role=role,
                    accounts=named,
                    subject=subject,
                    at=at,
                    actor=f"user:{email}",
                )
            known = _member_of(row)
            if known.ended_at is not None:
                raise ConflictError(f"{email} may not sign in any more; ask an owner")
            if (known.role, known.accounts, known.subject) != (role, tuple(named), subject):
                if known.role is Role.OWNER and role is not Role.OWNER:
                    _keep_an_owner(db, known)
                db.execute(
                    "UPDATE members SET role = ?, accounts = ?, subject = ?, name = ? WHERE id = ?",
                    (role.value, json.dumps(named), subject, name, known.id),
                )
                body = {"id": known.id, "email": email, "role": role.value, "accounts": named}
                self._enter(at=at, kind="member", actor=f"user:{email}", body=body)
            return _member(db, known.id)

    def _add_member(
        self,
        db: sqlite3.Connection,
        *,
        email: str,
        name: str,
        role: Role,
        accounts: Sequence[str],
        subject: str,
        at: Instant,
        actor: str,
    ) -> Member:
        _check_email(email)
        if db.execute("SELECT 1 FROM members WHERE email = ?", (email,)).fetchone():
            raise ConflictError(
                f"{email} is a member already; `stillhouse console link --member {email}` prints a"
                " link for him"
            )
        ident = "mem_" + secrets.token_hex(6)
        name = name.strip()[:NAME_LENGTH_MAX] or email.partition("@")[0]
        db.execute(
            "INSERT INTO members (id, email, name, role, accounts, subject, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (ident, email, name, role.value, json.dumps(list(accounts)), subject or None, at),
        )
        body = {"id": ident, "email": email, "role": role.value, "accounts": list(accounts)}
        self._changed("member", body, at=at, actor=actor)  # budgets name it: gateways look again
        if role is Role.MEMBER:
            self._give_defaults(ident, at=at, actor=actor)
        return _member(db, ident)

    # -- links

    def add_link(
        self,
        kind: LinkKind,
        *,
        digest: bytes,
        role: Role,
        accounts: Sequence[str] = (),
        member: str = "",
        expires_at: Instant,
        at: Instant,
        actor: str,
    ) -> Link:
        with self._change() as db:
            if member:
                known = _member(db, member)
                if known.ended_at is not None:
                    raise ConflictError(f"{known.email} may not sign in any more")
                member, role = known.id, known.role
            named = _named_accounts(db, role, accounts)
            ident = "link_" + secrets.token_hex(6)
            db.execute(
                "INSERT INTO links (id, kind, digest, role, accounts, member, made_by, created_at,"
                " expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (ident, kind, digest, role.value, json.dumps(named), member, actor, at, expires_at),
            )
            body = {
                "id": ident,
                "kind": kind,
                "role": role.value,
                "accounts": named,
                "member": member,
                "expires_at": expires_at,
            }
            self._enter(at=at, kind="link", actor=actor, body=body)
            return _link(db, "id = ?", (ident,))

    def links(self, kind: LinkKind) -> list[Link]:
        rows = self._rows(
            f"SELECT {_LINK} FROM links WHERE kind = ? ORDER BY created_at DESC, id", (kind,)
        )
        return [_link_of(row) for row in rows]

    def link(self, digest: bytes, at: Instant) -> Link:
        """Raises NotFoundError unless this link still opens."""
        with self._read() as db:
            return _opening(db, digest, at)

    def withdraw_link(self, ident: str, *, at: Instant, actor: str) -> None:
        with self._change() as db:
            link = _link(db, "id = ?", (ident,))
            if not link.open(at):
                return
            db.execute("UPDATE links SET expires_at = ? WHERE id = ?", (at, ident))
            self._enter(at=at, kind="link_withdrawn", actor=actor, body={"id": ident})

    def use_link(self, digest: bytes, *, email: str, name: str, at: Instant) -> Member:
        """Open a link, once: whom it signs in. A link for nobody yet makes a member.

        Raises:
            NotFoundError: unknown, used or expired.
            ConflictError: it makes a member, and one with this e-mail exists.
        """
        with self._change() as db:
            link = _opening(db, digest, at)
            if link.member:
                member = _member(db, link.member)
                if member.ended_at is not None:
                    raise _no_link()
            else:
                member = self._add_member(
                    db,
                    email=email,
                    name=name,
                    role=link.role,
                    accounts=link.accounts,
                    subject="",
                    at=at,
                    actor=f"user:{email}",
                )
            db.execute(
                "UPDATE links SET used_at = ?, member = ? WHERE id = ?", (at, member.id, link.id)
            )
            body = {"id": link.id, "member": member.id}
            self._enter(at=at, kind="link_used", actor=f"user:{member.email}", body=body)
            return member

    # -- sessions

    def add_session(
        self,
        digest: bytes,
        *,
        member: str,
        by: Literal["link", "oidc"],
        expires_at: Instant,
        at: Instant,
    ) -> None:
        with self._change() as db:
            known = _member(db, member)
            db.execute(
                "DELETE FROM sessions WHERE expires_at < ?", (at - SESSIONS_KEPT_US,)
            )  # so that the table stays small; they do not open anything
            db.execute(
                "INSERT INTO sessions (digest, member, created_at, seen_at, expires_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (digest, known.id, at, at, expires_at),
            )
            db.execute("UPDATE members SET seen_at = ? WHERE id = ?", (at, known.id))
            body = {"member": known.id, "by": by}
            self._enter(at=at, kind="signed_in", actor=f"user:{known.email}", body=body)

    def session(self, digest: bytes, *, at: Instant, idle_us: int) -> Member | None:
        """Whose session this is, when it still holds; its use is noted."""
        rows = self._rows(
            "SELECT member, created_at, seen_at, expires_at FROM sessions WHERE digest = ?",
            (digest,),
        )
        if not rows:
            return None
        member, created, seen, expires = rows[0]
        session = Session(member=member, created_at=created, seen_at=seen, expires_at=expires)
        if not session.holds(at, idle_us=idle_us):
            return None
        found = self.member(member)
        if found.ended_at is not None:
            return None
        if at - session.seen_at > SEEN_EVERY_US:
            with self._change() as db:
                db.execute("UPDATE sessions SET seen_at = ? WHERE digest = ?", (at, digest))
                db.execute("UPDATE members SET seen_at = ? WHERE id = ?", (at, member))
        return found

    def end_session(self, digest: bytes) -> None:
        with self._change() as db:
            db.execute("DELETE FROM sessions WHERE digest = ?", (digest,))

    def end_sessions(self, member: str, *, at: Instant, actor: str) -> int:
        """Sign him out everywhere; returns how many sessions that ended."""
        with self._change() as db:
            known = _member(db, member)
            ended = db.execute("DELETE FROM sessions WHERE member = ?", (known.id,)).rowcount
            body = {"member": known.id, "sessions": ended}
            self._enter(at=at, kind="signed_out", actor=actor, body=body)
            return ended

    # -- machines

    def add_machine(
        self,
        name: str,
        *,
        digest: bytes,
        hint: str,
        role: Role,
        accounts: Sequence[str],
        expires_at: Instant | None,
        at: Instant,
        actor: str,
    ) -> Machine:
        if not name.strip() or len(name) > NAME_LENGTH_MAX or not name.isprintable():
            raise ConflictError(
                f"a token needs a name of 1 to {NAME_LENGTH_MAX} printable characters"
            )
        with self._change() as db:
            named = _named_accounts(db, role, accounts)
            ident = "tok_" + secrets.token_hex(6)
            db.execute(
                "INSERT INTO machines (id, name, digest, hint, role, accounts, made_by, created_at,"
                " expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (ident, name, digest, hint, role.value, json.dumps(named), actor, at, expires_at),
            )
            body = {
                "id": ident,
                "name": name,
                "role": role.value,
                "accounts": named,
                "expires_at": expires_at,
            }
            self._enter(at=at, kind="machine", actor=actor, body=body)
            return _machine(db, ident)

    def machines(self) -> list[Machine]:
        rows = self._rows(f"SELECT {_MACHINE} FROM machines ORDER BY created_at, id")
        return [_machine_of(row) for row in rows]

    def revoke_machine(self, ident: str, *, at: Instant, actor: str) -> Machine:
        with self._change() as db:
            before = _machine(db, ident)
            if before.revoked_at is not None:
                return before
            db.execute("UPDATE machines SET revoked_at = ? WHERE id = ?", (at, ident))
            self._enter(at=at, kind="machine_revoked", actor=actor, body={"id": ident})
            return _machine(db, ident)

    def machine(self, digest: bytes, *, at: Instant) -> Machine | None:
        """Whose token this is, when it still holds; its use is noted."""
        rows = self._rows(f"SELECT {_MACHINE} FROM machines WHERE digest = ?", (digest,))
        if not rows:
            return None
        found = _machine_of(rows[0])
        if not found.holds(at):
            return None
        if found.seen_at is None or at - found.seen_at > SEEN_EVERY_US:
            with self._change() as db:
                db.execute("UPDATE machines SET seen_at = ? WHERE id = ?", (at, found.id))
        return found


def _member_of(row: Sequence[Any]) -> Member:
    ident, email, name, role, accounts, subject, created, seen, ended = row
    return Member(
        id=ident,
        email=email,
        name=name,
        role=Role(role),
        accounts=tuple(json.loads(accounts)),
        subject=subject or "",
        created_at=created,
        seen_at=seen,
        ended_at=ended,
    )


def _member(db: sqlite3.Connection, ident: str) -> Member:
    row = db.execute(
        f"SELECT {_MEMBER} FROM members WHERE id = ? OR email = ?", (ident, ident)
    ).fetchone()
    if row is None:
        raise NotFoundError(f"no member {ident}; `stillhouse members list` shows them all")
    return _member_of(row)


def _keep_an_owner(db: sqlite3.Connection, leaving: Member) -> None:
    others = db.execute(
        "SELECT count(*) FROM members WHERE role = 'owner' AND ended_at IS NULL AND id <> ?",
        (leaving.id,),
    ).fetchone()[0]
    if not others and leaving.ended_at is None:
        raise ConflictError(f"{leaving.email} is the last owner; make somebody else an owner first")


def _named_accounts(db: sqlite3.Connection, role: Role, accounts: Sequence[str]) -> list[str]:
    """Ids of the accounts that a member belongs to; the other roles see all and name none."""
    if role is not Role.MEMBER:
        if accounts:
            raise ConflictError(f"role {role.value} sees every account; name none")
        return []
    if not accounts:
        raise ConflictError("a member belongs to at least one account; name it")
    named = []
    for account in accounts:
        row = db.execute(
            "SELECT id FROM accounts WHERE id = ? OR name = ?", (account, account)
        ).fetchone()
        if row is None:
            raise NotFoundError(f"no account {account}; `stillhouse accounts list` shows them all")
        named.append(row[0])
    return sorted(set(named))


def _check_email(email: str) -> None:
    name, at, host = email.partition("@")
    if (
        not (name and at and host)
        or len(email) > NAME_LENGTH_MAX
        or not email.isprintable()
        or " " in email
    ):
        raise ConflictError(f'"{email}" is not an e-mail address; write it like ada@example.com')


def _link_of(row: Sequence[Any]) -> Link:
    ident, kind, role, accounts, member, made_by, created, expires, used = row
    return Link(
        id=ident,
        kind=kind,
        role=Role(role),
        accounts=tuple(json.loads(accounts)),
        member=member,
        made_by=made_by,
        created_at=created,
        expires_at=expires,
        used_at=used,
    )


def _link(db: sqlite3.Connection, where: str, values: Sequence[object]) -> Link:
    row = db.execute(f"SELECT {_LINK} FROM links WHERE {where}", values).fetchone()
    if row is None:
        raise _no_link()
    return _link_of(row)


def _opening(db: sqlite3.Connection, digest: bytes, at: Instant) -> Link:
    link = _link(db, "digest = ?", (digest,))
    if not link.open(at):
        raise _no_link()
    return link


def _no_link() -> NotFoundError:
    return NotFoundError(
        "this link is not known, was used, or has expired; `stillhouse console link` prints a new"
        " one, and an owner can make another invitation"
    )


def _machine_of(row: Sequence[Any]) -> Machine:
    ident, name, hint, role, accounts, made_by, created, expires, revoked, seen = row
    return Machine(
        id=ident,
        name=name,
        hint=hint,
        role=Role(role),
        accounts=tuple(json.loads(accounts)),
        made_by=made_by,
        created_at=created,
        expires_at=expires,
        revoked_at=revoked,
        seen_at=seen,
    )


def _machine(db: sqlite3.Connection, ident: str) -> Machine:
    row = db.execute(f"SELECT {_MACHINE} FROM machines WHERE id = ?", (ident,)).fetchone()
    if row is None:
        raise NotFoundError(f"no token {ident}; `stillhouse members tokens` shows them all")
    return _machine_of(row)
