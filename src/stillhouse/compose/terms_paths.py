"""What a house says of its teachers: access paths of its providers, licences of its own weights.

A path is what a log's `provider` stands for here.
"""

import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from stillhouse.config.load import load
from stillhouse.config.settings import Settings


def configured(config: Path | None) -> dict[str, str]:
    """Provider's name -> access path. Raises ConfigError: a broken configuration names nobody."""
    settings = load(file=config, env=os.environ, secrets=False)
    return {name: provider.path for name, provider in settings.providers.items()}


def served(config: Path | None) -> list[tuple[str, str, str, str]]:
    """(deployment, path, model, licence of weights) of this house's configuration."""
    settings = load(file=config, env=os.environ, secrets=False)
    return [
        (d.name, settings.providers[d.provider].path, d.model, d.weights)
        for d in settings.deployments.values()
    ]


def licences(settings: Settings) -> Mapping[tuple[str, str], str]:
    """(path, model) -> ids of the licences of its weights, joined by "+", where one is said.

    Two deployments that call the same model by the same path and name two licences have both.
    """
    said: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in settings.deployments.values():
        if each.weights:
            path = settings.providers[each.provider].path
            said[path, each.model] |= set(each.weights.split("+"))
    return {reached: "+".join(sorted(ids)) for reached, ids in said.items()}
