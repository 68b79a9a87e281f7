"""One trial: accounts are made, seen, judged, and what came of it is counted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import median

from bench.guard import blind, collectors, groups
from bench.guard.tenants import KINDS, Account, population
from bench.guard.words import Split

from stillhouse.guard.calibration import Calibration, clopper_pearson
from stillhouse.guard.evidence import judge
from stillhouse.guard.finding import LEVELS, Finding, Level
from stillhouse.guard.signals import Signal, Signals

AT: Level = "notice"
RANKS = ["none", *LEVELS]
CURVE = (100, 150, 200, 250, 300, 400, 500, 1000, 2000)
"""Calls at which it is counted how many were found by then."""


@dataclass(slots=True)
class Row:
    """Trials of one kind. passed: by level, how many came so far. calls, tokens: until a notice."""

    name: str
    trials: int = 0
    passed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LEVELS, 0))
    within: int = 0
    calls: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    extra: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return self.within / self.trials if self.trials else 0.0

    def document(self) -> dict[str, object]:
        low = 1 - clopper_pearson(self.trials - self.within, self.trials)
        return {
            "name": self.name,
            "trials": self.trials,
            "detected": self.within,
            "rate": round(self.rate, 4),
            "lower_95": round(low, 4),
            "median_calls": int(median(self.calls)) if self.calls else None,
            "p90_calls": sorted(self.calls)[(9 * len(self.calls)) // 10] if self.calls else None,
            "median_tokens": int(median(self.tokens)) if self.tokens else None,
            "found_by": {n: sum(c <= n for c in self.calls) for n in CURVE if self.calls},
            **self.passed,
            **self.extra,
        }


class Trials:
    """of: the split. calibration: what accounts are compared with."""

    def __init__(self, split: Split, calibration: Calibration, *, seed: int) -> None:
        self.split = split
        self.calibration = calibration
        self.rng = Random(seed)
        self.signals = Signals(b"bench")
        self.kept: dict[str, list[Account]] = {}

    def see(self, account: Account) -> list[Signal]:
        return [self.signals.see(call) for call in account.calls]

    def finding(self, account: Account) -> Finding:
        return judge({account.name: self.see(account)}, calibration=self.calibration).findings[0]

    def count(self, row: Row, account: Account, finding: Finding, *, within: int) -> None:
        """within: calls by which a notice has to come."""
        row.trials += 1
        for level in LEVELS:
            row.passed[level] += RANKS.index(finding.level) >= RANKS.index(level)
        crossed = next((c.call for c in finding.crossings if c.level == AT), None)
        if crossed is not None and crossed <= within:
            row.within += 1
            ordered = sorted(enumerate(account.calls), key=lambda each: (each[1].at, each[1].id))
            leaked = [c.output_tokens for n, c in ordered[:crossed] if n in account.harvest]
            row.calls.append(crossed)
            row.tokens.append(sum(max(0, t) for t in leaked))

    def benign(self, many: int) -> list[Row]:
        rows: dict[str, Row] = {}
        total = Row("all benign accounts")
        for n in range(many):
            account = population(self.rng, self.split, 1, prefix=f"b{n}-")[0]
            finding = self.finding(account)
            for row in (total, rows.setdefault(account.kind, Row(account.kind))):
                self.count(row, account, finding, within=1 << 60)
            if n < 400:
                self.kept.setdefault("benign", []).append(account)
        return [total, *(rows[kind] for kind in sorted(rows))]

    def hard(self, many: int) -> list[Row]:
        """Single accounts that have fooled others."""
        rng, split = self.rng, self.split
        cases: dict[str, Callable[[str], Account]] = {
            "top-volume client": lambda name: KINDS["chat"](rng, name, split, 8000),
            "top-volume, 1 in 16 seen": lambda name: _thinned(
                KINDS["chat"](rng, name, split, 8000)
            ),
            "help desk, 2,000 calls": lambda name: KINDS["chat"](rng, name, split, 2000),
            "one template, 3,000 labels": lambda name: KINDS["batch"](rng, name, split, 3000),
            "evaluation runs": lambda name: KINDS["evaluation"](rng, name, split, 1200),
            "agent loops": lambda name: KINDS["agent"](rng, name, split, 1200),
            "assistant, nobody follows up": lambda name: _alone(
                KINDS["assistant"](rng, name, split, 600)
            ),
            "reseller naming end users": lambda name: groups.forwarded(rng, name, split, 25, 30)[0],
        }
        rows = []
        for name, make in cases.items():
            row = Row(name)
            for n in range(many):
                account = make(f"h{n}")
                self.count(row, account, self.finding(account), within=1 << 60)
            rows.append(row)
        return rows

    def pure(self, many: int, calls: int = 500) -> list[Row]:
        rows = []
        for source in collectors.SOURCES[self.split]:
            row = Row(source)
            for n in range(many):
                account = collectors.pure(self.rng, f"c{n}", source, self.split, calls)
                self.count(row, account, self.finding(account), within=calls)
                self.kept.setdefault(source, []).append(account)
            rows.append(row)
        return rows

    def blind_benign(self, many: int) -> list[Row]:
        """Customers of the set that was written without sight of the detector."""
        rows, total = [], Row("all blind benign accounts")
        for kind, make in blind.BENIGN.items():
            row = Row(kind)
            for n in range(many):
                calls = min(2000, max(60, int(self.rng.lognormvariate(5.6, 0.7))))
                account = make(self.rng, f"v{n}", calls)
                finding = self.finding(account)
                for each in (row, total):
                    self.count(each, account, finding, within=1 << 60)
            rows.append(row)
        return [total, *rows]

    def blind_pure(self, many: int, calls: int = 500) -> list[Row]:
        """Collectors of that set."""
        rows = []
        for source in blind.COLLECTORS:
            row = Row(source)
            for n in range(many):
                account = blind.collector(self.rng, f"c{n}", source, calls)
                self.count(row, account, self.finding(account), within=calls)
            rows.append(row)
        return rows

    def blends(self, many: int, shares: Sequence[float], calls: int = 2000) -> list[Row]:
        rows = []
        for share in shares:
            for source in collectors.SOURCES[self.split]:
                row = Row(f"{share:.0%} {source}")
                for n in range(many):
                    account = collectors.blend(
                        self.rng, f"c{n}", source, self.split, calls, share=share
                    )
                    self.count(row, account, self.finding(account), within=calls)
                rows.append(row)
        return rows

    def evasions(self, many: int, calls: int = 600) -> list[Row]:
        rows = []
        for evasion in collectors.EVASIONS:
            for source in collectors.SOURCES[self.split]:
                row = Row(f"{evasion}: {source}")
                for n in range(many):
                    account = collectors.evading(
                        self.rng, f"c{n}", source, self.split, calls, evasion=evasion
                    )
                    self.count(row, account, self.finding(account), within=calls)
                rows.append(row)
        return rows

    def hydras(
        self,
        many: int,
        *,
        sizes: Sequence[int],
        shares: Sequence[str],
        sources: Sequence[str] = (),
        each: int = 20,
    ) -> list[Row]:
        """Found when a cluster with a notice holds most of them; benign accounts stand around."""
        rows = []
        crowd = population(self.rng, self.split, 60, prefix="crowd")
        around = {a.name: self.see(a)[:120] for a in crowd}
        for share in shares:
            for size in sizes:
                for source in sources or collectors.SOURCES[self.split]:
                    row = Row(f"{size} sharing {share}: {source}")
                    for n in range(many):
                        heads = collectors.hydra(
                            self.rng, f"y{n}", source, self.split,
                            accounts=size, each=each, share=share,
                        )  # fmt: skip
                        self._hydra(row, heads, around)
                    rows.append(row)
        return rows

    def _hydra(self, row: Row, heads: Sequence[Account], around: dict[str, list[Signal]]) -> None:
        names = {head.name for head in heads}
        report = judge(
            {**around, **{head.name: self.see(head) for head in heads}},
            calibration=self.calibration,
        )
        hit = [
            f
            for f in report.findings
            if f.kind == "cluster" and RANKS.index(f.level) >= RANKS.index(AT)
        ]
        caught: set[str] = set()
        innocent = 0
        first: list[int] = []
        for finding in hit:
            inside = names.intersection(finding.accounts)
            caught |= inside
            innocent += len(finding.accounts) - len(inside)
            if inside:
                first += [c.call for c in finding.crossings if c.level == AT]
        row.trials += 1
        found = len(caught) >= len(names) / 2
        row.within += found
        row.passed[AT] += found
        row.extra["accounts_caught"] = row.extra.get("accounts_caught", 0) + len(caught)
        row.extra["innocent"] = row.extra.get("innocent", 0) + innocent
        if found and first:
            row.calls.append(min(first))

    def clusters(self, many: int) -> list[Row]:
        """Benign clusters: nobody may be hit."""
        rows = []
        for kind, make in groups.GROUPS.items():
            row = Row(kind)
            for n in range(many):
                size = self.rng.randrange(8, 30)
                members = make(self.rng, f"g{n}", self.split, size, 25)
                report = judge({a.name: self.see(a) for a in members}, calibration=self.calibration)
                worst = max((RANKS.index(f.level) for f in report.findings), default=0)
                row.trials += 1
                row.extra["linked"] = row.extra.get("linked", 0) + any(
                    f.kind == "cluster" for f in report.findings
                )
                for level in LEVELS:
                    row.passed[level] += worst >= RANKS.index(level)
                row.within += worst >= RANKS.index(AT)
            rows.append(row)
        return rows


def _thinned(account: Account) -> Account:
    """As a gateway samples a busy account: the first 256 calls, then one in 16."""
    account.calls = account.calls[:256] + account.calls[256::16]
    return account


def _alone(account: Account) -> Account:
    """Only first turns."""
    account.calls = [call for call in account.calls if b'"assistant"' not in call.body]
    return account
