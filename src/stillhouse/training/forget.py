"""Runs that hold rows which are to go: all of their stages go.

    data/distill/<run>/<stage>/*.jsonl ─► one row of them is meant ─► no stage of the run is left

A run's stages hold rows in plain text, and what was made of them: weights, a verdict. Without a few
rows they would be another run's, so none is mended. Stages that a killed run left half made go
whatever they hold; a line that cannot be read is meant. Students on the shelf stay, and are named.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from stillhouse.distill import example
from stillhouse.distill.artefact import DamagedError
from stillhouse.distill.example import Example
from stillhouse.training.shelf import PART, shelf
from stillhouse.training.students import manifest_of
from stillhouse.training.work import Work


class Forgotten(NamedTuple):
    """runs: names of folders that were emptied. students: ids of what they had made."""

    runs: list[str]
    students: list[str]


@contextmanager
def held(data: Path) -> Iterator[list[Work]]:
    """Every run of a data folder, so that none writes rows meanwhile.

    Raises:
        BusyError: one is being worked on.
    """
    of_students = shelf(data)
    folders = sorted(at for at in of_students.parent.glob("*") if at.is_dir())
    with ExitStack() as locks:
        works = [Work(at) for at in folders if at != of_students]
        for work in works:
            locks.enter_context(work.alone())
        yield works


def forget(works: Iterable[Work], meant: Callable[[Example], bool]) -> Forgotten:
    """Remove all stages of every run with a row that is meant."""
    done = Forgotten([], [])
    for work in works:
        for half in work.folder.glob(f"*{PART}"):
            shutil.rmtree(half)
        if not any(_holds(file, meant) for file in work.folder.glob("*/*.jsonl")):
            continue
        done.runs.append(work.folder.name)
        with suppress(DamagedError):  # it ended before it had made one
            done.students.append(manifest_of(work.at("card")).id)
        for stage in work.folder.iterdir():
            if stage.is_dir():
                shutil.rmtree(stage)
    return done


def _holds(file: Path, meant: Callable[[Example], bool]) -> bool:
    with file.open("rb") as lines:
        for line in lines:
            try:
                row = example.read(line)
            except msgspec.MsgspecError:
                return True
            if meant(row):
                return True
    return False
