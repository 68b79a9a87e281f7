"""Access paths of this house's providers, by name: what a log's `provider` stands for here."""

import os
from pathlib import Path

from stillhouse.config.load import load


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
