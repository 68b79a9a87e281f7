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


def test_the_code_that_trained_is_named() -> None:
    assert commit()
