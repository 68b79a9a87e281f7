"""Every entry that is known, found by access path and model, and by the time that is asked about.

    entries -> chains, one per id: its versions -> the one in force at a time -> does it match?

In force at a time is the version of an id that began last before it; of two that began together,
the one that was added later: so an operator's reading of a contract takes the place of the entry
that ships and says *unknown*. Before the first version of an id nothing is known of its text.

Two versions that begin together, were added together and say different things contradict each
other; which is meant is not ours to guess.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import pairwise

from stillhouse.terms.document import ALWAYS, DocumentError, Entry, Kind, entry
from stillhouse.units.instant import Instant

MOST_REMEMBERED = 4096
"""Answers of `matching` that are kept; then they are found anew."""
FAR = Instant(2**62)
SELF_HOSTED = "self-hosted"
"""The access path of weights on machines of one's own: their licence alone governs."""


@dataclass(frozen=True, slots=True)
class Chain:
    """The versions of one id, by when they begin and were added.

    silent: hashes of those that say nothing of what was asked about.
    """

    id: str
    versions: tuple[Entry, ...]
    silent: frozenset[str] = frozenset()

    def at(self, when: Instant | None) -> Entry | None:
        """The version in force; None before the first one, and when nobody knows the time.

        None as well when that version says nothing of what was asked about.
        """
        found = None
        if when is None:
            found = self.newest if self.newest.effective == ALWAYS else None
        else:
            for version in self.versions:
                if version.effective > when:
                    break
                found = version
        return None if found is None or found.hash in self.silent else found

    def of(self, speaks: Callable[[Entry], bool]) -> "Chain | None":
        """This chain for one question; None when none of its versions speaks of it."""
        silent = frozenset(v.hash for v in self.versions if not speaks(v))
        if len(silent) == len(self.versions):
            return None
        return Chain(self.id, self.versions, silent) if silent else self

    @property
    def newest(self) -> Entry:
        return self.versions[-1]


class Registry:
    """Entries by id, and which of them a path, a model and a licence meet."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        by_id: dict[str, list[Entry]] = {}
        for one in entries:
            by_id.setdefault(one.id, []).append(one)
        self.chains = {
            ident: Chain(ident, _ordered(versions)) for ident, versions in sorted(by_id.items())
        }
        self._remembered: dict[tuple[str, str, str], tuple[Chain, ...]] = {}

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(version for chain in self.chains.values() for version in chain.versions)

    @cached_property
    def paths(self) -> frozenset[str]:
        """Every access path that somebody knows."""
        return frozenset({SELF_HOSTED, *(path for one in self.entries for path in one.paths)})

    @cached_property
    def hosts(self) -> frozenset[str]:
        """Paths of hosts: the model's own terms are looked for beside theirs."""
        return frozenset(p for one in self.entries if one.kind is Kind.HOST for p in one.paths)

    def matching(self, path: str, model: str, weights: str = "") -> tuple[Chain, ...]:
        """Every chain with a version that meets this way to this model.

        weights: ids of licences, joined by "+". Where the path is a host or a machine of one's
        own, those that the model's name stands for are met as well: naming a mild licence takes
        no strict one away.
        """
        key = (path, model, weights)
        found = self._remembered.get(key)
        if found is None:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[key] = self._find(path, plain_model(model), weights)
        return found

    def _find(self, path: str, model: str, weights: str) -> tuple[Chain, ...]:
        named = set(weights.split("+")) if weights else set()
        found = [c for c in self._speaking(lambda v: _serves(v, path, model)) if c.id not in named]
        found += [chain for ident, chain in self.chains.items() if ident in named]
        if path in self.hosts or path == SELF_HOSTED:
            found += [chain for chain in self.licences(model) if chain.id not in named]
        return tuple(found)

    def _speaking(self, speaks: Callable[[Entry], bool]) -> Iterable[Chain]:
        return (one for chain in self.chains.values() if (one := chain.of(speaks)) is not None)

    def licences(self, model: str) -> tuple[Chain, ...]:
        """Licences of weights that a model's name, or the id of a licence, stands for."""
        if model in self.chains and self.chains[model].newest.kind is Kind.WEIGHTS:
            return (self.chains[model],)
        name = plain_model(model)
        return tuple(self._speaking(lambda v: v.kind is Kind.WEIGHTS and _is(v, name)))

    def ref(self, path: str, model: str, weights: str, at: Instant) -> str:
        """The version that a receipt names: of the service, else of the host, else the licence."""
        return self.receipt(path, model, weights, at)[0]

    def receipt(self, path: str, model: str, weights: str, at: Instant) -> tuple[str, Instant]:
        """What a receipt names, and the first moment at which it may be another."""
        order = {Kind.API: 0, Kind.HOST: 1, Kind.WEIGHTS: 2}
        chains = self.matching(path, model, weights)
        found = [v for chain in chains if (v := chain.at(at)) is not None]
        later = [v.effective for chain in chains for v in chain.versions if v.effective > at]
        named = min(found, key=lambda v: (order[v.kind], v.id)).ref if found else ""
        return named, min(later, default=FAR)

    def version(self, ref: str) -> Entry | None:
        """The version that a receipt or a row names; None when it is not among ours."""
        ident, _, short = ref.partition("@")
        chain = self.chains.get(ident)
        versions = chain.versions if chain and short else ()
        return next((v for v in versions if v.hash.startswith(short)), None)

    def with_entries(self, entries: Iterable[Entry]) -> "Registry":
        return Registry((*self.entries, *entries))


def plain_model(model: str) -> str:
    """A model's name as patterns are matched against: lower case, without its publisher."""
    return model.rsplit("/", 1)[-1].lower()


def _is(version: Entry, model: str) -> bool:
    return any(fnmatchcase(model, pattern) for pattern in version.models) and not any(
        fnmatchcase(model, pattern) for pattern in version.not_models
    )


def _serves(version: Entry, path: str, model: str) -> bool:
    return version.kind is not Kind.WEIGHTS and path in version.paths and _is(version, model)


def _ordered(versions: list[Entry]) -> tuple[Entry, ...]:
    rows = sorted({v.hash: v for v in versions}.values(), key=lambda v: (v.effective, v.added_at))
    for one, other in pairwise(rows):
        if (one.effective, one.added_at) == (other.effective, other.added_at):
            raise DocumentError(
                [(one.id, f"{one.ref} and {other.ref} begin together; give one a later day")]
            )
        if one.kind is not other.kind:
            raise DocumentError([(one.id, f"it is {one.kind} and {other.kind}; take another id")])
    return tuple(rows)


def load(documents: Mapping[str, object]) -> Registry:
    """File name -> what stands in it -> the registry, or every mistake of every file at once.

    Raises:
        DocumentError: see its `problems`.
    """
    made: list[Entry] = []
    problems: list[tuple[str, str]] = []
    for name, document in sorted(documents.items()):
        rows = document.get("entries") if isinstance(document, Mapping) else None
        if not isinstance(rows, list):
            problems.append((name, "a file of terms holds a list called entries"))
            continue
        for place, raw in enumerate(rows, 1):
            try:
                made.append(entry(raw, where=f"{name}, entry {place}"))
            except DocumentError as error:
                problems += error.problems
    try:
        registry = Registry(made)
    except DocumentError as error:
        problems += error.problems
    if problems:
        raise DocumentError(problems)
    return registry
