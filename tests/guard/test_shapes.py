"""Shapes of prompts: each flag has a text that shows it, and plain questions show none."""

import re

import pytest

from stillhouse.guard.shapes import Flag
from stillhouse.guard.shapes import shape as of


def shape(text: str) -> Flag:
    return of(text, text.lower(), re.findall(r"\w+", text.lower()))


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("Solve it. Think step by step.", Flag.STEPS),
        ("Jelaskan langkah demi langkah.", Flag.STEPS),
        ("请逐步推理", Flag.STEPS),
        ("Put it in <reasoning> tags", Flag.MARKS),
        ("End with #### and the number", Flag.MARKS),
        ("Rate the answer from 1 to 10", Flag.RUBRIC),
        ("Generate 20 diverse questions", Flag.BREEDS),
        ("Do it\n\nInput:\nx", Flag.LABELLED),
        ("1. one\n2. two", Flag.LISTED),
        ("Is it?", Flag.QUESTION),
        ("It is so.", Flag.FORMED),
        ("这是对的。", Flag.FORMED),
    ],
)
def test_flags_of_shape(text: str, flag: Flag) -> None:
    assert shape(text) & flag


@pytest.mark.parametrize("text", ["where is my card", "i want to pay my bill"])
def test_a_plain_question_has_no_flag(text: str) -> None:
    assert shape(text) == 0
