"""One document of terms: an entry, checked with every mistake at once, and named by its content.

    mapping (from YAML, read outside) -> checked -> Entry, whose `hash` covers all that it says

An entry is about an *access path*, not about a model's family: the weights of a model may be free
to learn from while the answers of its maker's service are not. Three kinds stack: `api` (the
contract of a service), `host` (what a host adds to the terms of the models that it serves) and
`weights` (the licence of weights that anybody serves).

The hash is SHA-256 over the canonical JSON of the fields that rule, as written, defaults left out:
blanks, order and comments do not matter, and any word does. Fields about the reading (`read`,
`confidence`, `recheck_days`, `notes`, `url`) are not in it: whoever reads the same text again has
the same version. Dates are UTC days.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from stillhouse.units.instant import Instant, instant

ALWAYS = Instant(-(2**62))
"""Effective since ever: the licence came with the weights, or nobody knows of another text."""
SHORT = 12
"""Hex digits of the hash in a reference: `openai-services-agreement@1a2b3c4d5e6f`."""
MOST_QUOTED = 600
"""Characters of a quotation: an extract, never the contract."""


class Kind(StrEnum):
    API = "api"
    HOST = "host"
    WEIGHTS = "weights"


class Position(StrEnum):
    """What the text says of training on outputs, as it stands; the strictest first."""

    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"
    COMPETING_FORBIDDEN = "competing_forbidden"
    NONCOMMERCIAL_ONLY = "noncommercial_only"
    ALLOWED_WITH_CONDITIONS = "allowed_with_conditions"
    ALLOWED = "allowed"


class Confidence(StrEnum):
    """high: read in full by us; medium: at second hand or in part; low: hearsay."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class DocumentError(ValueError):
    """What is wrong with an entry, all of it. problems: (where, what) in the words of the file."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{where}: {what}" for where, what in problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One version of one document. Never edited: a new text is a new version of the same id.

    paths: access paths that it governs; empty for weights. models: patterns with `*`, lower case;
    not_models: taken out again. effective: its first moment in force. text_of: the day of the text
    that was read; read_on: the day on which that text was last seen to be the current one, None
    when nobody has read it. added_at: 0 for what ships, else when an operator added it.
    """

    id: str
    kind: Kind
    provider: str
    paths: tuple[str, ...] = ()
    models: tuple[str, ...]
    not_models: tuple[str, ...] = ()
    effective: Instant
    position: Position
    conditions: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    clause: str = ""
    quote: str = ""
    document: str
    version: str
    url: str
    url_seen: bool = False
    read_where: str
    read_record: str = ""
    text_of: str = ""
    read_on: Instant | None = None
    confidence: Confidence
    recheck_days: int
    notes: str = ""
    text_sha256: str = ""
    hash: str
    added_at: int = 0
    signed_by: str = ""

    def __hash__(self) -> int:
        return hash(self.hash)

    @property
    def ref(self) -> str:
        """What a receipt and a row carry: the id and the beginning of the hash."""
        return f"{self.id}@{self.hash[:SHORT]}"

    @property
    def source(self) -> str:
        return f"{self.document} ({self.version}), read in {self.read_where}"


_TEXT = {
    "id", "provider", "clause", "quote", "document", "version", "url", "notes", "text_sha256",
}  # fmt: skip
_NEEDED = (
    *("id", "kind", "provider", "models", "effective", "position", "document", "version"),
    *("url", "read", "confidence", "recheck_days"),
)
_READING = {"read", "confidence", "recheck_days", "notes", "url", "url_seen"}
_LISTS = {"paths", "models", "not_models", "conditions", "exceptions"}
_CHOICES = {"kind": Kind, "position": Position, "confidence": Confidence}
_READ = ("where", "record", "text_of", "day")
FIELDS = frozenset(_TEXT | _LISTS | set(_CHOICES) | {*_NEEDED, "url_seen"})


