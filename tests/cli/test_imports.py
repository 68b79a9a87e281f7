"""`import` from the outside: what is loaded is told, what is not is told line by line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.cli.at_the_desk import Shell
from tests.compose.test_imports import call
from tests.imports.test_litellm import SPEND_LOG
from tests.imports.test_openai import ANSWER

from stillhouse.cli import main


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(map(call, range(4))))
    return path


def test_a_log_makes_a_house_of_its_own(shell: Shell, log: Path) -> None:
    got = shell.one("import", str(log), "--format", "stillhouse")
    again = shell.one("import", str(log), "--format", "stillhouse")

    assert (4, 4, 0) == (got["lines"], got["imported"], got["known"])
    assert (0, 4, {}) == (again["imported"], again["known"], again["rejected"])
    assert ({"m": 4}, {}) == (got["unpriced"], got["charge"])
    assert ("2026-11-01T10:00:00.000000Z", "2026-11-04T10:00:00.000000Z") == (
        got["first"],
        got["last"],
    )
    assert {"a0", "a1", "a2"} == {row["name"] for row in shell.rows("accounts", "list")}
    assert shell.one("verify")["ok"]
    assert 2 == len(shell.rows("receipts", "--account", "a0", "--month", "2026-11"))


def test_imported_calls_are_on_no_bill(shell: Shell, log: Path) -> None:
    shell.run("import", str(log), "--format", "stillhouse")
    got = shell.one("bill", "--account", "a0", "--month", "2026-11")

    assert (0, "0.00", []) == (got["receipts"], got["total"], got["lines"])


def test_people_are_told_what_was_made_and_which_prices_are_missing(
    shell: Shell, log: Path
) -> None:
    shown = shell.run("import", str(log), "--format", "stillhouse").stdout

    assert "4 of 4 calls imported" in shown
    assert "created 3 accounts and 3 projects" in shown
    assert "no sale price for m (4 calls)" in shown
    assert "`stillhouse prices import`" in shown


def test_bad_lines_are_shown_kept_and_make_exit_code_1(
    shell: Shell, log: Path, tmp_path: Path
) -> None:
    with log.open("ab") as file:
        file.write(b"{\n" * 12 + b'{"at": "2026-11-01T10:00:00Z"}\n')
    kept = tmp_path / "bad.jsonl"
    words = ("import", str(log), "--format", "stillhouse", "--errors", str(kept))
    got = shell.run(*words, code=1)
    rows = [json.loads(text) for text in kept.read_text("utf-8").splitlines()]

    assert "13 lines not imported: 12 not_json, 1 no_model" in got.stdout
    assert "line 5: not_json: " in got.stderr
    assert "and 3 more" in got.stderr
    assert list(range(5, 18)) == [row["line"] for row in rows]
    assert {"line": 17, "reason": "no_model", "message": '"model" is missing'} == rows[-1]


def test_a_log_may_come_from_stdin(shell: Shell) -> None:
    done = CliRunner().invoke(
        main, ["import", "-", "--format", "stillhouse", "--data", str(shell.data), "--json"]
    )

    assert (0, 0) == (done.exit_code, json.loads(done.stdout)["lines"])


def test_each_format_loads(shell: Shell, tmp_path: Path) -> None:
    for log, row in {"openai": ANSWER, "litellm": SPEND_LOG}.items():
        path = tmp_path / f"{log}.jsonl"
        path.write_text(json.dumps(row))
        got = shell.one("import", str(path), "--format", log, "--account", "Acme")

        assert (1, {}) == (got["imported"], got["rejected"])
    assert "0.30000000000000004" == got["reported_cost"]["USD"]


def test_a_dry_run_loads_nothing(shell: Shell, log: Path) -> None:
    shown = shell.run("import", str(log), "--format", "stillhouse", "--dry-run").stdout

    assert "4 of 4 calls would be imported" in shown
    assert [] == shell.rows("accounts", "list")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["nowhere.jsonl", "--format", "openai"], 1, "cannot be read"),
        (["-", "--format", "csv"], 2, "is not one of"),
        (["-"], 2, "--format"),
    ],
)
def test_what_cannot_be_done_says_why(shell: Shell, words: list[str], code: int, says: str) -> None:
    assert says in shell.refused("import", *words, code=code)
