"""A dataset, line by line: each row judged, rows that are alike judged once.

    line -> origins, each at its day -> seen before? -> group (a verdict and how many rows)
                                            no -> decide

A row is a line of the log format (`provider` or `path`, `model`, `at`) or carries a `lineage`; one
that has both has all of their origins. A line that cannot be read is a row that is denied: what is
not understood is not trained on. Versions begin with days, so all rows of a day are alike.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from stillhouse.terms.decide import Code, Outcome, Reason, Verdict, at_day, decide
from stillhouse.terms.lineage import (
    UNKNOWN,
    UNKNOWN_PATH,
    Lineage,
    LineageError,
    Origin,
    from_wire,
    when,
)
from stillhouse.terms.obligations import Collision, Obligation, collisions
from stillhouse.terms.paths import path_of
from stillhouse.terms.registry import Registry
from stillhouse.terms.use import Use
from stillhouse.units.instant import Instant

GROUPS_MAX = 100_000
"""Kinds of rows that are kept apart; the rest is judged one by one and counted together."""
LINE_BYTES_MAX = 64 << 20


class _Origin(msgspec.Struct, gc=False):
    path: str = UNKNOWN_PATH
    model: str = ""
    at: str | int | None = None
    weights: str = ""
    terms: str = ""


class _Row(msgspec.Struct, gc=False):
    at: str | int | None = None
    provider: str | None = None
    path: str | None = None
    model: str | None = None
    weights: str | None = None
    lineage: list[_Origin] | str | None = None


_read = msgspec.json.Decoder(_Row).decode
_Key = tuple[tuple[str, str, str, str, Instant | None], ...]


@dataclass(slots=True)
class Group:
    """Rows that are alike. first: number of the first of them, from 1."""

    lineage: Lineage
    verdict: Verdict
    first: int
    rows: int = 0


@dataclass(slots=True)
class Check:
    """The rows of one dataset, asked about as `use` says; its lineage is not looked at.

    named: provider's name -> access path, of this house's configuration.
    """

    registry: Registry
    use: Use
    named: Mapping[str, str] = field(default_factory=dict)
    rows: int = 0
    groups: "dict[_Key | str, Group]" = field(default_factory=dict)

    def row(self, line: bytes) -> Group:
        """Judge one line."""
        self.rows += 1
        key: _Key | str
        try:
            key = self._key(line)
        except (msgspec.MsgspecError, UnicodeError, LineageError, RecursionError) as error:
            key = f"the line cannot be read: {error}"
        group = self.groups.get(key)
        if group is None:
            group = self._judged(key)
        group.rows += 1
        return group

    def _key(self, line: bytes) -> _Key:
        if len(line) > LINE_BYTES_MAX:
            raise LineageError("a line of more than 64 MiB")
        row = _read(line)
        said: list[tuple[str, str, str, str, Instant | None]] = []
        if isinstance(row.lineage, str):  # a table that came back as text
            said += [_plain(o) for o in from_wire(_decoded(row.lineage)).origins]
        elif row.lineage:
            said += [(o.path, o.model, o.weights, o.terms, _day(o.at)) for o in row.lineage]
        if row.path or row.provider:
            path = row.path or path_of(row.provider or "", self.named)
            said.append((path, row.model or "", row.weights or "", "", _day(row.at)))
        return tuple(dict.fromkeys(said))

    def _judged(self, key: _Key | str) -> Group:
        if isinstance(key, str):
            group = Group(UNKNOWN, unreadable(key), self.rows)
        else:
            lineage = Lineage(
                tuple(Origin(path=p, model=m, weights=w, terms=t, at=at) for p, m, w, t, at in key)
            )
            group = Group(
                lineage, decide(replace(self.use, lineage=lineage), self.registry), self.rows
            )
        if len(self.groups) >= GROUPS_MAX:
            key = f"other rows: {group.verdict.reason.code}"
            return self.groups.setdefault(key, group)
        self.groups[key] = group
        return group

    # -- in total

    def count(self, outcome: Outcome) -> int:
        return sum(g.rows for g in self.groups.values() if g.verdict.outcome is outcome)

    @property
    def denied(self) -> int:
        return self.count(Outcome.DENY)

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """Of all rows that are allowed: what a student of them takes on."""
        allowed = (g.verdict for g in self.groups.values() if g.verdict.allowed)
        return tuple(sorted({o for verdict in allowed for o in verdict.obligations}))

    @property
    def impossible(self) -> list[Collision]:
        """What no student of all rows together can do, those that are denied for now included."""
        return collisions({o for g in self.groups.values() for o in g.verdict.obligations})

    @property
    def ok(self) -> bool:
        return not self.denied and not self.impossible

    def alike(self) -> Iterator[Group]:
        """Groups of one origin and one reason as one, whatever the day; denied ones first."""
        found: dict[tuple[object, ...], Group] = {}
        for group in sorted(self.groups.values(), key=lambda g: g.first):
            reason = group.verdict.reason
            sources = tuple((o.path, o.model) for o in group.lineage.origins)
            key = (sources, reason.code, reason.entry and reason.entry.ref, reason.says)
            one = found.setdefault(key, Group(group.lineage, group.verdict, group.first))
            one.rows += group.rows
        yield from sorted(found.values(), key=lambda g: (g.verdict.allowed, -g.rows, g.first))


def unreadable(says: str) -> Verdict:
    reason = Reason(
        Code.NO_PROVENANCE, "teacher", UNKNOWN_PATH, "", "row", None, says,
        resolve="mend the line, or leave it out",
    )  # fmt: skip
    return Verdict(Outcome.DENY, (reason,))


def _day(at: str | int | None) -> Instant | None:
    found = when(at)
    return None if found is None else at_day(found)


def _plain(o: Origin) -> tuple[str, str, str, str, Instant | None]:
    return (o.path, o.model, o.weights, o.terms, None if o.at is None else at_day(o.at))


def _decoded(text: str) -> object:
    return msgspec.json.decode(text) if text.strip() else None
