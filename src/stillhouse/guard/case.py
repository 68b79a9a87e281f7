"""One case: who, on what evidence, what was done by whom, and until when. A fold of its entries.

    case_opened -> case_evidence* -> case_step | case_proposed | case_appealed | case_answered
                                     | case_invoiced | case_lapsed ... -> case_closed

Entries are the record and this is only a reading of them: whoever has the chain of entries can fold
every case anew and get the same one. Values are text and whole numbers, because an entry holds no
floats; an e-value is written so that reading it gives the same bits (`repr`).

`level` is what is in force now; `Evidence.level` is how high the evidence reaches. They differ when
nobody has decided yet, when a step has lapsed, and when somebody with a name has lifted it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from stillhouse.guard.ladder import APPEAL_US, QUIET_US, Level, Links, Position
from stillhouse.ledger.ports import Entry
from stillhouse.units.instant import Instant

OPENED, EVIDENCE, STEP = "case_opened", "case_evidence", "case_step"
PROPOSED, LAPSED, CLOSED = "case_proposed", "case_lapsed", "case_closed"
APPEALED, ANSWERED, INVOICED = "case_appealed", "case_answered", "case_invoiced"
KINDS = (OPENED, EVIDENCE, STEP, PROPOSED, APPEALED, ANSWERED, INVOICED, LAPSED, CLOSED)
NEVER = Instant(0)
MACHINE = "guard"
"""Who takes the automatic steps."""

Outcome = Literal["", "dismissed", "granted", "quiet"]


class BrokenCaseError(ValueError):
    """These entries are no case: one is missing, of another case, or out of order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What is at stake by the registry. entry: its id and version in force. All "" when unknown."""

    entry: str = ""
    clause: str = ""
    quotation: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What one evaluation found.

    e_value: >= 0. level: as far as it reaches with terms and purpose. backed: as far as there are
    enough calibration accounts to state its false-alarm rate; no machine goes beyond that.
    held_by: what keeps it from going higher (`ladder.Rung`). calls: of the subject so far;
    first_at, last_at: of those looked at. bound: 95 % upper bound of the false-alarm rate as
    measured, decimal text. receipts: some of the calls, by receipt id. bundle: digest of all of it.
    """

    at: Instant
    e_value: float
    level: Level
    backed: Level
    held_by: str = ""
    families: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    links: Links = Links.SINGLE
    linked_by: tuple[str, ...] = ()
    calls: int = 0
    crossed_at_call: int = 0
    first_at: Instant = NEVER
    last_at: Instant = NEVER
    bound: str = ""
    position: Position = Position.UNKNOWN
    clause: Clause = Clause()
    receipts: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    bundle: str = ""

    def written(self) -> dict[str, Any]:
        """As an entry's body has it; `at` is the entry's own."""
        return {
            "e_value": repr(float(self.e_value)),
            "level": self.level.word,
            "backed": self.backed.word,
            "held_by": self.held_by,
            "families": list(self.families),
            "signals": list(self.signals),
            "links": self.links.value,
            "linked_by": list(self.linked_by),
            "calls": self.calls,
            "crossed_at_call": self.crossed_at_call,
            "first_at": self.first_at,
            "last_at": self.last_at,
            "bound": self.bound,
            "position": self.position.value,
            "terms": {
                "entry": self.clause.entry,
                "clause": self.clause.clause,
                "quotation": self.clause.quotation,
                "source": self.clause.source,
            },
            "receipts": list(self.receipts),
            "models": list(self.models),
            "bundle": self.bundle,
        }


