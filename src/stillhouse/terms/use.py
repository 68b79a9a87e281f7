"""What somebody wants to do: one question to the registry."""

from dataclasses import dataclass

from stillhouse.terms.lineage import Lineage
from stillhouse.terms.student import Exposure, Purpose, StudentKind
from stillhouse.terms.waiver import Attestation, Waiver
from stillhouse.units.instant import Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Teach whom, from what, to be met by whom.

    lineage: the teachers, each with the time of its answer. base: name of the model that the
    student starts from, or the id of its licence; "" when it starts from nothing. account: whose
    student it is; matters for what was signed for one account only.
    """

    lineage: Lineage
    student: StudentKind
    exposure: Exposure
    now: Instant
    base: str = ""
    purpose: Purpose = Purpose.TRAINING
    account: str = ""
    attestations: tuple[Attestation, ...] = ()
    waivers: tuple[Waiver, ...] = ()
