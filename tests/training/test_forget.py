"""A row that is to go takes its run with it; other runs and students on the shelf stay."""

from pathlib import Path

import pytest
from tests import students as toy

from stillhouse.distill.artefact import MANIFEST
from stillhouse.distill.example import Example, Turn
from stillhouse.training.forget import Forgotten, forget, held
from stillhouse.training.rows import write_rows
from stillhouse.training.shelf import shelf
from stillhouse.training.work import BusyError, Work

SECRET = "xylophone"


def row(ident: str) -> Example:
    return Example(ident, 0, "a", "w", (Turn("user", f"{SECRET} {ident}"),), "yes", ())


def run(data: Path, name: str, *idents: str) -> Path:
    """A run's folder with two stages, and a third that a kill left half made."""
    folder = data / "distill" / name
    for stage in ("consent", "curate", "train.part"):
        (folder / stage).mkdir(parents=True)
    write_rows(folder / "consent" / "rows.jsonl", map(row, idents))
    write_rows(folder / "curate" / "judging.jsonl", [row(ident) for ident in idents[:1]])
    (folder / "train.part" / "checkpoint").write_text(SECRET)
    toy.written(folder / "card")
    return folder


def gone(data: Path, *idents: str) -> Forgotten:
    with held(data) as works:
        return forget(works, lambda row: row.id in idents)


def readable(folder: Path) -> bool:
    return any(SECRET in at.read_text() for at in folder.rglob("*") if at.is_file())


def test_the_whole_run_goes_and_others_stay(tmp_path: Path) -> None:
    its, other = run(tmp_path, "its", "w1-1", "w1-2"), run(tmp_path, "other", "w1-3")
    toy.written(shelf(tmp_path) / "s")
    forgotten = gone(tmp_path, "w1-2", "w9-9")

    assert Forgotten(["its"], [toy.manifest().id]) == forgotten
    assert not readable(its)
    assert ["run.lock"] == [at.name for at in its.iterdir()]
    assert readable(other / "consent")
    assert not readable(other / "train.part")
    assert (shelf(tmp_path) / "s" / MANIFEST).is_file()


def test_rows_that_cannot_be_read_are_meant(tmp_path: Path) -> None:
    its = run(tmp_path, "its", "w1-1")
    (its / "curate" / "judging.jsonl").write_text(f'["{SECRET}')

    assert ["its"] == gone(tmp_path).runs
    assert [] == gone(tmp_path, "w1-1").runs


def test_while_a_run_is_worked_on_nothing_goes(tmp_path: Path) -> None:
    its = run(tmp_path, "its", "w1-1")
    with Work(its).alone(), pytest.raises(BusyError, match="at work in its"):
        gone(tmp_path, "w1-1")

    assert readable(its)
