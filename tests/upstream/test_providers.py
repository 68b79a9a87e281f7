"""Where each kind of provider is asked, and by what it knows us."""

import pytest

from stillhouse.upstream.providers import credentials, request_head, target
from stillhouse.wire.deployment import Provider, ProviderKind
from stillhouse.wire.paths import Surface

OPENAI, AZURE = ProviderKind.OPENAI, ProviderKind.AZURE
ANTHROPIC, BUILTIN = ProviderKind.ANTHROPIC, ProviderKind.BUILTIN


def provider(kind: ProviderKind, url: str, version: str = "", key: str = "sk-1") -> Provider:
    return Provider(name="p", kind=kind, base_url=url, api_version=version, api_key=key)


@pytest.mark.parametrize(
    ("kind", "url", "version", "surface", "expected"),
    [
        (OPENAI, "https://api.openai.com/v1", "", Surface.CHAT, "/v1/chat/completions"),
        (OPENAI, "http://h:1/v1/", "", Surface.EMBEDDINGS, "/v1/embeddings"),
        (OPENAI, "http://h", "", Surface.RESPONSES, "/responses"),
        (AZURE, "https://a.openai.azure.com", "", Surface.CHAT, "/openai/v1/chat/completions"),
        (
            AZURE,
            "https://a.openai.azure.com/",
            "2024-10-21",
            Surface.CHAT,
            "/openai/deployments/my%20gpt%2F4/chat/completions?api-version=2024-10-21",
        ),
        (
            AZURE,
            "https://a.openai.azure.com",
            "2025-03-01-preview",
            Surface.RESPONSES,
            "/openai/responses?api-version=2025-03-01-preview",
        ),
        (ANTHROPIC, "https://api.anthropic.com", "", Surface.MESSAGES, "/v1/messages"),
        (
            ANTHROPIC,
            "https://api.anthropic.com/v1",
            "",
            Surface.COUNT_TOKENS,
            "/v1/messages/count_tokens",
        ),
        (BUILTIN, "unix:/run/b.sock", "", Surface.COMPLETIONS, "/v1/completions"),
    ],
)
def test_where_a_request_goes(
    kind: ProviderKind, url: str, version: str, surface: Surface, expected: str
) -> None:
    assert expected == target(provider(kind, url, version), surface, "my gpt/4")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (OPENAI, [("authorization", "Bearer sk-1")]),
        (BUILTIN, [("authorization", "Bearer sk-1")]),
        (AZURE, [("api-key", "sk-1")]),
        (ANTHROPIC, [("x-api-key", "sk-1")]),
    ],
)
def test_what_shows_who_we_are(kind: ProviderKind, expected: list[tuple[str, str]]) -> None:
    assert expected == credentials(provider(kind, "http://h"))
    assert [] == credentials(provider(kind, "http://h", key=""))


def test_a_head_is_one_whole_request_head() -> None:
    given = Provider(
        name="p",
        kind=OPENAI,
        base_url="https://user:pass@host.example:8443/v1",
        api_key="sk-1",
        headers={"OpenAI-Organization": "org-1"},
    )
    first, *lines = request_head(given, Surface.CHAT, "m").decode().split("\r\n")

    assert "POST /v1/chat/completions HTTP/1.1" == first
    assert "content-length: " == lines.pop()
    assert {
        "host: host.example:8443",
        "content-type: application/json",
        "accept-encoding: identity",
        "user-agent: stillhouse",
        "authorization: Bearer sk-1",
        "openai-organization: org-1",
    } == set(lines)


def test_the_host_of_a_unix_socket_is_a_name() -> None:
    head = request_head(provider(BUILTIN, "unix:/run/b.sock"), Surface.CHAT, "m")

    assert b"\r\nhost: builtin\r\n" in head


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "a\nb"])
def test_a_header_cannot_smuggle_another(value: str) -> None:
    given = Provider(name="p", kind=OPENAI, base_url="http://h", headers={"x-a": value})

    with pytest.raises(ValueError, match="line break"):
        request_head(given, Surface.CHAT, "m")


def test_a_provider_never_shows_its_key() -> None:
    assert "sk-1" not in repr(provider(OPENAI, "http://h"))
