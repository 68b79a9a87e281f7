"""People and machines that may use the console: who they are, and how long that holds.

A secret (a sign-in link's, an invitation's, a session's, a machine token's) holds 256 random bits
and is stored as its SHA-256 digest, like a key's: there is nothing to guess and nothing to steal.
Nobody has a password here. A link is used once; a session ends by idleness and by age.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from stillhouse.units.instant import Instant

LinkKind = Literal["sign_in", "invitation"]
MACHINE_PREFIX = "sh-admin-"
ENTROPY_BYTES = 32


class Role(StrEnum):
    """What a person or a machine may do in the console: see `console.roles` for each."""

    OWNER = "owner"
    BILLING = "billing"
    REVIEWER = "reviewer"
    MEMBER = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody who may sign in. accounts: ids, for role member only; the others see all.

    subject: "ISSUER SUBJECT" as an OpenID provider names him, "" when he came by a link.
    ended_at: None while he may sign in.
    """

    id: str
    email: str
    name: str
    role: Role
    accounts: tuple[str, ...] = ()
    created_at: Instant
    seen_at: Instant | None = None
    ended_at: Instant | None = None
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A way in that works once. member: whom it signs in; "": whoever opens it becomes a member."""

    id: str
    kind: LinkKind
    role: Role
    accounts: tuple[str, ...]
    member: str
    made_by: str
    created_at: Instant
    expires_at: Instant
    used_at: Instant | None = None

    def open(self, at: Instant) -> bool:
        return self.used_at is None and at < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that is signed in. expires_at: its end by age, whatever its use."""

    member: str
    created_at: Instant
    seen_at: Instant
    expires_at: Instant

    def holds(self, at: Instant, *, idle_us: int) -> bool:
        return at < self.expires_at and at < self.seen_at + idle_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A token for scripts: it has a role, and accounts when the role is member."""

    id: str
    name: str
    role: Role
    accounts: tuple[str, ...]
    hint: str
    made_by: str
    created_at: Instant
    expires_at: Instant | None = None
    revoked_at: Instant | None = None
    seen_at: Instant | None = None

    def holds(self, at: Instant) -> bool:
        ended = self.revoked_at is not None and self.revoked_at <= at
        return not ended and (self.expires_at is None or at < self.expires_at)


def digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def machine_secret(entropy: bytes) -> str:
    """A token's secret from 32 random bytes that the shell drew."""
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError("a token needs 32 random bytes")
    return MACHINE_PREFIX + entropy.hex()
