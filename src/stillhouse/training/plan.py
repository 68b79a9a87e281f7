"""One pass over a log: which tasks it holds, what they answer and cost, and whose answers.

    line ─► row ─► its workload ─► rows, months, cost, kind of output, teachers
                                    └─► terms, for each kind of student ─► opportunity

No text is kept. Memory is bounded by the number of tasks, not of calls. A template that few calls
have is no task of its own (free text differs from call to call): it is counted with "no template".
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from stillhouse.distill.outputs import Outputs
from stillhouse.imports.call import Call, LineError
from stillhouse.terms import Origin
from stillhouse.training.logs import Reader
from stillhouse.units.instant import DAY, period

RARE = 100
"""One call in so many: a template with fewer is no task."""
OUTPUTS_LOOKED = 20_000
"""Answers of one task that are looked at for what kind they are."""
TASKS_MAX = 20_000
Price = Callable[[Call], tuple[int, str] | None]


@dataclass(slots=True)
class Found:
    """One workload of the log. cost: pico-units by currency. teachers: rows by origin and day."""

    rows: int = 0
    gold: int = 0
    first: int = 0
    last: int = 0
    cost: Counter[str] = field(default_factory=Counter)
    unpriced: int = 0
    outputs: Outputs = field(default_factory=Outputs)
    accounts: set[str] = field(default_factory=set)
    tasks: Counter[str] = field(default_factory=Counter)
    teachers: Counter[tuple[tuple[Origin, ...], int]] = field(default_factory=Counter)

    def merge(self, other: "Found") -> None:
        self.first = min(self.first, other.first) if self.rows else other.first
        self.last = max(self.last, other.last)
        self.rows += other.rows
        self.gold += other.gold
        self.cost += other.cost
        self.unpriced += other.unpriced
        self.outputs.seen += other.outputs.seen
        self.outputs.labels += other.outputs.labels
        self.outputs.shapes += other.outputs.shapes
        self.accounts |= other.accounts
        self.tasks += other.tasks
        self.teachers += other.teachers

    @property
    def months(self) -> Fraction:
        """How long the log's calls of it took, and a day at least."""
        return Fraction(max(self.last - self.first, DAY), DAY) * Fraction(12, 365)


@dataclass(slots=True)
class Plan:
    """lines: of the log. unreadable: reason -> lines. workloads: by name, the most rows first."""

    lines: int = 0
    unreadable: Counter[str] = field(default_factory=Counter)
    workloads: dict[str, Found] = field(default_factory=dict)

    def chosen(self, name: str = "") -> str:
        """The workload asked for, or the one with the most rows.

        Raises:
            LookupError: there is none of this name, or none at all.
        """
        if not self.workloads:
            said = ", ".join(f"{n:,} {why}" for why, n in self.unreadable.most_common())
            raise LookupError(f"no line of the log can be learned from: {said or 'it is empty'}")
        if not name:
            return next(iter(self.workloads))
        for workload, found in self.workloads.items():
            if name == workload or name in found.tasks:
                return workload
        known = ", ".join(list(self.workloads)[:8])
        raise LookupError(f"no workload {name!r} in the log; it has: {known}")


def plan(
    lines: Iterable[bytes],
    reader: Reader,
    price: Price,
    *,
    moved: Callable[[int], None] = lambda _: None,
) -> Plan:
    """moved: told how many bytes were read."""
    made = Plan()
    found: dict[str, Found] = {}
    size = 0
    for line in lines:
        made.lines += 1
        size += len(line)
        if not made.lines % 10_000:
            moved(size)
        try:
            row = reader.read(line)
        except LineError as error:
            made.unreadable[error.reason] += 1
            continue
        example = row.example
        name = example.workload
        one = found.get(name)
        if one is None:
            if len(found) >= TASKS_MAX:
                name = ""
            one = found.setdefault(name, Found(first=example.at, last=example.at))
        _see(one, row.call, example.output, example.lineage, price)
        one.tasks[example.task] += 1
        one.gold += example.gold is not None
    moved(size)
    for name, one in found.items():
        rare = name.startswith("t:") and one.rows * RARE < made.lines
        into = made.workloads.setdefault("" if rare else name, Found())
        into.merge(one)
    ordered = sorted(made.workloads.items(), key=lambda pair: (-pair[1].rows, pair[0]))
    made.workloads = dict(ordered)
    return made


def _see(one: Found, call: Call, output: str, origins: tuple[Origin, ...], price: Price) -> None:
    one.rows += 1
    one.first, one.last = min(one.first, call.at), max(one.last, call.at)
    one.accounts.add(call.account)
    if one.outputs.seen < OUTPUTS_LOOKED:
        one.outputs.see(output)
    cost = price(call)
    if cost is None:
        one.unpriced += 1
    else:
        one.cost[cost[1]] += cost[0]
    bare = tuple(
        Origin(path=o.path, model=o.model, weights=o.weights, terms=o.terms, via=o.via)
        for o in origins
    )
    one.teachers[bare, call.at // DAY] += 1


def document(name: str, found: Found) -> dict[str, Any]:
    """A workload for machines, without what terms say."""
    return {
        "workload": name or "(no template)",
        "rows": found.rows,
        "gold": found.gold,
        "first": period(found.first, "day"),
        "last": period(found.last, "day"),
        "accounts": len(found.accounts),
        "output": {"kind": found.outputs.kind, "size": found.outputs.size},
        "tasks": len(found.tasks),
        "cost_pico": {currency: str(n) for currency, n in sorted(found.cost.items())},
        "unpriced": found.unpriced,
    }
