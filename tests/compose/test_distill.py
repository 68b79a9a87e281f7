"""The pipeline on a house of one's own: its prices make the break-even."""

from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell
from tests.cli.guarded import opened
from tests.training.recorded import calls, written

from stillhouse.compose.distill import commit

PRICE = (
    *("prices", "set", "--model", "builtin", "--input", "1000", "--output", "1000"),
    *("--valid-from", "2020-01-01T00:00:00Z", "--approve"),
)


WORDS = ("--form", "linear")
"""Not compared with the encoder: that takes seconds."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    pytest.importorskip("sklearn", reason="pip install 'stillhouse[train]'")
    return written(tmp_path / "log.jsonl", calls(400))


def test_without_a_price_break_even_is_unknown_and_with_one_it_is_a_number_or_never(
    tmp_path: Path, log: Path
) -> None:
    shell = Shell(tmp_path / "data")
    unknown = shell.one("distill", "run", "--from", str(log), *WORDS)["economics"]
    shell.run(*PRICE)
    known = shell.one("distill", "run", "--from", str(log), *WORDS, "--target", "0.9")["economics"]
    small = shell.one(
        "distill", "run", "--from", str(log), *WORDS, "--target", "0.9", "--node-month", "9000"
    )

    assert unknown["break_even"] is None
    assert "no price" in unknown["why"]
    assert known["break_even"]["calls"] > 0
    assert "never" == small["economics"]["break_even"]


def test_nothing_is_trained_for_an_account_that_is_held(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "data")
    case = opened(shell, "acme", 2e5)
    words = ("--as", "ada", "--reason", "a grid of tasks", "--yes")
    shell.run("guard", "decide", case, "--step", "hold", *words)
    log = written(tmp_path / "log.jsonl", calls(3))
    said = shell.refused("distill", "run", "--from", str(log), *WORDS, "--account", "acme")

    assert f"nothing may be trained for acme: {case} is at hold" in said


def test_rows_of_a_held_account_are_left_out_and_counted_whatever_the_account_asked_for(
    tmp_path: Path, log: Path
) -> None:
    shell = Shell(tmp_path / "data")
    case = opened(shell, "acme", 2e5)
    lines = calls(400)
    for line in lines[::4]:
        line["account"] = "acme"
    mixed = written(tmp_path / "mixed.jsonl", lines)
    words = ("distill", "build", "--from", str(mixed), *WORDS)
    before = shell.one(*words)["funnel"]["excluded"]
    hold = ("--as", "ada", "--reason", "a grid of tasks", "--yes")
    shell.run("guard", "decide", case, "--step", "hold", *hold)
    funnel = shell.one(*words)["funnel"]
    folder = Path(shell.one(*words)["folder"])
    alone = written(tmp_path / "alone.jsonl", lines[::4])
    said = shell.refused("distill", "build", "--from", str(alone), *WORDS)
    shell.run("guard", "decide", case, "--step", "lift", *hold[:-1])

    assert {} == before
    assert {"account_held": 100} == funnel["excluded"]
    assert "none of 100 rows may be learned from (100 account_held)" in said
    for file in folder.glob("*/*.jsonl"):
        assert b'"acme"' not in file.read_bytes()
    assert {} == shell.one(*words)["funnel"]["excluded"]


def test_the_code_that_trained_is_named() -> None:
    assert commit()
