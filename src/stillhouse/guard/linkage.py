"""Which accounts may be one: links of infrastructure and timing. Links are never scored.

    strong   one is enough: the same payment, the same long system prompt, the same tools
    weak     two kinds are needed: the same network, the same client with the same way of decoding,
             the same hours (both begin and end within `PIVOT_US`), and shards: prompts made alike,
             the same words, and none sent twice

A link only says "look at them together". Companies with many accounts, classrooms behind one
address and resellers are linked as well; the merged stream is compared with merged streams of such.

What is inside a cluster decides alone whether it is one, never who else is there: so a cluster that
is judged again from its own calls is found again. Addresses that name nobody (private, shared by an
operator's own machines) are no network (`signals`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from stillhouse.guard.finding import Link
from stillhouse.guard.signals import Signal

PIVOT_US = 6 * 3_600_000_000
PRIVATE_CHARS = 80
SHARD_WORDS, SHARD_LIKE = 96, 0.2
LINKS_MAX = 200
Kind = Literal["payment", "system", "tools", "network", "client", "pivot", "shards"]

STRONG: tuple[Kind, ...] = ("payment", "system", "tools")
WEAK: tuple[Kind, ...] = ("network", "client")


class Cluster(NamedTuple):
    """accounts: in alphabetical order, at least two."""

    accounts: tuple[str, ...]
    links: tuple[Link, ...]


class Profile(NamedTuple):
    """What an account is linked by."""

    payment: tuple[int, ...]
    system: tuple[int, ...]
    tools: tuple[int, ...]
    network: tuple[int, ...]
    client: tuple[int, ...]
    first: int
    last: int
    manner: tuple[object, ...]
    words: frozenset[int]
    prompts: frozenset[int]


def profile(signals: Sequence[Signal]) -> Profile:
    """Of one account's calls in time order."""
    words = sorted({word for s in signals for word in s.sketch})
    return Profile(
        payment=_values(s.payment for s in signals),
        system=_values(s.system for s in signals if s.system_chars >= PRIVATE_CHARS),
        tools=_values(s.tools for s in signals),
        network=_values(s.network for s in signals),
        client=_values(_mixed(s.client, s.decode) for s in signals if s.client),
        first=signals[0].at,
        last=signals[-1].at,
        manner=(
            tuple(sorted({s.model for s in signals})),
            tuple(sorted({s.decode for s in signals})),
            tuple(sorted({s.system for s in signals})),
        ),
        words=frozenset(words[:SHARD_WORDS]),
        prompts=frozenset(s.prompt for s in signals if s.prompt),
    )


def clusters(signals: Mapping[str, Sequence[Signal]]) -> list[Cluster]:
    """Accounts that are linked, directly or through others; largest first."""
    profiles = {name: profile(calls) for name, calls in signals.items() if calls}
    union = _Union(profiles)
    links: list[Link] = []
    for kind in STRONG:
        for names in _sharing(profiles, _of(kind)):
            links.append(Link(kind, tuple(names), "strong"))
            for one, other in pairwise(names):
                union.join(one, other)
    for kind in WEAK:
        links += [Link(kind, tuple(names), "weak") for names in _sharing(profiles, _of(kind))]
    for names in _pivots(profiles):
        links.append(Link("pivot", tuple(names), "weak"))
        shards = _shards(profiles, names)
        links += [Link("shards", tuple(each), "weak") for each in shards]
        for each in shards:
            for one, other in pairwise(each):
                union.join(one, other)  # the same hours and shards: two kinds
    for names in _both(profiles):
        for one, other in pairwise(names):
            union.join(one, other)
    found = []
    for members in union.groups():
        inside = set(members)
        of = [link for link in links if len(inside.intersection(link.accounts)) > 1]
        found.append(Cluster(tuple(members), tuple(of[:LINKS_MAX])))
    return sorted(found, key=lambda c: (-len(c.accounts), c.accounts))


def _both(profiles: Mapping[str, Profile]) -> list[list[str]]:
    """Accounts that share a network, and also a client or the hours."""
    by: dict[tuple[object, ...], list[str]] = {}
    for name, p in profiles.items():
        for network in p.network:
            for client in p.client:
                by.setdefault((network, "client", client), []).append(name)
            by.setdefault((network, "hours", p.first // PIVOT_US, p.last // PIVOT_US), []).append(
                name
            )
    return [by[key] for key in by if len(by[key]) > 1]


def _pivots(profiles: Mapping[str, Profile]) -> list[list[str]]:
    """Accounts that begin and end in the same hours, with the same model, asked the same way."""
    by: dict[tuple[object, ...], list[str]] = {}
    for name, p in profiles.items():
        # Two grids, half a step apart, so that no pair of neighbours is always cut.
        for shift in (0, PIVOT_US // 2):
            key = (shift, (p.first + shift) // PIVOT_US, (p.last + shift) // PIVOT_US, p.manner)
            by.setdefault(key, []).append(name)
    return [by[key] for key in by if len(by[key]) > 1]


def _shards(profiles: Mapping[str, Profile], names: Sequence[str]) -> list[list[str]]:
    """Among these, those whose words are alike and whose prompts are never the same."""
    union = _Union(names)
    for at, one in enumerate(names):
        for other in names[max(0, at - 8) : at]:
            a, b = profiles[one], profiles[other]
            like = len(a.words & b.words) / (len(a.words | b.words) or 1)
            if like >= SHARD_LIKE and not a.prompts & b.prompts:
                union.join(one, other)
    return union.groups()


def _of(kind: Kind) -> Callable[[Profile], tuple[int, ...]]:
    def values(p: Profile) -> tuple[int, ...]:
        found: tuple[int, ...] = getattr(p, kind)
        return found

    return values


def _sharing(
    profiles: Mapping[str, Profile], values: Callable[[Profile], tuple[int, ...]]
) -> list[list[str]]:
    """Accounts by a value that they share."""
    by: dict[int, list[str]] = {}
    for name, p in profiles.items():
        for value in values(p):
            by.setdefault(value, []).append(name)
    return [by[value] for value in sorted(by) if len(by[value]) > 1]


def _values(values: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({value for value in values if value}))


def _mixed(one: int, other: int) -> int:
    return (one * 0x9E3779B97F4A7C15 + other) & 0xFFFFFFFFFFFFFFFF


class _Union:
    """Union-find; groups in alphabetical order."""

    def __init__(self, names: Iterable[str]) -> None:
        self._up = {name: name for name in sorted(names)}

    def root(self, name: str) -> str:
        while self._up[name] != name:
            self._up[name] = self._up[self._up[name]]
            name = self._up[name]
        return name

    def join(self, one: str, other: str) -> None:
        a, b = self.root(one), self.root(other)
        self._up[max(a, b)] = min(a, b)

    def groups(self) -> list[list[str]]:
        by: dict[str, list[str]] = {}
        for name in self._up:
            by.setdefault(self.root(name), []).append(name)
        return [by[root] for root in sorted(by) if len(by[root]) > 1]
