"""What anyone can check, and what to do when it does not hold. Pure: facts in, problems out.

    numbers    each writer's receipts and calls in flight are 1..n: nothing lost, nothing doubled
    files      every posted segment is on disk with the hash that the ledger chained
    prices     each receipt's charge follows from its usage, its flags and its price list
    totals     the ledger's totals are the sums of raw receipts
    balances   posted = charges in the budget's scope and period; leased = sum of its leases
    holds      nothing is held for a call or a writer that is gone
    chain      the entries follow each other; price lists are what their ids say

The facts come from the disk and the store, each read by whoever can (see `compose.books`); no check
trusts a sum that another one has made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from stillhouse.ledger.entries import check as check_chain
from stillhouse.ledger.ports import Balance, Entry, Segment
from stillhouse.ledger.receipt import receipt_id
from stillhouse.tariff import Tariff
from stillhouse.tariff.prices import changed
from stillhouse.tenants import Budget
from stillhouse.tenants.key import is_imported
from stillhouse.units.instant import period_of
from stillhouse.units.money import exact

SHOWN = 20
"""How many of a kind a report names; the counts are always whole."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not hold: its kind, what was found, and what a person can do."""

    kind: str
    found: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """One writer's sequence numbers, over sealed and unsealed receipts.

    distinct: how many different numbers have a receipt. issued: the highest number known to have
    been given out. in_flight: opened and not closed. missing: some of those that are nowhere.
    """

    writer: int
    receipts: int
    distinct: int
    issued: int
    in_flight: frozenset[int] = frozenset()
    missing: tuple[int, ...] = ()

    @property
    def lost(self) -> int:
        return max(self.issued - self.distinct - len(self.in_flight), 0)

    @property
    def doubled(self) -> int:
        return self.receipts - self.distinct


@dataclass(slots=True)
class Verdict:
    """The answer. ok: there is no problem. in_flight: open calls of living writers."""

    receipts: int = 0
    lost: int = 0
    duplicated: int = 0
    mispriced: int = 0
    open_holds: int = 0
    in_flight: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems


def check_numbers(numbers: Iterable[Numbers]) -> list[Problem]:
    problems = []
    for n in numbers:
        if n.lost:
            some = ", ".join(receipt_id(n.writer, seq) for seq in n.missing[:SHOWN])
            problems.append(
                Problem(
                    "lost",
                    f"{n.lost} of the {n.issued} numbers that writer {n.writer} gave out are "
                    f"nowhere: {some}",
                    "look for its files in damaged/ and in your backups of segments/ and journal/",
                )
            )
        if n.doubled:
            problems.append(
                Problem(
                    "duplicated",
                    f"{n.doubled} receipts of writer {n.writer} are there twice",
                    "keep all files and report this: it must never happen",
                )
            )
    return problems


def check_files(
    segments: Iterable[Segment],
    found: Mapping[str, tuple[int, str] | None],
    entries: Iterable[Entry],
) -> list[Problem]:
    """found: segment path -> (size, SHA-256) of the file there, None when there is none."""
    chained = {str(e.body.get("id")): e.body for e in entries if e.kind == "segment"}
    problems = []
    for s in segments:
        file = found.get(s.path)
        if file is None:
            problems.append(
                Problem(
                    "file_missing",
                    f"{s.path} is gone, with {s.receipts} receipts",
                    "put it back from a backup; the ledger knows its hash",
                )
            )
        elif file != (s.size, s.sha256):
            problems.append(
                Problem(
                    "file_changed",
                    f"{s.path} has {file[0]} bytes and hash {file[1][:12]}, posted were {s.size} "
                    f"and {s.sha256[:12]}",
                    "put it back from a backup; its receipts are not counted until then",
                )
            )
        body = chained.get(s.id)
        posted = (s.sha256, s.receipts, str(s.charge), str(s.cost))
        if body is None or posted != tuple(
            body.get(name) for name in ("sha256", "receipts", "charge", "cost")
        ):
            problems.append(
                Problem(
                    "segment_unchained",
                    f"segment {s.id} is not in the chain of entries as it is in the table",
                    "somebody changed the database; compare it with a backup",
                )
            )
    return problems


NOBODYS: Mapping[str, str] = MappingProxyType({})


class Spending(NamedTuple):
    """What one key was charged on one day; or, with `provider` alone, for what that one served."""

    day: str
    account: str
    project: str
    key: str
    charge: int
    provider: str = ""


