"""How each kind of provider is addressed: path, credentials, fixed headers. One table.

The head of a request is the same for every call to one (surface, model) but for its length, so it
is built once and kept.
"""

from urllib.parse import quote, urlsplit

from stillhouse.wire.deployment import Provider, ProviderKind
from stillhouse.wire.paths import Surface

ANTHROPIC_VERSION = "2023-06-01"
SURFACES: dict[ProviderKind, frozenset[Surface]] = {
    ProviderKind.OPENAI: frozenset(
        {Surface.CHAT, Surface.COMPLETIONS, Surface.EMBEDDINGS, Surface.RESPONSES}
    ),
    ProviderKind.AZURE: frozenset(
        {Surface.CHAT, Surface.COMPLETIONS, Surface.EMBEDDINGS, Surface.RESPONSES}
    ),
    ProviderKind.ANTHROPIC: frozenset({Surface.MESSAGES, Surface.COUNT_TOKENS}),
    ProviderKind.BUILTIN: frozenset(
        {Surface.CHAT, Surface.COMPLETIONS, Surface.EMBEDDINGS, Surface.RESPONSES}
    ),
    ProviderKind.STUDENT: frozenset({Surface.CHAT}),
}


def target(provider: Provider, surface: Surface, model: str) -> str:
    """The request target, path and query, at this provider."""
    if provider.base_url.startswith("unix:"):
        return f"/v1/{surface.value}"
    base = urlsplit(provider.base_url).path.rstrip("/")
    match provider.kind:
        case ProviderKind.AZURE if provider.api_version:
            if surface is Surface.RESPONSES:
                # Azure's Responses API takes the deployment from the body, not from the path.
                return f"{base}/openai/responses?api-version={quote(provider.api_version)}"
            deployment = quote(model, safe="")
            version = quote(provider.api_version)
            return f"{base}/openai/deployments/{deployment}/{surface.value}?api-version={version}"
        case ProviderKind.AZURE:
            return f"{base}/openai/v1/{surface.value}"
        case ProviderKind.ANTHROPIC:
            return f"{base.removesuffix('/v1')}/v1/{surface.value}"
        case _:
            return f"{base}/{surface.value}"


def credentials(provider: Provider) -> list[tuple[str, str]]:
    if not provider.api_key:
        return []
    match provider.kind:
        case ProviderKind.AZURE:
            return [("api-key", provider.api_key)]
        case ProviderKind.ANTHROPIC:
            return [("x-api-key", provider.api_key)]
        case _:
            return [("authorization", f"Bearer {provider.api_key}")]


def request_head(provider: Provider, surface: Surface, model: str) -> bytes:
    """The head of every request to this model, up to the number of its content-length.

    Raises:
        ValueError: a header holds a line break.
    """
    p = provider
    host = "builtin" if p.base_url.startswith("unix:") else urlsplit(p.base_url).netloc
    lines = [
        f"POST {target(p, surface, model)} HTTP/1.1",
        f"host: {host.rpartition('@')[2]}",
        "content-type: application/json",
        # Usage must be readable, so no compression on this leg.
        "accept-encoding: identity",
        "user-agent: stillhouse",
    ]
    lines += [f"{name}: {value}" for name, value in credentials(p)]
    lines += [f"{name.lower()}: {value}" for name, value in p.headers.items()]
    for line in lines:
        if "\r" in line or "\n" in line:
            raise ValueError(f"provider {p.name}: a header holds a line break")
    return ("\r\n".join(lines) + "\r\ncontent-length: ").encode("latin-1")
