"""Log-probabilities as the traffic recorded them -> token numbers and a teacher's distribution.

    a Step ("spam", (("spam", -0.1), ("ham", -2.4))) -> its id, and K ids with nats

Tokens are known by their text, read as bytes. The numbers are the teacher's own choice of tokens,
not those that its text would be cut into again: a sampled answer need not be cut the shortest way.

A token that is half a character has no text (a log writes U+FFFD). Where one was said, the row is
unaligned and is learned from its text alone; where one is only an alternative, it stays in the
tail.

Only for a teacher whose tokenizer is proven to be the student's (`vocabulary.prove_*`). A text
that the vocabulary lacks disproves it after all: it stops the run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stillhouse.distill.example import Step
from stillhouse.training.vocabulary import ForeignTokenizerError, spell

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

HALF: Final = "�"
IMPOSSIBLE: Final = -1000.0
"""APIs write -9999.0 nats for what has no probability"""

Ranked = tuple[tuple[int, float], ...]
"""tokens with their log-probability in nats"""


class UnalignedError(ValueError):
    """A row whose log-probabilities do not spell its answer: cut, edited, or half characters."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """T tokens as the teacher said them, and the likeliest beside each (K of them, or fewer)."""

    ids: tuple[int, ...]
    top: tuple[Ranked, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """Text of a token -> its number, for one vocabulary."""

    numbers: Mapping[bytes, int]

    def read(self, steps: Sequence[Step], *, answer: str) -> Recorded:
        """One answer's log-probabilities.

        Raises:
            UnalignedError: its tokens do not spell the answer, or there are none.
            ForeignTokenizerError: it holds a token that the vocabulary lacks.
        """
        if not steps or "".join(step.token for step in steps) != answer:
            raise UnalignedError("log-probabilities of another text")
        return Recorded(
            tuple(self._number(step.token) for step in steps),
            tuple(
                tuple(
                    (self._number(token), nats)
                    for token, nats in dict(step.alternatives).items()
                    if nats > IMPOSSIBLE and HALF not in token
                )
                for step in steps
            ),
        )

    def _number(self, token: str) -> int:
        number = self.numbers.get(token.encode())
        if number is None:
            raise ForeignTokenizerError(
                f"The record has the token {token!r} and the student has not"
            )
        return number


def reader(tokenizer: PreTrainedTokenizerFast) -> Reader:
    """Special tokens are known by the text of their mark; a byte's own token yields to a word's."""
    spelled = spell(tokenizer)
    marks = {
        content.encode(): number
        for content, number in tokenizer.get_added_vocab().items()
        if not spelled[number]
    }
    single = {number for token, number in tokenizer.get_vocab().items() if token.startswith("<0x")}
    order = sorted(range(len(spelled)), key=lambda number: number not in single)
    return Reader(marks | {spelled[number]: number for number in order if spelled[number]})
