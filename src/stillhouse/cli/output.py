"""What a command prints: JSON for machines, tables for people, errors on stderr in one sentence.

With `--json` one thing is one JSON object on one line, and a list is JSON Lines. Amounts are
decimal text in both: no reader may turn money into a float.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from stillhouse.units.money import exact

NARROWEST = 40
PIPED_WIDTH = 1_000
"""Columns when stdout is no terminal: wide enough that no id is ever broken in two."""


class Failure(click.ClickException):
    """Exit code 1: what went wrong and how to fix it, in a sentence, without a traceback."""

    exit_code = 1


def line(value: Mapping[str, Any]) -> None:
    """One JSON object."""
    click.echo(json.dumps(value, ensure_ascii=False))


def show(rows: Iterable[Mapping[str, Any]], *, as_json: bool, columns: Sequence[str]) -> None:
    """Many things: JSON Lines of everything, or a table of these columns."""
    if as_json:
        for row in rows:
            line(row)
        return
    _table(rows, columns)


def _table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    from rich.console import Console  # noqa: PLC0415 # 60 ms that only a table is worth
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    Console(width=width, markup=False, highlight=False, emoji=False).print(table)


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return " ".join(map(str, value)) or "-"
        case _:
            return str(value)


def plain(amount: int) -> str:
    """Pico-units for people: all digits that say something, and at least two decimals."""
    whole, _, decimals = exact(amount).partition(".")
    return f"{whole}.{decimals.rstrip('0'):0<2}"
