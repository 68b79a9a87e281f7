"""Messages and an answer -> tokens, and which of them are learned. Made together, or not at all.

    template(messages, and the assistant's turn begins)   = what a server will be given
    template(messages + answer)                           = the same, the answer, the stop, the rest

The first must be the beginning of the second; otherwise the student would be trained behind another
text than it is served behind. What follows it, through the first stop token, is said by the student
and learned; what a template writes after the stop (a new line, often) is said by no one and left
out. Prompt and answer are cut into tokens apart from each other, as a server cuts them.

Nothing is truncated here: `preflight` counts what is too long, and the operator decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

    from stillhouse.distill.example import Example

Messages = Sequence[Mapping[str, str]]


def messages(example: Example) -> list[dict[str, str]]:
    """An example's turns, as chat templates read them."""
    return [{"role": turn.role, "content": turn.text} for turn in example.turns]


class BrokenTemplateError(ValueError):
    """A chat template that cannot teach what will be served. The operator's to mend."""


class OddRowError(ValueError):
    """One row that cannot be learned from though the template is sound: left out and counted."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One row. `ids[prompt:]` is what the student says, the stop token last."""

    ids: tuple[int, ...]
    prompt: int

    @property
    def labels(self) -> list[int]:
        """The targets: -100 (torch's "ignore") under the prompt, the token itself after it."""
        return [-100] * self.prompt + list(self.ids[self.prompt :])

    @property
    def said(self) -> tuple[int, ...]:
        return self.ids[self.prompt :]


@dataclass(frozen=True, slots=True)
class Template:
    """A tokenizer's chat template, with the settings that it was trained under."""

    tokenizer: PreTrainedTokenizerFast
    stops: frozenset[int]
    settings: Mapping[str, Any]  # e.g. {"enable_thinking": False}

    def opening(self, messages: Messages) -> list[int]:
        """What a server reads before it answers."""
        return self._cut(self._write(messages, opens=True))

    def turn(self, messages: Messages, answer: str) -> Turn:
        """One row to learn.

        Raises:
            BrokenTemplateError: the prompt is not the beginning of the whole, the answer is not in
                it as given, no stop token follows it, or the tokens do not read back as the text.
            OddRowError: no answer, or a text with a mark of the template, which forges a turn.
        """
        answer = answer.strip()  # as templates do; a server's answer has no use for it either
        if not answer:
            raise OddRowError("no answer")
        if any(self.forged(text) for text in (answer, *(m["content"] for m in messages))):
            raise OddRowError("a text holds a mark of the template")
        opening = self._write(messages, opens=True)
        whole = self._write([*messages, {"role": "assistant", "content": answer}], opens=False)
        if not whole.startswith(opening):
            raise BrokenTemplateError(
                "The chat template writes another prompt for training than for serving: it opens "
                f"the assistant's turn with {opening[-40:]!r} and a whole conversation has "
                f"{whole[max(0, len(opening) - 40) : len(opening)]!r} there. Mend "
                "'add_generation_prompt' in the template, or its settings."
            )
        rest = whole[len(opening) :]
        if not rest.startswith(answer):
            raise BrokenTemplateError(
                f"The chat template changes the answer {answer[:40]!r} to {rest[:40]!r}."
            )
        prompt, said = self._cut(opening), self._cut(rest)
        if (read := self._read([*prompt, *said])) != whole:
            raise BrokenTemplateError(
                f"The tokens do not read back as the text: {whole[:60]!r} became {read[:60]!r}."
            )
        ends = [at for at, token in enumerate(said) if token in self.stops]
        if not ends:
            raise BrokenTemplateError(
                f"No stop token follows the answer (the template writes {rest[len(answer) :]!r}), "
                "so the student would never learn to stop. End the assistant's turn with "
                f"{sorted(self.tokenizer.convert_ids_to_tokens(sorted(self.stops)))}, or name the "
                "template's own mark as eos_token_id in generation_config.json."
            )
        return Turn((*prompt, *said[: ends[0] + 1]), len(prompt))

    def forged(self, text: str) -> bool:
        """Whether a text holds a mark: read as a token, it would open or end a turn."""
        return any(mark in text for mark in self.tokenizer.all_special_tokens)

    def _write(self, messages: Messages, *, opens: bool) -> str:
        return str(
            self.tokenizer.apply_chat_template(
                [dict(message) for message in messages],
                tokenize=False,
                add_generation_prompt=opens,
                **self.settings,
            )
        )

    def _cut(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def _read(self, ids: Sequence[int]) -> str:
        return str(
            self.tokenizer.decode(
                ids, skip_special_tokens=False, clean_up_tokenization_spaces=False
            )
        )


def template(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, settings: Mapping[str, Any]
) -> Template:
    """The template as it will be served: it stops where the model's own settings stop.

    Raises:
        BrokenTemplateError: the tokenizer has none, or nothing is named that ends an answer.
    """
    if not tokenizer.chat_template:
        raise BrokenTemplateError(
            "The tokenizer has no chat template: this is a base model. Copy the template of the "
            "family's instruct model to chat_template.jinja beside it."
        )
    named = model.generation_config.eos_token_id
    stops = {named} if isinstance(named, int) else set(named or ())
    if not stops and tokenizer.eos_token_id is not None:
        stops = {tokenizer.eos_token_id}
    if not stops:
        raise BrokenTemplateError(
            "Neither the model nor the tokenizer names a token that ends an answer."
        )
    return Template(tokenizer, frozenset(stops), dict(settings))
