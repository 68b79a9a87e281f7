"""What a log's provider stands for in this house."""

from pathlib import Path

from stillhouse.compose.terms_paths import configured, licences, served
from stillhouse.config.load import load

CONFIG = """
[providers.vllm]
kind = "openai"
base_url = "http://127.0.0.1:8000/v1"
path = "self-hosted"

[providers.azure]
kind = "azure"
base_url = "https://n.openai.azure.com"

[deployments.small]
provider = "vllm"
model = "own-name"
weights = "llama-3.1"
"""


def test_paths_are_those_of_the_configuration(tmp_path: Path) -> None:
    config = tmp_path / "stillhouse.toml"
    config.write_text(CONFIG, "utf-8")

    assert {"vllm": "self-hosted", "azure": "azure-openai", "builtin": "builtin"} == configured(
        config
    )
    assert ("small", "self-hosted", "own-name", "llama-3.1") in served(config)


def test_licences_are_by_what_is_called_and_two_that_are_named_are_both(tmp_path: Path) -> None:
    config = tmp_path / "stillhouse.toml"
    config.write_text(
        CONFIG
        + """
[deployments.other]
provider = "vllm"
model = "own-name"
weights = "llama-3.2"
[deployments.plain]
provider = "vllm"
model = "qwen2.5-7b"
""",
        "utf-8",
    )
    settings = load(file=config, env={}, secrets=False)

    assert {("self-hosted", "own-name"): "llama-3.1+llama-3.2"} == licences(settings)
