"""Content that a project lets us keep: the consent, and one call as it is kept. Pure.

Never on by default. A consent names the person who gave it, its words, and for how many days rows
are kept; it is a line of the ledger. What is kept of a call is what training needs: the request and
the whole answer (with log-probabilities where they were asked for), what it was for, and where the
answer comes from. Answers of a student of ours are not kept: they would teach its teacher's words
under another name.
"""

from typing import Any

import msgspec
from msgspec import Raw

from stillhouse.units.instant import DAY, Instant, iso, period

DAYS_MAX = 3650
KEY_BYTES = 32
WORDS_MIN = 8


class ConsentError(ValueError):
    """This is no consent, and what is missing."""


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A project's. days: how long a row is kept after its day. ended_at: 0 while it holds."""

    project: str
    account: str
    by: str
    words: str
    days: int
    began_at: Instant
    ended_at: Instant = Instant(0)

    @property
    def holds(self) -> bool:
        return not self.ended_at


def check(consent: Consent) -> None:
    """Raises ConsentError."""
    if not consent.by.strip():
        raise ConsentError("a person consents, by name: --by")
    if len(consent.words.strip()) < WORDS_MIN:
        raise ConsentError("say what is consented to, in words that can be shown: --text")
    if not 0 < consent.days <= DAYS_MAX:
        raise ConsentError(f"rows are kept for 1 to {DAYS_MAX} days: --days")


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """One captured call. request, response: as they passed; a stream is put together.

    user: the end user that the request names. path, model, weights, terms: where the answer comes
    from, as the registry of terms speaks of it.
    """

    receipt: str
    at: Instant
    account: str
    project: str
    key: str
    provider: str
    model: str
    deployment: str
    surface: str
    request: Raw
    response: Raw
    user: str = ""
    workload: str = ""
    cohort: str = ""
    path: str = ""
    weights: str = ""
    terms: str = ""


_encode = msgspec.json.encode
_decode = msgspec.json.Decoder(Row).decode


class _Asked(msgspec.Struct, gc=False):
    user: Any = None
    safety_identifier: Any = None


_asked = msgspec.json.Decoder(_Asked).decode


def written(row: Row) -> bytes:
    """One line, without its end."""
    return _encode(row)


def read(line: bytes) -> Row:
    """Raises msgspec.MsgspecError."""
    return _decode(line)


def user_of(request: bytes) -> str:
    """The end user that a request names, or ""."""
    try:
        asked = _asked(request)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    found = asked.user or asked.safety_identifier
    return found if isinstance(found, str) else ""


def exported(row: Row) -> bytes:
    """A line of the `stillhouse` log format with its lineage, which `distill run --from` reads."""
    origin = {"path": row.path or "unknown", "model": row.model, "at": iso(row.at)}
    origin |= {k: v for k, v in (("weights", row.weights), ("terms", row.terms)) if v}
    line = {
        "id": row.receipt,
        "at": iso(row.at),
        "account": row.account,
        "project": row.project,
        "key": row.key,
        "provider": row.provider,
        "model": row.model,
        "workload": row.workload or None,
        "cohort": row.cohort or None,
        "request": row.request,
        "response": row.response,
        "lineage": [origin | {"account": row.account}],
    }
    return _encode({name: value for name, value in line.items() if value is not None})


def expired(day: str, days: int, now: Instant) -> bool:
    """Whether a day's rows are kept no longer."""
    return day < period(Instant(now - days * DAY), "day")
