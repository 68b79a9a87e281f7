"""What a person signs: an attestation (a fact he states) and a waiver (a contract he points to).

Neither edits an entry. An *attestation* states something that an entry asks for and no program can
know: that a classifier stays inside, that the text was read again, that a student does not compete
with a host. A *waiver* says that a contract of one's own lifts an entry, and which one. Both name
the person, what they cover, and an end; both are lines of the ledger.

Whoever attests to an entry says with it that he has read its clause: it counts as a sign-off, so it
makes a medium confidence and a reading that has grown old good again, for `recheck_days` from its
signing.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from stillhouse.terms.document import Entry
from stillhouse.terms.student import Exposure, StudentKind
from stillhouse.units.instant import DAY, Instant

READING = "reading"
"""The claim of somebody who says no more than: I have read this text, and it says so."""
LONGEST_DAYS = 731
"""Nothing that a person signs holds for longer; then somebody looks again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What both share. entry: id; version: hash that it is tied to, "" for every version.

    account: whose students it is for, "" for all. contract_ref: the paper that it rests on.
    """

    id: str
    entry: str
    version: str = ""
    account: str = ""
    contract_ref: str = ""
    signed_by: str
    signed_at: Instant
    expires_at: Instant
    revoked_at: Instant | None = None

    def holds(self, now: Instant) -> bool:
        revoked = self.revoked_at is not None and self.revoked_at <= now
        return self.signed_at <= now < self.expires_at and not revoked

    def names(self, entry: Entry, account: str) -> bool:
        return (
            entry.id == self.entry
            and (not self.version or entry.hash.startswith(self.version))
            and (not self.account or self.account == account)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation(Signed):
    """claim: the token of the exception or condition that it states, or READING."""

    claim: str
    statement: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver(Signed):
    """students, exposures, models: its scope; an empty one would cover nothing."""

    students: frozenset[StudentKind]
    exposures: frozenset[Exposure]
    models: tuple[str, ...] = ("*",)

    def covers(self, student: StudentKind, exposure: Exposure, model: str) -> bool:
        return (
            student in self.students
            and exposure in self.exposures
            and any(fnmatchcase(model, pattern) for pattern in self.models)
        )


class UnsignableError(ValueError):
    """This cannot be signed as it is; it says why."""


def checked(signed: Attestation | Waiver) -> None:
    """Raises UnsignableError: no person, no end, an end too far away, no contract, no scope."""
    if not signed.signed_by.strip():
        raise UnsignableError("somebody signs by name: --signed-by")
    if signed.expires_at <= signed.signed_at:
        raise UnsignableError("it would end before it begins: give a later --expires")
    if signed.expires_at > signed.signed_at + LONGEST_DAYS * DAY:
        raise UnsignableError(
            "nothing is signed for more than two years: give an earlier --expires"
        )
    if isinstance(signed, Waiver):
        if not signed.contract_ref.strip():
            raise UnsignableError("a waiver rests on a contract: --contract-ref")
        if not signed.students or not signed.exposures or not signed.models:
            raise UnsignableError("a waiver that covers nothing lifts nothing: name its scope")
    elif not signed.claim.strip():
        raise UnsignableError("say what is attested: --claim")
