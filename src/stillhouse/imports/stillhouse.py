"""Our own format: one call per line. `docs/reference/log-format.md` says the same for its writers.

    {"id": "c1", "at": "2026-11-01T10:00:00.123Z", "account": "a1", "model": "gpt-4o",
     "usage": {"prompt_tokens": 9, "completion_tokens": 3}}

Only `at`, `account`, `model` and one of `request` and `usage` must be there. Fields that other
commands read (`ip`, `client`, `payment`, `gold`) and fields that nobody knows are passed over.
"""

from typing import Any

import msgspec
from msgspec import Raw

from stillhouse.imports import bodies, instants, usage
from stillhouse.imports.call import Call, LineError
from stillhouse.wire.paths import Surface


class _Line(msgspec.Struct, gc=False):
    at: str | None = None
    id: str | int | None = None
    account: str | None = None
    project: str | None = None
    key: str | None = None
    provider: str | None = None
    model: str | None = None
    request: Raw = Raw()
    response: Raw = Raw()
    usage: Raw = Raw()
    metadata: Any = None
    workload: str | None = None
    cohort: str | None = None


_read = msgspec.json.Decoder(_Line).decode


def read(line: bytes, *, account: str = "") -> Call:
    """Raises LineError, and msgspec's errors for what is no such JSON."""
    row = _read(line)
    if not row.at:
        raise LineError("no_time", '"at" is missing: when, like 2026-11-01T10:00:00.123Z')
    if not row.model:
        raise LineError("no_model", '"model" is missing')
    if bytes(row.request) == b"" == bytes(row.response):  # half the time of the long way
        request, answer, where = bodies.NO_REQUEST, bodies.NO_ANSWER, Surface.CHAT
        reported = usage.read(row.usage)
    else:
        request, answer = bodies.asked(row.request), bodies.said(row.response)
        where = bodies.surface(request, answer)
        reported = usage.read(row.usage) or usage.read(answer.usage)
    used, counted = bodies.used(reported, where, row.request, row.response)
    labels = [m for m in (row.metadata, request.metadata) if m is not None]
    return Call(  # by place, because names take five times as long
        "" if row.id is None else str(row.id),
        instants.from_text(row.at),
        row.account or account,
        row.model,
        used,
        row.project or "",
        row.key or "",
        row.provider or "",
        where,
        request.stream is True,
        bodies.tier_of(request, answer, reported),
        "counted" if counted else "reported",
        reported is not None and reported.inconsistent,
        (len(bytes(row.request)), len(bytes(row.response))) if counted else (0, 0),
        bodies.first_label(row.workload, labels, "workload"),
        bodies.first_label(row.cohort, labels, "cohort"),
        bytes(row.request),
    )
