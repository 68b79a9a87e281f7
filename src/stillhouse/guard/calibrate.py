"""Benign accounts -> a calibration. The weights of the scores are given; the rest is counted.

Each account's maximum is made with references of the *other* half of the accounts, so that none is
compared with itself. Which half is decided by a hash of its name. Others are compared with one of
the halves, which is as large.

Clusters are calibrated on clusters: those that the links find among the benign accounts, and where
these are few, on accounts put together at random (by hash), because an honest cluster is honest
accounts whose calls are mixed.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from stillhouse.guard.bets import Bets
from stillhouse.guard.calibration import (
    Calibration,
    Reference,
    Score,
    Table,
    against,
    reference,
)
from stillhouse.guard.finding import MANNERS, Class, Manner
from stillhouse.guard.linkage import clusters
from stillhouse.guard.signals import Signal
from stillhouse.guard.streams import Kind, class_of, epochs

KINDS: tuple[Kind, ...] = ("whole", "form", "template")
GROUP = 5
"""Accounts that are put together to look like a cluster."""


class Life(NamedTuple):
    """What is kept of one benign account, or cluster: (stream, its kind, numbers) by epoch."""

    cls: Class
    calls: int
    epochs: tuple[tuple[str, Kind, tuple[float, ...]], ...]


class _Step(NamedTuple):
    """An epoch of a life, scored."""

    stream: str
    kind: Kind
    scores: dict[Manner, float]


def life(signals: Sequence[Signal], cls: Class | None = None) -> Life:
    """Of calls in any order."""
    ordered = sorted(signals, key=lambda s: (s.at, s.account, s.id))
    return Life(
        cls or class_of(ordered),
        len(ordered),
        tuple((e.stream, e.kind, e.numbers) for e in epochs(ordered)),
    )


def lives(signals: Mapping[str, Sequence[Signal]]) -> dict[str, Life]:
    """Of accounts, and of the clusters that can be made of them."""
    ordered = {
        name: sorted(calls, key=lambda s: (s.at, s.account, s.id))
        for name, calls in signals.items()
        if calls
    }
    found = {name: life(calls) for name, calls in ordered.items()}
    groups = [cluster.accounts for cluster in clusters(ordered)]
    shuffled = sorted(ordered, key=_hash)
    groups += [tuple(shuffled[n : n + GROUP]) for n in range(0, len(shuffled) - 1, GROUP)]
    for members in groups:
        merged = [signal for name in members for signal in ordered[name]]
        found["+".join(members)] = life(merged, "cluster")
    return found


def calibrated(
    lives: Mapping[str, Life],
    *,
    scores: Sequence[Score],
    origin: str,
    sources: int = 0,
) -> Calibration:
    """Args: as of `Calibration`. Accounts without a single epoch count for nothing."""
    seen = Calibration(tuple(scores), {}, origin).seen
    by: dict[Class, dict[str, list[_Step]]] = {}
    longest: dict[Class, int] = {}
    for name in sorted(lives):
        cls, calls, steps = lives[name]
        if steps:
            scored = [_Step(stream, kind, seen(numbers)) for stream, kind, numbers in steps]
            every: tuple[Class, ...] = (cls,) if cls == "cluster" else (cls, "any")
            for each in every:
                by.setdefault(each, {})[name] = scored
                longest[each] = max(longest.get(each, 0), calls)
    tables: dict[Class, Table] = {}
    for cls in sorted(by):
        halves: tuple[list[str], list[str]] = ([], [])
        for name in by[cls]:
            halves[_hash(name)[0] % 2].append(name)
        maxima: list[float] = []
        for mine, others in (halves, halves[::-1]):
            references = _references(by[cls], others or mine)
            maxima += [_maximum(by[cls][name], references) for name in mine]
        # As many as each maximum was made with: more of them would make every p smaller.
        half = _references(by[cls], halves[0] or halves[1])
        tables[cls] = Table(len(maxima), tuple(sorted(maxima)), half, longest[cls])
    return Calibration(tuple(scores), tables, origin, sources)


def _references(
    scored: Mapping[str, Sequence[_Step]], names: Sequence[str]
) -> dict[str, Reference]:
    return {
        against(kind, manner): reference(
            {name: [s.scores[manner] for s in scored[name] if s.kind == kind] for name in names}
        )
        for kind in KINDS
        for manner in MANNERS
    }


def _maximum(steps: Sequence[_Step], references: dict[str, Reference]) -> float:
    bets, table = Bets(), Table(0, (), references, 0)
    for stream, kind, scores in steps:
        found = table.ps(kind, scores)
        if found:
            bets.add(stream, kind, found)
    return bets.raw


def _hash(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "replace"), digest_size=8).digest()
