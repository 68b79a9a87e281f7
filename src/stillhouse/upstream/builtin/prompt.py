"""Chat messages -> tokens. The template is part of the prompt and is counted in its usage.

    <system> text <end> <user> text <end> <assistant> text <end> ... <assistant>

The four marks are ids above the tokenizer's own vocabulary, so no text a caller sends can spell
one: a comment that says "<end>" is just characters. The recipe trains with this very module;
there is no second copy of the template.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokenizers import Tokenizer

ROLES: Final = ("system", "user", "assistant")
MARKS: Final = len(ROLES) + 1


@dataclass(frozen=True, slots=True)
class Message:
    role: str  # one of ROLES
    text: str


class ContextExceeded(ValueError):  # noqa: N818 a refusal is an answer
    """The client's prompt is longer than the model can read; a cut prompt is another prompt."""

    def __init__(self, *, tokens: int, context: int) -> None:
        self.tokens = tokens
        self.context = context
        super().__init__(
            f"This model's maximum context length is {context} tokens, one of them for the answer. "
            f"However, your messages resulted in {tokens} tokens (the chat template included). "
            "Please reduce the length of the messages."
        )


@dataclass(frozen=True, slots=True)
class Marks:
    """Ids of the template's marks, just above a vocabulary of `base` tokens."""

    base: int

    def role(self, role: str) -> int:
        return self.base + ROLES.index(role)

    @property
    def end(self) -> int:
        return self.base + len(ROLES)


def encode(tokenizer: Tokenizer, text: str) -> list[int]:
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return ids


def chat(tokenizer: Tokenizer, messages: Iterable[Message]) -> list[int]:
    """Tokens of a conversation, up to where the assistant is to speak."""
    marks = Marks(tokenizer.get_vocab_size())
    ids: list[int] = []
    for message in messages:
        ids.append(marks.role(message.role))
        ids.extend(encode(tokenizer, message.text))
        ids.append(marks.end)
    ids.append(marks.role("assistant"))
    return ids


def fit(ids: Sequence[int], *, context: int) -> Sequence[int]:
    """The same ids, if the model can read them and still say one token.

    Raises:
        ContextExceeded: otherwise. Nothing is ever cut.
    """
    if len(ids) >= context:
        raise ContextExceeded(tokens=len(ids), context=context)
    return ids
