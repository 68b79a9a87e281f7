"""Conversations -> tokens with their loss mask, in batches of like length.

The mask is built with the tokens: 1 on what the assistant says (its end mark included), `prose`
on the rest. A little loss on the prose teaches the words early on; the answers are what counts. A
conversation longer than the context is an error of the generator and raises: nothing is cut.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

import numpy as np
from recipes.builtin import asks, chat
from recipes.builtin.comments import draw

from stillhouse.upstream.builtin.prompt import Marks, Message, encode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from recipes.builtin.asks import Ask
    from tokenizers import Tokenizer

POOL: Final = 2048
"""Conversations drawn at a time, then sorted by length and cut into batches."""


def ask(rng: random.Random) -> Ask:
    """One training conversation."""
    comment = draw(rng, "train")
    kind = rng.choices(
        ("word", "json", "bare", "turns", "talk", "reply", "write"), (36, 18, 2, 34, 4, 3, 3)
    )[0]
    match kind:
        case "word":
            return asks.word(rng, comment)
        case "json":
            return asks.as_json(rng, comment)
        case "bare":
            return asks.bare(comment)
        case "turns":
            return asks.turns(rng, comment)
        case "talk":
            return chat.talk(rng)
        case "reply":
            return chat.reply(rng, comment)
        case _:
            return chat.write(rng, comment)


def tokens(tokenizer: Tokenizer, messages: Sequence[Message]) -> tuple[list[int], list[bool]]:
    """Ids of a finished conversation, and which of them the assistant said."""
    marks = Marks(tokenizer.get_vocab_size())
    ids: list[int] = []
    said: list[bool] = []
    for message in messages:
        body = [*encode(tokenizer, message.text), marks.end]
        ids += [marks.role(message.role), *body]
        said += [False, *[message.role == "assistant"] * len(body)]
    return ids, said


def batches(
    tokenizer: Tokenizer, *, seed: int, tokens_per_batch: int, context: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]]:
    """(ids, said, real), each (B, T), for ever. `real` is False on padding."""
    rng = random.Random(seed)
    while True:
        pool = [tokens(tokenizer, ask(rng).messages) for _ in range(POOL)]
        longest = max(len(ids) for ids, _ in pool)
        if longest > context:
            raise ValueError(f"a conversation of {longest} tokens exceeds the context of {context}")
        pool.sort(key=lambda pair: len(pair[0]))
        cut = list(_cut(pool, tokens_per_batch))
        rng.shuffle(cut)
        for rows in cut:
            width = max(len(ids) for ids, _ in rows)
            ids = np.zeros((len(rows), width), np.int64)
            said = np.zeros((len(rows), width), np.bool_)
            real = np.zeros((len(rows), width), np.bool_)
            for at, (row, spoken) in enumerate(rows):
                ids[at, : len(row)] = row
                said[at, : len(row)] = spoken
                real[at, : len(row)] = True
            yield ids, said, real


def _cut(
    pool: Sequence[tuple[list[int], list[bool]]], budget: int
) -> Iterator[Sequence[tuple[list[int], list[bool]]]]:
    """Runs of like length whose padded size stays within `budget` tokens."""
    start = 0
    for end in range(1, len(pool) + 1):
        if end == len(pool) or (end + 1 - start) * len(pool[end][0]) > budget:
            yield pool[start:end]
            start = end
