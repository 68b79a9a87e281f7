"""Lines become rows with their lineage, or say why they cannot."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.training.recorded import call, written

from stillhouse.imports.call import LineError
from stillhouse.terms import Origin
from stillhouse.training.logs import Reader, format_of, lines

READ = Reader("stillhouse", key=b"k" * 32).read
CALL = call(1, "cheap followers", "spam")


def line(**changes: Any) -> bytes:
    return json.dumps(CALL | changes).encode()


def test_a_line_is_what_was_asked_and_answered_and_by_whom() -> None:
    row = READ(line(gold="spam")).example

    assert ("c1", "clips", "spam", "spam") == (row.id, row.account, row.output, row.gold)
    assert ["system", "user"] == [turn.role for turn in row.turns]
    assert [("builtin", "builtin")] == [(o.path, o.model) for o in row.lineage]
    assert row.workload == row.task
    assert row.task.startswith("t:")


def test_a_declared_workload_is_its_name() -> None:
    assert "comments" == READ(line(workload="comments")).example.workload


def test_lineage_on_a_line_is_believed_and_its_lack_is_unknown() -> None:
    own = [{"path": "openai-api", "model": "gpt-4o"}, {"path": "x", "model": "y", "via": "label"}]
    unknown = READ(line(path=None, provider="some server")).example.lineage
    told = Reader("stillhouse", key=b"", path="azure-api").read
    found = told(line(path=None)).example.lineage

    assert (Origin(path="openai-api", model="gpt-4o"),) == READ(line(lineage=own)).example.lineage[
        :1
    ]
    assert 2 == len(READ(line(lineage=own)).example.lineage)
    assert "unknown" == unknown[0].path
    assert "openai-api" == READ(line(path=None, provider="openai")).example.lineage[0].path
    assert "unknown" == READ(line(lineage=[])).example.lineage[0].path
    assert "qwen3-apache" == READ(line(weights="qwen3-apache")).example.lineage[0].weights
    assert "azure-api" == found[0].path


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"request": None}, "no_call"),
        ({"response": None}, "no_call"),
        ({"response": {"choices": []}}, "no_call"),
        ({"at": None}, "no_time"),
        ({"lineage": "mine"}, "not_an_object"),
    ],
)
def test_a_line_that_teaches_nothing_says_why(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(LineError) as raised:
        READ(line(**changes))

    assert reason == raised.value.reason


def test_gold_that_is_json_is_text() -> None:
    assert '{"a": 1}' == READ(line(gold={"a": 1})).example.gold


def test_the_format_is_found_out(tmp_path: Path) -> None:
    ours = written(tmp_path / "a.jsonl", [CALL] * 3)
    pair = {"request": CALL["request"], "response": CALL["response"] | {"created": 1_788_000_000}}
    theirs = written(tmp_path / "b.jsonl", [pair | {"response": pair["response"] | {"model": "m"}}])

    assert ["stillhouse", "openai"] == [format_of(ours), format_of(theirs)]
    with pytest.raises(LineError, match="no known format"):
        format_of(written(tmp_path / "c.jsonl", [{"x": 1}]))


def test_a_pair_of_openai_is_of_its_api() -> None:
    answer = CALL["response"] | {
        "created": 1_788_000_000,
        "model": "gpt-4o",
        "usage": CALL["usage"],
    }
    read = Reader("openai", key=b"").read
    row = read(json.dumps({"request": CALL["request"], "response": answer}).encode()).example

    assert "openai-api" == row.lineage[0].path


def test_empty_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\xef\xbb\xbf{}\n\n{}\n")

    assert [b"{}\n", b"{}\n"] == list(lines(path))
