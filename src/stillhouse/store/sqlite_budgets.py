"""Budgets, and those that a new member gets. Every change is an entry and a new version.

A budget begins in the period in which it is made, with what its scope has spent in it until then.
A provider's begins with nothing: totals are not kept by provider, so it counts what is sealed from
then on, and cannot be "in total".
"""

# ruff: noqa: S608
# SQL is put together from column and table names of our own; values are always bound.

import secrets
import sqlite3
from collections.abc import Mapping
from typing import Any

from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.store.sqlite_database import Database
from stillhouse.store.sqlite_rows import BUDGET, ID_PREFIX
from stillhouse.tenants import Budget, MemberDefault, Scope
from stillhouse.tenants.key import IMPORTED
from stillhouse.tenants.label import LABEL_RULE, is_label
from stillhouse.units.instant import Instant, Span, days_of, period
from stillhouse.units.money import Pico

TABLE: dict[Scope, str] = {
    "account": "accounts",
    "project": "projects",
    "member": "members",
    "key": "keys",
}
"""Where a scope's ids are. Providers are in the configuration, not here."""
DEFAULT = "span, limit_pico, hard, currency, amount, fx"


class SQLiteBudgets(Database):
    """The part of the store that keeps budgets."""

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
        if scope == "provider" and span == "total":
            raise ConflictError("a provider's budget is for a day, a week or a month")
        with self._change() as db:
            check_scope(db, scope, scope_id)
            known = db.execute(
                "SELECT id FROM budgets WHERE scope_id = ? AND scope = ? AND span = ?",
                (scope_id, scope, span),
            ).fetchone()
            budget = Budget(
                id=known[0] if known else ID_PREFIX["budget"] + secrets.token_hex(6),
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

    # -- what a new member gets

    def member_defaults(self) -> list[MemberDefault]:
        rows = self._rows(f"SELECT {DEFAULT} FROM member_defaults ORDER BY span")
        return [
            MemberDefault(span, Pico(int(limit)), bool(hard), currency, amount, fx)
            for span, limit, hard, currency, amount, fx in rows
        ]

    def set_member_default(self, default: MemberDefault, *, at: Instant, actor: str) -> None:
        """Who joins from now on gets it; who is there keeps what he has."""
        if default.limit < 0:
            raise ConflictError("a budget cannot be negative")
        d = default
        row = (d.span, str(d.limit), d.hard, d.currency, d.amount, d.fx)
        with self._change() as db:
            db.execute(
                f"INSERT OR REPLACE INTO member_defaults ({DEFAULT}) VALUES (?, ?, ?, ?, ?, ?)", row
            )
            names = ("span", "limit", "hard", "currency", "amount", "fx")
            body = dict(zip(names, row, strict=True))
            self._enter(at=at, kind="member_default", actor=actor, body=body)

    def remove_member_default(self, span: Span, *, at: Instant, actor: str) -> None:
        with self._change() as db:
            if not db.execute("DELETE FROM member_defaults WHERE span = ?", (span,)).rowcount:
                raise NotFoundError(f"new members get no budget for a {span}")
            self._enter(at=at, kind="member_default_removed", actor=actor, body={"span": span})

    def _give_defaults(self, member: str, *, at: Instant, actor: str) -> None:
        """Inside the change that adds the member."""
        for d in self.member_defaults():
            self.set_budget(
                "member",
                member,
                span=d.span,
                limit=d.limit,
                hard=d.hard,
                currency=d.currency,
                amount=d.amount,
                fx=d.fx,
                at=at,
                actor=actor,
            )

    def _changed(self, kind: str, body: Mapping[str, Any], *, at: Instant, actor: str) -> None:
        self._enter(at=at, kind=kind, actor=actor, body=body)
        self._count("version")


def check_scope(db: sqlite3.Connection, scope: Scope, scope_id: str) -> None:
    """Raises NotFoundError."""
    if scope == "provider":
        if not is_label(scope_id):
            raise NotFoundError(f"no provider {scope_id}: its name is {LABEL_RULE}")
        return
    table = TABLE[scope]
    if not db.execute(f"SELECT 1 FROM {table} WHERE id = ?", (scope_id,)).fetchone():
        raise NotFoundError(f"no {scope} {scope_id}; `stillhouse {table} list` shows them all")


def _charged(db: sqlite3.Connection, budget: Budget, current: str) -> int:
    """What the sealed receipts of this budget's scope come to in this period, imports apart."""
    match budget.scope:
        case "provider":
            return 0
        case "member":
            where = '"key" IN (SELECT id FROM keys WHERE member = ?)'
        case scope:
            where = f'"{scope}" = ?'
    rows = db.execute(
        f'SELECT charge FROM totals WHERE {where} AND day BETWEEN ? AND ? AND "key" NOT GLOB ?',
        (budget.scope_id, *days_of(current, budget.span), f"{IMPORTED}*"),
    )
    return sum(int(charge) for (charge,) in rows)
