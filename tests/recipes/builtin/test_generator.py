"""Truth by construction, and nothing of what is held out leaks into training."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recipes.builtin import asks, chat, handwritten
from recipes.builtin.comments import Comment, draw
from recipes.builtin.examples import ask, batches, tokens
from recipes.builtin.frames import ADS, FRAMES, TOXIC
from recipes.builtin.phrasings import seen

from stillhouse.upstream.builtin.labels import LABELS
from stillhouse.upstream.builtin.model import Engine
from stillhouse.upstream.builtin.prompt import Message

if TYPE_CHECKING:
    from recipes.builtin.comments import Split

ENGINE = Engine()
seeds = st.integers(0, 2**32)
splits = st.sampled_from(["train", "pairs", "frames"])


@given(seeds, splits)
def test_every_label_is_one_that_the_model_knows(seed: int, split: Split) -> None:
    comment = draw(random.Random(seed), split)

    assert all(asks.label(comment, task) in LABELS[task] for task in LABELS)
    assert comment.text


@given(seeds, splits)
def test_the_same_seed_writes_the_same_comment(seed: int, split: Split) -> None:
    assert draw(random.Random(seed), split) == draw(random.Random(seed), split)


@given(seeds)
def test_a_word_answer_is_the_word_of_the_label(seed: int) -> None:
    rng = random.Random(seed)
    comment = draw(rng, "train")
    made = asks.word(rng, comment)
    value = asks.label(comment, made.task)
    words = [asks.WORDS[t][made.task] for t in ("en", "id")]
    words += asks.OTHER_WORDS.get(made.task, ())

    assert made.messages[-1].text in {w[value] for w in words}


@given(seeds)
def test_a_json_answer_holds_the_labels(seed: int) -> None:
    rng = random.Random(seed)
    comment = draw(rng, "train")
    answer = json.loads(asks.as_json(rng, comment).messages[-1].text)

    assert {key: asks.label(comment, key) for key in answer} == answer


@given(seeds)
def test_unseen_choices_are_never_drawn_in_training(seed: int) -> None:
    rng = random.Random(seed)
    choices = list(range(23))

    assert seen(rng, choices, unseen=False) % 5 != 4
    assert seen(rng, choices, unseen=True) % 5 == 4


def test_held_out_frames_never_appear_in_training() -> None:
    """The words of each frame between its slots, looked for in what training draws."""
    rng = random.Random(3)
    texts = " | ".join(draw(rng, "train").text.lower() for _ in range(20_000))

    def words(frame: str) -> str:
        return max(re.split(r"\{\w+\}", frame), key=len)

    lists = [*FRAMES.values(), *TOXIC.values(), *ADS.values()]
    used = " | ".join(f for frames in lists for at, f in enumerate(frames) if at % 5 != 4)
    held = [words(f) for frames in lists for f in frames[4::5]]
    telling = [text for text in held if len(text) >= 12 and text not in used]

    assert len(telling) >= 20
    assert [text for text in telling if text in texts] == []


def test_the_hand_written_set_is_balanced_enough_to_mean_something() -> None:
    asked = [*handwritten.asks(blind=False), *handwritten.asks(blind=True)]

    assert len(asked) >= 300
    assert {"en", "id", "mixed"} == {language for _, language in asked}
    assert {*LABELS, "json"} == {made.task for made, _ in asked}


@given(seeds)
def test_the_mask_covers_what_the_assistant_says_and_its_end(seed: int) -> None:
    messages = ask(random.Random(seed)).messages
    ids, said = tokens(ENGINE.tokenizer, messages)
    answers = [ENGINE.encode(m.text) for m in messages if m.role == "assistant"]
    expected = [token for answer in answers for token in [*answer, ENGINE.marks.end]]

    assert expected == [token for token, spoken in zip(ids, said, strict=True) if spoken]


def test_training_reads_exactly_what_serving_reads() -> None:
    talk = [Message("system", "Be precise."), Message("user", "hi"), Message("assistant", "yes")]
    ids, _ = tokens(ENGINE.tokenizer, talk)
    served = ENGINE.chat(talk[:-1])

    assert served == ids[: len(served)]


def test_a_batch_stays_within_its_budget() -> None:
    made = batches(ENGINE.tokenizer, seed=1, tokens_per_batch=2048, context=512)
    for _ in range(20):
        ids, said, real = next(made)

        assert ids.size <= 2048
        assert not (said & ~real).any()


def test_a_conversation_over_the_context_is_an_error() -> None:
    with pytest.raises(ValueError, match="context"):
        next(batches(ENGINE.tokenizer, seed=1, tokens_per_batch=2048, context=32))


def test_a_reply_to_an_insult_stays_kind() -> None:
    comment = Comment(
        "dasar goblok", "other", "negative", spam=False, toxicity=True, language="id", thing=""
    )
    replies = {chat.reply(random.Random(s), comment).messages[-1].text for s in range(9)}

    assert {"Please be kind to each other.", "Mohon saling menghargai ya."} == replies
