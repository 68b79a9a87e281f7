"""What every command on the store is handed, and the options that all of them take.

Works while the service runs and while it does not: the command opens the same database, changes it
by one transaction, and running gateways notice the new version within a second.
"""

import getpass
import os
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, cast

import click

from stillhouse.cli.folder import data_folder
from stillhouse.cli.output import Failure, line
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.ledger.ports import ConflictError, NotFoundError, UnavailableError
from stillhouse.units.instant import Instant


@dataclass(frozen=True, slots=True)
class Desk:
    """One command's store, time and author, and the data folder that the store is in."""

    store: WholeStore
    at: Instant
    actor: str
    as_json: bool
    data: Path
    config: Path | None = None

    def tell(self, what: Mapping[str, Any], sentence: str) -> None:
        """One thing that was done."""
        if self.as_json:
            line(what)
        else:
            click.echo(sentence)


def in_folder(command: Any) -> Any:
    """The options of every command on a data folder: --data, --config and --json."""
    for option in reversed(
        (
            click.option(
                "--data",
                type=click.Path(path_type=Path),
                help="Data folder.  [env: STILLHOUSE_DATA; default: data]",
            ),
            click.option(
                "--config",
                type=click.Path(path_type=Path),
                help="Configuration file that names the data folder.",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print JSON."),
        )
    ):
        command = option(command)
    return command


def on_store(*, create: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command --data, --config and --json, and a Desk; `create`: make a store if none is."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @in_folder
        @wraps(command)
        def run(*, data: Path | None, config: Path | None, as_json: bool, **arguments: Any) -> None:
            at = Instant(time.time_ns() // 1000)
            folder = data_folder(data, config)
            try:
                with closing(open_store(folder, create=create)) as store:
                    command(Desk(store, at, actor(), as_json, folder, config), **arguments)
            except (NotFoundError, ConflictError, UnavailableError) as error:
                raise Failure(str(error)) from error

        return cast("Callable[..., None]", run)

    return decorate


def actor() -> str:
    """Who asks, for the ledger: the system's name of the user, or the number if it has no name."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"cli:{os.getuid()}"
