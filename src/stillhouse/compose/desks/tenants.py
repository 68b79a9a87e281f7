"""Accounts, projects, keys, limits, budgets, standing: what the console reads and changes.

Changes go through the same methods of the store as the command line's, so each is one transaction,
one entry, and in force at every gateway within a second.
"""

import secrets
from collections.abc import Collection, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from stillhouse.compose.desks.parts import CURRENCY, Part
from stillhouse.console.views import BudgetState, NewKey
from stillhouse.ledger.ports import Balance, ConflictError, NotFoundError
from stillhouse.tenants import (
    Account,
    Budget,
    Directory,
    Key,
    Limits,
    MemberDefault,
    Project,
    Scope,
    Standing,
)
from stillhouse.tenants import digest as key_digest
from stillhouse.tenants.key import hint, secret
from stillhouse.tenants.people import Role
from stillhouse.units.instant import SECOND, Instant, Span, period
from stillhouse.units.money import InexactAmountError, Pico, pico

OVERLAP_MAX_S = 90 * 86_400


class TenantsPart(Part):
    def directory(self) -> Directory:
        whole = self.parts.directory()
        if self.who.accounts is None:
            return whole
        seen = self.who.sees
        scopes = {
            *(a for a in whole.accounts if seen(a)),
            *(p.id for p in whole.projects.values() if seen(p.account)),
            *(k.id for k in whole.keys.values() if seen(k.account)),
            self.who.id,
        }
        return Directory(
            accounts=[a for a in whole.accounts.values() if seen(a.id)],
            projects=[p for p in whole.projects.values() if seen(p.account)],
            keys=[k for k in whole.keys.values() if seen(k.account)],
            budgets=[b for b in whole.budgets.values() if b.scope_id in scopes],
            members={i: email for i, email in whole.members.items() if i == self.who.id},
            version=whole.version,
        )

    def create_account(self, name: str) -> Account:
        return self.parts.store.create_account(name, at=self.at, actor=self.who.actor)

    def create_project(self, name: str, *, account: str) -> Project:
        return self.parts.store.create_project(
            name, account=self.account_id(account), at=self.at, actor=self.who.actor
        )

    def create_key(
        self,
        *,
        account: str,
        project: str = "",
        name: str = "",
        models: Sequence[str] = (),
        expires_at: Instant | None = None,
        member: str = "",
    ) -> NewKey:
        owner = self.account_id(account)
        unknown = sorted(set(models) - set(self.parts.settings.deployments))
        if unknown:
            raise NotFoundError(f"no deployment {', '.join(unknown)}; leave it out for all")
        if expires_at is not None and expires_at <= self.at:
            raise ConflictError("the key would have ended already; give a later time")
        where = self.parts.store.find_project(project, account=owner).id if project else None
        return self._new_key(
            account=owner,
            project=where,
            name=name,
            models=models,
            expires_at=expires_at,
            member=self._whose(member),
        )

    def _whose(self, member: str) -> str:
        """Whose key it becomes, by id or e-mail. Who has role member makes keys for himself."""
        members = self.parts.directory().members
        if self.who.role is Role.MEMBER:
            return self.who.id if self.who.id in members else ""
        if member and member not in members:
            found = [ident for ident, email in members.items() if email == member]
            if not found:
                raise NotFoundError(f"no member {member}; the page of members shows them all")
            return found[0]
        return member

    def _new_key(
        self,
        *,
        account: str,
        project: str | None,
        name: str,
        models: Sequence[str],
        expires_at: Instant | None,
        member: str,
    ) -> NewKey:
        drawn = secret(secrets.token_bytes(32))
        key = self.parts.store.create_key(
            digest=key_digest(drawn.reveal().encode()),
            hint=hint(drawn),
            account=account,
            project=project,
            name=name,
            models=sorted(models) or None,
            expires_at=expires_at,
            member=member,
            at=self.at,
            actor=self.who.actor,
        )
        return NewKey(
            id=key.id,
            secret=drawn.reveal(),
            hint=key.hint,
            account=key.account,
            project=key.project,
        )

    def key(self, ident: str) -> Key:
        found = self.parts.directory().keys.get(ident)
        if found is None or not self.who.sees(found.account):
            raise NotFoundError(f"no key {ident}; the page of keys shows yours")
        return found

    def revoke_key(self, key: str, *, when: Instant | None = None) -> Key:
        ends = self.at if when is None else max(when, self.at)
        return self.parts.store.revoke_key(
            self.key(key).id, when=Instant(ends), at=self.at, actor=self.who.actor
        )

    def rotate_key(self, key: str, *, overlap_s: int) -> NewKey:
        if not 0 <= overlap_s <= OVERLAP_MAX_S:
            raise ConflictError(f"an overlap is 0 to {OVERLAP_MAX_S} seconds, not {overlap_s}")
        old = self.key(key)
        if old.revoked_at is not None and old.revoked_at <= self.at:
            raise ConflictError(f"key {key} has ended; create a new one")
        made = self._new_key(
            account=old.account,
            project=old.project,
            name=old.name,
            models=sorted(old.models or ()),
            expires_at=old.expires_at,
            member=old.member,
        )
        store = self.parts.store
        if old.limits != Limits():
            store.set_limits("key", made.id, old.limits, at=self.at, actor=self.who.actor)
        for b in self.parts.directory().budgets.values():
            if (b.scope, b.scope_id) == ("key", old.id):
                store.set_budget(
                    "key",
                    made.id,
                    span=b.span,
                    limit=b.limit,
                    hard=b.hard,
                    currency=b.currency,
                    amount=b.amount,
                    fx=b.fx,
                    at=self.at,
                    actor=self.who.actor,
                )
        ends = Instant(self.at + overlap_s * SECOND)
        store.revoke_key(old.id, when=ends, at=self.at, actor=self.who.actor)
        return made

    def set_limits(self, scope: Scope, scope_id: str, limits: Limits) -> Limits:
        self._own_scope(scope, scope_id)
        self.parts.store.set_limits(scope, scope_id, limits, at=self.at, actor=self.who.actor)
        return limits

    def budgets(self, *, account: str = "") -> list[BudgetState]:
        only = self.account_id(account) if account else ""
        directory = self.directory()
        known = {(b.budget, b.period): b for b in self.parts.store.balances()}
        states = [
            self._budget_state(b, directory, known.get((b.id, period(self.at, b.span))))
            for b in directory.budgets.values()
        ]
        return [state for state in states if only in {"", state.account}]

    def set_budget(
        self,
        scope: Scope,
        scope_id: str,
        *,
        span: Span,
        amount: str,
        hard: bool,
        currency: str = CURRENCY,
        fx: str = "1",
    ) -> BudgetState:
        self._own_scope(scope, scope_id)
        limit, currency, rate = in_dollars(amount, currency=currency, fx=fx)
        budget = self.parts.store.set_budget(
            scope,
            scope_id,
            span=span,
            limit=limit,
            hard=hard,
            currency=currency,
            amount=amount,
            fx=rate,
            at=self.at,
            actor=self.who.actor,
        )
        balances = {(b.budget, b.period): b for b in self.parts.store.balances()}
        return self._budget_state(
            budget,
            self.parts.directory(),
            balances.get((budget.id, period(self.at, span))),
        )

    def remove_budget(self, budget: str) -> None:
        if budget not in self.directory().budgets:
            raise NotFoundError(f"no budget {budget}; the page of budgets shows them all")
        self.parts.store.remove_budget(budget, at=self.at, actor=self.who.actor)

    def member_defaults(self) -> list[MemberDefault]:
        return self.parts.store.member_defaults()

    def set_member_default(
        self, span: Span, *, amount: str, hard: bool, currency: str = CURRENCY, fx: str = "1"
    ) -> MemberDefault:
        limit, currency, rate = in_dollars(amount, currency=currency, fx=fx)
        default = MemberDefault(span, limit, hard, currency, amount, rate)
        self.parts.store.set_member_default(default, at=self.at, actor=self.who.actor)
        return default

    def remove_member_default(self, span: Span) -> None:
        self.parts.store.remove_member_default(span, at=self.at, actor=self.who.actor)

    def set_standing(self, account: str, standing: Standing, *, reason: str) -> Account:
        return self.parts.store.set_standing(
            self.account_id(account), standing, reason=reason, at=self.at, actor=self.who.actor
        )

    def _own_scope(self, scope: Scope, scope_id: str) -> None:
        """Raises NotFoundError for what he may not see."""
        directory = self.directory()
        known: dict[Scope, Collection[str]] = {
            "account": directory.accounts,
            "project": directory.projects,
            "key": directory.keys,
            "member": directory.members,
            "provider": self.parts.settings.providers if self.who.accounts is None else (),
        }
        found = known[scope]
        if scope_id not in found:
            raise NotFoundError(f"no {scope} {scope_id}; the page of {scope}s shows yours")

    def _budget_state(
        self, b: Budget, directory: Directory, balance: Balance | None
    ) -> BudgetState:
        posted, leased = (balance.posted, balance.leased) if balance else (0, 0)
        account, name = scope_names(directory, b.scope, b.scope_id)
        return BudgetState(
            id=b.id,
            scope=b.scope,
            scope_id=b.scope_id,
            scope_name=name,
            account=account,
            span=b.span,
            period=period(self.at, b.span),
            hard=b.hard,
            limit=b.limit,
            posted=posted,
            leased=leased,
            free=b.limit - posted - leased,
            currency=CURRENCY,
            written=b.amount,
            written_currency=b.currency,
            fx=b.fx,
        )


