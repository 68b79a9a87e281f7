"""Rows that teach nothing are named by their reason."""

from typing import Any

import pytest

from stillhouse.distill.example import Example, Turn
from stillhouse.distill.filters import (
    current_shapes,
    majority,
    shape,
    target_task,
    unusable,
)


def row(output: str = "yes", **more: Any) -> Example:
    return Example("c", 0, "a", "w", (Turn("user", "x"),), output, (), **more)


@pytest.mark.parametrize(
    ("output", "finish", "reason"),
    [
        ("yes", "stop", ""),
        ("yes", "length", "truncated"),
        ("yes", "content_filter", "refusal"),
        ("I'm sorry, but I can't help with that.", "stop", "refusal"),
        ("As an AI language model, I have no opinion.", "stop", "refusal"),
        ("Maaf, saya tidak dapat membantu.", "stop", "refusal"),
        ("I am sorry that your card is late; it comes tomorrow.", "stop", ""),
        ("  ", "stop", "empty"),
    ],
)
def test_why_a_row_alone_teaches_nothing(output: str, finish: Any, reason: str) -> None:
    assert reason == unusable(row(output, finish=finish))


def test_the_task_is_the_one_asked_for_else_that_of_gold_else_the_commonest() -> None:
    rows = [row(task="a")] * 3 + [row(task="b", gold="yes")]

    assert ["c", "b", "a"] == [
        target_task(rows, "c"),
        target_task(rows),
        target_task(rows[:3]),
    ]


def test_a_shape_that_nobody_answers_any_more_is_old() -> None:
    rows = [row('{"intent": "x"}')] * 80 + [row('{"label": "x", "why": "y"}')] * 20

    assert frozenset({"label,why"}) == current_shapes(rows)
    assert "" == shape("no JSON")


def test_of_several_answers_to_one_question_most_decide_and_then_the_last() -> None:
    assert ("no", False) == majority([row("yes"), row("no"), row("No.")])
    assert ("no", False) == majority([row("yes"), row("no")])
    assert ("yes", True) == majority([row("yes")])
