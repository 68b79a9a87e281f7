"""One round of guard: new signals -> findings -> the clause at stake -> cases and automatic steps.

    store.signals ─► judge ─► e >= 20 ─► judge its accounts alone ─► stake ─► ladder ─► case
                                             └─► bundle (what was judged, whole)

The numbers in a case are those of its accounts judged alone: so its bundle, which holds nobody
else's calls, replays to them. Evidence that grows less than tenfold and changes nothing is not
written again.

What the registry permits is kept as a finding and goes no further. Time that goes back, a case that
somebody else is deciding at this moment, a store that is busy: nothing is acted on, and it is said.

Posture: fails open. When guard is broken, calls go on; terms and budgets fail closed elsewhere.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Protocol

import msgspec

from stillhouse.compose import cases
from stillhouse.guard.bundle import Bundle, Judge, digest, text_of
from stillhouse.guard.case import EVIDENCE, Case, Evidence
from stillhouse.guard.decisions import found
from stillhouse.guard.finding import Finding
from stillhouse.guard.ladder import (
    AUTOMATIC_MAX,
    E_VALUE,
    Basis,
    Level,
    Links,
    Purpose,
    Rung,
    climb,
)
from stillhouse.guard.ports import Cases
from stillhouse.guard.signals import Signal
from stillhouse.guard.stake import Stake, Teacher
from stillhouse.ledger.ports import ConflictError, Total
from stillhouse.store.sqlite_cases import SIGNALS_PER_ACCOUNT_MAX
from stillhouse.units.instant import Instant, period

GROWTH = 10.0
SIGNALS_SHOWN = 5
Stakes = Callable[[Sequence[Teacher], str, Instant], Stake]
"""(a teacher for each call, account, now) -> what is at stake"""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A finding as it is kept for people to look at. position: the registry's. case: or ""."""

    finding: Finding
    position: str
    clause: str = ""
    informational: bool = False
    held_by: str = ""
    case: str = ""


class Books(Cases, Protocol):
    """What guard needs of a store: cases, and how many calls there were on a day."""

    def totals(self, *, account: str | None = None, month: str | None = None) -> list[Total]: ...


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    signals: int = 0
    accounts: int = 0
    findings: int = 0
    changed: tuple[str, ...] = ()
    lapsed: int = 0


