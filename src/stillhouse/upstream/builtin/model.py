"""Engine: a prompt's tokens -> the answer's tokens, one at a time.

    begin(ids)            reads the prompt once; any number of choices branch from it
    speak(start, wish)    yields a Token per step, in order

A step is a plain function call of well under a few milliseconds, so the server runs steps on its
event loop and yields between them: answers interleave fairly, and there is no thread, lock or
queue to get wrong. What a grammar leaves no choice about is not computed: forced tokens wait and
are read together with the next one that matters.

Counts are exact by construction: completion tokens = Tokens yielded. The mark that ends an answer
is not text, is not yielded and is not counted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from tokenizers import Tokenizer

from stillhouse.upstream.builtin import prompt
from stillhouse.upstream.builtin.network import Network, Read
from stillhouse.upstream.builtin.sampling import GREEDY, Sampling, dice, logprobs, pick, top
from stillhouse.wire.speech import byte_alphabet

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from stillhouse.upstream.builtin.grammar import Grammar

FILES: Final = Path(__file__).parent / "files"


@dataclass(frozen=True, slots=True)
class Wish:
    """How one answer is to be made."""

    limit: int  # most tokens to say, >= 1; the context may end it earlier
    sampling: Sampling = GREEDY
    choice: int = 0  # which of n
    grammar: Callable[[], Grammar] | None = None
    top: int | None = None  # None: no log-probabilities; else how many likeliest tokens beside


@dataclass(frozen=True, slots=True)
class Token:
    id: int
    data: bytes
    logprob: float | None = None
    top: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """A prompt that has been read."""

    ids: Sequence[int]
    read: Read


class Engine:
    def __init__(self, files: Path = FILES) -> None:
        self.tokenizer = Tokenizer.from_file(str(files / "tokenizer.json"))
        self.network = Network(files / "model.onnx")
        digest = hashlib.sha256((files / "model.onnx").read_bytes()).hexdigest()
        self.fingerprint = f"builtin-{digest[:12]}"
        self.marks = prompt.Marks(self.tokenizer.get_vocab_size())
        alphabet = byte_alphabet()
        spelled = {i: token for token, i in self.tokenizer.get_vocab().items()}
        self.bytes = [bytes(alphabet[c] for c in spelled[i]) for i in range(self.marks.base)]
        self._never = np.array([self.marks.role(role) for role in prompt.ROLES])

    def encode(self, text: str) -> list[int]:
        return prompt.encode(self.tokenizer, text)

    def chat(self, messages: Iterable[prompt.Message]) -> list[int]:
        return prompt.chat(self.tokenizer, messages)

    def begin(self, ids: Sequence[int]) -> Start:
        """Read a prompt.

        Raises:
            prompt.ContextExceeded: it leaves no room for an answer.
        """
        return Start(ids, self.network.read(prompt.fit(ids, context=self.network.context)))

    def speak(self, start: Start, wish: Wish) -> Generator[Token, None, str]:
        """Yield the answer; return why it ended: "stop" (the model or the grammar) or "length"."""
        chance = dice(wish.sampling.seed, wish.choice)
        grammar = wish.grammar() if wish.grammar is not None else None
        allowed = next(grammar) if grammar is not None else None
        read, waiting = start.read, list[int]()
        for _ in range(min(wish.limit, self.network.context - len(start.ids))):
            if allowed is not None and len(allowed) == 1 and wish.top is None:
                token = Token(allowed[0], self.bytes[allowed[0]])
            else:
                if waiting:
                    read, waiting = self.network.read(waiting, read.past), []
                token = self._next(read, wish, chance, allowed)
                if token.id == self.marks.end:
                    return "stop"
            yield token
            waiting.append(token.id)
            if grammar is not None:
                try:
                    allowed = grammar.send(token.id)
                except StopIteration:
                    return "stop"
        return "length"

    def _next(
        self,
        read: Read,
        wish: Wish,
        chance: np.random.Generator,
        allowed: Sequence[int] | None,
    ) -> Token:
        logits = read.logits
        logits[self._never] = -np.inf  # only callers open a turn
        chosen = pick(logits, wish.sampling, chance, allowed)
        data = self.bytes[chosen] if chosen < self.marks.base else b""
        if wish.top is None:
            return Token(chosen, data)
        normal = logprobs(logits)
        return Token(chosen, data, float(normal[chosen]), tuple(top(normal, wish.top)))

    def spell(self, token: int) -> bytes:
        """A token's bytes; the end mark, which may be among the likeliest, reads <end>."""
        return self.bytes[token] if token < self.marks.base else b"<end>"
