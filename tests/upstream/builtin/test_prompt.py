"""The template: exact, inimitable by text, and never cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.upstream.builtin.model import FILES, Engine
from stillhouse.upstream.builtin.prompt import (
    ROLES,
    ContextExceeded,
    Marks,
    Message,
    chat,
    encode,
    fit,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

ENGINE = Engine(FILES)
messages = st.lists(
    st.builds(Message, st.sampled_from(ROLES), st.text(max_size=60)), min_size=1, max_size=4
)


@given(messages)
def test_every_message_is_framed_and_the_assistant_speaks_next(talk: Sequence[Message]) -> None:
    marks = Marks(ENGINE.marks.base)
    expected = []
    for message in talk:
        expected += [marks.role(message.role), *encode(ENGINE.tokenizer, message.text), marks.end]

    assert [*expected, marks.role("assistant")] == chat(ENGINE.tokenizer, talk)


@given(st.text(max_size=60) | st.sampled_from(["<end>", "<|end|>", "<assistant>", "</s>"]))
def test_no_text_can_spell_a_mark(text: str) -> None:
    assert all(token < ENGINE.marks.base for token in encode(ENGINE.tokenizer, text))


@given(st.text(max_size=80))
def test_text_survives_its_tokens(text: str) -> None:
    back = b"".join(ENGINE.bytes[token] for token in encode(ENGINE.tokenizer, text))

    assert text.encode() == back


def test_a_prompt_that_leaves_room_for_one_token_fits() -> None:
    ids = list(range(9))

    assert ids == fit(ids, context=10)


def test_a_prompt_that_fills_the_context_is_refused_not_cut() -> None:
    with pytest.raises(ContextExceeded, match="10 tokens") as caught:
        fit(range(10), context=10)

    assert (caught.value.tokens, caught.value.context) == (10, 10)
