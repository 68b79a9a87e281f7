"""Append-only lines with a hash chain: whoever keeps the newest hash can tell that nothing moved.

    hash(n) = SHA-256( hash(n-1) + newline + canonical JSON of {actor, at, body, kind, number} )

The first line follows `GENESIS`. Canonical JSON has sorted keys, no blanks, UTF-8 as it is, and no
floats. An integer beyond 2**53 is refused as well, because other languages' JSON readers would
round it and then disagree about the hash: amounts of money are written as decimal text.

The chain shows that lines were edited, dropped or re-ordered. It cannot show that the newest lines
were cut off: for that, compare with a hash that was written down elsewhere.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stillhouse.ledger.ports import Entry
from stillhouse.units.instant import Instant

GENESIS = "0" * 64
SAFE_INTEGER_MAX = 2**53


class UnwritableError(TypeError):
    """This value has no canonical form; whoever wrote the entry must say it otherwise."""


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain stops holding, and in what way."""

    number: int
    what: str


def canonical(value: object) -> str:
    """The one JSON text of this value.

    Raises:
        UnwritableError: a float, an integer beyond 2**53, a key that is not text, or another type.
    """
    _check(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _check(value: object) -> None:
    match value:
        case None | bool():
            pass
        case str() if _is_unicode(value):
            pass
        case int() if abs(value) <= SAFE_INTEGER_MAX:
            pass
        case list() | tuple():
            for part in value:
                _check(part)
        case dict() if all(isinstance(key, str) for key in value):
            for key, part in value.items():
                _check(key)
                _check(part)
        case _:
            raise UnwritableError(
                f"no canonical form for {type(value).__name__} {value!a};"
                " write amounts as decimal text, and keys as text"
            )


def _is_unicode(text: str) -> bool:
    """False for lone surrogates, which the command line makes of bytes that are not UTF-8."""
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)


def follow(
    previous: Entry | None, *, at: Instant, kind: str, actor: str, body: Mapping[str, Any]
) -> Entry:
    """The entry that comes after `previous` (None: the first one)."""
    number, before = (previous.number + 1, previous.hash) if previous else (1, GENESIS)
    return Entry(
        number=number,
        at=at,
        kind=kind,
        actor=actor,
        body=dict(body),
        previous=before,
        hash=digest(number=number, at=at, kind=kind, actor=actor, body=body, previous=before),
    )


def digest(
    *, number: int, at: int, kind: str, actor: str, body: Mapping[str, Any], previous: str
) -> str:
    rest = {"actor": actor, "at": at, "body": dict(body), "kind": kind, "number": number}
    return hashlib.sha256(f"{previous}\n{canonical(rest)}".encode()).hexdigest()


def check(entries: Iterable[Entry], *, after: Entry | None = None) -> Break | None:
    """The first place where the chain does not hold, or None. `after` is a line already trusted."""
    number, before = (after.number, after.hash) if after else (0, GENESIS)
    for entry in entries:
        number += 1
        if entry.number != number:
            return Break(number, f"entry {number} is missing; found {entry.number}")
        if entry.previous != before:
            return Break(number, f"entry {number} does not follow the hash of the one before it")
        try:
            expected = digest(
                number=number,
                at=entry.at,
                kind=entry.kind,
                actor=entry.actor,
                body=entry.body,
                previous=before,
            )
        except UnwritableError as error:
            return Break(number, f"entry {number} holds what no entry can: {error}")
        if entry.hash != expected:
            return Break(number, f"entry {number} was changed after it was written")
        before = entry.hash
    return None
