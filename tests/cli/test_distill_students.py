"""Students are asked files of calls, and listed."""

from pathlib import Path

import pytest
from tests import students as toy
from tests.cli.at_the_desk import Shell
from tests.training.recorded import written

from stillhouse.training.shelf import put


@pytest.fixture
def student(shell: Shell, tmp_path: Path) -> str:
    manifest = toy.written(tmp_path / "made")
    put(manifest, tmp_path / "made", shell.data)
    return manifest.id


def test_a_student_is_scored_by_gold_through_its_own_path(
    shell: Shell, student: str, tmp_path: Path
) -> None:
    calls = [{"request": toy.asked(toy.SURE), "gold": "spam"}] * 3
    calls += [{"request": toy.asked(toy.UNSURE), "gold": "spam"}]
    file = written(tmp_path / "calls.jsonl", calls)
    said = shell.one("distill", "evaluate", student[:8], "--on", str(file))

    assert (4, 0.75, None, 0.75, 1.0) == tuple(
        said[k] for k in ("n", "accuracy", "agreement", "kept", "accuracy_kept")
    )
    assert said["calls_per_second"] > 100
    told = shell.run("distill", "evaluate", student, "--on", str(file)).stdout
    assert "accuracy          0.7500" in told


def test_what_is_no_student_or_no_call_is_said(shell: Shell, student: str, tmp_path: Path) -> None:
    empty = written(tmp_path / "empty.jsonl", [])

    assert "no student" in shell.refused("distill", "evaluate", "zz", "--on", str(empty))
    assert "holds no calls" in shell.refused("distill", "evaluate", student, "--on", str(empty))


def test_a_card_is_for_people_for_machines_and_a_bill(shell: Shell, student: str) -> None:
    assert "# A classifier for comments" in shell.run("distill", "card", student).stdout
    assert student == shell.one("distill", "card", student)["id"]
    assert "CycloneDX" == shell.one("distill", "card", student, "--bom")["bomFormat"]


def test_students_are_listed_and_a_damaged_one_is_seen(shell: Shell, student: str) -> None:
    [row] = shell.rows("distill", "status")
    (shell.data / "distill" / "students" / student / "student.json").write_text("{}")
    [damaged] = shell.rows("distill", "status")

    assert (student, "classifier", "comments") == (row["student"], row["kind"], row["workload"])
    assert "damaged" == damaged["kind"]
