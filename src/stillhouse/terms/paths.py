"""Which access path a provider is, where nobody has said it: by its dialect and its address.

Only addresses that are one company's service are named. Anything else is UNKNOWN until the operator
writes `path = "..."`: a server on a machine of one's own is "self-hosted", and nobody but him knows
that no host stands in between.

The names of providers are those that logs use; a line that says `path` needs none of them.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from stillhouse.terms.lineage import UNKNOWN_PATH

BY_KIND: Mapping[str, str] = {"azure": "azure-openai", "builtin": "builtin"}
BY_HOST: Mapping[str, str] = {
    "api.openai.com": "openai-api",
    "api.anthropic.com": "anthropic-api",
    "api.deepseek.com": "deepseek-api",
    "api.mistral.ai": "mistral-api",
    "api.x.ai": "xai-api",
    "api.cohere.com": "cohere-api",
    "api.cohere.ai": "cohere-api",
    "generativelanguage.googleapis.com": "gemini-api",
    "openrouter.ai": "openrouter",
    "api.together.xyz": "together",
    "api.together.ai": "together",
    "api.fireworks.ai": "fireworks",
    "dashscope.aliyuncs.com": "dashscope",
    "dashscope-intl.aliyuncs.com": "dashscope",
    "api.moonshot.ai": "kimi-api",
    "api.moonshot.cn": "kimi-api",
    "api.minimax.io": "minimax-api",
    "api.z.ai": "zai-api",
}
BY_NAME: Mapping[str, str] = {
    "openai": "openai-api",
    "azure": "azure-openai",
    "azure_openai": "azure-openai",
    "anthropic": "anthropic-api",
    "deepseek": "deepseek-api",
    "mistral": "mistral-api",
    "xai": "xai-api",
    "cohere": "cohere-api",
    "gemini": "gemini-api",
    "vertex_ai": "vertex-ai",
    "bedrock": "bedrock",
    "openrouter": "openrouter",
    "together_ai": "together",
    "fireworks_ai": "fireworks",
    "dashscope": "dashscope",
    "moonshot": "kimi-api",
    "minimax": "minimax-api",
    "builtin": "builtin",
}


def default_path(kind: str, base_url: str) -> str:
    """The access path of a provider that names none."""
    if kind in BY_KIND:
        return BY_KIND[kind]
    return BY_HOST.get(urlsplit(base_url).hostname or "", UNKNOWN_PATH)


def path_of(provider: str, named: Mapping[str, str]) -> str:
    """The access path of a line's provider. named: providers of this house's configuration."""
    return named.get(provider) or BY_NAME.get(provider.lower(), UNKNOWN_PATH)