def evidence_of(body: Mapping[str, Any], at: Instant) -> Evidence:
    return Evidence(
        at=at,
        e_value=float(body["e_value"]),
        level=Level.of(body["level"]),
        backed=Level.of(body["backed"]),
        held_by=body["held_by"],
        families=tuple(body["families"]),
        signals=tuple(body["signals"]),
        links=Links(body["links"]),
        linked_by=tuple(body["linked_by"]),
        calls=body["calls"],
        crossed_at_call=body["crossed_at_call"],
        first_at=Instant(body["first_at"]),
        last_at=Instant(body["last_at"]),
        bound=body["bound"],
        position=Position(body["position"]),
        clause=Clause(**body["terms"]),
        receipts=tuple(body["receipts"]),
        models=tuple(body["models"]),
        bundle=body["bundle"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something in force. by: the names that stand for it; reasons: theirs, in the same order."""

    level: Level
    at: Instant
    by: tuple[str, ...]
    reasons: tuple[str, ...]
    until: Instant | None = None

    @property
    def appeal_until(self) -> Instant:
        return Instant(self.at + APPEAL_US)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A suspension that one person wants and a second one has not agreed to yet."""

    level: Level
    at: Instant
    by: str
    reason: str
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Appeal:
    """What the account answers. against: the people whose decision it contests."""

    at: Instant
    by: str
    reason: str
    answer_by: Instant
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FinalInvoice:
    """What a suspended account owes for a month: drafted, for a person to approve and finalise."""

    account: str
    month: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """base: e-value that was forgiven; a machine acts again on what came after it.

    customers: who has spoken for the account here; they decide nothing. appealed: whether the step
    in force has been appealed already. invoices: of the newest suspension.
    """

    id: str
    accounts: tuple[str, ...]
    opened_at: Instant
    last_at: Instant
    last_entry: int
    evidence: tuple[Evidence, ...]
    events: tuple[Entry, ...]
    level: Level = Level.NOTE
    step: Step | None = None
    proposal: Proposal | None = None
    appeal: Appeal | None = None
    appealed: bool = False
    base: float = 1.0
    customers: frozenset[str] = frozenset()
    invoices: tuple[FinalInvoice, ...] = ()
    outcome: Outcome = ""

    @property
    def open(self) -> bool:
        return not self.outcome

    @property
    def waits_for(self) -> str:
        """What somebody has to do: answer an appeal, agree as the second, look; or how it ended."""
        if not self.open:
            return self.outcome
        if self.appeal is not None:
            return "appeal"
        return "second_reviewer" if self.proposal is not None else "open"

    @property
    def newest(self) -> Evidence:
        return self.evidence[-1]

    @property
    def strongest(self) -> Evidence:
        return max(self.evidence, key=lambda e: e.e_value)

    @property
    def deadline(self) -> Instant | None:
        """The next moment at which something ends by itself; None for a closed case."""
        if not self.open:
            return None
        ends = [
            None if self.step is None else self.step.until,
            None if self.proposal is None else self.proposal.until,
            None if self.appeal is None else self.appeal.answer_by,
            Instant(self.newest.at + QUIET_US) if self.level <= Level.NOTICE else None,
        ]
        return min((end for end in ends if end is not None), default=None)


def fold(entries: Iterable[Entry]) -> Case:
    """The case that these entries tell of, oldest first.

    Raises:
        BrokenCaseError: they do not begin with its opening, speak of another, or go back in time.
    """
    case: Case | None = None
    for entry in entries:
        case = follow(case, entry)
    if case is None:
        raise BrokenCaseError("a case begins with the entry that opened it; there is none")
    return case


def follow(case: Case | None, entry: Entry) -> Case:
    """The case after one more entry. Raises BrokenCaseError."""
    body, at = entry.body, entry.at
    if case is None:
        if entry.kind != OPENED:
            raise BrokenCaseError(f"entry {entry.number} is {entry.kind}, and the case is not open")
        return Case(
            id=body["case"],
            accounts=tuple(body["accounts"]),
            opened_at=at,
            last_at=at,
            last_entry=entry.number,
            evidence=(evidence_of(body["evidence"], at),),
            events=(entry,),
            base=float(body.get("base", "1.0")),
        )
    if body.get("case") != case.id:
        raise BrokenCaseError(f"entry {entry.number} tells of {body.get('case')}, not {case.id}")
    if at < case.last_at or entry.number <= case.last_entry:
        raise BrokenCaseError(f"entry {entry.number} of {case.id} comes before the one before it")
    case = replace(case, last_at=at, last_entry=entry.number, events=(*case.events, entry))
    return _after(case, entry)


def _after(case: Case, entry: Entry) -> Case:
    body, at = entry.body, entry.at
    match entry.kind:
        case "case_evidence":
            joined = dict.fromkeys((*case.accounts, *body["accounts"]))
            seen = (*case.evidence, evidence_of(body["evidence"], at))
            return replace(case, accounts=tuple(joined), evidence=seen)
        case "case_step":
            step = Step(
                level=Level.of(body["level"]),
                at=at,
                by=tuple(body["by"]),
                reasons=tuple(body["reasons"]),
                until=body["until"],
            )
            lifted = step.level < case.level
            return replace(
                case,
                level=step.level,
                step=step,
                proposal=None,
                appeal=None if lifted else case.appeal,
                appealed=False,
                base=case.strongest.e_value if lifted else case.base,
                invoices=() if step.level is Level.SUSPEND else case.invoices,
            )
        case "case_proposed":
            proposal = Proposal(
                level=Level.of(body["level"]),
                at=at,
                by=body["by"],
                reason=body["reason"],
                until=Instant(body["until"]),
            )
            return replace(case, proposal=proposal)
        case "case_appealed":
            appeal = Appeal(
                at=at,
                by=body["by"],
                reason=body["reason"],
                answer_by=Instant(body["answer_by"]),
                against=() if case.step is None else case.step.by,
            )
            spoke = case.customers | {appeal.by}
            return replace(case, appeal=appeal, appealed=True, customers=spoke)
        case "case_answered":
            return replace(case, appeal=None)
        case "case_invoiced":
            made = FinalInvoice(body["account"], body["month"])
            return replace(case, invoices=(*case.invoices, made))
        case "case_lapsed":
            if body["what"] == "proposal":
                return replace(case, proposal=None)
            back = Level.of(body["level"])
            return replace(case, level=back, step=None, proposal=None, base=case.strongest.e_value)
        case "case_closed":
            ended = replace(case, step=None, proposal=None, appeal=None, level=Level.NONE)
            return replace(ended, outcome=body["outcome"], base=case.strongest.e_value)
        case _:
            raise BrokenCaseError(f"entry {entry.number} is {entry.kind}: no part of a case")
