"""From a log to a student on the command line, for people and for machines; denials exit with 1."""

import json
from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell
from tests.training.recorded import calls, written

pytest.importorskip("sklearn", reason="pip install 'stillhouse[train]'")


WORDS = ("--form", "linear")
"""Not compared with the encoder: that takes seconds."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return written(tmp_path / "log.jsonl", calls(400))


def test_a_run_says_who_was_made_of_what_and_how_good_it_is(shell: Shell, log: Path) -> None:
    said = shell.one("distill", "run", "--from", str(log), *WORDS)
    again = shell.run("distill", "run", "--from", str(log), *WORDS).stdout

    assert ("classifier", 4) == (said["kind"], said["labels"])
    assert 400 == said["funnel"]["lines"]
    assert 40 == said["judged"]["n"]
    assert said["student"] in again
    assert "learned from" in again
    assert "verdict" in again


def test_each_stage_can_be_asked_for_alone(shell: Shell, log: Path) -> None:
    planned = shell.one("distill", "plan", "--from", str(log), *WORDS)
    built = shell.one("distill", "build", "--from", str(log), *WORDS)
    trained = shell.one("distill", "train", "--from", str(log), *WORDS)

    assert ("classifier", 400) == (planned["kind"], planned["workloads"][0]["rows"])
    assert 40 == built["judging"]
    assert trained["expected"]["accuracy"] > 0.9
    assert (
        "a student would be a classifier"
        in shell.run("distill", "plan", "--from", str(log), *WORDS).stdout
    )
    assert "to learn from" in shell.run("distill", "build", "--from", str(log), *WORDS).stdout


def test_a_denied_log_exits_with_one_and_tells_machines_the_verdict(
    shell: Shell, tmp_path: Path
) -> None:
    log = written(tmp_path / "log.jsonl", calls(100, path="openai-api", model="gpt-4o"))
    asked = ("distill", "run", "--from", str(log), *WORDS, "--student", "generative")
    said = shell.run(*asked, "--json", code=1)
    verdict = json.loads(said.stdout)

    assert "denied" == verdict["verdict"]
    assert {"terms_denied:competing_forbidden": 100} == verdict["excluded"]
    assert "3.3(e)" in verdict["terms"][0]["clauses"][0]
    assert "none of 100 rows" in said.stderr


def test_an_amount_that_is_none_is_a_mistake_of_use(shell: Shell, log: Path) -> None:
    shell.run("distill", "run", "--from", str(log), *WORDS, "--node-month", "much", code=2)


TOP_K = ("--objective", "top-k", "--teacher-tokenizer", "0" * 64)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_what_a_language_model_learns_reaches_its_training(shell: Shell, log: Path) -> None:
    pytest.importorskip("trl", reason="pip install 'stillhouse[train]'")
    said = shell.refused("distill", "train", "--from", str(log), "--student", "generative", *TOP_K)

    assert 'objective = "sequence"' in said, "its tokenizer is not the new student's"


def test_options_of_language_models_are_for_no_other_student(shell: Shell, log: Path) -> None:
    words = ("distill", "build", "--from", str(log))
    of_others = shell.run(*words, "--student", "classifier", *TOP_K, code=2).stderr
    found_out = shell.refused(*words, *TOP_K)

    assert "are for --student generative" in of_others
    assert "for language models, and this would be a classifier" in found_out
    for half in (TOP_K[:2], TOP_K[2:]):
        assert "goes with" in shell.run(*words, *half, code=2).stderr