class Guarding:
    """Keeps the newest signals of each account in memory; one for a process."""

    def __init__(
        self,
        store: Books,
        *,
        judge: Judge,
        stakes: Stakes,
        version: str,
        calibration: str,
        most: Level = AUTOMATIC_MAX,
        log: Callable[..., None] = lambda *_, **__: None,
    ) -> None:
        """calibration: its digest. most: how high the operator lets the machine go."""
        self._store = store
        self._judge = judge
        self._stakes = stakes
        self._version = version
        self._calibration = calibration
        self.most = most
        self._log = log
        self._last = 0
        self._signals: dict[str, deque[Signal]] = {}

    def round(self, now: Instant) -> Round:
        lapsed = cases.lapse(self._store, now, self._log)
        new = self._read()
        if not new:
            return Round(lapsed=lapsed)
        report = self._judge(tuple(chain.from_iterable(self._signals.values())))
        known = cases.listed(self._store)
        changed, kept = [], {}
        for finding in report.findings:
            if not finding.e_value >= E_VALUE[Level.NOTE]:
                continue
            seen, case = self._weigh(finding, known, now)
            kept[",".join(finding.accounts)] = msgspec.json.encode(seen).decode()
            if case is not None:
                changed.append(case.id)
                known = [case, *(c for c in known if c.id != case.id)]
        self._store.keep_findings(kept, at=now)
        return Round(
            signals=new,
            accounts=len(self._signals),
            findings=len(kept),
            changed=tuple(changed),
            lapsed=lapsed,
        )

    def _read(self) -> int:
        rows = self._store.signals(after=self._last)
        for number, account, data in rows:
            self._last = number
            try:
                signal = msgspec.msgpack.decode(data, type=Signal)
            except msgspec.MsgspecError as error:  # of another version: it is one signal less
                self._log("signal_not_read", number=number, error=str(error))
                continue
            mine = self._signals.get(account)
            if mine is None:
                mine = self._signals[account] = deque(maxlen=SIGNALS_PER_ACCOUNT_MAX)
            mine.append(signal)
        return len(rows)

    def _weigh(
        self, finding: Finding, known: Iterable[Case], now: Instant
    ) -> tuple[Seen, Case | None]:
        """What is kept of a finding, and the case that it changed, if any."""
        accounts = finding.accounts
        signals = tuple(chain.from_iterable(self._signals[a] for a in accounts))
        alone = [f for f in self._judge(signals).findings if f.accounts == accounts]
        mine = alone[0] if alone else finding
        teachers = [Teacher(s.path, s.model) for s in signals]
        at_stake = self._stakes(teachers, accounts[0] if len(accounts) == 1 else "", now)
        links = linked(mine)
        declared, within = self._declared(accounts, signals, now)
        rung = climb(
            Basis(
                e_value=mine.e_value,
                families=frozenset(mine.families),
                links=links,
                position=at_stake.position,
                purpose=Purpose.EVALUATION if declared else Purpose.NONE,
                within_caps=within,
            )
        )
        case = cases.open_case(known, accounts)
        seen = Seen(
            finding=mine,
            position=at_stake.position.value,
            clause=at_stake.clause.entry,
            informational=rung.informational,
            held_by=rung.held_by,
            case=case.id if case else "",
        )
        if rung.informational or not alone:
            return seen, None
        bundle = text_of(
            Bundle(
                version=self._version,
                calibration=self._calibration,
                finding=mine,
                signals=signals,
            )
        )
        evidence = _evidence(mine, signals, now, at_stake, rung, links, digest(bundle))
        try:
            after = self._act(case, evidence, bundle, known, accounts)
        except ConflictError as error:
            self._log("case_not_written", accounts=" ".join(accounts), error=str(error))
            return seen, None
        if after is None:
            return seen, None
        self._log("case", case=after.id, level=after.level.word, accounts=len(accounts))
        return msgspec.structs.replace(seen, case=after.id), after

    def _declared(
        self, accounts: tuple[str, ...], signals: Sequence[Signal], now: Instant
    ) -> tuple[bool, bool]:
        """(all of them have declared an evaluation that runs, none made more calls on a day)."""
        known = self._store.purposes()
        lanes = [known[a] for a in accounts if a in known and known[a].until > now]
        if len(lanes) < len(accounts):
            return False, False
        days = {period(s.at, "day") for s in signals}
        most: Counter[tuple[str, str]] = Counter()
        for account in accounts:
            for total in self._store.totals(account=account):
                if total.day in days:
                    most[account, total.day] += total.receipts
        caps = {lane.account: lane.calls_a_day for lane in lanes}
        return True, all(calls <= caps[account] for (account, _), calls in most.items())

    def _act(
        self,
        case: Case | None,
        evidence: Evidence,
        bundle: str,
        known: Iterable[Case],
        accounts: tuple[str, ...],
    ) -> Case | None:
        """The case with what this evidence adds to it; None when that is nothing."""
        base = cases.forgiven(known, accounts)
        events = found(case, cases.new_id(), accounts, evidence, base=base, most=self.most)
        steps = [event for event in events if event.kind != EVIDENCE]
        if case is not None and not steps and _same(case, evidence, accounts):
            return None
        return cases.write(self._store, case, events, bundles={evidence.bundle: bundle})


def linked(finding: Finding) -> Links:
    """A strong edge confirms; weak ones alone are a suspicion."""
    if finding.kind == "account":
        return Links.SINGLE
    strong = any(link.strength == "strong" for link in finding.links)
    return Links.CONFIRMED if strong else Links.SUSPECTED


def _evidence(
    finding: Finding,
    signals: Sequence[Signal],
    now: Instant,
    at_stake: Stake,
    rung: Rung,
    links: Links,
    bundle: str,
) -> Evidence:
    times = [s.at for s in signals]
    crossed = [c.call for c in finding.crossings]
    return Evidence(
        at=now,
        e_value=finding.e_value,
        level=rung.level,
        backed=Level.of(finding.level),
        held_by=rung.held_by,
        families=tuple(finding.families),
        signals=tuple(c.name for c in finding.contributions[:SIGNALS_SHOWN]),
        links=links,
        linked_by=tuple(sorted({link.kind for link in finding.links})),
        calls=finding.calls,
        crossed_at_call=min(crossed, default=0),
        first_at=Instant(min(times)),
        last_at=Instant(max(times)),
        bound=f"{finding.false_alarm_bound:.6g}",
        position=at_stake.position,
        clause=at_stake.clause,
        receipts=finding.call_ids,
        models=finding.models,
        bundle=bundle,
    )


def _same(case: Case, evidence: Evidence, accounts: tuple[str, ...]) -> bool:
    """Nothing that a reader of the case would want to know anew."""
    return (
        evidence.e_value < GROWTH * case.strongest.e_value
        and evidence.level <= case.newest.level
        and set(accounts) <= set(case.accounts)
    )
