"""Shapes of prompts: each flag has a text that shows it, and plain questions show none."""

# ruff: noqa: RUF001 # marks of other scripts are meant

import re

import pytest

from stillhouse.guard.shapes import ORDER_LINES, ORDERS_MAX, Flag, orders
from stillhouse.guard.shapes import shape as of


def shape(text: str) -> Flag:
    return of(text.lower(), re.findall(r"\w+", text.lower()))


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("Solve it. Think step by step.", Flag.STEPS),
        ("Jelaskan langkah demi langkah.", Flag.STEPS),
        ("请逐步推理", Flag.STEPS),
        ("Put it in <reasoning> tags", Flag.MARKS),
        ("End with #### and the number", Flag.MARKS),
        ("Rate the answer from 1 to 10", Flag.RUBRIC),
        ("Write out your inner monologue.", Flag.STEPS),
        ("Generate 20 diverse questions", Flag.BREEDS),
        ("Buat lima soal baru", Flag.BREEDS),
        ("Paraphrase: so be it", Flag.BREEDS),
    ],
)
def test_flags_of_shape(text: str, flag: Flag) -> None:
    assert shape(text) & flag


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("The tenant shall give two months' notice.", Flag.BREEDS),
        ("카드가 아직 안 왔다고 생각합니다.", Flag.STEPS),
        (f"{'a word ' * 40}nine tasks{' a word' * 40}", Flag.BREEDS),
    ],
)
def test_what_is_not_of_a_shape(text: str, flag: Flag) -> None:
    assert not shape(text) & flag


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Sort the words.\n\nb a", ["Sort the words."]),
        ("In Rust, show how one sorts.", ["In Rust, show how one sorts."]),
        ("I need help. Please write a poem.", ["I need help. Please write a poem."]),
        ("Rate this.\nQuestion: Write a poem.\nAnswer: So be it.", ["Rate this.", "Write a poem."]),
        ("Jelaskan ini.", ["Jelaskan ini."]),
        ("请解释一下。", ["请解释一下。"]),
        ("桜について説明してください。", ["桜について説明してください。"]),
        ("벚꽃을 설명해 주세요.", ["벚꽃을 설명해 주세요."]),
        ("请问我的卡怎么还没到？", []),
        ("我已经写信了，请帮忙。", []),
        ("カードが届かないので、教えてください。", []),
        ("카드가 아직 안 왔다고 생각합니다.", []),
        ("sort the words.", []),
        ("Sort the words", []),
        ("My card was not accepted. What now?", []),
        ("\n\nQuestion:\n\n", []),
        ("Sort this.\n" * 9, ["Sort this."] * ORDERS_MAX),
        ("x\n" * ORDER_LINES + "Sort this.", []),
    ],
)
def test_orders_are_sentences_that_tell_to_do_something(text: str, found: list[str]) -> None:
    assert found == orders(text)


@pytest.mark.parametrize("text", ["where is my card", "i want to pay my bill"])
def test_a_plain_question_has_no_flag(text: str) -> None:
    assert shape(text) == 0
