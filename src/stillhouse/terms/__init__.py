"""What outputs may be used for: entries, a use, a verdict. Pure.

YAML (read outside) -> document -> registry      lineage x student -> use -> decide -> verdict
verdict.obligations -> check_release             signed: attestations, waivers -> use

document     one entry: checked whole, named by its content
registry     every entry, by access path, model and time
lineage      where a row's words come from; it survives whatever is done to them
student      what is trained, who will meet it, and why
waiver       what a person signs
use          one question
tokens       the words of conditions and exceptions, and what each asks for
decide       the answer, with clause, quotation and what would resolve a denial
obligations  what must hold at release, and what can never hold together
registry/    the entries themselves, a file per provider, and their hashes (`index.json`)
"""

from stillhouse.terms.decide import Code, Outcome, Reason, Verdict, decide
from stillhouse.terms.document import DocumentError, Entry
from stillhouse.terms.lineage import Lineage, Origin, from_wire, inherit, to_wire
from stillhouse.terms.obligations import Obligation, Release, check_release, collisions
from stillhouse.terms.registry import Registry, load
from stillhouse.terms.student import Exposure, Purpose, StudentKind
from stillhouse.terms.use import Use
from stillhouse.terms.waiver import Attestation, Waiver

__all__ = [
    "Attestation",
    "Code",
    "DocumentError",
    "Entry",
    "Exposure",
    "Lineage",
    "Obligation",
    "Origin",
    "Outcome",
    "Purpose",
    "Reason",
    "Registry",
    "Release",
    "StudentKind",
    "Use",
    "Verdict",
    "Waiver",
    "check_release",
    "collisions",
    "decide",
    "from_wire",
    "inherit",
    "load",
    "to_wire",
]
