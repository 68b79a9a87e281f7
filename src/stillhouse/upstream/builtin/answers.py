"""Tokens -> the objects of /v1/chat/completions, /v1/completions, /v1/embeddings and /v1/models.

Streamed and whole answers are made from the same Spoken pieces, so they say the same words, and
usage is counted in one place: prompt tokens as read (template included, once per prompt whatever
n is), completion tokens as yielded.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from stillhouse.upstream.builtin.asked import NAME
from stillhouse.upstream.builtin.model import Wish
from stillhouse.wire.speech import Speech

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stillhouse.upstream.builtin.asked import Asked
    from stillhouse.upstream.builtin.model import Engine, Token
    from stillhouse.upstream.builtin.network import Floats

Json = dict[str, Any]
OWNER: Final = "stillhouse"


@dataclass(frozen=True, slots=True)
class Spoken:
    """One step of one choice. The last one of a choice has `finish` and may have no token."""

    choice: int
    text: str
    token: Token | None
    finish: str | None = None


@dataclass(slots=True)
class Count:
    """Usage, as it grows."""

    prompt: int = 0
    completion: int = 0


def speak(engine: Engine, asked: Asked, count: Count) -> Iterator[Spoken]:
    """Every choice of every prompt, one step at a time; `count` is exact whenever it pauses."""
    count.prompt += sum(len(ids) for ids in asked.prompts)
    for at, ids in enumerate(asked.prompts):
        start = engine.begin(ids)
        for choice in range(at * asked.n, (at + 1) * asked.n):
            wish = Wish(asked.limit, asked.sampling, choice, asked.grammar, asked.top)
            speech = Speech(asked.stops)
            steps = engine.speak(start, wish)
            while not speech.stopped:
                try:
                    token = next(steps)
                except StopIteration as end:
                    tail = speech.hear(b"", last=True)
                    yield Spoken(choice, tail, None, "stop" if speech.stopped else end.value)
                    break
                count.completion += 1
                text = speech.hear(token.data)
                yield Spoken(choice, text, token, "stop" if speech.stopped else None)


def usage(count: Count) -> Json:
    return {
        "prompt_tokens": count.prompt,
        "completion_tokens": count.completion,
        "total_tokens": count.prompt + count.completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


@dataclass(frozen=True, slots=True)
class Form:
    """What differs between the chat and the plain form of an answer."""

    id: str
    created: int
    engine: Engine
    asked: Asked
    chat: bool

    def whole(self, spoken: Sequence[Spoken], count: Count) -> Json:
        """The answer in one piece."""
        choices = []
        for index in range(len(self.asked.prompts) * self.asked.n):
            mine = [s for s in spoken if s.choice == index]
            text = "".join(s.text for s in mine)
            body: Json = {"message": {"role": "assistant", "content": text, "refusal": None}}
            choices.append(
                {"index": index}
                | (body if self.chat else {"text": text})
                | {"logprobs": self._logprobs(mine), "finish_reason": mine[-1].finish}
            )
        kind = "chat.completion" if self.chat else "text_completion"
        return self._envelope(kind, choices) | {"usage": usage(count)}

    def opening(self) -> Iterator[Json]:
        """What a chat stream says before any word: who speaks."""
        if self.chat:
            for index in range(self.asked.n):
                delta = {"role": "assistant", "content": "", "refusal": None}
                yield self._chunk(
                    {"index": index, "delta": delta, "logprobs": None, "finish_reason": None}
                )

    def pieces(self, spoken: Spoken) -> Iterator[Json]:
        """The chunks of one step: its text, then, at the end of a choice, why it ended."""
        logprobs = self._logprobs([spoken])
        if spoken.text or (logprobs is not None and spoken.token is not None):
            body = {"delta": {"content": spoken.text}} if self.chat else {"text": spoken.text}
            yield self._chunk(
                {"index": spoken.choice} | body | {"logprobs": logprobs, "finish_reason": None}
            )
        if spoken.finish is not None:
            empty: Json = {"delta": {}} if self.chat else {"text": ""}
            yield self._chunk(
                {"index": spoken.choice}
                | empty
                | {"logprobs": None, "finish_reason": spoken.finish}
            )

    def closing(self, count: Count) -> Iterator[Json]:
        if self.asked.include_usage:
            yield self._envelope(self._chunk_kind, []) | {"usage": usage(count)}

    @property
    def _chunk_kind(self) -> str:
        return "chat.completion.chunk" if self.chat else "text_completion"

    def _chunk(self, choice: Json) -> Json:
        chunk = self._envelope(self._chunk_kind, [choice])
        return chunk | {"usage": None} if self.asked.include_usage else chunk

    def _envelope(self, kind: str, choices: list[Json]) -> Json:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": NAME,
            "system_fingerprint": self.engine.fingerprint,
            "choices": choices,
        }

    def _logprobs(self, spoken: Sequence[Spoken]) -> Json | None:
        if self.asked.top is None:
            return None
        tokens = [s.token for s in spoken if s.token is not None]
        if self.chat:
            content = [
                self._likely(t.id, t.logprob)
                | {"top_logprobs": [self._likely(i, p) for i, p in t.top]}
                for t in tokens
            ]
            return {"content": content, "refusal": None}
        return {
            "tokens": [self._word(t.id) for t in tokens],
            "token_logprobs": [t.logprob for t in tokens],
            "top_logprobs": [{self._word(i): p for i, p in t.top} for t in tokens],
        }

    def _likely(self, token: int, logprob: float | None) -> Json:
        data = self.engine.spell(token)
        return {"token": self._word(token), "logprob": logprob, "bytes": list(data)}

    def _word(self, token: int) -> str:
        return self.engine.spell(token).decode(errors="replace")


def embedding_list(vectors: Sequence[Floats], encoding: str, tokens: int) -> Json:
    """Vectors of length one, so that a dot product is the cosine."""
    rows = []
    for index, vector in enumerate(vectors):
        unit = (vector / np.linalg.norm(vector)).astype("<f4")
        written = base64.b64encode(unit.tobytes()).decode() if encoding == "base64" else None
        rows.append({"object": "embedding", "index": index, "embedding": written or unit.tolist()})
    return {
        "object": "list",
        "data": rows,
        "model": NAME,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def model_card(created: int) -> Json:
    return {"id": NAME, "object": "model", "created": created, "owned_by": OWNER}
