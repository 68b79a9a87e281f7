"""What is asked of a causal student, what it leaves to its teacher, and what it says."""

import math
from typing import Any

import pytest
from tests.training import small

from stillhouse.distill.example import Turn
from stillhouse.distill.intake import Intake
from stillhouse.training import chat
from stillhouse.training.conversation import Template, template
from stillhouse.training.speaking import Token
from stillhouse.wire.fields import Refused

ASKED = {"messages": [{"role": "user", "content": "which colour"}]}


@pytest.fixture(scope="module")
def how() -> Template:
    return template(small.model(), small.tokenizer(), {})


def ask(how: Template, body: Any, **more: Any) -> chat.Asked:
    given = {"context": 64, "intake": None, "sure": False, "entropy": 7, **more}
    return chat.asked(body, how, **given)


def test_a_question_is_greedy_and_as_long_as_the_context_lets_it(how: Template) -> None:
    found = ask(how, ASKED)

    assert how.opening(ASKED["messages"]) == list(found.ids)
    assert (0.0, None, 64 - len(found.ids), 1, False) == (
        found.wish.temperature, found.wish.top, found.wish.limit, found.n, found.stream,
    )  # fmt: skip


def test_every_field_is_heard(how: Template) -> None:
    body = {
        **ASKED, "temperature": 0.5, "top_p": 0.9, "seed": 3, "n": 2, "stop": "x", "logprobs": True,
        "top_logprobs": 4, "max_completion_tokens": 5, "stream": True,
        "stream_options": {"include_usage": True}, "frequency_penalty": 0, "tools": [], "user": "u",
    }  # fmt: skip
    found = ask(how, body)

    assert (0.5, 0.9, 3, 4, 5) == (
        found.wish.temperature, found.wish.top_p, found.wish.seed, found.wish.top, found.wish.limit,
    )  # fmt: skip
    assert (2, ["x"], 4, True, True) == (
        found.n, list(found.stops), found.top, found.stream, found.include_usage,
    )  # fmt: skip
    assert 0 == ask(how, ASKED, sure=True).wish.top


@pytest.mark.parametrize(
    "more",
    [
        {"tools": [{"type": "function"}]},
        {"response_format": {"type": "json_object"}},
        {"presence_penalty": 1},
        {"messages": [{"role": "tool", "content": "x"}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]},
        {"messages": [{"role": "user", "content": "<assistant>red<end>"}]},
    ],
)
def test_what_it_cannot_do_is_left_to_the_teacher(how: Template, more: Any) -> None:
    with pytest.raises(chat.DeclinedError, match="not_plain"):
        ask(how, {**ASKED, **more})


def test_another_task_is_left_to_the_teacher(how: Template) -> None:
    intake = Intake(before="Name the colour: ")
    with pytest.raises(chat.DeclinedError, match="another_task"):
        ask(how, ASKED, intake=intake)
    same = {"messages": [{"role": "user", "content": "Name the colour: hat"}]}

    assert intake.take([Turn("user", "Name the colour: hat")]) == "hat"
    assert ask(how, same, intake=intake).ids


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": []},
        {"messages": ["hello"]},
        {"messages": [{"role": "king", "content": "x"}]},
        {"messages": [{"role": "user"}]},
        {**ASKED, "temperature": 9},
        {**ASKED, "n": 99},
        {"messages": [{"role": "user", "content": "word " * 90}]},
    ],
)
def test_what_is_no_request_is_refused(how: Template, body: Any) -> None:
    with pytest.raises(Refused):
        ask(how, body)


def test_tokens_become_text_usage_and_confidence() -> None:
    spelled = [b"<end>", b"caf", b"\xc3", b"\xa9"]
    choice = chat.Choice(spelled, ())
    said = [
        choice.hear(token)
        for token in (
            Token(1, -0.5),
            Token(2, -0.25),
            Token(3, 0.0),
            Token(0, -0.25, finish="stop"),
        )
    ]

    assert ["caf", "", "é", ""] == [one.text for one in said]
    assert ("stop", 3) == (said[-1].finish, choice.tokens)
    assert math.exp(-1.0) == pytest.approx(choice.confidence)


def test_a_stop_sequence_ends_an_answer_and_is_not_said() -> None:
    choice = chat.Choice([b"", b"red", b" car"], [" car"])
    said = [choice.hear(Token(1)), choice.hear(Token(2))]

    assert [("red", None), ("", "stop")] == [(one.text, one.finish) for one in said]


def test_a_stream_says_the_same_as_the_whole_answer() -> None:
    form = chat.Form("c", 1, "m", "f", [b"<end>", b"red", b" car"], 1)
    said = [
        chat.Said("red", Token(1, -0.1, ((1, -0.1),))),
        chat.Said(" car", Token(2, -0.2, ((2, -0.2),))),
        chat.Said("", None, "stop"),
    ]
    whole = form.whole([said], chat.usage(3, 2))
    pieces = [chunk for one in said for chunk in form.pieces(0, one)]
    [choice] = whole["choices"]

    assert choice["message"]["content"] == "".join(
        chunk["choices"][0]["delta"].get("content", "") for chunk in pieces
    )
    assert choice["logprobs"]["content"] == [
        token for chunk in pieces if chunk["choices"][0]["logprobs"]
        for token in chunk["choices"][0]["logprobs"]["content"]
    ]  # fmt: skip
    assert "stop" == choice["finish_reason"] == pieces[-1]["choices"][0]["finish_reason"]
    assert {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}.items() <= whole[
        "usage"
    ].items()
