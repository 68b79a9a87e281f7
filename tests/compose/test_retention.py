"""Rows of a run are there for the days that were consented to; the student and its card stay."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.cli.at_the_desk import Shell
from tests.training.recorded import calls, written

from stillhouse.compose.retention import Retention, noted
from stillhouse.distill.capture import Consent
from stillhouse.training import shelf
from stillhouse.training.forget import DROPPED, runs
from stillhouse.training.students import ready
from stillhouse.training.work import Work
from stillhouse.units.instant import DAY, Instant, instant, period

DAYS = 30


class Desk:
    """A data folder with a run over rows of two projects, of which one consented."""

    def __init__(self, tmp_path: Path) -> None:
        self.shell, self.data = Shell(tmp_path / "data"), tmp_path / "data"
        lines: list[dict[str, Any]] = calls(400)
        for number, line in enumerate(lines):
            line["project"] = "proj_1" if number % 2 else "a log of somebody's own"
        self.log = written(tmp_path / "log.jsonl", lines)
        made = self.again()
        self.student = Path(made["folder"])
        [self.run] = runs(self.data)
        first = min(datetime.fromisoformat(line["at"]) for line in lines[1::2])
        self.first = instant(first)
        self.said: list[str] = []
        self.retention = Retention(self.data)

    def again(self) -> Any:
        words = ("--form", "linear", "--student", "classifier")
        return self.shell.one("distill", "run", "--from", str(self.log), *words)

    def look(self, after_days: int, project: str = "proj_1") -> None:
        consent = Consent(
            project=project, account="a", by="Ann", words="x" * 9, days=DAYS, began_at=self.first
        )
        now = Instant(self.first + after_days * DAY)
        self.retention.look([consent], now, lambda event, **_: self.said.append(event))

    @property
    def rows(self) -> list[Path]:
        return sorted(self.run.folder.glob("*/*.jsonl"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    pytest.importorskip("sklearn", reason="pip install 'stillhouse[train]'")
    return Desk(tmp_path_factory.mktemp("retention"))


def test_rows_go_when_their_days_are_over_and_student_card_and_figures_stay(desk: Desk) -> None:
    desk.look(DAYS)
    desk.look(DAYS + 1, project="proj_of_another")
    with Work(desk.run.folder).alone():
        desk.look(DAYS + 1)
    assert desk.rows, "not yet, not theirs, and not while it is worked on"
    desk.look(DAYS + 1)
    desk.look(DAYS + 2)

    assert [] == desk.rows
    assert ["run_rows_dropped"] == desk.said
    why = json.loads((desk.run.folder / DROPPED).read_bytes())["why"]
    assert f"the {DAYS} days that proj_1 consented to were over" in why
    ready(desk.student)
    [note] = shelf.notes(desk.student)
    assert period(Instant(desk.first + (DAYS + 1) * DAY), "day") in note
    assert note in desk.shell.run("distill", "card", desk.student.name).stdout
    assert note in desk.shell.one("distill", "card", desk.student.name)["limits"]
    for stage in ("plan", "consent", "curate", "train", "evaluate", "card"):
        assert json.loads((desk.run.folder / stage / "done.json").read_bytes())["found"]


def test_a_run_that_is_asked_for_again_reads_its_log_again_and_ends_with_the_same_student(
    desk: Desk,
) -> None:
    desk.look(DAYS + 1)
    assert desk.student == Path(desk.again()["folder"])
    assert desk.rows
    desk.look(DAYS + 1)

    assert [] == desk.rows
    assert 1 == len(shelf.notes(desk.student))


def test_files_are_read_once_and_again_when_they_have_changed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.again()
    reads: list[Work] = []

    def read(work: Work) -> dict[str, int]:
        reads.append(work)
        return {}

    monkeypatch.setattr("stillhouse.compose.retention.oldest", read)
    for _ in range(3):
        desk.look(0)
    assert 1 == len(reads)
    desk.rows[0].touch()
    desk.look(0)

    assert 2 == len(reads)


def test_a_student_that_is_not_on_the_shelf_gets_no_note(tmp_path: Path) -> None:
    noted(tmp_path, "f" * 32, "calls were deleted")

    assert not shelf.shelf(tmp_path).exists()
