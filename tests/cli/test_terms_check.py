"""`terms check` from the outside: per row, in total, and by its exit code."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.at_the_desk import Shell
from tests.terms.test_check import DEEPSEEK, HYPERCLOVA, LLAMA, OPENAI


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl"


def write(dataset: Path, *rows: Any) -> str:
    dataset.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return str(dataset)


ASKED = ("--student", "generative", "--exposure", "internal")


def test_rows_that_are_allowed_exit_0(shell: Shell, dataset: Path) -> None:
    *rows, total = shell.rows("terms", "check", write(dataset, DEEPSEEK, LLAMA), *ASKED)

    assert ["allow", "allow_with_obligations"] == [row["verdict"] for row in rows]
    assert (2, 0, True) == (total["total"], total["denied"], total["ok"])
    assert "Llama" in json.dumps(total["obligations"])


def test_one_denied_row_exits_1_and_is_named(shell: Shell, dataset: Path) -> None:
    path = write(dataset, DEEPSEEK, OPENAI)
    result = shell.run("terms", "check", path, *ASKED, "--json", code=1)
    *rows, total = map(json.loads, result.stdout.splitlines())

    assert [1, 2] == [row["row"] for row in rows]
    assert "deny" == rows[1]["verdict"]
    reason = rows[1]["reasons"][0]
    assert ("3.3(e)", "2026-08-22", "high") == (
        reason["clause"],
        reason["read_on"],
        reason["confidence"],
    )
    assert {"competing_forbidden": 1} == total["denied_by"]


def test_people_see_groups_reasons_and_what_would_change_them(shell: Shell, dataset: Path) -> None:
    shown = shell.run("terms", "check", write(dataset, OPENAI, OPENAI), *ASKED, code=1).stdout

    assert "2 rows for a generative student, internal: 0 allowed, 2 denied" in shown
    assert "what would change it" in shown


def test_a_classifier_is_allowed_once_somebody_signs(shell: Shell, dataset: Path) -> None:
    path = write(dataset, OPENAI)
    inside = ("--student", "classifier", "--exposure", "internal")
    shell.run("terms", "check", path, *inside, code=1)
    supposed = ("--attest", "openai-services-agreement", "--signed-by", "Dewi")
    shell.run("terms", "check", path, *inside, *supposed)
    shell.run("terms", "check", path, *inside, code=1)

    claim = "internal_classifier_or_embedding_not_distributed"
    signed = ("--claim", claim, "--signed-by", "Dewi")
    shell.run("terms", "attest", "openai-services-agreement", *signed)

    shell.run("terms", "check", path, *inside)
    shell.run("terms", "check", path, "--student", "classifier", "--exposure", "sold", code=1)


def test_two_first_words_are_impossible_together(shell: Shell, dataset: Path) -> None:
    path = write(dataset, LLAMA, HYPERCLOVA)
    signed = ("--attest", "hyperclova-x-seed", "--signed-by", "Dewi")
    shown = shell.run("terms", "check", path, *ASKED, *signed, code=1).stdout

    assert "0 denied" in shown
    assert "impossible together: " in shown


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("rows.jsonl", *ASKED), 1, "holds no rows"),
        (("no-such-file", *ASKED), 1, "cannot be read"),
        (("rows.jsonl",), 2, "--student"),
        (("rows.jsonl", *ASKED, "--attest", "openai-services-agreement"), 2, "--signed-by"),
        (("rows.jsonl", *ASKED, "--attest", "nobody", "--signed-by", "D"), 2, "no entry nobody"),
        (("rows.jsonl", *ASKED, "--at", "soon"), 1, "no time with its zone"),
    ],
)
def test_a_question_that_cannot_be_asked(
    shell: Shell,
    dataset: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    write(dataset)
    monkeypatch.chdir(dataset.parent)

    assert said in shell.refused("terms", "check", *arguments, code=code)
