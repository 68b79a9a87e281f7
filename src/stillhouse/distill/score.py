"""How good a student is on calls whose right answer is known, or whose teacher's is.

    body ─► Student.answer ─► right by gold? same as the teacher? kept?

Agreement (with the teacher) and correctness (by gold) are kept apart: the first can be had without
the second. Where no gold is known there is no accuracy, and the report says None rather than lend
it the teacher's.

A call whose gold is none of the labels that the student knows is *out of scope*: nothing it says
is right, so what counts is that it leaves the call to the teacher.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from stillhouse.distill.answer import Answer
from stillhouse.distill.example import agree, as_label
from stillhouse.distill.paired import DELTA, Paired, paired

SLICES_MAX = 12


class Called(NamedTuple):
    """One call to be judged by. slices: names of groups that it is part of."""

    body: bytes
    teacher: str | None
    gold: str | None
    slices: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """Counts over calls; None where there is nothing to divide by."""

    n: int = 0
    golden: int = 0
    right: int = 0
    taught: int = 0
    same: int = 0
    kept: int = 0
    kept_golden: int = 0
    kept_right: int = 0
    kept_taught: int = 0
    kept_same: int = 0

    def see(self, call: Called, answer: Answer) -> None:
        self.n += 1
        self.kept += answer.kept
        if call.gold is not None:
            right = agree(answer.text, call.gold)
            self.golden += 1
            self.right += right
            self.kept_golden += answer.kept
            self.kept_right += answer.kept and right
        if call.teacher is not None:
            same = agree(answer.text, call.teacher)
            self.taught += 1
            self.same += same
            self.kept_taught += answer.kept
            self.kept_same += answer.kept and same

    def document(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "accuracy": _share(self.right, self.golden),
            "agreement": _share(self.same, self.taught),
            "kept": _share(self.kept, self.n),
            "accuracy_kept": _share(self.kept_right, self.kept_golden),
            "agreement_kept": _share(self.kept_same, self.kept_taught),
        }


@dataclass(slots=True)
class Report:
    """whole: all calls. inside, outside: by whether gold is a label that the student knows.

    alone: student against teacher on every call, by gold. cascade: the same where the teacher
    answers what the student does not keep. None without gold. agreed: student against teacher
    where the teacher is taken for right, of what is kept.
    """

    whole: Tally = field(default_factory=Tally)
    inside: Tally = field(default_factory=Tally)
    outside: Tally = field(default_factory=Tally)
    slices: dict[str, Tally] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    alone: Paired | None = None
    cascade: Paired | None = None
    agreed: Paired | None = None

    def document(self) -> dict[str, Any]:
        out = self.outside
        largest = sorted(self.slices.items(), key=lambda s: (-s[1].n, s[0]))[:SLICES_MAX]
        return self.whole.document() | {
            "in_scope": self.inside.document(),
            "out_of_scope": {"n": out.n, "escalated": _share(out.n - out.kept, out.n)},
            "not_kept": dict(sorted(self.reasons.items())),
            "slices": {name: tally.document() for name, tally in largest},
            "alone": _paired(self.alone),
            "cascade": _paired(self.cascade),
            "agreed": _paired(self.agreed),
        }


def score(
    calls: Iterable[Called],
    answer: Callable[[bytes], Answer],
    *,
    labels: Sequence[str] = (),
    delta: float = DELTA,
) -> Report:
    """Ask the student each call and count. labels: of a classifier; what it can say."""
    known = {as_label(label).casefold() for label in labels}
    report = Report()
    alone: list[tuple[bool, bool]] = []
    cascade: list[tuple[bool, bool]] = []
    agreed: list[tuple[bool, bool]] = []
    for call in calls:
        said = answer(call.body)
        report.whole.see(call, said)
        outside = bool(known) and call.gold is not None
        outside = outside and as_label(str(call.gold)).casefold() not in known
        (report.outside if outside else report.inside).see(call, said)
        for name in call.slices:
            report.slices.setdefault(name, Tally()).see(call, said)
        if said.reason:
            report.reasons[said.reason] += 1
        if call.teacher is None:
            continue
        agreed.append((not said.kept or agree(said.text, call.teacher), True))
        if call.gold is not None:
            mine, theirs = agree(said.text, call.gold), agree(call.teacher, call.gold)
            alone.append((mine, theirs))
            cascade.append((mine if said.kept else theirs, theirs))
    report.alone = paired(alone, delta=delta) if alone else None
    report.cascade = paired(cascade, delta=delta) if cascade else None
    report.agreed = paired(agreed, delta=delta) if agreed else None
    return report


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def _paired(found: Paired | None) -> Mapping[str, Any] | None:
    if found is None:
        return None
    return {
        "n": found.n,
        "student": round(found.student, 6),
        "teacher": round(found.teacher, 6),
        "difference": round(found.difference, 6),
        "interval": [round(found.low, 6), round(found.high, 6)],
        "bound": round(found.bound, 6),
        "delta": found.delta,
        "discordant": found.discordant,
        "needed": found.needed,
        "verdict": found.said,
    }
