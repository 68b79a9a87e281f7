"""Providers and deployments: who serves a model, and our named route to it. Plain settings values.

msgspec structs, because the supervisor hands them to each gateway worker as JSON.
"""

from enum import StrEnum

import msgspec


class ProviderKind(StrEnum):
    """Which dialect a provider speaks.

    Any OpenAI-compatible server (vLLM, Ollama, llama.cpp) is OPENAI.
    """

    OPENAI = "openai"
    AZURE = "azure"
    ANTHROPIC = "anthropic"
    BUILTIN = "builtin"
    STUDENT = "student"
    """A model of one's own, served by us; it may decline a call (`DECLINED`)."""


DECLINED = 421
"""The status of a student that leaves a call to its teacher: it was asked for something else than
it learned, or it is not sure. 421 is "this server is not able to answer that" (RFC 9110 15.5.20);
it says nothing against the request, so the next deployment is asked."""
DECLINED_WHY = "x-stillhouse-declined"
"""The header that says why, in one word."""


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """Who serves models.

    base_url: where requests go: "https://api.openai.com/v1", an Azure resource
        "https://NAME.openai.azure.com", "https://api.anthropic.com"; or a Unix socket "unix:/path".
    api_key: already resolved from its environment variable; never printed.
    api_version: Azure's ?api-version=; empty means the newer /openai/v1 surface.
    """

    name: str
    kind: ProviderKind
    base_url: str
    api_key: str = ""
    api_version: str = ""
    headers: dict[str, str] = {}
    stream_usage: bool = True
    """ask streams for usage (`stream_options.include_usage`); off for servers that reject it"""
    connect_timeout_s: float = 5.0
    first_chunk_timeout_s: float = 120.0
    """silence allowed before the first byte of the answer; past it the call fails over"""
    idle_timeout_s: float = 120.0
    """silence allowed between two bytes of an answer"""
    max_connections: int = 4096
    verify_tls: bool = True
    ca_file: str = ""
    path: str = ""
    """the access path, as the registry of terms calls it; "" and "unknown" are known by none"""
    student: str = ""
    """the folder of the student that is served here; "" for every other kind"""

    def __repr__(self) -> str:
        return f"Provider({self.name!r}, {self.kind.value}, {self.base_url!r})"


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """Our named route to one model at one provider.

    `fallbacks` name other deployments, in order.
    """

    name: str
    provider: str
    model: str
    fallbacks: tuple[str, ...] = ()
    max_input_tokens: int = 1_000_000
    """the model's context: bounds what a request can cost when its body does not (images, files)"""
    max_output_tokens: int = 16_384
    """bounds a request that names no limit of its own"""
    cap: bool = False
    """near the end of a budget, write a token limit into the body rather than refuse; told in a
    header"""
    price_model: str = ""
    """the model to look up in the price book; empty means `model`"""
    region: str = ""
    """where it is served, for prices that differ by region"""
    weights: str = ""
    """ids of the licences of self-hosted weights, joined by "+", as the registry of terms says"""
    accounts: tuple[str, ...] = ()
    """who may call it by its name; () is everybody, but for a student nobody: its calls come by a
    release. "*" is everybody"""

    @property
    def priced_as(self) -> str:
        return self.price_model or self.model
