"""A log is asked before anything is moved: what is worth owning, and what is not."""

from pathlib import Path

from tests.cli.at_the_desk import Shell
from tests.training.recorded import call, calls, written

PRICE = (
    *("prices", "set", "--model", "builtin", "--input", "20000", "--output", "20000"),
    *("--valid-from", "2020-01-01T00:00:00Z", "--approve"),
)


def test_a_log_is_ranked_by_what_owning_its_tasks_would_save(shell: Shell, tmp_path: Path) -> None:
    poems = [
        call(n, f"x{n}", f"poem {n}", system="Write a poem.", path="openai-api", model="gpt-4o")
        for n in range(60)
    ]
    log = written(tmp_path / "log.jsonl", [*poems, *calls(300)])
    shell.run("accounts", "create", "clips")
    shell.run(*PRICE)
    first, second = shell.rows("opportunities", "--from", str(log))
    table = shell.run("opportunities", "--from", str(log), "--top", "1").stdout

    assert ("classifier", 4, True) == (
        first["output"]["kind"],
        first["output"]["size"],
        first["allowed"],
    )
    assert float(first["saves_month"]) > 0
    assert first["economics"]["break_even"]["calls"] > 0
    assert ("generative", False) == (second["output"]["kind"], second["allowed"])
    assert "competing_forbidden" in second["why"]
    assert "and 1 more" in table
    assert "classifier of 4" in table


def test_a_month_without_calls_says_so(shell: Shell) -> None:
    assert "nothing was billed" in shell.refused("opportunities", "--month", "2026-08")