def scope_names(directory: Directory, scope: Scope, ident: str) -> tuple[str, str]:
    """(account id, what people call it)."""
    match scope:
        case "account":
            return ident, directory.accounts[ident].name
        case "project":
            project = directory.projects[ident]
            return project.account, f"{directory.accounts[project.account].name}/{project.name}"
        case "key":
            key = directory.keys[ident]
            return key.account, f"{directory.accounts[key.account].name}/{key.name or key.hint}"
        case "member":
            return "", directory.members.get(ident, ident)
        case "provider":
            return "", ident


def in_dollars(amount: str, *, currency: str, fx: str) -> tuple[Pico, str, str]:
    """(limit in pico-dollars, rounded down; currency; rate). Raises ConflictError."""
    currency = currency.upper()
    if len(currency) != 3 or not currency.isalpha() or not currency.isascii():
        raise ConflictError(f'"{currency}" is not a currency; write its ISO 4217 code, like IDR')
    try:
        rate = Fraction(Decimal(fx))
    except (InvalidOperation, ValueError, OverflowError):
        raise ConflictError(f'the rate "{fx}" is not a decimal number') from None
    if rate <= 0 or (currency == CURRENCY and rate != 1):
        raise ConflictError(
            f"say how many {currency} one US dollar is, above zero (a dollar is one dollar)"
        )
    try:
        written = pico(amount)
    except InexactAmountError as error:
        raise ConflictError(f"the amount: {error}") from None
    if written < 0:
        raise ConflictError("a budget cannot be negative")
    return Pico(written * rate.denominator // rate.numerator), currency, fx
