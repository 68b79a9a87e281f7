"""Accounts pay, projects spend, keys authenticate. Each may be limited; all must pass."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from stillhouse.units.instant import Instant, Span
from stillhouse.units.money import Pico

Scope = Literal["account", "project", "member", "key", "provider"]
"""What a budget may be for. A call passes its account, project, member, key and provider."""
LIMITED: tuple[Scope, ...] = ("account", "project", "key")
"""What may have limits of pace."""


class Standing(StrEnum):
    """What an account may do. It changes only through a ledger entry with a reason."""

    ACTIVE = "active"
    RESTRICTED = "restricted"
    """Admitted at a tenth of its request and token limits (at least one request a minute)."""
    SUSPENDED = "suspended"
    """No new admissions; calls in flight settle; reading and export stay open."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Rates of one account, project or key; None means not limited here."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrent: int | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that may be spent in each period.

    limit: in pico-units of the *price's* currency (USD), so that enforcement needs no rate.
    currency, amount, fx: as the operator wrote it; limit = floor(amount / fx).
    hard: refuse before it would be exceeded; soft budgets only warn (a header).
    """

    id: str
    scope: Scope
    scope_id: str
    span: Span
    limit: Pico
    hard: bool
    currency: str = "USD"
    amount: str = ""
    fx: str = "1"


@dataclass(frozen=True, slots=True)
class MemberDefault:
    """A budget that whoever joins with role member gets for himself. Fields: see Budget."""

    span: Span
    limit: Pico
    hard: bool
    currency: str = "USD"
    amount: str = ""
    fx: str = "1"


@dataclass(frozen=True, slots=True)
class Account:
    """until: when the standing ends by itself and the account is active again; None: it does not.

    case: the case that set the standing, "" when a person did so by hand. notice: an open case that
    the account is told of with each call. payment: `payment_print` of what it pays with, "" where
    nobody has said.
    """

    id: str
    name: str
    standing: Standing = Standing.ACTIVE
    reason: str = ""
    limits: Limits = NO_LIMITS
    until: Instant | None = None
    case: str = ""
    notice: str = ""
    payment: str = field(default="", repr=False)

    def stands(self, now: Instant) -> Standing:
        """Its standing at this moment."""
        over = self.until is not None and now >= self.until
        return Standing.ACTIVE if over else self.standing


def payment_print(reference: str, key: bytes) -> str:
    """What is kept of a payment reference: equal for equal ones, and nothing without the key.

    Args:
        reference: the operator's own word for a means of payment, as its payment system says it.
        key: this data folder's own, 1 to 64 bytes.

    Raises:
        ValueError: the reference is empty, or no word that somebody could type again.
    """
    if not reference.strip() or reference != reference.strip() or not reference.isprintable():
        raise ValueError(
            "a payment reference is printable, and neither begins nor ends with blanks"
        )
    data = reference.encode("utf-8", "replace")
    return hashlib.blake2b(data, key=key, digest_size=16, person=b"payment").hexdigest()


@dataclass(frozen=True, slots=True)
class Project:
    id: str
    account: str
    name: str
    limits: Limits = NO_LIMITS


@dataclass(frozen=True, slots=True)
class Key:
    """What authenticates. Only the SHA-256 digest of its secret is ever stored.

    hint: the first characters, enough for a person to tell keys apart.
    models: deployments that it may call; None means all.
    member: whose it is, for the budget of all keys of his; "" for nobody's.
    """

    id: str
    account: str
    project: str
    digest: bytes = field(repr=False)
    hint: str
    created_at: Instant
    name: str = ""
    models: frozenset[str] | None = None
    expires_at: Instant | None = None
    revoked_at: Instant | None = None
    limits: Limits = NO_LIMITS
    member: str = ""
