"""What ships: the model of our own, and a first start without a configuration.

Everything here is written as a document like any operator's and takes the same road through the
checks. Three rules keep it out of an operator's way: a configuration that defines a provider or a
deployment called "builtin" replaces ours; a price of theirs for "builtin" in a book replaces ours
in that book; the well-known models exist only where there is no configuration at all, so nobody
is ever billed at a price that a configuration did not name.
"""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files
from typing import Any

Document = dict[str, Any]


def shipped() -> Document:
    text = files("stillhouse.config").joinpath("shipped.toml").read_text("utf-8")
    return tomllib.loads(text, parse_float=Decimal)


def with_builtin(document: Document) -> Document:
    """Add the model that ships, wherever the operator has not said otherwise."""
    ours = shipped()
    server = document.get("server")
    wanted = server.get("builtin", True) if isinstance(server, dict) else True
    if wanted is False:
        return document
    merged = dict(document)
    for table in ("providers", "deployments"):
        theirs = document.get(table, {})
        if isinstance(theirs, dict):
            merged[table] = {**ours[table], **theirs}
    theirs = document.get("prices", [])
    if isinstance(theirs, list):
        # A list: what stands there may be anything, hashable or not.
        named = [(p.get("model"), p.get("book", "sale")) for p in theirs if isinstance(p, dict)]
        merged["prices"] = theirs + [
            p for p in ours["prices"] if (p["model"], p["book"]) not in named
        ]
    return merged


def first_start(env: Mapping[str, str]) -> Document:
    """A document from the usual environment variables; an empty one when none is set."""
    ours = shipped()
    document: Document = {"providers": {}, "deployments": {}, "prices": []}
    for name, provider in _providers(env).items():
        document["providers"][name] = provider
        family = "anthropic" if name == "anthropic" else "openai"
        for model, facts in ours["first_start"][family].items():
            taken = model in document["deployments"]
            limits = {key: facts[key] for key in facts if key.startswith("max_")}
            document["deployments"][f"{name}-{model}" if taken else model] = {
                "provider": name,
                "model": model,
                **limits,
            }
            if not taken:
                document["prices"] += [
                    {
                        "model": model,
                        "book": book,
                        "valid_from": ours["first_start_prices"]["valid_from"],
                        "usd_per_million": facts["usd_per_million"],
                        "source": ours["first_start_prices"]["source"][family],
                    }
                    for book in ("sale", "cost")
                ]
    return document


def _providers(env: Mapping[str, str]) -> Document:
    found: Document = {}
    if env.get("OPENAI_API_KEY"):
        found["openai"] = {"kind": "openai", "api_key_env": "OPENAI_API_KEY"}
        if env.get("OPENAI_BASE_URL"):
            found["openai"]["base_url"] = env["OPENAI_BASE_URL"]
    if env.get("AZURE_OPENAI_API_KEY") and env.get("AZURE_OPENAI_ENDPOINT"):
        found["azure"] = {
            "kind": "azure",
            "api_key_env": "AZURE_OPENAI_API_KEY",
            "base_url": env["AZURE_OPENAI_ENDPOINT"],
            "api_version": env.get("AZURE_OPENAI_API_VERSION") or env.get("OPENAI_API_VERSION", ""),
        }
    if env.get("ANTHROPIC_API_KEY"):
        found["anthropic"] = {"kind": "anthropic", "api_key_env": "ANTHROPIC_API_KEY"}
        if env.get("ANTHROPIC_BASE_URL"):
            found["anthropic"]["base_url"] = env["ANTHROPIC_BASE_URL"]
    return found
