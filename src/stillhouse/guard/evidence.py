"""Signals of accounts -> how sure it is that each harvests. Deterministic: the same to the bit.

    epochs -> scores -> p against the hardest benign accounts -> bet -> product, of each stream
    and manner of collecting, averaged -> its running maximum -> rank among those of benign
    accounts -> evidence

Linked accounts are judged apart *and* as one stream in time order, against benign clusters.
What linked them (payment, network, client, timing) is in no feature. Nothing here depends on the
order of a set, on chance or on a clock, and numbers are rounded to nine decimals.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b

import msgspec

from stillhouse.guard.bets import Bets, bet
from stillhouse.guard.calibration import Calibration, Table, clopper_pearson
from stillhouse.guard.features import FEATURES, Sight
from stillhouse.guard.finding import (
    LEVELS,
    Class,
    Contribution,
    Crossing,
    Family,
    Finding,
    Level,
    Manner,
    Report,
    level,
)
from stillhouse.guard.linkage import Cluster, clusters
from stillhouse.guard.shapes import Flag
from stillhouse.guard.signals import Signal
from stillhouse.guard.streams import Epoch, class_of, epochs

SHOWN, CALL_IDS_MAX = 8, 50
FAMILY_SHARE = 0.1
"""A family counts as one when it has this share of what speaks for harvesting."""
DISCOVERY_RATE = 0.05
_TALKS = int(Flag.FOLLOW_UP | Flag.TOOL_RESULT)


def judge(
    signals: Mapping[str, Sequence[Signal]],
    *,
    calibration: Calibration,
    done: Callable[[int], None] = lambda _: None,
) -> Report:
    """A finding for each account, and for each cluster of linked accounts.

    Args:
        signals: by account, in any order; they are put in order of time, then of id.
        calibration: what benign accounts look like.
        done: told how many calls were judged since, for a progress bar.
    """
    ordered = {name: _ordered(signals[name]) for name in sorted(signals)}
    found: list[Finding] = []
    for name, calls in ordered.items():
        found.append(_finding(calls, (name,), class_of(calls), calibration))
        done(len(calls))
    for cluster in clusters(ordered):
        merged = _ordered([s for name in cluster.accounts for s in ordered[name]])
        found.append(_finding(merged, cluster.accounts, "cluster", calibration, cluster))
    return Report(
        findings=tuple(_discovered(found)),
        calls=sum(map(len, ordered.values())),
        calibration=calibration.digest,
        notes=tuple(_notes(ordered, calibration)),
    )


def _traced(
    signals: Sequence[Signal], table: Table, calibration: Calibration
) -> tuple[Bets, list[tuple[Epoch, float]]]:
    """The bets on these calls, and where they stood after each epoch."""
    bets, steps = Bets(), []
    for epoch in epochs(signals):
        found = table.ps(epoch.kind, calibration.seen(epoch.numbers))
        if found:
            steps.append((epoch, bets.add(epoch.stream, epoch.kind, found)))
    return bets, steps


def _finding(
    signals: Sequence[Signal],
    accounts: tuple[str, ...],
    cls: Class,
    calibration: Calibration,
    cluster: Cluster | None = None,
) -> Finding:
    table = calibration.table(cls)
    bets, steps = _traced(signals, table, calibration)
    log_e = round(table.evidence(bets.raw), 9)
    backed, reached, needed = level(log_e, calibration=table.accounts)
    stream, manner = bets.leading or ("", None)
    led = [epoch for epoch, _ in steps if epoch.stream == stream]
    contributions = _contributions(led, calibration, manner)
    return Finding(
        kind="account" if cluster is None else "cluster",
        accounts=accounts,
        cls=cls,
        calls=len(signals),
        log_e=log_e,
        e_value=round(math.exp(min(log_e, 700.0)), 6),
        level=backed,
        reached=reached,
        false_alarm_bound=round(table.bound(bets.raw) if bets.raw > 0 else 1.0, 9),
        calibration=table.accounts,
        needed=needed,
        crossings=tuple(_crossings(steps, table)),
        families=_families(contributions),
        contributions=contributions[:SHOWN],
        call_ids=_call_ids(led),
        models=tuple(sorted({s.model for s in signals})),
        paths=tuple(sorted({s.path for s in signals if s.path})),
        links=cluster.links if cluster else (),
        digest=digest(signals, calibration),
        manner=manner,
    )


def digest(signals: Sequence[Signal], calibration: Calibration) -> str:
    """Of all that a finding is made from."""
    data = msgspec.msgpack.encode([calibration.digest, *signals])
    return blake2b(data, digest_size=16).hexdigest()


def _ordered(signals: Sequence[Signal]) -> list[Signal]:
    return sorted(signals, key=lambda s: (s.at, s.account, s.id))


def _crossings(steps: Sequence[tuple[Epoch, float]], table: Table) -> list[Crossing]:
    """Each level that was crossed and is backed, at the epoch where it was first."""
    crossed: list[Crossing] = []
    ahead = [name for name, least in LEVELS.items() if table.accounts >= int(least) - 1]
    for epoch, now in steps:
        log_e = round(table.evidence(now), 9)
        while ahead and log_e >= math.log(LEVELS[ahead[0]]):
            crossed.append(Crossing(level=ahead.pop(0), call=epoch.call, at=epoch.at, id=epoch.id))
    return crossed


def _contributions(
    led: Sequence[Epoch], calibration: Calibration, manner: Manner | None
) -> tuple[Contribution, ...]:
    """What spoke for harvesting in the stream and manner that led, strongest first."""
    found: list[Contribution] = []
    weights = [w for score in calibration.scores if score.manner == manner for w in score.weights]
    for n, weight in enumerate(weights):
        values = [e.numbers[n] for e in led if not math.isnan(e.numbers[n])]
        if not values or not weight.weight:
            continue
        value = math.fsum(values) / len(values)
        part = weight.part(value)
        if part > 0:
            found.append(
                Contribution(
                    name=weight.name,
                    family=FEATURES[weight.name],
                    weight=round(part, 9),
                    value=round(value, 9),
                    usual=round(weight.usual, 9),
                )
            )
    return tuple(sorted(found, key=lambda c: (-c.weight, c.name)))


def _families(contributions: Sequence[Contribution]) -> tuple[Family, ...]:
    total = math.fsum(c.weight for c in contributions)
    by: dict[Family, float] = {}
    for each in contributions:
        by[each.family] = by.get(each.family, 0.0) + each.weight
    return tuple(sorted(f for f, part in by.items() if part >= FAMILY_SHARE * total))


def _call_ids(led: Sequence[Epoch]) -> tuple[str, ...]:
    """Calls of the leading stream that nobody answered to: what a reviewer should look at."""
    seen = (sight for epoch in led for sight in epoch.sights if _is_worth_a_look(sight))
    return tuple(sight.signal.id for sight, _ in zip(seen, range(CALL_IDS_MAX), strict=False))


def _is_worth_a_look(sight: Sight) -> bool:
    return not sight.again and not sight.answered and not sight.signal.flags & _TALKS


def _discovered(found: Sequence[Finding]) -> list[Finding]:
    """Marks what stands among all of them together: e-BH (Wang and Ramdas 2022).

    Evidence by rank is an inverse p-value; betting on it makes an e-value of it again.
    """
    ranked = sorted(
        range(len(found)), key=lambda n: (-found[n].log_e, found[n].kind, found[n].accounts)
    )
    many = 0
    for rank, n in enumerate(ranked, 1):
        e = bet(max(math.exp(-found[n].log_e), 1e-300))
        if rank * e >= len(found) / DISCOVERY_RATE:
            many = rank
    stands = set(ranked[:many])
    return [msgspec.structs.replace(f, discovery=n in stands) for n, f in enumerate(found)]


def _notes(signals: Mapping[str, Sequence[Signal]], calibration: Calibration) -> list[str]:
    notes = []
    if len(signals) == 1:
        notes.append("one account only: it is compared with the calibration, not with neighbours")
    for cls, table in sorted(calibration.tables.items()):
        backed = [name for name, least in LEVELS.items() if table.accounts >= int(least) - 1]
        bound = clopper_pearson(0, table.accounts)
        most: Level = backed[-1] if backed else "none"
        notes.append(
            f"{cls}: {table.accounts} calibration accounts; no level above {most} is resolvable, "
            f"no false-alarm rate below {bound:.4f} can be stated"
        )
    lacking = sorted(
        {c for c in map(class_of, signals.values()) if calibration.tables.get(c) is None}
    )
    if lacking:
        notes.append(f"no calibration account is of class {', '.join(lacking)}: compared with all")
    if calibration.sources:
        notes.append(
            f"the calibration's accounts are drawn from {calibration.sources} sources, so it says "
            f"nothing of more than {calibration.sources} independent kinds of customer"
        )
    return notes
