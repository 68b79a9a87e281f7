"""What people have signed, from the ledger's lines: readings added, attestations, waivers.

    (kind, at, body), oldest first -> fold -> Signed: entries, attestations, waivers

The lines are never changed: what is taken back is a later line. A line that this version cannot
read is a line that it must not pass over, so it is refused by name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from stillhouse.terms.document import Entry, entry
from stillhouse.terms.student import Exposure, StudentKind
from stillhouse.terms.waiver import Attestation, Waiver
from stillhouse.units.instant import Instant

ADDED = "terms_added"
ATTESTED = "terms_attested"
WAIVED = "terms_waived"
REVOKED = "terms_revoked"
KINDS = (ADDED, ATTESTED, WAIVED, REVOKED)
Line = tuple[str, Instant, Mapping[str, Any]]


class SignedStore(Protocol):
    """Keeps the lines. They are all there is: nothing else is remembered of what was signed."""

    def sign_terms(self, kind: str, body: Mapping[str, Any], *, at: Instant, actor: str) -> None:
        """Add one line to the chain. kind: one of KINDS."""
        ...

    def terms_count(self) -> int:
        """How many there are: whoever keeps what they fold to looks again when it moves."""
        ...

    def terms_lines(self) -> list[Line]:
        """All of them, oldest first."""
        ...


class UnreadableLineError(ValueError):
    """A line of the ledger that says something of terms, and not what this version can read."""


@dataclass(frozen=True, slots=True)
class Signatures:
    """All that was signed, also what has ended: `holds` says whether it does."""

    entries: tuple[Entry, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    waivers: tuple[Waiver, ...] = ()


def fold(lines: Iterable[Line]) -> Signatures:
    """Raises UnreadableLineError."""
    entries: list[Entry] = []
    attestations: dict[str, Attestation] = {}
    waivers: dict[str, Waiver] = {}
    for kind, at, body in lines:
        try:
            match kind:
                case "terms_added":
                    entries.append(
                        entry(
                            body["document"],
                            where=f"entry of the ledger at {at}",
                            added_at=at,
                            signed_by=body["signed_by"],
                        )
                    )
                case "terms_attested":
                    attestations[body["id"]] = attestation(body, at)
                case "terms_waived":
                    waivers[body["id"]] = waiver(body, at)
                case "terms_revoked" if body["id"] in attestations:
                    attestations[body["id"]] = replace(attestations[body["id"]], revoked_at=at)
                case "terms_revoked":
                    waivers[body["id"]] = replace(waivers[body["id"]], revoked_at=at)
                case _:
                    raise ValueError(f"there is no kind {kind}")  # noqa: TRY301
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableLineError(f"a line of kind {kind} cannot be read: {error}") from None
    return Signatures(tuple(entries), tuple(attestations.values()), tuple(waivers.values()))


def added_body(document: Mapping[str, Any], *, signed_by: str) -> dict[str, Any]:
    return {"document": dict(document), "signed_by": signed_by}


_SHARED = ("id", "entry", "version", "account", "contract_ref", "signed_by")


def attested_body(a: Attestation) -> dict[str, Any]:
    return {
        **{name: getattr(a, name) for name in _SHARED},
        "expires_at": a.expires_at,
        "claim": a.claim,
        "statement": a.statement,
    }


def waived_body(w: Waiver) -> dict[str, Any]:
    return {
        **{name: getattr(w, name) for name in _SHARED},
        "expires_at": w.expires_at,
        "students": sorted(w.students),
        "exposures": sorted(w.exposures),
        "models": list(w.models),
    }


def _shared(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(body[name]) for name in _SHARED}


def attestation(body: Mapping[str, Any], at: Instant) -> Attestation:
    return Attestation(
        **_shared(body),
        signed_at=at,
        expires_at=Instant(body["expires_at"]),
        claim=body["claim"],
        statement=body["statement"],
    )


def waiver(body: Mapping[str, Any], at: Instant) -> Waiver:
    return Waiver(
        **_shared(body),
        signed_at=at,
        expires_at=Instant(body["expires_at"]),
        students=frozenset(map(StudentKind, body["students"])),
        exposures=frozenset(map(Exposure, body["exposures"])),
        models=tuple(body["models"]),
    )
