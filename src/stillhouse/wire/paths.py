"""Which path means what: the whole public surface of the gateway as one table.

`ROUTES` is the surface; a request path either matches one of its lines or does not exist. There is
no pass-through and no prefix match, so no path can reach a provider without naming its surface,
and every surface names its meter. Matching is exact on bytes: `//`, `/./` and a trailing slash are
other paths, and therefore 404.

    OpenAI      /v1/<surface>
    Azure       /openai/deployments/{deployment}/<surface>     the deployment is in the path
                /openai/v1/<surface>, /openai/responses        the deployment is the body's "model"
    Anthropic   /v1/messages, /v1/messages/count_tokens
"""

from enum import StrEnum
from typing import Literal
from urllib.parse import unquote_to_bytes

import msgspec


class Dialect(StrEnum):
    """Whose error shapes and header names the caller expects."""

    OPENAI = "openai"
    AZURE = "azure"
    ANTHROPIC = "anthropic"


class Surface(StrEnum):
    """What is asked for. The value is its path under a provider's base URL."""

    CHAT = "chat/completions"
    COMPLETIONS = "completions"
    EMBEDDINGS = "embeddings"
    RESPONSES = "responses"
    MESSAGES = "messages"
    COUNT_TOKENS = "messages/count_tokens"
    MODELS = "models"
    MODEL = "models/{model}"
    HEALTH = "health"
    READY = "ready"


Method = Literal["GET", "POST"]

METERED = frozenset(
    {
        Surface.CHAT,
        Surface.COMPLETIONS,
        Surface.EMBEDDINGS,
        Surface.RESPONSES,
        Surface.MESSAGES,
        Surface.COUNT_TOKENS,
    }
)
"""Surfaces that reach a provider, each by POST. The others are GET and answered by the gateway."""


class Route(msgspec.Struct, frozen=True):
    """Where a path leads.

    method: the only method that it takes; another is 405.
    deployment: the Azure path's deployment, or the model that MODEL asks about, percent-decoded.
    """

    dialect: Dialect
    surface: Surface
    method: Method
    deployment: str | None = None


_INFERENCE = (Surface.CHAT, Surface.COMPLETIONS, Surface.EMBEDDINGS, Surface.RESPONSES)

ROUTES: dict[str, Route] = {
    **{f"/v1/{s.value}": Route(Dialect.OPENAI, s, "POST") for s in _INFERENCE},
    "/v1/models": Route(Dialect.OPENAI, Surface.MODELS, "GET"),
    "/v1/models/{model}": Route(Dialect.OPENAI, Surface.MODEL, "GET"),
    "/v1/messages": Route(Dialect.ANTHROPIC, Surface.MESSAGES, "POST"),
    "/v1/messages/count_tokens": Route(Dialect.ANTHROPIC, Surface.COUNT_TOKENS, "POST"),
    **{
        f"/openai/deployments/{{deployment}}/{s.value}": Route(Dialect.AZURE, s, "POST")
        for s in _INFERENCE
    },
    **{f"/openai/v1/{s.value}": Route(Dialect.AZURE, s, "POST") for s in _INFERENCE},
    "/openai/responses": Route(Dialect.AZURE, Surface.RESPONSES, "POST"),
    "/openai/v1/models": Route(Dialect.AZURE, Surface.MODELS, "GET"),
    "/openai/v1/models/{model}": Route(Dialect.AZURE, Surface.MODEL, "GET"),
    "/openai/models": Route(Dialect.AZURE, Surface.MODELS, "GET"),
    "/openai/models/{model}": Route(Dialect.AZURE, Surface.MODEL, "GET"),
    "/openai/deployments": Route(Dialect.AZURE, Surface.MODELS, "GET"),
    "/openai/deployments/{deployment}": Route(Dialect.AZURE, Surface.MODEL, "GET"),
    "/health": Route(Dialect.OPENAI, Surface.HEALTH, "GET"),
    "/ready": Route(Dialect.OPENAI, Surface.READY, "GET"),
}
"""Every path that exists, by template. A test walks it."""

EXACT = {path.encode(): to for path, to in ROUTES.items() if "{" not in path}
_DEPLOYMENTS = b"/openai/deployments/"
_AZURE = {
    path.removeprefix("/openai/deployments/{deployment}").lstrip("/").encode(): to
    for path, to in ROUTES.items()
    if path.startswith("/openai/deployments/{")
}
_MODELS = tuple(
    (path.removesuffix("{model}").encode(), to)
    for path, to in ROUTES.items()
    if path.endswith("{model}")
)


def route(path: bytes) -> Route | None:
    """The route of a path without its query; None means 404."""
    exact = EXACT.get(path)
    if exact is not None:
        return exact
    if path.startswith(_DEPLOYMENTS):
        raw, _, rest = path[len(_DEPLOYMENTS) :].partition(b"/")
        found = _AZURE.get(rest)
        if found is None or path.endswith(b"/"):
            return None
        return _named(found, raw)
    for prefix, to in _MODELS:
        if path.startswith(prefix):
            # A model's id may hold slashes ("meta-llama/Llama-3"); clients send them as they are.
            return _named(to, path[len(prefix) :])
    return None


def _named(to: Route, raw: bytes) -> Route | None:
    if not raw:
        return None
    if b"%" in raw:
        raw = unquote_to_bytes(raw)
    try:
        name = raw.decode()
    except UnicodeDecodeError:
        return None
    return Route(to.dialect, to.surface, to.method, name)


def dialect_of(path: bytes) -> Dialect:
    """Whose error shape to answer in, for paths that do not exist too."""
    if path.startswith(b"/v1/messages"):
        return Dialect.ANTHROPIC
    if path.startswith(b"/openai/"):
        return Dialect.AZURE
    return Dialect.OPENAI
