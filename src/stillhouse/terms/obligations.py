"""What must hold when a student is released, and what can never hold together.

Obligations come from the conditions of entries that permit. They are kept with the student and
checked by `check_release`; those that contradict each other are found when the work is submitted.

    student_name_prefix:X   the student's name begins with X
    display:X | display:X|Y X (or Y) stands in the product's documentation or interface
    ship_licence_copy       the licence's text goes with the student
    notice_file             its notice stands in the notices
    flow_down               its restrictions bind whoever receives the student
    confirm:WHAT            a fact that no program can know; somebody confirms it at release
    exposure:internal       no second account ever meets the student
    noncommercial           it earns nothing
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from stillhouse.terms.student import Exposure

NAME_PREFIX = "student_name_prefix"
DISPLAY = "display"
LICENCE_COPY = "ship_licence_copy"
NOTICE = "notice_file"
FLOW_DOWN = "flow_down"
CONFIRM = "confirm"
INTERNAL = "exposure"
NONCOMMERCIAL = "noncommercial"


class Obligation(NamedTuple):
    """One thing that must hold at release. entry: whose; value: of what, "" when that is all."""

    kind: str
    value: str
    entry: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}" if self.value else self.kind

    @property
    def words(self) -> str:
        """What to do, for people."""
        match self.kind:
            case "student_name_prefix":
                return f'the student\'s name must begin with "{self.value}"'
            case "display":
                return "show " + " or ".join(f'"{v}"' for v in self.value.split("|"))
            case "ship_licence_copy":
                return f"ship a copy of the licence of {self.entry}"
            case "notice_file":
                return f"put the notice of {self.entry} into the notices"
            case "flow_down":
                return f"bind whoever receives the student to the restrictions of {self.entry}"
            case "exposure":
                return f"keep the student {self.value}: no second account, no publication"
            case "noncommercial":
                return "earn nothing with the student"
            case _:
                return f"confirm {self.value} for {self.entry}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What somebody is about to release.

    displays: texts that its documentation shows. notices, licences, flows_down: ids of entries
    whose notice, licence text and restrictions go with it. confirmed: facts, as `ENTRY:WHAT` or
    `WHAT`, that a person has signed for.
    """

    name: str
    exposure: Exposure
    displays: Collection[str] = ()
    notices: Collection[str] = ()
    licences: Collection[str] = ()
    flows_down: Collection[str] = ()
    confirmed: Collection[str] = ()
    commercial: bool = True


class Unmet(NamedTuple):
    """An obligation that this release does not keep, and how to keep it."""

    obligation: Obligation
    fix: str


def check_release(release: Release, obligations: Iterable[Obligation]) -> list[Unmet]:
    """Every obligation that the release does not keep; empty when it may go out."""
    return [Unmet(o, o.words) for o in sorted(set(obligations)) if not _kept(o, release)]


def _kept(o: Obligation, release: Release) -> bool:
    match o.kind:
        case "student_name_prefix":
            return release.name.startswith(o.value)
        case "display":
            return any(v in shown for v in o.value.split("|") for shown in release.displays)
        case "ship_licence_copy":
            return o.entry in release.licences
        case "notice_file":
            return o.entry in release.notices
        case "flow_down":
            return o.entry in release.flows_down
        case "exposure":
            return release.exposure == o.value
        case "noncommercial":
            return not release.commercial
        case "confirm":
            return bool({o.value, f"{o.entry}:{o.value}"} & set(release.confirmed))
        case _:
            return False


class Collision(NamedTuple):
    """Two obligations that no student can keep together."""

    one: Obligation
    other: Obligation

    def __str__(self) -> str:
        return (
            f"{self.one.entry} wants the student's name to begin with {self.one.value!r} and"
            f" {self.other.entry} with {self.other.value!r}: no name does both"
        )


def collisions(obligations: Iterable[Obligation]) -> list[Collision]:
    """Pairs that cannot both hold: two first words of one name."""
    prefixes = sorted({o for o in obligations if o.kind == NAME_PREFIX})
    return [
        Collision(one, other)
        for place, one in enumerate(prefixes)
        for other in prefixes[place + 1 :]
        if not one.value.startswith(other.value) and not other.value.startswith(one.value)
    ]
