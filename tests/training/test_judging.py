"""A file of calls is asked through the student's own path, and its lines are checked."""

from pathlib import Path

import pytest
from tests.training.recorded import call, written

from stillhouse.distill.answer import Answer
from stillhouse.training.judging import calls_of, evaluated

CALLS = [call(n, "cheap", "spam", gold="spam") for n in range(200)]


def always(_: bytes) -> Answer:
    return Answer("spam", 0.99, kept=True)


def test_what_evaluate_prints(tmp_path: Path) -> None:
    calls = list(calls_of(written(tmp_path / "f", CALLS)))
    found = evaluated(calls, always, labels=("spam", "ham"), delta=0.02)

    assert (200, 1.0, 1.0, 1.0, 1.0) == tuple(
        found[k] for k in ("n", "accuracy", "agreement", "kept", "accuracy_kept")
    )
    assert ("accept", "gold") == (found["verdict"], found["by"])
    assert found["calls_per_second"] > 1000


def test_gold_alone_is_judged_without_a_verdict(tmp_path: Path) -> None:
    lines = [{"request": c["request"], "gold": "spam"} for c in CALLS]
    found = evaluated(
        list(calls_of(written(tmp_path / "f", lines))), always, labels=("spam",), delta=0.02
    )

    assert (1.0, None, "undecided") == (found["accuracy"], found["agreement"], found["verdict"])


@pytest.mark.parametrize(
    ("text", "why"), [("{", "line 1 of f is no call"), ('{"gold": "x"}', 'holds no "request"')]
)
def test_a_line_that_is_no_call_is_named(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "f").write_text(text)
    with pytest.raises(ValueError, match=why):
        list(calls_of(tmp_path / "f"))
