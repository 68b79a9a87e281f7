"""Questions to the registry that ships, with few words; and entries made up for a test."""

from typing import Any

from stillhouse.compose.terms import shipped
from stillhouse.terms import (
    Attestation,
    Entry,
    Exposure,
    Lineage,
    Origin,
    Registry,
    StudentKind,
    Use,
    Verdict,
    Waiver,
    decide,
)
from stillhouse.terms.document import entry
from stillhouse.terms.lineage import when
from stillhouse.units.instant import DAY, Instant

NOW = Instant(when("2026-11-30T12:00:00Z") or 0)
ROW = Instant(when("2026-11-01T10:00:00Z") or 0)


def day(text: str) -> Instant:
    return Instant(when(f"{text}T00:00:00Z") or 0)


def origin(path: str, model: str, **more: Any) -> Origin:
    return Origin(path=path, model=model, **{"at": ROW, **more})


def use(
    *origins: Origin, student: str = "generative", exposure: str = "internal", **more: Any
) -> Use:
    return Use(
        lineage=Lineage(origins),
        student=StudentKind(student),
        exposure=Exposure(exposure),
        **{"now": NOW, **more},
    )


def asked(
    path: str,
    model: str,
    student: str = "generative",
    exposure: str = "internal",
    *,
    registry: Registry | None = None,
    weights: str = "",
    at: Instant | None = ROW,
    **more: Any,
) -> Verdict:
    """One teacher, one row; the registry that ships unless another is given."""
    teacher = origin(path, model, weights=weights, at=at)
    return decide(use(teacher, student=student, exposure=exposure, **more), registry or shipped())


def attested(entry_id: str, claim: str, **more: Any) -> Attestation:
    return Attestation(
        **{
            "id": f"a-{entry_id}-{claim}",
            "entry": entry_id,
            "claim": claim,
            "signed_by": "Dewi",
            "signed_at": Instant(NOW - DAY),
            "expires_at": Instant(NOW + 300 * DAY),
            **more,
        }
    )


def waived(entry_id: str, **more: Any) -> Waiver:
    return Waiver(
        **{
            "id": f"w-{entry_id}",
            "entry": entry_id,
            "signed_by": "Dewi",
            "signed_at": Instant(NOW - DAY),
            "expires_at": Instant(NOW + 300 * DAY),
            "contract_ref": "MSA-2026-17",
            "students": frozenset(StudentKind),
            "exposures": frozenset(Exposure),
            **more,
        }
    )


def written(**fields: Any) -> dict[str, Any]:
    """A document as it stands in a file; permitted with high confidence unless `fields` differ."""
    return {
        "id": "one",
        "kind": "api",
        "provider": "One",
        "paths": ["one-api"],
        "models": ["*"],
        "effective": "2026-01-01",
        "position": "allowed",
        "quote": "as they like",
        "document": "Terms of One",
        "version": "1",
        "url": "https://one.example/terms",
        "read": {"where": "their page", "day": "2026-11-01"},
        "confidence": "high",
        "recheck_days": 90,
        **fields,
    }


def made(*, added_at: int = 0, **fields: Any) -> Entry:
    return entry(written(**fields), where="test", added_at=added_at)
