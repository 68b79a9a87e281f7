"""From a raw table to a typed one, or to the list of what is wrong with it.

pydantic finds the mistakes; this module says them in the operator's words: the key as written in
TOML, what is allowed there, and the nearest known name for a misspelt one. A value is quoted only
when it cannot be a secret.
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from stillhouse.config.document import TOP_KEYS, Table, TokenMeter
from stillhouse.config.problem import Problem

T = TypeVar("T", bound=Table)

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SECRET = {"api_key", "headers", "base_url"}
_QUOTED = {
    "string_type",
    "bool_type",
    "bool_parsing",
    "int_type",
    "int_parsing",
    "float_type",
    "float_parsing",
}
_MESSAGES = {
    "missing": "this key is required",
    "extra_forbidden": "there is no such key",
    "string_type": "text is needed",
    "bool_type": "true or false is needed",
    "bool_parsing": "true or false is needed",
    "int_type": "a whole number is needed",
    "int_parsing": "a whole number is needed",
    "int_from_float": "a whole number is needed",
    "float_type": "a number is needed",
    "float_parsing": "a number is needed",
    "dict_type": "a table is needed",
    "model_type": "a table is needed",
    "list_type": "a list is needed",
    "tuple_type": "a list is needed",
    "path_type": "the path of a file is needed",
    "string_too_short": "this may not be empty",
}


def key(*parts: str | int) -> str:
    """Write a key as TOML does: deployments."gpt-4.1".model, prices[2].usd_per_million."""
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _BARE.fullmatch(part) else f'"{part}"'
            text += f".{name}" if text else name
    return text


def nearest(word: str, known: Iterable[str]) -> str:
    """Say `did you mean ...?`, or list what exists."""
    names = sorted(known)
    close = get_close_matches(word, names, n=1)
    if close:
        return f'did you mean "{close[0]}"?'
    if not names:
        return ""
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"known here: {shown}"


def read(
    model: type[T], raw: Any, where: tuple[str | int, ...], problems: list[Problem]
) -> T | None:
    """Read one table. Mistakes go to `problems`; None when there were any."""
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        problems += [_problem(model, dict(e), where) for e in error.errors(include_url=False)]
        return None


def unknown_tables(document: dict[str, Any]) -> list[Problem]:
    return [
        Problem(key(name), "there is no such table", nearest(name, TOP_KEYS))
        for name in document
        if name not in TOP_KEYS
    ]


def _problem(model: type[Table], error: dict[str, Any], where: tuple[str | int, ...]) -> Problem:
    kind, path = error["type"], tuple(part for part in error["loc"] if part != "[key]")
    place = key(*where, *path)
    fix = ""
    if kind == "extra_forbidden":
        fix = nearest(str(path[-1]), model.model_fields)
    if kind == "missing":
        fix = model.model_fields[str(path[0])].description or ""
    if kind == "literal_error" and path and path[0] == "usd_per_million":
        if path[-1] == "requests":
            return Problem(place, "a request is not a token", 'write usd_per_request = "0.01"')
        return Problem(
            place, "there is no such meter", nearest(str(path[-1]), get_args(TokenMeter))
        )
    message = _MESSAGES.get(kind) or error["msg"].replace(
        "Input should be", "this must be"
    ).removeprefix("Value error, ")
    if kind in {"enum", "literal_error"} and isinstance(error["input"], str):
        message = f'"{error["input"]}" is not known here'
        fix = f"one of {error['ctx']['expected']}"
    elif (
        kind in _QUOTED
        and path
        and path[0] not in _SECRET
        and isinstance(error["input"], str | int)
    ):
        message += f", not {error['input']!r}"
    return Problem(place, message, fix)
