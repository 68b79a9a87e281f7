"""What long work shows of itself on a terminal's stderr, and the files that it reads. Else nothing.

    with bars() as on, opened(file) as source:
        read(source, moved=on.bar("reading").on)

Rich costs 60 ms to import, so it is imported where a terminal watches.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from stillhouse.cli.output import Failure


class Bar:
    """One bar; of nobody who watches, when it has no progress."""

    def __init__(self, progress: Any = None, task: Any = None) -> None:
        self._progress, self._task = progress, task

    def on(self, more: float = 1) -> None:
        """So much further."""
        if self._progress is not None:
            self._progress.advance(self._task, more)

    def to(self, done: float, words: str | None = None) -> None:
        """So far, under these words."""
        if self._progress is not None:
            said = {} if words is None else {"description": words}
            self._progress.update(self._task, completed=done, **said)


class Bars:
    """Bars one below the other, each known by its name."""

    def __init__(self, progress: Any = None) -> None:
        self._progress = progress
        self._bars: dict[str, Bar] = {}

    @property
    def shown(self) -> bool:
        return self._progress is not None

    def bar(self, name: str, total: float | None = None) -> Bar:
        """The one of this name, made when it is first asked for. total None: nobody knows."""
        if self._progress is None:
            return Bar()
        if name not in self._bars:
            self._bars[name] = Bar(self._progress, self._progress.add_task(name, total=total))
        return self._bars[name]


@contextmanager
def bars(*, shown: bool = True, stay: bool = False, counted: bool = False) -> Iterator[Bars]:
    """shown: wanted at all. stay: they are left there at the end. counted: with "7 of 9"."""
    if not shown or not sys.stderr.isatty():
        yield Bars()
        return
    from rich.console import Console  # noqa: PLC0415 # 60 ms that only a bar is worth
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn  # noqa: PLC0415

    columns = [*Progress.get_default_columns()[:-1]]
    columns += [MofNCompleteColumn()] if counted else []
    with Progress(
        *columns, TimeRemainingColumn(), console=Console(stderr=True), transient=not stay
    ) as progress:
        yield Bars(progress)


@contextmanager
def opened(file: Path, *, wrong: type[Failure] = Failure) -> Iterator[BinaryIO]:
    """A file to read, or stdin for "-". Raises `wrong`."""
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        source = file.open("rb", 1 << 20)
    except OSError as error:
        raise wrong(f"{file} cannot be read: {error.strerror}") from None
    with source:
        yield source


def through(on: Bars, source: BinaryIO, what: str) -> Callable[[int], None]:
    """A bar over a file's bytes, moved when it is told how many of what were read."""
    if not on.shown or not source.seekable():  # of a pipe nobody knows how long it is
        return lambda _: None
    bar = on.bar(what, os.fstat(source.fileno()).st_size)
    return lambda count: bar.to(source.tell(), f"{count:,} {what}")