def entry(raw: object, *, where: str, added_at: int = 0, signed_by: str = "") -> Entry:
    """Check one mapping and make an entry of it.

    Args:
        raw: what stands in the file; dates as text.
        where: how to name it to its author: "openai.yaml, entry 3".
        added_at: 0 for what ships, else when an operator added it.
        signed_by: the operator's person who signs for the reading.

    Raises:
        DocumentError: with everything that is wrong.
    """
    problems: list[tuple[str, str]] = []
    if not isinstance(raw, Mapping):
        raise DocumentError([(where, "an entry is a mapping of fields")])
    name = raw.get("id")
    place = f"{where} ({name})" if isinstance(name, str) else where
    said = {str(field): value for field, value in raw.items()}
    problems += [(f"{place}.{f}", "there is no such field") for f in sorted(said.keys() - FIELDS)]
    problems += [(f"{place}.{f}", "this field is required") for f in _NEEDED if f not in said]
    for field in sorted(said.keys() & FIELDS):
        problem = _wrong(field, said[field])
        if problem:
            problems.append((f"{place}.{field}", problem))
    if not problems:
        problems = [(f"{place}.{field}", what) for field, what in _contradictions(said)]
    if problems:
        raise DocumentError(problems)
    return _made(said, added_at=added_at, signed_by=signed_by)


def _wrong(field: str, value: object) -> str:
    """What is wrong with one field by itself; "" when nothing is."""
    if field in _TEXT:
        return _text(value, needed=field in _NEEDED)
    if field in _LISTS:
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            return "a list of texts is needed"
        if field in {"models", "not_models"} and any(v != v.lower() for v in value):
            return "model patterns are written in lower case"
        return ""
    if field in _CHOICES:
        known = [choice.value for choice in _CHOICES[field]]
        return "" if value in known else f"{value!r} is not one of {', '.join(known)}"
    match field:
        case "url_seen":
            return "" if isinstance(value, bool) else "true or false is needed"
        case "recheck_days":
            whole = isinstance(value, int) and not isinstance(value, bool)
            return "" if whole and 0 < int(str(value)) <= 3650 else "a number of days, 1 to 3650"
        case "effective":
            return "" if value == "always" or _day(value) else 'a day like 2026-01-01, or "always"'
        case _:
            return _read(value)


def _text(value: object, *, needed: bool) -> str:
    if not isinstance(value, str):
        return "text is needed; put it in quotes"
    return "this may not be empty" if needed and not value.strip() else ""


def _read(value: object) -> str:
    if not isinstance(value, Mapping) or not set(value) <= set(_READ):
        return f"a mapping of {', '.join(_READ)}"
    if not isinstance(value.get("where"), str) or not value["where"]:
        return "where: say in which copy the text was read"
    if any(not isinstance(value.get(part, ""), str) for part in _READ):
        return "text is needed in each part; put it in quotes"
    return "" if not value.get("day") or _day(value["day"]) else "day: a day like 2026-01-01"


def _contradictions(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = []
    position = said["position"]
    if said["kind"] == Kind.WEIGHTS and said.get("paths"):
        found.append(("paths", "a licence of weights has none: it is met on every path"))
    if said["kind"] != Kind.WEIGHTS and not said.get("paths"):
        found.append(("paths", "say which access paths these terms govern"))
    if not said["models"]:
        found.append(("models", 'say which models, or "*"'))
    if position == Position.ALLOWED_WITH_CONDITIONS and not said.get("conditions"):
        found.append(("conditions", "say which conditions"))
    if position in {Position.FORBIDDEN, Position.COMPETING_FORBIDDEN} and not said.get("quote"):
        found.append(("quote", "quote the words that forbid it"))
    if len(said.get("quote", "")) > MOST_QUOTED:
        found.append(("quote", f"an extract of at most {MOST_QUOTED} characters"))
    if said["confidence"] == Confidence.HIGH and position == Position.UNKNOWN:
        found.append(("confidence", "nothing is known with high confidence about unknown terms"))
    return found


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _midnight(value: object) -> Instant | None:
    day = _day(value)
    return None if day is None else instant(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _made(said: Mapping[str, Any], *, added_at: int, signed_by: str) -> Entry:
    read = said["read"]
    begins = _midnight(said["effective"])
    texts: dict[str, Any] = {field: said.get(field, "") for field in _TEXT}
    lists: dict[str, Any] = {field: tuple(said.get(field, ())) for field in _LISTS}
    return Entry(
        **texts,
        **lists,
        kind=Kind(said["kind"]),
        effective=ALWAYS if begins is None else begins,
        position=Position(said["position"]),
        confidence=Confidence(said["confidence"]),
        url_seen=said.get("url_seen", False),
        recheck_days=said["recheck_days"],
        read_where=read["where"],
        read_record=read.get("record", ""),
        text_of=read.get("text_of", ""),
        read_on=_midnight(read.get("day")),
        hash=content_hash(said),
        added_at=added_at,
        signed_by=signed_by,
    )


def content_hash(said: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of what rules; fields that say nothing are left out."""
    full = {field: value for field, value in said.items() if value and field not in _READING}
    text = json.dumps(full, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
