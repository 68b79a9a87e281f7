"""A causal student's chat completions: body -> what is wanted; tokens -> OpenAI's objects.

What a student cannot do (tools, images, a grammar, penalties) it does not do badly: such a call is
`DeclinedError`, and its teacher answers. What is no request at all is `Refused`.

Greedy unless a temperature is given: a student stands in for one teacher's answers, and the same
question should get the same one. Log-probabilities are of temperature 1. Usage is exact: prompt
tokens as read, marks included; completion tokens as said, the stop token not counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from stillhouse.distill.answer import Reason
from stillhouse.distill.example import Turn
from stillhouse.training.speaking import Token, Wish
from stillhouse.wire import fields as read
from stillhouse.wire.fields import Body, Refused
from stillhouse.wire.speech import Speech

if TYPE_CHECKING:
    from stillhouse.distill.intake import Intake
    from stillhouse.training.conversation import Template

Json = dict[str, Any]
MAX_N: Final = 16
MAX_TOP: Final = 20
MAX_SEED: Final = 2**63
ROLES: Final = {"developer": "system", "system": "system", "user": "user", "assistant": "assistant"}
NOT_HERE: Final = (
    "tools", "functions", "logit_bias", "frequency_penalty", "presence_penalty", "modalities",
    "audio", "web_search_options", "prediction",
)  # fmt: skip
NEUTRAL: Final = {
    "modalities": (["text"],), "frequency_penalty": (0,), "presence_penalty": (0,),
}  # fmt: skip


class DeclinedError(Exception):
    """Left to the teacher. why: as `distill.answer` names it."""

    def __init__(self, why: Reason) -> None:
        self.why: Reason = why
        super().__init__(f"Left to the teacher: {why}.")


@dataclass(frozen=True, slots=True)
class Asked:
    """One call."""

    ids: Sequence[int]
    wish: Wish
    n: int
    stops: Sequence[str]
    top: int | None  # None: no log-probabilities wanted
    stream: bool
    include_usage: bool


def asked(
    body: Body, how: Template, *, context: int, intake: Intake | None, sure: bool, entropy: int
) -> Asked:
    """What a request wants.

    intake: which requests are this student's task; None: all are. sure: log-probabilities are
    needed, asked for or not, to know how sure the student is. entropy: for a seed not given.

    Raises:
        DeclinedError: another task, or something that this model does not do.
        Refused: no request, or too long a prompt.
    """
    for name in NOT_HERE:
        value = body.get(name)
        if value not in (None, [], {}, False) and value not in NEUTRAL.get(name, ()):
            raise DeclinedError("not_plain")
    if read.table(body, "response_format").get("type", "text") != "text":
        raise DeclinedError("not_plain")
    turns = _turns(body.get("messages"))
    if intake is not None and intake.take(turns) is None:
        raise DeclinedError("another_task")
    if any(how.forged(turn.text) for turn in turns):
        raise DeclinedError("not_plain")
    ids = how.opening([{"role": turn.role, "content": turn.text} for turn in turns])
    if len(ids) >= context:
        raise Refused(
            f"The prompt has {len(ids)} tokens, and this model reads {context} with its answer.",
            param="messages",
            code="context_length_exceeded",
        )
    top = None
    if read.flag(body, "logprobs"):
        top = read.whole(body, "top_logprobs", 0, low=0, high=MAX_TOP)
    limit = read.whole(body, "max_tokens", MAX_SEED, low=1, high=MAX_SEED)
    limit = read.whole(body, "max_completion_tokens", limit, low=1, high=MAX_SEED)
    return Asked(
        ids=ids,
        wish=Wish(
            limit=min(limit, context - len(ids)),
            temperature=read.number(body, "temperature", 0, low=0, high=2),
            top_p=read.number(body, "top_p", 1, low=0, high=1),
            seed=read.whole(body, "seed", entropy, low=-MAX_SEED, high=MAX_SEED),
            top=0 if top is None and sure else top,
        ),
        n=read.whole(body, "n", 1, low=1, high=MAX_N),
        stops=read.stops(body),
        top=top,
        stream=read.flag(body, "stream"),
        include_usage=read.flag(read.table(body, "stream_options"), "include_usage"),
    )


def _turns(items: Any) -> list[Turn]:
    if not isinstance(items, list) or not items:
        raise Refused("'messages' must be a list of at least one message.", param="messages")
    turns = []
    for at, item in enumerate(items):
        match item:
            case {"role": str(role), "content": content} if role in ROLES:
                turns.append(Turn(ROLES[role], _text(content, f"messages[{at}].content")))
            case {"role": "tool" | "function"}:
                raise DeclinedError("not_plain")
            case _:
                raise Refused(
                    f"'messages[{at}]' must be an object with 'role' and 'content'; roles are "
                    f"{', '.join(ROLES)}.",
                    param=f"messages[{at}]",
                )
    return turns


def _text(content: Any, param: str) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not content:
        raise Refused(f"'{param}' must be a string or a list of text parts.", param=param)
    parts = []
    for part in content:
        match part:
            case {"type": "text", "text": str(text)}:
                parts.append(text)
            case _:
                raise DeclinedError("not_plain")
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Said:
    """One step of one choice: the text that it frees, and why it ended where it did."""

    text: str
    token: Token | None  # None: nothing but an end
    finish: str | None = None


class Choice:
    """One answer as it grows: tokens in, text out."""

    def __init__(self, spelled: Sequence[bytes], stops: Sequence[str]) -> None:
        self._spelled = spelled
        self._speech = Speech(stops)
        self.tokens = 0
        self._nats = 0.0

    def hear(self, token: Token) -> Said:
        self._nats += token.logprob or 0.0
        if token.finish == "stop":
            return Said(self._speech.hear(b"", last=True), None, "stop")
        self.tokens += 1
        text = self._speech.hear(self._spelled[token.id], last=token.finish is not None)
        return Said(text, token, "stop" if self._speech.stopped else token.finish)

    @property
    def confidence(self) -> float:
        """The probability that the model gives the whole answer, its end included."""
        return math.exp(self._nats)


@dataclass(frozen=True, slots=True)
class Form:
    """What all objects of one answer share."""

    id: str
    created: int
    model: str
    fingerprint: str
    spelled: Sequence[bytes]  # text of a token; a mark's is its name
    top: int | None

    def whole(self, choices: Sequence[Sequence[Said]], usage: Json) -> Json:
        return self._envelope(
            "chat.completion",
            [
                {
                    "index": index,
                    "message": {
                        "role": "assistant",
                        "content": "".join(said.text for said in one),
                        "refusal": None,
                    },
                    "logprobs": self._logprobs(one),
                    "finish_reason": one[-1].finish,
                }
                for index, one in enumerate(choices)
            ],
        ) | {"usage": usage}

    def opening(self, index: int) -> Json:
        return self._chunk(index, {"role": "assistant", "content": "", "refusal": None})

    def pieces(self, index: int, said: Said) -> Iterator[Json]:
        logprobs = self._logprobs([said])
        if said.text or (logprobs is not None and said.token is not None):
            yield self._chunk(index, {"content": said.text}, logprobs=logprobs)
        if said.finish is not None:
            yield self._chunk(index, {}, finish=said.finish)

    def closing(self, usage: Json) -> Json:
        return self._envelope("chat.completion.chunk", []) | {"usage": usage}

    def _chunk(
        self, index: int, delta: Json, *, logprobs: Json | None = None, finish: str | None = None
    ) -> Json:
        return self._envelope(
            "chat.completion.chunk",
            [{"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}],
        )

    def _envelope(self, kind: str, choices: list[Json]) -> Json:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": self.fingerprint,
            "choices": choices,
        }

    def _logprobs(self, said: Sequence[Said]) -> Json | None:
        if self.top is None:
            return None
        content = [
            self._likely(one.token.id, one.token.logprob)
            | {"top_logprobs": [self._likely(i, p) for i, p in one.token.top]}
            for one in said
            if one.token is not None
        ]
        return {"content": content, "refusal": None}

    def _likely(self, token: int, logprob: float | None) -> Json:
        data = self.spelled[token]
        return {"token": data.decode(errors="replace"), "logprob": logprob, "bytes": list(data)}


def usage(prompt: int, completion: int) -> Json:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }
