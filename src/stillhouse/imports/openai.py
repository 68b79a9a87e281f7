"""What OpenAI's API writes, as people keep it: one JSON value per line.

    an answer            a stored chat completion, a completion, a response; `created` is its time
    a batch's output     {"id", "custom_id", "response": {"status_code", "body": an answer}}
    a pair               {"request": a body, "response": an answer}, with the time of either

A batch's *input* ({"custom_id", "method", "url", "body"}) is no call: it was only asked for. An
answer without a time (embeddings) can be imported only in a pair that says one (`at`, `timestamp`
or `created_at`).
"""

from typing import Any

import msgspec
from msgspec import Raw

from stillhouse.imports import bodies, instants, usage
from stillhouse.imports.bodies import Said
from stillhouse.imports.call import Call, LineError
from stillhouse.ledger.receipt import Outcome
from stillhouse.units.usage import NOTHING


class _Line(msgspec.Struct, gc=False):
    id: str | None = None
    object: Any = None
    type: Any = None
    custom_id: Any = None
    body: Raw = Raw()
    request: Raw = Raw()
    response: Raw = Raw()
    error: Any = None
    at: Any = None
    timestamp: Any = None
    created_at: Any = None
    account: str | None = None
    project: str | None = None
    metadata: Any = None


class _Wrapped(msgspec.Struct, gc=False):
    """A batch's answer, or, with no body inside, an answer itself."""

    status_code: int = 200
    body: Raw = Raw()


_read = msgspec.json.Decoder(_Line).decode
_wrapped = msgspec.json.Decoder(_Wrapped).decode


def read(line: bytes, *, account: str = "") -> Call:
    """Raises LineError, and msgspec's errors for what is no such JSON."""
    row = _read(line)
    if isinstance(row.object, str) or isinstance(row.type, str):
        return _call(row, Raw(), Raw(line), account=account)
    if bytes(row.response) in usage.NOTHING:
        if row.error:
            raise LineError("no_call", "a batch's request that was never answered")
        raise LineError("no_call", "no answer: a batch's input, or a line of another format")
    if row.custom_id is None:
        return _call(row, row.request, row.response, account=account)
    found = _wrapped(row.response)
    return _call(
        row, row.request, found.body, account=account, status=found.status_code, batch=True
    )


def _call(
    row: _Line,
    request_body: Raw,
    answer_body: Raw,
    *,
    account: str,
    status: int = 200,
    batch: bool = False,
) -> Call:
    request, answer = bodies.asked(request_body), bodies.said(answer_body)
    where = bodies.surface(request, answer)
    outcome: Outcome = "completed"
    reported, counted, used = None, False, NOTHING
    if status >= 400 or answer.error:
        outcome = "refused"
    else:
        reported = usage.read(answer.usage)
        used, counted = bodies.used(reported, where, request_body, answer_body)
    model = answer.model or request.model
    if not isinstance(model, str):
        raise LineError("no_model", 'neither request nor answer names a "model"')
    own = answer.id if isinstance(answer.id, str) else row.id
    labels = (answer.metadata, request.metadata, row.metadata)
    return Call(
        id=own or "",
        at=_time(row, answer),
        account=row.account or account,
        project=row.project or "",
        provider="openai",
        model=model,
        surface=where,
        stream=request.stream is True,
        batch=batch,
        tier=bodies.tier_of(request, answer, reported),
        outcome=outcome,
        status=status,
        usage=used,
        witness="none" if outcome == "refused" else "counted" if counted else "reported",
        inconsistent=reported is not None and reported.inconsistent,
        sizes=(len(bytes(request_body)), len(bytes(answer_body))) if counted else (0, 0),
        workload=bodies.first_label(None, labels, "workload"),
        cohort=bodies.first_label(None, labels, "cohort"),
        template=bytes(request_body),
    )


def _time(row: _Line, answer: Said) -> int:
    said = (answer.created, answer.created_at, row.at, row.timestamp, row.created_at)
    for value in said:
        if value is not None:
            return instants.read(value)
    raise LineError("no_time", "neither the answer nor the line says when (created, at, timestamp)")
