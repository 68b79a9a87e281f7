"""What a store keeps for releases. Each change is one transaction; where it says so, an entry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stillhouse.distill.capture import Consent
from stillhouse.distill.release import Audit, Plan, Release, Stage, Terms
from stillhouse.units.instant import Instant


@dataclass(frozen=True, slots=True)
class AuditDay:
    """What a release's audit samples said on one day (UTC). cost: pico-units paid by the house."""

    release: str
    day: str
    compared: int
    agreed: int
    declined: int
    cost: int


class Releases(Protocol):
    """Raises NotFoundError and ConflictError of `ledger.ports` with what to do."""

    def begin_release(self, plan: Plan, *, at: Instant, actor: str) -> Release:
        """Begin at shadow; an entry. What its terms forbid is refused, and an entry, too.

        Raises ConflictError: its terms, its plan, or another one that is live there.
        """
        ...

    def releases(self, *, account: str | None = None) -> list[Release]:
        """The newest first."""
        ...

    def release(self, ident: str) -> Release: ...
    def move_release(
        self,
        ident: str,
        stage: Stage,
        *,
        share_bps: int | None = None,
        reason: str,
        forced: bool = False,
        at: Instant,
        actor: str,
    ) -> Release:
        """To another stage; an entry. Gateways go over within a second."""
        ...

    def set_release_terms(self, ident: str, terms: Terms, *, at: Instant, actor: str) -> Release:
        """What the terms say now; an entry. Denied: it is rolled back at once."""
        ...

    def add_audits(self, ident: str, audits: Sequence[Audit], *, at: Instant) -> Release:
        """Count comparisons; when they refute the promise, roll back in the same transaction."""
        ...

    def audit_days(self, ident: str) -> list[AuditDay]: ...


class Captures(Protocol):
    """Consents to keep content, and the accounts' keys, sealed by one that is not in the store."""

    def consent(self, consent: Consent, *, at: Instant, actor: str) -> None:
        """A project's, from now on; an entry. Raises ConflictError, NotFoundError."""
        ...

    def end_consent(self, project: str, *, reason: str, at: Instant, actor: str) -> Consent:
        """Nothing more is captured; what was is kept for its days. An entry."""
        ...

    def consents(self) -> list[Consent]:
        """Of every project that ever had one: its newest."""
        ...

    def capture_key(self, account: str) -> bytes | None: ...
    def add_capture_key(self, account: str, sealed: bytes) -> bytes:
        """Keep it unless the account has one; returns the one that is kept."""
        ...

    def note_erased(
        self, account: str, body: Mapping[str, Any], *, at: Instant, actor: str
    ) -> None:
        """An entry; `key` true: the account's key goes in the same transaction."""
        ...
