"""Libraries of the extra `train`, asked for when a stage needs them.

`plan`, `evaluate` and `card` work without any of them; `train` says what is missing.
"""

from importlib import import_module
from typing import Any


class MissingExtraError(RuntimeError):
    """A library of an extra is not installed."""


def library(name: str, *, extra: str = "train") -> Any:
    """Import a module of a library that training needs.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        top = name.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != top:
            raise  # the library is there and something that it needs is not: say that
        raise MissingExtraError(
            f"{top} is not installed, and training needs it: pip install 'stillhouse[{extra}]'"
        ) from None
