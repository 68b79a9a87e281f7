"""Rows in a file, one JSON object a line: what stages hand to each other."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from stillhouse.distill import example
from stillhouse.distill.example import Example


def read_rows(path: Path) -> Iterator[Example]:
    with path.open("rb") as file:
        for line in file:
            yield example.read(line)


def write_rows(path: Path, rows: Iterable[Example]) -> None:
    with path.open("wb") as file:
        for row in rows:
            file.write(example.written(row) + b"\n")
