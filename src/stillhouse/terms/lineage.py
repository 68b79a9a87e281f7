"""Where a row's words come from. It stays with the row, whatever is done to the words.

    answer of a teacher -> Origin -> scrubbed, paraphrased, relabelled, exported, read again -> same

A row has one origin for each model that had a hand in it: the teacher whose answer it is, the model
that paraphrased it, the judge that labelled it. `inherit` only ever adds. A row that comes without
lineage (out of a CSV file, say) has the origin UNKNOWN, and so has everything made from it: what
nobody can say is denied, not guessed.

The wire form is the field `lineage` of a JSON line: a list of objects with short keys. It says what
its writer says: whoever deletes it has an unknown row, and whoever forges it has signed a lie.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from stillhouse.units.instant import Instant, instant, iso

Via = Literal["answer", "paraphrase", "label", "judge", "filter", "logprobs"]
UNKNOWN_PATH = "unknown"
OWN = "own"
"""The access path of what people of one's own wrote: it needs somebody who signs for it."""
MOST_ORIGINS = 64


class LineageError(ValueError):
    """This is not the wire form of a lineage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One model's hand in a row.

    path: the access path, like "openai-api". model: as the provider names it. weights: id of the
    licence of self-hosted weights, several joined by "+", or "". at: when it answered, None when
    nobody knows. terms: the version in force then, "id@hash". account: who paid. via: what it did.
    """

    path: str
    model: str
    at: Instant | None = None
    weights: str = ""
    terms: str = ""
    account: str = ""
    via: Via = "answer"

    @property
    def known(self) -> bool:
        return self.path not in {"", UNKNOWN_PATH}


@dataclass(frozen=True, slots=True)
class Lineage:
    """Every origin of one row. Never empty: see `UNKNOWN`."""

    origins: tuple[Origin, ...]

    def __post_init__(self) -> None:
        if not self.origins:
            object.__setattr__(self, "origins", (_NOWHERE,))

    @property
    def known(self) -> bool:
        return all(origin.known for origin in self.origins)


_NOWHERE = Origin(path=UNKNOWN_PATH, model="")
UNKNOWN = Lineage((_NOWHERE,))


def of(*origins: Origin) -> Lineage:
    return Lineage(origins)


def inherit(parents: Iterable[Lineage], *, by: Origin | None = None) -> Lineage:
    """The lineage of a row made from `parents`, and by the model `by` if one had a hand in it.

    Scrubbing, cutting, translating, relabelling and copying pass their one parent and, if a model
    did it, that model. Nothing takes an origin away. No parents: unknown.
    """
    found = dict.fromkeys(origin for parent in parents for origin in parent.origins)
    if not found:
        found[_NOWHERE] = None
    if by is not None:
        found[by] = None
    return Lineage(tuple(found))


def to_wire(lineage: Lineage) -> list[dict[str, str]]:
    """What the field `lineage` of a JSON line holds."""
    rows = []
    for origin in lineage.origins:
        row = {"path": origin.path, "model": origin.model}
        if origin.at is not None:
            row["at"] = iso(origin.at)
        for key in ("weights", "terms", "account"):
            if getattr(origin, key):
                row[key] = getattr(origin, key)
        if origin.via != "answer":
            row["via"] = origin.via
        rows.append(row)
    return rows


_KEYS = {"path", "model", "at", "weights", "terms", "account", "via"}


def from_wire(value: Any) -> Lineage:
    """Read the field `lineage`; absent, null and empty are unknown.

    Raises:
        LineageError: it is something else; whoever wrote the row must mend it.
    """
    if value is None or value == []:
        return UNKNOWN
    if not isinstance(value, list) or len(value) > MOST_ORIGINS:
        raise LineageError(f"lineage is a list of at most {MOST_ORIGINS} objects")
    return Lineage(tuple(_origin(row) for row in value))


def _origin(row: Any) -> Origin:
    if not isinstance(row, dict) or not all(_said(key, v) for key, v in row.items()):
        raise LineageError('an origin is an object of texts, like {"path": "openai-api", ...}')
    if not row.keys() <= _KEYS:
        raise LineageError(f"an origin has no {min(row.keys() - _KEYS)!r}")
    via = row.get("via", "answer")
    if via not in get_args(Via):
        raise LineageError(f"via {via!r} is not one of {', '.join(get_args(Via))}")
    return Origin(
        path=row.get("path", UNKNOWN_PATH),
        model=row.get("model", ""),
        at=when(row.get("at")),
        weights=row.get("weights", ""),
        terms=row.get("terms", ""),
        account=row.get("account", ""),
        via=via,
    )


def _said(key: Any, value: Any) -> bool:
    return isinstance(value, str) or (key == "at" and type(value) in {int, type(None)})


def when(text: str | int | None) -> Instant | None:
    """A time as text with its zone, or in microseconds; None and "" are no time.

    Raises:
        LineageError: it is something else.
    """
    if not text:
        return None
    if isinstance(text, int):
        return Instant(text)
    try:
        return instant(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        raise LineageError(
            f"at {text!r} is no time with its zone, like 2026-11-01T10:00:00Z"
        ) from None
