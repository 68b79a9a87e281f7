"""Who asks: a browser's session, a machine's token, or nobody. Fails closed.

    link ─► use once ─► session          cookie: 256 random bits; its digest is what is stored
    OpenID provider ─► session
    Authorization: Bearer sh-admin-...   a machine; no cookie, hence no CSRF

A session's CSRF token is an HMAC of a fixed word under the session's own secret: nothing more to
store, nothing that another site could know. Wrong secrets are counted for each address, so that a
program that guesses is slowed down; with 256 bits it would not get anywhere either.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from stillhouse.console.roles import Who
from stillhouse.ledger.ports import NotFoundError
from stillhouse.tenants.people import MACHINE_PREFIX, Link, Machine, Member, Role, digest
from stillhouse.units.instant import SECOND, Instant

WRONG_MAX = 20
"""wrong secrets from one address in `WRONG_FOR_US`, after which it is told to wait"""
WRONG_FOR_US = 60 * SECOND
ADDRESSES_MAX = 10_000


class Register(Protocol):
    """What the door keeps in a store: `store.sqlite_console.SQLiteConsole`."""

    def members(self) -> list[Member]: ...
    def link(self, digest: bytes, at: Instant) -> Link: ...
    def use_link(self, digest: bytes, *, email: str, name: str, at: Instant) -> Member: ...
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
    ) -> Member: ...
    def add_session(
        self,
        digest: bytes,
        *,
        member: str,
        by: Literal["link", "oidc"],
        expires_at: Instant,
        at: Instant,
    ) -> None: ...
    def session(self, digest: bytes, *, at: Instant, idle_us: int) -> Member | None: ...
    def end_session(self, digest: bytes) -> None: ...
    def end_sessions(self, member: str, *, at: Instant, actor: str) -> int: ...
    def machine(self, digest: bytes, *, at: Instant) -> Machine | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorTimes:
    """How long a session holds without use, and at most; microseconds."""

    idle_us: int
    absolute_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """A request's way in. csrf: what its forms must carry; "" for a machine."""

    who: Who
    csrf: str
    member: Member | None = None


class TooManyError(Exception):
    """This address has shown too many wrong secrets; it may try again in a minute."""


class Door:
    """Sessions, links and machine tokens over a register. Every method blocks."""

    def __init__(
        self,
        register: Register,
        times: DoorTimes,
        *,
        clock: Callable[[], Instant],
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        self.register, self.times, self.clock, self._entropy = register, times, clock, entropy
        self._wrong: dict[str, list[int]] = {}
        self._lock = threading.Lock()

    def by_session(self, secret: str) -> Entrance | None:
        member = self.register.session(digest(secret), at=self.clock(), idle_us=self.times.idle_us)
        if member is None:
            return None
        return Entrance(who=who(member), csrf=csrf(secret), member=member)

    def by_token(self, secret: str, address: str) -> Entrance | None:
        """Raises TooManyError."""
        self._check(address)
        machine = None
        if secret.startswith(MACHINE_PREFIX):
            machine = self.register.machine(digest(secret), at=self.clock())
        if machine is None:
            self._note(address)
            return None
        return Entrance(
            who=Who(
                id=machine.id,
                actor=f"token:{machine.id}",
                name=machine.name,
                email="",
                role=machine.role,
                accounts=frozenset(machine.accounts) if machine.role is Role.MEMBER else None,
            ),
            csrf="",
        )

    def look(self, token: str, address: str) -> Link:
        """The link of this token, still unused. Raises NotFoundError, TooManyError."""
        self._check(address)
        try:
            return self.register.link(digest(token), self.clock())
        except NotFoundError:
            self._note(address)
            raise

    def enter(self, token: str, *, email: str, name: str, address: str) -> tuple[str, Member]:
        """Use a link: a new session's secret, and whose it is. Raises as the register does."""
        self._check(address)
        try:
            member = self.register.use_link(digest(token), email=email, name=name, at=self.clock())
        except NotFoundError:
            self._note(address)
            raise
        return self.begin(member, by="link"), member

    def begin(self, member: Member, *, by: Literal["link", "oidc"]) -> str:
        secret = self._entropy(32).hex()
        now = self.clock()
        self.register.add_session(
            digest(secret),
            member=member.id,
            by=by,
            expires_at=Instant(now + self.times.absolute_us),
            at=now,
        )
        return secret

    def leave(self, secret: str) -> None:
        self.register.end_session(digest(secret))

    def leave_everywhere(self, who: Who) -> int:
        return self.register.end_sessions(who.id, at=self.clock(), actor=who.actor)

    # -- wrong secrets

    def _check(self, address: str) -> None:
        since = self.clock() - WRONG_FOR_US
        with self._lock:
            recent = [at for at in self._wrong.get(address, ()) if at > since]
            if len(recent) >= WRONG_MAX:
                raise TooManyError

    def _note(self, address: str) -> None:
        now = self.clock()
        with self._lock:
            if len(self._wrong) > ADDRESSES_MAX:
                self._wrong.clear()
            recent = [at for at in self._wrong.get(address, ()) if at > now - WRONG_FOR_US]
            self._wrong[address] = [*recent[-WRONG_MAX:], now]


def who(member: Member) -> Who:
    return Who(
        id=member.id,
        actor=f"user:{member.email}",
        name=member.name,
        email=member.email,
        role=member.role,
        accounts=frozenset(member.accounts) if member.role is Role.MEMBER else None,
    )


def csrf(secret: str) -> str:
    return hmac.new(secret.encode(), b"stillhouse console form", hashlib.sha256).hexdigest()


def same(a: str, b: str) -> bool:
    return hmac.compare_digest(a.encode("utf-8", "replace"), b.encode("utf-8", "replace"))
