"""Everything the house can say no to, in words that say what is wrong and how to mend it.

A `Refusal` is a value without a dialect; `body` writes it in the caller's own error shape.
No refusal repeats a secret, and none reveals a name that the caller could not already use.

Statuses follow what the official clients turn into exceptions: 400 BadRequestError, 401
AuthenticationError, 403 PermissionDeniedError, 404 NotFoundError, 429 RateLimitError.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from stillhouse.units.money import exact
from stillhouse.wire.envelopes import envelope
from stillhouse.wire.mistakes import BadRequest
from stillhouse.wire.paths import Dialect


class Refusal(NamedTuple):
    """One answer that is not an answer.

    kind: OpenAI's `type`. code: stable, for programs. retry_after_ms: None when waiting is no cure.
    retry: whether the client should try again by itself (`x-should-retry`); None leaves it to it.
    """

    status: int
    code: str
    message: str
    kind: str = "invalid_request_error"
    param: str | None = None
    retry_after_ms: int | None = None
    retry: bool | None = None


def body(dialect: Dialect, refusal: Refusal, request_id: str) -> bytes:
    """The JSON that tells this refusal to a caller of this dialect."""
    return envelope(
        dialect,
        status=refusal.status,
        code=refusal.code,
        message=refusal.message,
        kind=refusal.kind,
        param=refusal.param,
        request_id=request_id,
    )


def missing_key() -> Refusal:
    return Refusal(
        401,
        "missing_api_key",
        "No API key was sent. Send it as 'Authorization: Bearer KEY', 'api-key: KEY' (Azure) or "
        "'x-api-key: KEY' (Anthropic). Make one with: stillhouse keys create --account NAME",
        "authentication_error",
    )


def wrong_key() -> Refusal:
    return Refusal(
        401,
        "invalid_api_key",
        "This API key is not known here. Check that it was copied whole and is meant for this "
        "server; 'stillhouse keys create --account NAME' makes a new one.",
        "authentication_error",
    )


def revoked_key() -> Refusal:
    return Refusal(
        401,
        "revoked_api_key",
        "This API key has been revoked. Use its successor, or ask whoever runs this server for "
        "one.",
        "authentication_error",
    )


def expired_key() -> Refusal:
    return Refusal(
        401,
        "expired_api_key",
        "This API key has expired. Ask whoever runs this server for a new one.",
        "authentication_error",
    )


def suspended(reason: str) -> Refusal:
    why = f" Reason given: {reason.rstrip('.')}." if reason else ""
    return Refusal(
        403,
        "account_suspended",
        f"This account is suspended: no new calls are admitted.{why} Calls in flight settle, and "
        "receipts, bills and exports stay open. Contact whoever runs this server to contest it.",
        "permission_error",
        retry=False,
    )


def restricted(what: str, param: str, reason: str) -> Refusal:
    """what: what a restricted account may not ask for. Refused, never left out in silence."""
    return Refusal(
        403,
        "account_restricted",
        f"This account is restricted and may not ask for {what} for now: {reason.rstrip('.')}. "
        f"Leave out '{param}', and the call is admitted at the account's lower limits.",
        "permission_error",
        param,
        retry=False,
    )


def model_not_allowed(model: str, allowed: Iterable[str] = ()) -> Refusal:
    return Refusal(
        403,
        "model_not_allowed",
        f"This API key may not call '{_short(model)}'.{_listed('It may call', allowed)} Ask "
        "whoever runs this server to allow it, or use another key.",
        "permission_error",
        "model",
    )


def missing_model() -> Refusal:
    return Refusal(
        400,
        "missing_required_parameter",
        'The body names no model. Set "model" to the name of a deployment; GET /v1/models lists '
        "them.",
        param="model",
    )


def unknown_deployment(name: str, known: Iterable[str] = ()) -> Refusal:
    """known: only deployments that this key may call."""
    names = sorted(known)
    close = get_close_matches(name, names, n=1)
    hint = f" Did you mean '{close[0]}'?" if close else _listed("There is", names)
    return Refusal(
        404,
        "model_not_found",
        f"There is no deployment '{_short(name)}' here.{hint} GET /v1/models lists what this key "
        "may call; new ones are added under [deployments.NAME] in the configuration.",
        param="model",
    )


def unpriced(
    model: str,
    book: str = "sale",
    meters: Iterable[str] = ("input", "output"),
    *,
    tier: str = "",
) -> Refusal:
    """tier: the service tier that was asked for, when that is what has no price."""
    missing = list(meters)
    prices = ", ".join(f'{meter} = "0.00"' for meter in missing)
    at_tier = f" at the service tier '{_short(tier)}'" if tier else ""
    row = f'service_tier = "{_short(tier)}" ' if tier else ""
    return Refusal(
        402,
        "unpriced_model",
        f"'{_short(model)}' has no {book} price for {', '.join(missing)}{at_tier}, and what has no "
        "price is not served. Add to the configuration, with the real figures: "
        f'[[prices]] model = "{_short(model)}" book = "{book}" {row}'
        f"valid_from = 2026-01-01T00:00:00Z usd_per_million = {{ {prices} }}",
        "billing_error",
        "model",
        retry=False,
    )


def over_budget(
    scope: str,
    span: str,
    *,
    limit: int,
    spent: int,
    held: int,
    need: int,
    currency: str = "USD",
) -> Refusal:
    """Amounts in pico-units. Reserved money is shown apart from spent money: it may come back."""
    return Refusal(
        429,
        "insufficient_quota",
        f"The {scope}'s {_SPANS.get(span, span)} budget does not cover this call. Limit "
        f"{_money(limit, currency)}; spent {_money(spent, currency)}; reserved for calls in flight "
        f"{_money(held, currency)}; this call may need up to {_money(need, currency)}. Set a lower "
        "max_tokens, wait for calls in flight to settle, or ask for a higher budget: "
        f"stillhouse budgets set --{scope} NAME --period {span} --hard AMOUNT",
        "insufficient_quota",
        retry=False,
    )


_SPANS = {"day": "daily", "week": "weekly", "month": "monthly", "total": "total"}


def rate_limited(
    kind: str, limit: int, retry_after_ms: int, scope: str = "key", why: str = ""
) -> Refusal:
    """kind: "requests", "tokens" (per minute) or "concurrent". why: the account is restricted."""
    what = {
        "requests": f"{limit} requests per minute",
        "tokens": f"{limit} tokens per minute",
        "concurrent": f"{limit} calls at the same time",
    }[kind]
    verb = "use" if kind == "tokens" else "make"
    restricted = f" It is restricted: {why.rstrip('.')}." if why else ""
    return Refusal(
        429,
        "rate_limit_exceeded",
        f"Rate limit reached: this {scope} may {verb} {what}.{restricted}",
        "rate_limit_error",
        retry_after_ms=max(retry_after_ms, 1),
        retry=True,
    )


def larger_than_rate(limit: int, need: int, scope: str = "key") -> Refusal:
    """A request that alone exceeds the tokens of a whole minute: waiting never helps."""
    return Refusal(
        429,
        "rate_limit_exceeded",
        f"This request may use up to {need} tokens, more than the {limit} tokens per minute that "
        f"this {scope} may use. Shorten it, set a lower max_tokens, or ask for a higher limit.",
        "rate_limit_error",
        retry=False,
    )


def too_large(limit: int) -> Refusal:
    return Refusal(
        413,
        "request_too_large",
        f"The request body is larger than {limit} bytes. Send less, or raise max_body_bytes under "
        "[server].",
    )


def bad_request(
    problem: BadRequest | str, param: str | None = None, code: str | None = None
) -> Refusal:
    if isinstance(problem, BadRequest):
        return Refusal(400, problem.code or "invalid_request", problem.message, param=problem.param)
    return Refusal(400, code or "invalid_request", problem, param=param)


def method_not_allowed(method: str, allowed: str) -> Refusal:
    return Refusal(
        405,
        "method_not_allowed",
        f"{_short(method)} is not allowed on this path: use {allowed}.",
    )


def not_found(path: str) -> Refusal:
    return Refusal(
        404,
        "unknown_url",
        f"There is nothing at '{_short(path)}'. Inference paths: /v1/chat/completions, "
        "/v1/completions, /v1/embeddings, /v1/responses, /v1/messages, and Azure's under /openai/. "
        "Check the client's base URL: it usually ends in /v1.",
    )


def wrong_surface(deployment: str, speaks: str, asked: str) -> Refusal:
    """The deployment's provider does not offer this surface."""
    use = {"anthropic": "/v1/messages"}.get(speaks, "/v1/chat/completions")
    return Refusal(
        400,
        "wrong_surface",
        f"Deployment '{_short(deployment)}' speaks {speaks} and does not answer '{asked}'. "
        f"Call it at {use}.",
        param="model",
    )


