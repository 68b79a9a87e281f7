"""`guard scan`: the shape that is promised, the exit codes, and what is said of bad input."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.compose.test_scan import lines
from tests.guard.traffic import desk, harvest

from stillhouse.cli.guard_scan import scan
from stillhouse.guard.finding import LEVELS


def run(*arguments: str) -> Any:
    return CliRunner().invoke(scan, list(arguments))


def written(path: Path, text: Sequence[bytes]) -> str:
    path.write_bytes(b"\n".join(text) + b"\n")
    return str(path)


@pytest.fixture
def benign(tmp_path: Path) -> str:
    text = [row for n in range(110) for row in lines(desk(f"b{n}", seed=n, calls=100))]
    return written(tmp_path / "benign.jsonl", text)


def test_the_json_has_the_promised_shape(tmp_path: Path, benign: str) -> None:
    text = lines(harvest("bad", seed=1, calls=700)) + lines(desk("good", seed=900))
    for n in range(12):
        text += lines(harvest(f"h{n}", seed=50 + n, calls=40), payment="pm_1")
    result = run(written(tmp_path / "logs.jsonl", text), "--calibrate", benign, "--json")
    said = json.loads(result.stdout)

    assert 1 == result.exit_code
    assert {"bad", "good", *(f"h{n}" for n in range(12))} == set(said["accounts"])
    for row in [*said["accounts"].values(), *said["clusters"]]:
        assert row["level"] in {"none", *LEVELS}
        assert 0 < row["false_alarm_bound"] <= 1
        assert row["e_value"] >= 0
        assert isinstance(row["signals"], list)
    bad, good = said["accounts"]["bad"], said["accounts"]["good"]
    assert ("notice", "none") == (bad["level"], good["level"])
    assert 0 < bad["crossed_at_call"] <= bad["calls"] == 700
    assert good["crossed_at_call"] is None
    assert bad["terms"]["position"] == "forbidden"
    assert {f"h{n}" for n in range(12)} == set(said["clusters"][0]["accounts"])
    assert "payment" in {link["kind"] for link in said["clusters"][0]["links"]}
    assert said["calibration"]["classes"]["any"]["accounts"] == 110


def test_nobody_is_exit_0_and_a_table_says_with_whom_they_were_compared(
    tmp_path: Path, benign: str
) -> None:
    result = run(
        written(tmp_path / "logs.jsonl", lines(desk("good", seed=900))), "--calibrate", benign
    )

    assert 0 == result.exit_code
    assert "1 accounts show nothing" in result.stdout
    assert "110 accounts of benign.jsonl" in result.stdout
    assert "one account only" in result.stdout


def test_with_too_few_calibration_accounts_nothing_is_claimed(tmp_path: Path) -> None:
    few = [row for n in range(8) for row in lines(desk(f"b{n}", seed=n, calls=100))]
    result = run(
        written(tmp_path / "logs.jsonl", lines(harvest("bad", seed=1, calls=900))),
        "--calibrate",
        written(tmp_path / "few.jsonl", few),
        "--json",
    )
    said = json.loads(result.stdout)

    assert 0 == result.exit_code
    assert "none" == said["accounts"]["bad"]["level"]
    assert any("no level above none is resolvable" in note for note in said["notes"])


@pytest.mark.parametrize("text", [b"", b"nonsense\n", b'{"at": "2026-11-01T10:00:00Z"}\n'])
def test_bad_input_is_exit_2(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "logs.jsonl").write_bytes(text)
    result = run(str(tmp_path / "logs.jsonl"))

    assert 2 == result.exit_code
    assert "docs/reference/log-format.md" in result.stderr


def test_a_file_that_is_not_there_is_exit_2(tmp_path: Path) -> None:
    assert 2 == run(str(tmp_path / "none.jsonl")).exit_code
