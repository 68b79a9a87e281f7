"""The registry of terms as it ships: YAML files read, their hashes compared, entries checked.

Fails closed: a file that does not have the hash that `index.json` says was edited by hand, and a
registry that cannot be trusted answers nothing. Whoever changes a file on purpose writes the index
anew (`stillhouse terms hash --write`), which is a change that a review sees.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

from stillhouse.terms import Registry, load

INDEX = "index.json"
REHASH = "if the change is meant, write the index anew: stillhouse terms hash --write"


class TamperedError(ValueError):
    """The files of the registry are not those that the index names. problems: (file, what)."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{name}: {what}" for name, what in problems) + f"\n{REHASH}")


class UnreadableError(ValueError):
    """A file that is no YAML at all."""


def folder() -> Traversable:
    return files("stillhouse.terms").joinpath("registry")


@lru_cache(maxsize=1)
def shipped() -> Registry:
    """The registry that ships, with nothing that an operator added.

    Raises:
        TamperedError, UnreadableError, DocumentError
    """
    return read(folder())


def read(where: Traversable) -> Registry:
    texts = _texts(where)
    _compare(where, texts)
    return load({name: document(text, name) for name, text in texts.items()})


def _texts(where: Traversable) -> dict[str, bytes]:
    return {
        item.name: item.read_bytes()
        for item in sorted(where.iterdir(), key=lambda item: item.name)
        if item.name.endswith(".yaml")
    }


def index_of(texts: Mapping[str, bytes]) -> str:
    """What `index.json` holds for these files."""
    hashes = {name: hashlib.sha256(text).hexdigest() for name, text in sorted(texts.items())}
    return json.dumps({"schema": 1, "sha256": hashes}, indent=1) + "\n"


def fresh_index(where: Traversable) -> str:
    return index_of(_texts(where))


def _compare(where: Traversable, texts: Mapping[str, bytes]) -> None:
    try:
        named = json.loads(where.joinpath(INDEX).read_text("utf-8"))["sha256"]
    except (OSError, ValueError, KeyError, TypeError):
        raise TamperedError([(INDEX, "it is missing, or it is no index")]) from None
    problems = [(name, "the index names it, and it is not there") for name in named.keys() - texts]
    for name, text in texts.items():
        found = hashlib.sha256(text).hexdigest()
        if name not in named:
            problems.append((name, "the index does not name it"))
        elif named[name] != found:
            problems.append(
                (name, f"its hash is {found[:12]}, the index says {str(named[name])[:12]}")
            )
    if problems:
        raise TamperedError(sorted(problems))


def document(text: bytes, name: str) -> Any:
    """YAML as plain values; days as text.

    Raises:
        UnreadableError: it is no YAML; nothing in it is run, whatever it says.
    """
    try:
        return _plain(yaml.load(text, Loader=_LOADER))  # noqa: S506
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(f"{name} is no YAML: {error}") from None


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(part) for key, part in value.items()}
        case list():
            return [_plain(part) for part in value]
        case date():
            return value.isoformat()
        case _:
            return value


def problems_of(error: Exception) -> Iterable[str]:
    """Every line of what is wrong with a registry."""
    return str(error).splitlines()
