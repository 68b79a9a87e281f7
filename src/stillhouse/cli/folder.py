"""Which data folder a command works on: the first that is given.

    --data, STILLHOUSE_DATA, [server].data of the configuration, ./data

The configuration is looked for where `stillhouse serve` looks for it: --config, STILLHOUSE_CONFIG
(TOML text or a file's name), ./stillhouse.toml. Only its [server].data is read here, without
checking the rest: a mistake in a price must not keep an operator from suspending an account.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from stillhouse.cli.output import Failure

DEFAULT_DATA = Path("data")
DATA_VARIABLE = "STILLHOUSE_DATA"
CONFIG_VARIABLE = "STILLHOUSE_CONFIG"
DEFAULT_CONFIG = Path("stillhouse.toml")


def data_folder(
    data: Path | None, config: Path | None, *, env: Mapping[str, str] = os.environ
) -> Path:
    """The data folder; a relative one in a configuration starts from that file's folder.

    Raises:
        Failure: the configuration cannot be read.
    """
    if data is not None:
        return data
    if env.get(DATA_VARIABLE):
        return Path(env[DATA_VARIABLE])
    found = _configuration(config, env)
    if found is None:
        return DEFAULT_DATA
    text, base, origin = found
    try:
        server = tomllib.loads(text).get("server", {})
    except tomllib.TOMLDecodeError as error:
        raise Failure(f"{origin} is not TOML: {error}; mend it, or name --data") from None
    named = server.get("data", DEFAULT_DATA.name) if isinstance(server, dict) else None
    if not isinstance(named, str):
        raise Failure(f'{origin}: [server] data must be text, like data = "data"')
    return base / _filled(named, env, origin)


def _configuration(config: Path | None, env: Mapping[str, str]) -> tuple[str, Path, str] | None:
    """Its text, the folder that its relative paths start from, and what to call it."""
    inline = env.get(CONFIG_VARIABLE, "").strip()
    if config is None and ("\n" in inline or "=" in inline):
        return inline, Path(), CONFIG_VARIABLE
    if config is None and inline:
        config = Path(inline)
    if config is None and DEFAULT_CONFIG.exists():
        config = DEFAULT_CONFIG
    if config is None:
        return None
    try:
        return config.read_text(encoding="utf-8"), config.parent, str(config)
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"the configuration {config} cannot be read: {error}") from None


def _filled(text: str, env: Mapping[str, str], origin: str) -> str:
    def value(match: re.Match[str]) -> str:
        if match[1] not in env:
            raise Failure(f"{origin}: [server] data names ${{{match[1]}}}, which is not set")
        return env[match[1]]

    return re.sub(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}", value, text)
