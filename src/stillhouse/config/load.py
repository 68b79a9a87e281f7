"""From wherever the configuration is written to Settings. The one place that looks for it.

The first that exists is the whole configuration; nothing is merged across them, so what is in
force can be read in one place:

    1. the file that was asked for (--config)
    2. STILLHOUSE_CONFIG, holding the TOML text or naming a file
    3. ./stillhouse.toml
    4. a first start: the model that ships, and providers from their usual environment variables

Then `${VAR}` inside any text is filled in, what ships is added, each table is read, and the whole
is checked. Every problem is collected; ConfigError carries them all. Fails closed: there is no
half-configured service.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from stillhouse.config.build import Build
from stillhouse.config.problem import ConfigError, Problem
from stillhouse.config.read import key
from stillhouse.config.settings import Settings
from stillhouse.config.shipped import Document, first_start, with_builtin

VARIABLE = "STILLHOUSE_CONFIG"
DATA_VARIABLE = "STILLHOUSE_DATA"
DEFAULT_FILE = "stillhouse.toml"

_NAMED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{([^}]*)\}?")


def load(
    *,
    file: Path | None = None,
    env: Mapping[str, str],
    overrides: Mapping[str, object] | None = None,
    folder: Path = Path(),
    secrets: bool = True,
) -> Settings:
    """Find, read and check the configuration.

    Args:
        file: what --config named.
        env: the environment: STILLHOUSE_CONFIG, STILLHOUSE_DATA, `${VAR}`, the providers' keys.
        overrides: keys of [server] from the command line (port, workers, data); None is absent.
        folder: where ./stillhouse.toml is looked for.
        secrets: False for commands that call no provider (bill): absent keys are
            no mistake, and absent students none of its business.

    Raises:
        ConfigError: with every problem found.
    """
    found, base, origin = _find(file, env, folder)
    build = Build(
        env=env,
        base=base,
        overrides=_overrides(overrides or {}, env),
        origin=origin,
        secrets=secrets,
    )
    document = _filled(found, build)
    prices = _price_files(document, build)
    settings = build.settings(with_builtin(document), extra_prices=prices)
    if settings is None or build.problems:
        hidden = _from_environment(found, env)
        raise ConfigError((_scrubbed(p, hidden) for p in _distinct(build.problems)), origin)
    return settings


def _overrides(given: Mapping[str, object], env: Mapping[str, str]) -> dict[str, object]:
    """What goes before [server]: the command line, then STILLHOUSE_DATA."""
    found = {name: value for name, value in given.items() if value is not None}
    if env.get(DATA_VARIABLE):
        found.setdefault("data", Path(env[DATA_VARIABLE]))
    return found


def _find(file: Path | None, env: Mapping[str, str], folder: Path) -> tuple[Document, Path, str]:
    """The raw document, the folder its relative paths start from, and what to call it."""
    if file is not None:
        return _parsed_file(file, "--config"), file.parent, str(file)
    text = env.get(VARIABLE, "")
    if text.strip():
        named = Path(text.strip()) if "\n" not in text and "=" not in text else None
        if named is not None:
            return _parsed_file(named, VARIABLE), named.parent, str(named)
        return _parsed(text, VARIABLE), folder, f"the variable {VARIABLE}"
    default = folder / DEFAULT_FILE
    if default.exists():
        return _parsed_file(default, DEFAULT_FILE), folder, str(default)
    return first_start(env), folder, "the environment (no configuration file)"


def _parsed_file(file: Path, asked_by: str) -> Document:
    try:
        text = file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise ConfigError([Problem(asked_by, f"there is no file {file}")]) from None
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(asked_by, f"{file} is not UTF-8: {error.reason}")]) from None
    except OSError as error:
        raise ConfigError([Problem(asked_by, f"{file}: {error.strerror}")]) from None
    return _parsed(text, str(file))


def _parsed(text: str, origin: str) -> Document:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([Problem("", f"this is not TOML: {error}")], origin) from None


def _filled(document: Document, build: Build) -> Document:
    """The document with every `${VAR}` replaced by its value."""

    def walk(value: Any, where: tuple[str | int, ...]) -> Any:
        if isinstance(value, dict):
            return {name: walk(inner, (*where, name)) for name, inner in value.items()}
        if isinstance(value, list):
            return [walk(inner, (*where, place)) for place, inner in enumerate(value)]
        if isinstance(value, str) and "${" in value:
            return _NAMED.sub(lambda match: fill(match, where), value)
        return value

    def fill(match: re.Match[str], where: tuple[str | int, ...]) -> str:
        name = match[1]
        if name is None:
            message = f"{match[0]} names no variable"
            build.problems.append(Problem(key(*where), message, "write ${NAME}"))
        elif name in build.env:
            return build.env[name]
        elif build.secrets or where[0] != "providers":
            message = f"the variable {name} is not set"
            build.problems.append(Problem(key(*where), message, f"export {name}=..."))
        return "unix:/unset"  # passes for an address, so that one absence is one problem

    filled: Document = walk(document, ())
    return filled


def _price_files(document: Document, build: Build) -> list[tuple[str, Any]]:
    """The rows of every price file, each with the place it was written at."""
    names = document.pop("price_files", [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        build.problems.append(
            Problem("price_files", 'a list of files is needed, like ["prices.toml"]')
        )
        return []
    rows: list[tuple[str, Any]] = []
    for place, name in enumerate(names):
        here = key("price_files", place)
        try:
            found = _filled(_parsed_file(build.base / name, here), build)
        except ConfigError as error:
            build.problems.extend(Problem(here, p.message, p.fix) for p in error.problems)
            continue
        build.problems.extend(
            Problem(f"{name}: {other}", "a price file holds [[prices]] alone", "remove it")
            for other in found
            if other != "prices"
        )
        prices = found.get("prices", [])
        if isinstance(prices, list):
            rows += [(f"{name}: {key('prices', row)}", raw) for row, raw in enumerate(prices)]
        else:
            build.problems.append(Problem(f"{name}: prices", "write [[prices]], two brackets"))
    return rows


def _distinct(problems: list[Problem]) -> list[Problem]:
    """The first problem of each key: what follows from it is not another."""
    first: dict[str, Problem] = {}
    for problem in problems:
        first.setdefault(problem.where, problem)
    return list(first.values())


def _from_environment(document: Any, env: Mapping[str, str]) -> set[str]:
    """Values that were filled in, long enough to be secret: no message repeats them."""
    if isinstance(document, dict):
        return {v for inner in document.values() for v in _from_environment(inner, env)}
    if isinstance(document, list):
        return {v for inner in document for v in _from_environment(inner, env)}
    if isinstance(document, str):
        return {env[m[1]] for m in _NAMED.finditer(document) if len(env.get(m[1] or "", "")) > 5}
    return set()


def _scrubbed(problem: Problem, hidden: set[str]) -> Problem:
    message = problem.message
    for value in hidden:
        message = message.replace(value, "***")
    return replace(problem, message=message)
