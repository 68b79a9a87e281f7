"""A case to test with: evidence, and a chain of entries as a store would write it."""

from collections.abc import Sequence
from dataclasses import replace

from stillhouse.guard.case import Case, Clause, Evidence, fold
from stillhouse.guard.decisions import Reviewer, found
from stillhouse.guard.ladder import Level, Links, Position
from stillhouse.guard.ports import Event
from stillhouse.ledger.entries import follow
from stillhouse.ledger.ports import Entry
from stillhouse.units.instant import Instant

T0 = Instant(1_800_000_000_000_000)
MINUTE = 60_000_000
ADA, BEN, CAI = (Reviewer(f"{name}@house.example") for name in ("ada", "ben", "cai"))
CUSTOMER = "dana@acme.example"
WHY = "looked at forty of the calls: a grid of tasks"
CLAUSE = Clause(
    entry="openai-services-agreement@2026-01-01",
    clause="3.3(e)",
    quotation="use Output to develop artificial intelligence models that compete",
    source="https://openai.com/policies/services-agreement",
)


def evidence(e_value: float = 2e3, *, at: Instant = T0, **more: object) -> Evidence:
    known = Evidence(
        at=at,
        e_value=e_value,
        level=Level.THROTTLE,
        backed=Level.SUSPEND,
        families=("content", "form"),
        signals=("template grid", "no follow-up"),
        calls=412,
        crossed_at_call=312,
        first_at=Instant(at - 40 * MINUTE),
        last_at=at,
        bound="0.01",
        position=Position.FORBIDDEN,
        clause=CLAUSE,
        receipts=("w1-17", "w1-18"),
        models=("gpt-4.1",),
        bundle="b" * 64,
    )
    return replace(known, **more)  # type: ignore[arg-type]


def write(events: Sequence[Event], entries: Sequence[Entry] = ()) -> list[Entry]:
    """The chain with these events at its end."""
    chain = list(entries)
    for e in events:
        last = chain[-1] if chain else None
        chain.append(follow(last, at=e.at, kind=e.kind, actor=e.actor, body=e.body))
    return chain


class Desk:
    """One case over time."""

    def __init__(self, first: Evidence, *accounts: str) -> None:
        self.entries = write(found(None, "case_1", accounts or ("acct_1",), first))

    @property
    def case(self) -> Case:
        return fold(self.entries)

    def add(self, events: Sequence[Event]) -> Case:
        self.entries = write(events, self.entries)
        return self.case

    def see(self, more: Evidence) -> Case:
        return self.add(found(self.case, "", self.case.accounts, more))


def opened(e_value: float = 2e3, **more: object) -> Desk:
    return Desk(evidence(e_value, at=T0, **more))


def strong(**more: object) -> Desk:
    """Evidence that carries a suspension."""
    return opened(2e5, level=Level.SUSPEND, **more)


__all__ = ["ADA", "BEN", "CAI", "CUSTOMER", "T0", "WHY", "Links", "evidence", "opened", "strong"]