def provider_unreachable(provider: str) -> Refusal:
    return Refusal(
        502,
        "provider_unreachable",
        f"The provider '{provider}' could not be reached or broke off before answering. Nothing "
        "was charged. Try again; the operator should check its base_url and network.",
        "api_error",
        retry=True,
    )


def provider_refused_credentials(provider: str) -> Refusal:
    """The provider answered 401 or 403: the operator's key is at fault, not the caller's."""
    return Refusal(
        502,
        "provider_credentials",
        f"The provider '{provider}' refused this server's own credentials; your key is fine. The "
        f"operator should check api_key_env of [providers.{provider}].",
        "api_error",
        retry=False,
    )


def deadline(seconds: float) -> Refusal:
    return Refusal(
        504,
        "deadline_exceeded",
        f"No provider answered within {seconds:g} seconds. Nothing more is tried for this request.",
        "timeout_error",
    )


def unavailable(why: str, retry_after_ms: int = 1000) -> Refusal:
    """Nothing is served that could not be recorded. why: "the journal cannot be written"."""
    return Refusal(
        503,
        "unavailable",
        f"This server takes no calls for now: {why}. Try again shortly.",
        "overloaded_error",
        retry_after_ms=retry_after_ms,
        retry=True,
    )


def draining(retry_after_ms: int = 1000) -> Refusal:
    return Refusal(
        503,
        "draining",
        "This server is shutting down and takes no new calls. Try again: another one answers.",
        "overloaded_error",
        retry_after_ms=retry_after_ms,
        retry=True,
    )


def internal() -> Refusal:
    return Refusal(
        500,
        "internal_error",
        "This server made a mistake. It is recorded under the request id; nothing was charged.",
        "api_error",
    )


def _money(pico: int, currency: str) -> str:
    text = exact(pico).rstrip("0")
    whole, _, places = text.partition(".")
    return f"{currency} {whole}.{places:0<2}"


def _short(name: str) -> str:
    """A caller's own words, printable and not too many."""
    clean = "".join(c if c.isprintable() else "?" for c in name[:100])
    return clean + "..." if len(name) > 100 else clean


def _listed(lead: str, names: Iterable[str]) -> str:
    listed = sorted(names)
    if not listed:
        return ""
    more = f" and {len(listed) - 10} more" if len(listed) > 10 else ""
    return f" {lead}: {', '.join(listed[:10])}{more}."
