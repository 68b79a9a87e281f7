"""Runs that hold rows which are to go: a deletion takes the stages, the end of a term the rows.

    data/distill/<run>/<stage>/*.jsonl ─► one row is meant (`forget`) ─► no stage of the run is left
                                       └► one row is over (`expire`)  ─► no row of the run is left

A run's stages hold rows in plain text, and what was made of them: weights, a verdict. Without a few
rows they would be another run's, so none is mended. Stages that a killed run left half made go
whatever they hold; a line that cannot be read is meant.

When rows are over their days, what stays is what holds none of them: each stage's figures, the
weights and the card. It was right to train then, rows cannot be taken out of weights, and the card
(with the hash of the data, which nobody can turn back) is how the student is answered for. A stage
without its rows counts as not done: a run that is asked for again reads its log again. Students on
the shelf stay in both cases, are named, and their cards get a note.
"""

import json
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
from stillhouse.training.work import DONE, Work, replaced

DROPPED = "dropped.json"
"""In a run's folder: that its rows went, when, and why."""


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
    with ExitStack() as locks:
        works = runs(data)
        for work in works:
            locks.enter_context(work.alone())
        yield works


def runs(data: Path) -> list[Work]:
    """Every run of a data folder."""
    of_students = shelf(data)
    folders = sorted(at for at in of_students.parent.glob("*") if at.is_dir())
    return [Work(at) for at in folders if at != of_students]


def forget(works: Iterable[Work], meant: Callable[[Example], bool]) -> Forgotten:
    """Remove all stages of every run with a row that is meant."""
    done = Forgotten([], [])
    for work in works:
        for half in work.folder.glob(f"*{PART}"):
            shutil.rmtree(half)
        if not any(_holds(file, meant) for file in _rows(work)):
            continue
        done.runs.append(work.folder.name)
        done.students.extend(_made(work))
        for stage in work.folder.iterdir():
            if stage.is_dir():
                shutil.rmtree(stage)
    return done


class _Row(msgspec.Struct, gc=False):
    """The part of a row that says how long it is kept."""

    at: int
    project: str = ""


_row = msgspec.json.Decoder(_Row).decode


def oldest(work: Work) -> dict[str, int]:
    """Project -> the time of its oldest row in a run. A line that cannot be read is of nobody."""
    found: dict[str, int] = {}
    for file in _rows(work):
        with file.open("rb") as lines:
            for line in lines:
                with suppress(msgspec.MsgspecError):
                    row = _row(line)
                    found[row.project] = min(row.at, found.get(row.project, row.at))
    return found


def expire(work: Work, *, why: str) -> list[str]:
    """Remove all rows of a run that is held alone; ids of the students that it had made."""
    for half in [at for at in work.folder.iterdir() if at.is_dir() and not (at / DONE).is_file()]:
        shutil.rmtree(half)
    files = _rows(work)
    replaced(work.folder / DROPPED, json.dumps({"files": len(files), "why": why}))
    for stage in {file.parent for file in files}:
        said = json.loads((stage / DONE).read_bytes())
        replaced(stage / DONE, json.dumps(said | {"key": ""}, ensure_ascii=False, sort_keys=True))
    for file in files:
        file.unlink()
    return _made(work)


def _rows(work: Work) -> list[Path]:
    return sorted(work.folder.glob("*/*.jsonl"))


def _made(work: Work) -> list[str]:
    """The student of a run; [] where it ended before it had made one."""
    try:
        return [manifest_of(work.at("card")).id]
    except DamagedError:
        return []


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
