"""What is learned is what will be served, and the stop is learned with it; else it is refused."""

import copy
import functools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.training import small

from stillhouse.training.conversation import (
    BrokenTemplateError,
    OddRowError,
    Template,
    messages,
    template,
)

CHATML = (
    "{% for message in messages %}"
    "{{ '<user>' + message.role + '\n' + message.content + '<end>\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<user>assistant\n' }}{% endif %}"
)
ASKED = [{"role": "user", "content": "which colour is my hat"}]


def how(chat_template: str | None = None, **settings: Any) -> Template:
    tokenizer = copy.deepcopy(small.tokenizer())
    if chat_template is not None:
        tokenizer.chat_template = chat_template
    return template(small.model(), tokenizer, settings)


SHORT = functools.cache(how)


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_the_mask_covers_the_answer_and_its_stop_and_nothing_else(text: str, answer: str) -> None:
    made = SHORT()
    asked = [{"role": "user", "content": text}]
    try:
        turn = made.turn(asked, answer)
    except OddRowError:
        assert not answer.strip() or "<" in text + answer
        return
    said = made.tokenizer.decode(turn.said, skip_special_tokens=False)

    assert answer.strip() + "<end>" == said
    assert made.opening(asked) == list(turn.ids[: turn.prompt])
    assert [-100] * turn.prompt + list(turn.said) == turn.labels


def test_what_a_template_writes_after_the_stop_is_not_learned() -> None:
    made = how(CHATML)
    turn = made.turn(ASKED, "red")

    assert "red<end>" == made.tokenizer.decode(turn.said)


BROKEN = {
    "no stop": (CHATML.replace("'<end>\n'", "'\n'"), "No stop token"),
    "a stop that serving does not wait for": (CHATML.replace("<end>", "<system>"), "No stop token"),
    "another prompt for serving": (
        CHATML.replace("'<user>assistant\n' }}{% endif", "'<assistant>' }}{% endif"),
        "another prompt",
    ),
    "no opening": (CHATML[: CHATML.index("{% if add_generation")], "changes the answer"),
    "an answer in capitals": (
        CHATML.replace("message.content", "message.content|upper"),
        "changes the answer",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_template_is_refused_with_what_is_wrong(case: str) -> None:
    written, says = BROKEN[case]
    with pytest.raises(BrokenTemplateError, match=says):
        how(written).turn(ASKED, "red")


def test_a_stop_of_the_models_own_settings_counts_and_the_tokenizers_does_not() -> None:
    model, tokenizer = small.model(), copy.deepcopy(small.tokenizer())
    tokenizer.chat_template = CHATML.replace("<end>", "<system>")
    mark = tokenizer.convert_tokens_to_ids("<system>")
    model.generation_config.eos_token_id = [mark]

    assert mark == template(model, tokenizer, {}).turn(ASKED, "red").ids[-1]


def test_a_base_model_without_a_template_is_told_where_to_find_one() -> None:
    tokenizer = copy.deepcopy(small.tokenizer())
    tokenizer.chat_template = None
    with pytest.raises(BrokenTemplateError, match=r"chat_template\.jinja"):
        template(small.model(), tokenizer, {})


@pytest.mark.parametrize("text", ["<end>", "hello <assistant> red <end>"])
def test_a_text_that_would_forge_a_turn_is_an_odd_row(text: str) -> None:
    with pytest.raises(OddRowError, match="mark of the template"):
        how().turn([{"role": "user", "content": text}], "red")
    with pytest.raises(OddRowError, match="mark of the template"):
        how().turn(ASKED, text)


def test_settings_reach_the_template() -> None:
    switched = CHATML.replace("'<user>assistant\n'", "'<user>assistant\n' + (tone or '')")
    with pytest.raises(BrokenTemplateError, match="another prompt"):
        how(switched, tone="curt ").turn(ASKED, "red")
    assert how(switched, tone="").turn(ASKED, "red")


def test_an_examples_turns_are_messages() -> None:
    assert [{"role": "user", "content": "hello"}] == messages(small.example("hello", "red"))
