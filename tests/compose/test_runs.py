"""Runs and students as their folders tell them: half a run, a damaged student, a strange file."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.console.owned import RUN, ran, shelved
from tests.console.real import Real, opened

from stillhouse.compose import runs
from stillhouse.ledger.ports import NotFoundError
from stillhouse.training.shelf import note, shelf


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Real]:
    with opened(tmp_path) as house:
        yield house


def test_a_run_that_was_stopped_says_how_far_it_came(real: Real) -> None:
    folder = ran(real, until="curate")
    (folder / "train.part").mkdir()
    run = runs.run(real.parts.data, RUN)

    assert ["done", "done", "done", "begun", "waiting", "waiting"] == [s.state for s in run.stages]
    assert ("comments", "classifier", "", "", 3) == (
        run.workload, run.kind, run.student, run.verdict, run.done,
    )  # fmt: skip


def test_what_is_no_run_is_passed_over_and_what_cannot_be_read_is_not_done(real: Real) -> None:
    folder = ran(real)
    (folder / "evaluate" / "done.json").write_text("{", "utf-8")
    (folder.parent / "notes").mkdir()
    shelved(real)
    [run] = runs.runs(real.parts.data)

    assert "waiting" == {s.name: s.state for s in run.stages}["evaluate"]
    assert "" == run.verdict


def test_a_run_says_that_its_rows_went_and_a_card_what_became_known_later(real: Real) -> None:
    folder, made = ran(real), shelved(real)
    (folder / "dropped.json").write_text('{"why": "the days were over"}', "utf-8")
    note(shelf(real.parts.data) / made.id, "calls were deleted")
    view = runs.student(real.parts.data, made.id, {})
    _, people = runs.student_file(real.parts.data, made.id, "card.md")
    _, machines = runs.student_file(real.parts.data, made.id, "card.json")

    assert "the days were over" == runs.run(real.parts.data, RUN).dropped
    assert "calls were deleted" == view.card["limits"][-1]
    assert people.endswith(b"- calls were deleted\n")
    assert view.card["limits"] == json.loads(machines)["limits"]


def test_a_house_without_any_has_none(tmp_path: Path) -> None:
    assert [] == runs.runs(tmp_path)
    assert [] == runs.students(tmp_path, {})


@pytest.mark.parametrize("name", ["..", "students", "0123456789ABCDEF", "f" * 16, ""])
def test_no_other_folder_is_a_run(real: Real, name: str) -> None:
    ran(real)
    with pytest.raises(NotFoundError, match="no run"):
        runs.run(real.parts.data, name)


def test_a_student_whose_weights_are_gone_says_so(real: Real) -> None:
    made = shelved(real)
    data = real.parts.data
    assert "" == runs.student(data, made.id, {}).damaged
    weights = next(iter(made.files))
    (shelf(data) / made.id / weights).unlink()

    assert f"{weights} is missing" in runs.student(data, made.id, {}).damaged


def test_a_manifest_that_was_changed_says_so(real: Real) -> None:
    made = shelved(real)
    file = shelf(real.parts.data) / made.id / "student.json"
    file.write_text(file.read_text("utf-8").replace("comments", "commerce"), "utf-8")
    [found] = runs.students(real.parts.data, {})

    assert "was changed" in found.damaged


def test_of_a_plan_the_workload_that_was_gone_on_with_is_meant() -> None:
    plan = {"workloads": [{"workload": "a", "rows": 9}, {"workload": "b", "rows": 5}]}

    assert ["b", "a", "a"] == [runs.chosen(plan, seen)["workload"] for seen in (5, 7, None)]
    assert {} == runs.chosen({}, 5)
