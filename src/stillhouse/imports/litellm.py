"""What the LiteLLM proxy writes: rows of its spend logs, and its standard logging payload.

    spend log           request_id, startTime, model, spend, prompt_tokens, completion_tokens,
                        custom_llm_provider, metadata, cache_hit, end_user, team_id, status, ...
    standard payload    id, startTime (seconds), model, response_cost, the same counts, metadata

Times without a zone are UTC: the proxy writes them so. Who pays is the line's organization or team,
the project its team, the key the virtual key's alias (else the first characters of its hash).
A cache hit was answered by the proxy: its usage is kept, nobody is charged for it.
"""

from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Raw

from stillhouse.imports import instants, usage
from stillhouse.imports.bodies import asked, first_label, tier_of
from stillhouse.imports.bodies import said as answered
from stillhouse.imports.call import Call, LineError
from stillhouse.ledger.receipt import Outcome
from stillhouse.units.instant import DAY
from stillhouse.units.usage import NOTHING, Usage
from stillhouse.wire.paths import Surface

HASH_SHOWN = 12
DECIMALS_MAX = 60
"""A 64-bit float, written out in full near its smallest costs, has fewer."""
_SURFACES = {
    "completion": Surface.CHAT,
    "text_completion": Surface.COMPLETIONS,
    "embedding": Surface.EMBEDDINGS,
    "responses": Surface.RESPONSES,
    "anthropic_messages": Surface.MESSAGES,
}


class _Metadata(msgspec.Struct, gc=False):
    user_api_key_alias: Any = None
    user_api_key_team_id: Any = None
    user_api_key_team_alias: Any = None
    user_api_key_org_id: Any = None
    user_api_key_org_alias: Any = None
    usage_object: Raw = Raw()
    requester_metadata: Any = None
    workload: Any = None
    cohort: Any = None
    status: Any = None


class _Line(msgspec.Struct, gc=False):
    model: str | None = None
    startTime: Any = None  # noqa: N815 - the log's own names
    endTime: Any = None  # noqa: N815
    completionStartTime: Any = None  # noqa: N815
    request_id: str | None = None
    id: str | None = None
    call_type: Any = None
    stream: Any = None
    spend: Decimal | None = None
    response_cost: Decimal | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    custom_llm_provider: str | None = None
    api_key: Any = None
    team_id: Any = None
    organization_id: Any = None
    metadata: Raw = Raw()
    cache_hit: Any = None
    status: Any = None
    response: Raw = Raw()
    messages: Raw = Raw()


class _Cached(msgspec.Struct, gc=False):
    """LiteLLM writes Anthropic's cache writes beside OpenAI's words, inside the prompt's total."""

    prompt_tokens: int | None = None
    cache_creation_input_tokens: int | None = None


_read = msgspec.json.Decoder(_Line).decode
_metadata = msgspec.json.Decoder(_Metadata).decode
_text = msgspec.json.Decoder(str).decode
_cached = msgspec.json.Decoder(_Cached).decode


def read(line: bytes, *, account: str = "") -> Call:
    """Raises LineError, and msgspec's errors for what is no such JSON."""
    row = _read(line)
    if row.startTime is None:
        raise LineError("no_time", '"startTime" is missing')
    if not row.model:
        raise LineError("no_model", '"model" is missing')
    meta = _meta(row.metadata)
    at = instants.read(row.startTime, naive_is_utc=True)
    failed = row.status == "failure" or meta.status == "failure"
    outcome: Outcome = "refused" if failed else "completed"
    used, odd = (NOTHING, False) if failed else _usage(row, meta)
    cost = row.spend if row.spend is not None else row.response_cost
    request, answer = asked(Raw()), answered(row.response if _object(row.response) else Raw())
    labels = (msgspec.structs.asdict(meta), meta.requester_metadata)
    team = _word(meta.user_api_key_team_alias, meta.user_api_key_team_id, row.team_id)
    payer = _word(meta.user_api_key_org_alias, meta.user_api_key_org_id, row.organization_id)
    return Call(
        id=row.request_id or row.id or "",
        at=at,
        account=payer or (team if not account else "") or account,
        project=team if payer or account else "",
        key=_word(meta.user_api_key_alias) or _word(row.api_key)[:HASH_SHOWN],
        provider=row.custom_llm_provider or "",
        model=row.model,
        surface=_SURFACES.get(str(row.call_type).removeprefix("a"), Surface.CHAT),
        stream=row.stream is True,
        tier=tier_of(request, answer, None),
        outcome=outcome,
        status=500 if failed else 200,
        usage=used,
        witness="none" if failed else "reported",
        inconsistent=odd,
        free=str(row.cache_hit).lower() == "true",
        first_byte_us=_after(at, row.completionStartTime, -1),
        latency_us=_after(at, row.endTime, 0),
        workload=first_label(None, labels, "workload"),
        cohort=first_label(None, labels, "cohort"),
        reported_cost=None if failed or cost is None else _believable(cost),
    )


def _usage(row: _Line, meta: _Metadata) -> tuple[Usage, bool]:
    """The detailed report where there is one, else the two counts."""
    found = usage.read(meta.usage_object) if _object(meta.usage_object) else None
    if found is None and _object(row.response):
        found = usage.read(answered(row.response).usage)
    if found is not None:
        return _with_cache_writes(found.usage, meta.usage_object), found.inconsistent
    if row.prompt_tokens is None and row.completion_tokens is None:
        raise LineError("no_usage", 'nothing says what was used; "prompt_tokens" is missing')
    counts = (row.prompt_tokens or 0, row.completion_tokens or 0)
    plain = Usage(input=max(counts[0], 0), output=max(counts[1], 0), requests=1)
    usage.check(plain)
    return plain, min(counts) < 0


def _with_cache_writes(found: Usage, raw: Raw) -> Usage:
    if b'"cache_creation_input_tokens"' not in bytes(raw):
        return found
    said = _cached(raw)
    if said.prompt_tokens is None:
        return found
    written = min(max(said.cache_creation_input_tokens or 0, 0), found.input)
    return found._replace(input=found.input - written, cache_write=found.cache_write + written)


def _meta(raw: Raw) -> _Metadata:
    """An object, or an object as text: the database's export writes it so."""
    text = bytes(raw)
    if text[:1] == b'"':
        text = _text(text).encode()
    return _metadata(text) if text[:1] == b"{" else _Metadata()


def _object(raw: Raw) -> bool:
    return bytes(raw)[:1] == b"{"


def _word(*values: Any) -> str:
    return next((v.strip() for v in values if isinstance(v, str) and v.strip()), "")


def _after(at: int, value: object, none: int) -> int:
    if value is None or value == "":
        return none
    after = instants.read(value, naive_is_utc=True) - at
    return after if 0 <= after <= DAY else none


def _believable(cost: Decimal) -> Decimal:
    if not cost.is_finite() or not 0 <= cost < 1_000_000:
        raise LineError("unbelievable", "no call costs this much, or less than nothing")
    exponent = cost.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -DECIMALS_MAX:
        raise LineError("unbelievable", f"no cost has more than {DECIMALS_MAX} decimals")
    return cost
