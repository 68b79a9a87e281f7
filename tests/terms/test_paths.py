"""Known addresses have an access path; everything else is unknown until somebody says it."""

import pytest

from stillhouse.compose.terms import shipped
from stillhouse.terms.paths import BY_HOST, BY_KIND, BY_NAME, default_path, path_of


@pytest.mark.parametrize(
    ("kind", "base_url", "path"),
    [
        ("openai", "https://api.openai.com/v1", "openai-api"),
        ("openai", "https://api.deepseek.com", "deepseek-api"),
        ("openai", "http://127.0.0.1:8000/v1", "unknown"),
        ("openai", "https://api.openai.com.example/v1", "unknown"),
        ("anthropic", "https://api.anthropic.com", "anthropic-api"),
        ("anthropic", "https://gateway.example", "unknown"),
        ("azure", "https://name.openai.azure.com", "azure-openai"),
        ("builtin", "unix:/run/builtin.sock", "builtin"),
        ("student", "unix:/run/student.sock", "unknown"),
    ],
)
def test_the_path_of_a_provider(kind: str, base_url: str, path: str) -> None:
    assert path == default_path(kind, base_url)


def test_a_logs_provider_is_named_by_the_configuration_then_by_its_usual_name() -> None:
    assert "self-hosted" == path_of("vllm", {"vllm": "self-hosted"})
    assert "openai-api" == path_of("OpenAI", {})
    assert "unknown" == path_of("vllm", {})


def test_every_path_that_is_named_is_one_of_the_registry() -> None:
    assert {*BY_KIND.values(), *BY_HOST.values(), *BY_NAME.values()} <= shipped().paths
