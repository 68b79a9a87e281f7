"""`guard scan`: logs that somebody kept -> signals -> findings, with the clause at stake.

    lines ─► observed ─► Signals.see (no text from here on) ─► judge ─► stake ─► Scanned

Signals are of a key that is fixed, because nothing of them is kept. One bad line hides no good one.
Lines out of order are put in order and said; a line whose id and account were met before is counted
once and said.

Memory: about 600 bytes a call.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from stillhouse.compose.terms import shipped as registry
from stillhouse.guard.calibrate import calibrated, lives
from stillhouse.guard.calibration import Calibration, read
from stillhouse.guard.evidence import judge
from stillhouse.guard.finding import Finding, Report
from stillhouse.guard.signals import Call, Signal, Signals
from stillhouse.guard.stake import Stake, Teacher, stake
from stillhouse.imports.call import LineError
from stillhouse.imports.observed import Observed, observed
from stillhouse.terms.paths import path_of
from stillhouse.units.instant import Instant

KEY = b"stillhouse guard scan"
EVERY = 2_000
"""Lines or calls between two moves of a bar."""
PROBLEMS_MAX = 10


@dataclass(slots=True)
class Log:
    """What was read of a log. problems: (line, reason, message) of the first bad lines.

    weights: (path, model) -> ids of licences that its lines name.
    """

    lines: int = 0
    calls: int = 0
    late: int = 0
    again: int = 0
    without_request: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[int, str, str]] = field(default_factory=list)
    signals: dict[str, list[Signal]] = field(default_factory=dict)
    weights: dict[tuple[str, str], set[str]] = field(default_factory=dict)

    def notes(self, name: str) -> list[str]:
        """What a reader must know of it."""
        found = []
        if self.rejected:
            reasons = ", ".join(f"{n:,} {reason}" for reason, n in self.rejected.most_common())
            found.append(f"{name}: {self.rejected.total():,} lines could not be read: {reasons}")
        if self.late:
            found.append(f"{name}: {self.late:,} lines were out of order; sorted by time")
        if self.again:
            found.append(f"{name}: {self.again:,} lines were there before; counted once")
        if self.without_request:
            found.append(
                f"{name}: {self.without_request:,} calls without a request: nothing to look at"
            )
        return found


@dataclass(frozen=True, slots=True)
class Scanned:
    """stakes: by the accounts of a finding."""

    report: Report
    calibration: Calibration
    stakes: Mapping[tuple[str, ...], Stake]


def shipped() -> Calibration:
    """The calibration that ships."""
    data = files("stillhouse.guard").joinpath("calibration.json").read_bytes()
    return read(data)


def read_log(
    lines: Iterable[bytes | None], *, moved: Callable[[int], None] = lambda _: None
) -> Log:
    """Signals of every line that can be read, by account. moved: told how many lines were read."""
    log, signals = Log(), Signals(KEY)
    known: set[tuple[str, str]] = set()
    newest = 0
    for line in lines:
        log.lines += 1
        if not log.lines % EVERY:
            moved(log.lines)
        if line is not None and line.isspace():
            continue
        try:
            seen = _seen(line)
            signal = _signal(seen, log.lines, signals)
        except LineError as error:
            log.rejected[error.reason] += 1
            if len(log.problems) < PROBLEMS_MAX:
                log.problems.append((log.lines, error.reason, error.message))
            continue
        if (signal.account, signal.id) in known:
            log.again += 1
            continue
        known.add((signal.account, signal.id))
        log.calls += 1
        log.late += signal.at < newest
        newest = max(newest, signal.at)
        log.without_request += not signal.prompt and not signal.turns
        log.signals.setdefault(signal.account, []).append(signal)
        if seen.weights:
            named = log.weights.setdefault((signal.path, signal.model), set())
            named.update(seen.weights.split("+"))
    return log


def _seen(line: bytes | None) -> Observed:
    if line is None:
        raise LineError("too_long", "more than 64 MiB")
    return observed(line)


def _signal(seen: Observed, number: int, signals: Signals) -> Signal:
    call = seen.call
    return signals.see(
        Call(
            id=call.id or f"line {number}",
            at=call.at,
            account=call.account,
            project=call.project,
            key=call.key,
            model=call.model,
            path=seen.path or path_of(call.provider, {}),
            surface=call.surface,
            body=seen.body,
            input_tokens=call.usage.tokens_in,
            output_tokens=seen.output_tokens,
            ip=seen.ip,
            client=seen.client,
            payment=seen.payment,
            user=call.cohort,
        )
    )


def calibration_of(log: Log, *, name: str) -> Calibration:
    """Of benign accounts' logs, with the weights that ship."""
    ours = shipped()
    return calibrated(
        lives(log.signals),
        scores=ours.scores,
        origin=f"{len(log.signals):,} accounts of {name}",
    )


def scan(
    log: Log,
    *,
    calibration: Calibration,
    now: Instant,
    done: Callable[[int], None] = lambda _: None,
) -> Scanned:
    """Judge what was read. done: told how many calls were judged since it was told last."""
    report = judge(log.signals, calibration=calibration, done=done)
    stakes = {f.accounts: _stake(f, log, now) for f in report.findings if f.reached != "none"}
    return Scanned(report, calibration, stakes)


def _stake(finding: Finding, log: Log, now: Instant) -> Stake:
    weights = {reached: "+".join(sorted(ids)) for reached, ids in log.weights.items()}
    teachers = (
        Teacher(s.path, s.model, weights.get((s.path, s.model), ""))
        for account in finding.accounts
        for s in log.signals[account]
    )
    account = finding.accounts[0] if finding.kind == "account" else ""
    return stake(teachers, registry(), account=account, now=now)
