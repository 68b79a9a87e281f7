"""What was asked and said is found in every dialect, and what is not plain text says so."""

import json
from typing import Any

import pytest

from stillhouse.distill.chat import Asked, asked, said
from stillhouse.distill.example import Step, Turn


def question(**body: Any) -> Asked | None:
    return asked(json.dumps(body).encode())


USER = {"role": "user", "content": "hello"}


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "developer", "content": "Be brief."}, USER]},
        {"system": "Be brief.", "messages": [USER]},
        {"system": [{"type": "text", "text": "Be brief."}], "messages": [USER]},
        {"instructions": "Be brief.", "input": "hello"},
        {
            "instructions": "Be brief.",
            "input": [{"role": "user", "content": [{"type": "input_text", "text": "hello"}]}],
        },
    ],
)
def test_the_same_question_is_the_same_in_every_dialect(body: dict[str, Any]) -> None:
    turns = (Turn("system", "Be brief."), Turn("user", "hello"))

    assert Asked(turns, plain=True) == question(**body)


def test_a_bare_prompt_is_a_user_turn() -> None:
    assert Asked((Turn("user", "hello"),), plain=True) == question(prompt="hello")


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [USER], "tools": [{"type": "function"}]},
        {"messages": [USER], "n": 2},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]},
        {"messages": [USER, {"role": "assistant", "tool_calls": [{"id": "1"}]}]},
    ],
)
def test_what_a_text_student_must_not_answer_is_not_plain(body: dict[str, Any]) -> None:
    found = question(**body)

    assert found is not None
    assert not found.plain


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"{", b'{"messages": [1]}', b"\xff"])
def test_what_is_no_question_is_none(body: bytes) -> None:
    assert asked(body) is None


def test_an_answer_is_read_from_every_dialect() -> None:
    bodies: list[tuple[dict[str, Any], str]] = [
        ({"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]}, "stop"),
        ({"choices": [{"message": {"content": "yes"}, "finish_reason": "length"}]}, "length"),
        ({"choices": [{"text": "yes", "finish_reason": "stop"}]}, "stop"),
        ({"content": [{"type": "text", "text": "yes"}], "stop_reason": "max_tokens"}, "length"),
        (
            {
                "output": [{"content": [{"type": "output_text", "text": "yes"}]}],
                "status": "completed",
            },
            "stop",
        ),
    ]
    for body, finish in bodies:
        found = said(json.dumps(body).encode())

        assert found is not None
        assert ("yes", finish) == (found.text, found.finish)


def test_the_arguments_of_a_tool_call_are_what_was_said() -> None:
    call = {"function": {"name": "f", "arguments": '{"a": 1}'}}
    body = {"choices": [{"message": {"content": None, "tool_calls": [call]}}]}
    found = said(json.dumps(body).encode())

    assert found is not None
    assert ('{"a": 1}', "tool_calls") == (found.text, found.finish)


def test_chances_of_tokens_are_kept() -> None:
    top = [{"token": "yes", "logprob": -0.1}, {"token": "no", "logprob": -2.5}]
    content = [{"token": "yes", "logprob": -0.1, "top_logprobs": top}]
    choice = {"message": {"content": "yes"}, "logprobs": {"content": content}}
    found = said(json.dumps({"choices": [choice]}).encode())

    assert found is not None
    assert (Step("yes", (("yes", -0.1), ("no", -2.5))),) == found.steps


@pytest.mark.parametrize("body", [b"", b"{}", b'{"choices": []}', b'{"choices": [{}]}'])
def test_what_says_nothing_is_none(body: bytes) -> None:
    assert said(body) is None