def check_balances(
    budgets: Mapping[str, Budget],
    balances: Iterable[Balance],
    leases: Mapping[tuple[int, str, str], int],
    spending: Iterable[Spending],
    entries: Iterable[Entry] = (),
    members: Mapping[str, str] = NOBODYS,
) -> list[Problem]:
    """spending: of sealed receipts, the only ones that are posted. members: key -> whose it is.

    A budget begins in the period in which it was made, with what its scope had spent in it until
    then; earlier periods are not its business. The entries say which period that was. A provider's
    budget begins with nothing within that period, so it is compared from the next one on.
    """
    since = {
        str(e.body["id"]): str(e.body["period"])
        for e in entries
        if e.kind == "budget" and "period" in e.body
    }
    held: dict[tuple[str, str], int] = {}
    for (_, budget, when), amount in leases.items():
        held[budget, when] = held.get((budget, when), 0) + amount
    charged = _charged(budgets, spending, members)
    rows = {(b.budget, b.period): b for b in balances if b.budget in budgets}
    problems = []
    for key in sorted(rows.keys() | charged.keys() | {k for k in held if k[0] in budgets}):
        begun = since.get(key[0], "")
        if key[1] < begun or (key[1] == begun and budgets[key[0]].scope == "provider"):
            continue
        row = rows.get(key)
        posted, leased = (row.posted, row.leased) if row else (0, 0)
        if posted != charged.get(key, 0):
            problems.append(
                Problem(
                    "balance",
                    f"budget {key[0]} in {key[1]} has {exact(posted)} posted; its receipts come "
                    f"to {exact(charged.get(key, 0))}",
                    "report this: enforcement and invoices have parted",
                )
            )
        if leased != held.get(key, 0):
            problems.append(
                Problem(
                    "leases",
                    f"budget {key[0]} in {key[1]} has {exact(leased)} leased; its leases come to "
                    f"{exact(held.get(key, 0))}",
                    "run verify again when the service is idle; if it stays, report this",
                )
            )
    return problems


def _charged(
    budgets: Mapping[str, Budget], spending: Iterable[Spending], members: Mapping[str, str]
) -> dict[tuple[str, str], int]:
    by_scope: dict[tuple[str, str], list[Budget]] = {}
    for b in budgets.values():
        by_scope.setdefault((b.scope, b.scope_id), []).append(b)
    sums: dict[tuple[str, str], int] = {}
    for t in spending:
        if not t.charge or is_imported(t.key):
            continue
        for path in (
            ("account", t.account),
            ("project", t.project),
            ("member", members.get(t.key, "")),
            ("key", t.key),
            ("provider", t.provider),
        ):
            for b in by_scope.get(path, ()):
                key = (b.id, period_of(t.day, b.span))
                sums[key] = sums.get(key, 0) + t.charge
    return sums


def check_holds(
    dead_opens: Mapping[int, int],
    leases: Mapping[tuple[int, str, str], int],
    writers: Mapping[int, bool],
) -> tuple[int, list[Problem]]:
    """(open holds, problems).

    Args:
        dead_opens: writer that is dead -> calls that it left open.
        leases: what each writer holds.
        writers: writer -> released.
    """
    problems = []
    count = 0
    for writer, calls in sorted(dead_opens.items()):
        if calls:
            count += calls
            problems.append(
                Problem(
                    "open_holds",
                    f"writer {writer} died with {calls} calls open",
                    "start the service: it settles them by rule before it serves",
                )
            )
    for (writer, budget, when), amount in sorted(leases.items()):
        if amount and writers.get(writer, True):
            count += 1
            problems.append(
                Problem(
                    "open_holds",
                    f"{exact(amount)} of {budget} in {when} is leased to writer {writer}, "
                    "which is released",
                    "report this: a released writer holds nothing",
                )
            )
    return count, problems


def check_record(entries: Iterable[Entry], tariffs: Mapping[str, Tariff]) -> list[Problem]:
    """The chain, and that each price list is what its id says."""
    problems = []
    broken = check_chain(entries)
    if broken is not None:
        problems.append(
            Problem("chain", broken.what, "somebody changed the database; compare with a backup")
        )
    for name, t in tariffs.items():
        again = changed(t)
        if again.id != name:
            problems.append(
                Problem(
                    "tariff",
                    f"the price list {name} now reads as {again.id}",
                    "somebody changed the database; compare with a backup",
                )
            )
    return problems
