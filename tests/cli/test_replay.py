"""`stillhouse replay` sums up for people and machines, and its exit code tells of any failure."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from stillhouse.cli.replay import replay
from stillhouse.testing import Fault, FaultPlan, upstream_thread

ROWS = "".join(f"2023-11-16 18:17:0{n}.0000000,{100 + n},{n}\n" for n in range(1, 9))
TRACE = f"TIMESTAMP,ContextTokens,GeneratedTokens\n{ROWS}"


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    path = tmp_path / "trace.csv"
    path.write_text(TRACE)
    return path


def run(trace: Path, url: str, *more: str) -> tuple[int, str, str]:
    options = ["--deployment", "m", "--key", "k", "--url", url, "--speed", "max", *more]
    result = CliRunner().invoke(replay, [str(trace), *options])
    return result.exit_code, result.stdout, result.stderr


def test_a_clean_replay_exits_zero_and_sums_up(trace: Path) -> None:
    with upstream_thread() as up:
        code, out, _ = run(trace, up.root_url, "--json")
    told = json.loads(out)

    assert code == 0
    assert (told["calls"], told["ok"], told["failed"], told["bad_rows"]) == (8, 8, 0, 0)
    assert (told["tokens_in"], told["tokens_out"]) == (836, 36)


def test_the_table_says_the_same_to_people(trace: Path) -> None:
    with upstream_thread() as up:
        code, out, _ = run(trace, up.root_url, "--limit", "2", "--no-stream")

    assert code == 0
    assert "203" in out
    assert "tokens in, as answered" in out


def test_a_failed_call_exits_one_and_names_its_line(trace: Path) -> None:
    plan = FaultPlan(rates={Fault.STATUS_500: 1.0})
    with upstream_thread(plan=plan) as up:
        code, _, err = run(trace, up.root_url, "--limit", "1")

    assert code == 1
    assert "line 2: 500: " in err


def test_a_bad_row_is_told_and_the_others_are_sent(trace: Path) -> None:
    trace.write_text(TRACE + "never,1,1\n")
    with upstream_thread() as up:
        code, out, err = run(trace, up.root_url, "--json")

    assert code == 1
    assert json.loads(out)["ok"] == 8
    assert "trace.csv:10: the time is not like" in err


def test_receipt_ids_go_to_the_asked_file_even_when_there_are_none(
    trace: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "ids"
    with upstream_thread() as up:
        run(trace, up.root_url, "--receipts", str(kept))

    assert kept.read_text() == ""


@pytest.mark.parametrize("speed", ["0", "-1", "fast", "inf"])
def test_a_speed_that_is_none_is_wrong_usage(trace: Path, speed: str) -> None:
    code, _, err = run(trace, "http://127.0.0.1:1", "--speed", speed)

    assert code == 2
    assert "neither a number above 0 nor max" in err
