"""Request bodies -> Asked: what each endpoint wants of the engine, in one shape.

Fields that change nothing here (user, metadata, store, service_tier, ...) are ignored, as OpenAI
ignores them. Fields that would change the answer and cannot be honoured (tools, images,
penalties) are refused by name: silently dropping them would sell something else than what was
asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from stillhouse.upstream.builtin.grammar import SchemaRefused, any_object, of_schema
from stillhouse.upstream.builtin.prompt import Message
from stillhouse.upstream.builtin.sampling import Sampling
from stillhouse.wire import fields as read
from stillhouse.wire.fields import Body, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from stillhouse.upstream.builtin.grammar import Grammar
    from stillhouse.upstream.builtin.model import Engine

NAME: Final = "builtin"
MAX_N: Final = 16
MAX_PROMPTS: Final = 64
MAX_TOP: Final = 20
MAX_SEED: Final = 2**63

_TEXT_ONLY: Final = "It reads and writes text only; use another deployment for that."
_REASONS: Final = {
    "tools": "Remove it, or use another deployment; for labels use response_format.",
    "functions": "Remove it, or use another deployment; for labels use response_format.",
    "logit_bias": "Remove it; to restrict answers, use response_format with an enum.",
    "frequency_penalty": "Remove it or set it to 0.",
    "presence_penalty": "Remove it or set it to 0.",
    "modalities": _TEXT_ONLY,
    "audio": _TEXT_ONLY,
    "web_search_options": _TEXT_ONLY,
    "echo": "Remove it or set it to false.",
    "suffix": "Remove it; this model only continues a prompt.",
    "previous_response_id": "Nothing is stored: send the whole conversation in 'input'.",
    "conversation": "Nothing is stored: send the whole conversation in 'input'.",
    "prompt": "Send the text itself in 'input' and 'instructions'.",
    "background": "Remove it or set it to false.",
    "top_logprobs": "Ask for log-probabilities through /v1/chat/completions.",
}
_NEUTRAL: Final = {"modalities": (["text"],), "frequency_penalty": (0,), "presence_penalty": (0,)}
_CHAT: Final = (
    "tools", "functions", "logit_bias", "frequency_penalty", "presence_penalty", "modalities",
    "audio", "web_search_options",
)  # fmt: skip
_COMPLETIONS: Final = (
    "echo", "suffix", "logit_bias", "frequency_penalty", "presence_penalty",
)  # fmt: skip
_RESPONSES: Final = (
    "tools", "previous_response_id", "conversation", "prompt", "background", "top_logprobs",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One call. Choices are numbered prompt by prompt: prompt p gives choices p*n ... p*n + n-1."""

    prompts: Sequence[Sequence[int]]
    limit: int
    sampling: Sampling
    n: int = 1
    stops: Sequence[str] = ()
    top: int | None = None
    grammar: Callable[[], Grammar] | None = None
    stream: bool = False
    include_usage: bool = False


def chat(body: Body, engine: Engine, *, entropy: int) -> Asked:
    """POST /v1/chat/completions. `entropy` stands in for a seed that was not given."""
    _model(body)
    _refuse(body, _CHAT)
    top = None
    if read.flag(body, "logprobs"):
        top = read.whole(body, "top_logprobs", 0, low=0, high=MAX_TOP)
    elif body.get("top_logprobs"):
        raise Refused("'top_logprobs' needs 'logprobs': true.", param="top_logprobs")
    limit = read.whole(body, "max_tokens", engine.network.context, low=1, high=MAX_SEED)
    return Asked(
        prompts=[engine.chat(_messages(body.get("messages"), "messages"))],
        limit=read.whole(body, "max_completion_tokens", limit, low=1, high=MAX_SEED),
        sampling=_sampling(body, entropy),
        n=read.whole(body, "n", 1, low=1, high=MAX_N),
        stops=read.stops(body),
        top=top,
        grammar=_grammar(read.table(body, "response_format"), engine, chat=True),
        stream=read.flag(body, "stream"),
        include_usage=read.flag(read.table(body, "stream_options"), "include_usage"),
    )


def completions(body: Body, engine: Engine, *, entropy: int) -> Asked:
    """POST /v1/completions: each prompt is read as one user message, the only text it knows."""
    _model(body)
    _refuse(body, _COMPLETIONS)
    n = read.whole(body, "n", 1, low=1, high=MAX_N)
    if body.get("best_of") not in (None, n):
        raise Refused("'best_of' must equal 'n' or be left out.", param="best_of")
    user, end = engine.marks.role("user"), engine.marks.end
    return Asked(
        prompts=[
            [user, *text, end, engine.marks.role("assistant")]
            for text in _texts(body.get("prompt"), "prompt", engine)
        ],
        limit=read.whole(body, "max_tokens", 16, low=1, high=MAX_SEED),
        sampling=_sampling(body, entropy),
        n=n,
        stops=read.stops(body),
        top=None
        if body.get("logprobs") is None
        else read.whole(body, "logprobs", 0, low=0, high=5),
        stream=read.flag(body, "stream"),
        include_usage=read.flag(read.table(body, "stream_options"), "include_usage"),
    )


def responses(body: Body, engine: Engine, *, entropy: int) -> Asked:
    """POST /v1/responses."""
    _model(body)
    _refuse(body, _RESPONSES)
    given = body.get("input")
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    messages = _messages(items, "input")
    if body.get("instructions"):
        messages.insert(0, Message("system", _text(body["instructions"], "instructions")))
    return Asked(
        prompts=[engine.chat(messages)],
        limit=read.whole(body, "max_output_tokens", engine.network.context, low=1, high=MAX_SEED),
        sampling=_sampling(body, entropy),
        grammar=_grammar(read.table(read.table(body, "text"), "format"), engine, chat=False),
        stream=read.flag(body, "stream"),
    )


def embeddings(body: Body, engine: Engine) -> tuple[Sequence[Sequence[int]], str]:
    """POST /v1/embeddings: the texts, and how to write their vectors ("float" or "base64")."""
    _model(body)
    width = engine.network.width
    if body.get("dimensions") not in (None, width):
        raise Refused(f"'dimensions' must be {width} or be left out.", param="dimensions")
    encoding = body.get("encoding_format") or "float"
    if encoding not in ("float", "base64"):
        raise Refused("'encoding_format' must be 'float' or 'base64'.", param="encoding_format")
    texts = _texts(body.get("input"), "input", engine)
    if not all(texts):
        raise Refused("'input' must not hold an empty string.", param="input")
    return texts, encoding


def _model(body: Body) -> None:
    name = body.get("model")
    if not isinstance(name, str) or not name:
        raise Refused('You must provide a model parameter: "model": "builtin".', param="model")
    if name != NAME:
        raise Refused(
            f"The model {name!r} does not exist here; the only one is 'builtin'.",
            param="model",
            code="model_not_found",
            status=404,
        )


def _refuse(body: Body, fields: Sequence[str]) -> None:
    read.refuse(body, {name: _REASONS[name] for name in fields}, _NEUTRAL)


def _sampling(body: Body, entropy: int) -> Sampling:
    return Sampling(
        temperature=read.number(body, "temperature", 0, low=0, high=2),
        top_p=read.number(body, "top_p", 1, low=0, high=1),
        seed=read.whole(body, "seed", entropy, low=-MAX_SEED, high=MAX_SEED),
    )


def _messages(items: Any, param: str) -> list[Message]:
    if not isinstance(items, list) or not items:
        raise Refused(f"'{param}' must be a list of at least one message.", param=param)
    return [_message(item, f"{param}[{at}]") for at, item in enumerate(items)]


def _message(item: Any, param: str) -> Message:
    if not isinstance(item, dict):
        raise Refused(f"'{param}' must be an object with 'role' and 'content'.", param=param)
    role = item.get("role")
    if role == "developer":
        role = "system"
    if role not in ("system", "user", "assistant"):
        raise Refused(
            f"'{param}.role' must be system, developer, user or assistant; "
            "the model 'builtin' takes no tool messages.",
            param=f"{param}.role",
        )
    return Message(role, _text(item.get("content"), f"{param}.content"))


def _text(content: Any, param: str) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or not content:
        raise Refused(f"'{param}' must be a string or a list of text parts.", param=param)
    parts = []
    for part in content:
        match part:
            case {"type": "text" | "input_text" | "output_text", "text": str(text)}:
                parts.append(text)
            case _:
                raise Refused(
                    f"'{param}' holds a part that is not text. {_TEXT_ONLY}",
                    param=param,
                    code="unsupported_content",
                )
    return "\n".join(parts)


def _texts(given: Any, param: str, engine: Engine) -> list[list[int]]:
    """A string, strings, tokens, or lists of tokens."""
    match given:
        case str():
            items: list[Any] = [given]
        case [int(), *_]:
            items = [given]
        case [_, *_] if len(given) <= MAX_PROMPTS:
            items = given
        case _:
            raise Refused(
                f"'{param}' must be a string, a list of tokens, or up to {MAX_PROMPTS} of either.",
                param=param,
            )
    return [_tokens(item, param, engine) for item in items]


def _tokens(item: Any, param: str, engine: Engine) -> list[int]:
    if isinstance(item, str):
        return engine.encode(item)
    if isinstance(item, list) and all(
        isinstance(t, int) and not isinstance(t, bool) and 0 <= t < engine.marks.base for t in item
    ):
        return item
    raise Refused(
        f"'{param}' must hold strings, or tokens from 0 to {engine.marks.base - 1}.", param=param
    )


def _grammar(form: Body, engine: Engine, *, chat: bool) -> Callable[[], Grammar] | None:
    match form.get("type", "text"):
        case "text":
            return None
        case "json_object":
            return partial(any_object, engine.encode)
        case "json_schema":
            schema = read.table(form, "json_schema").get("schema") if chat else form.get("schema")
            if not isinstance(schema, dict):
                raise Refused("The response format needs a 'schema' object.", param="schema")
            try:
                return of_schema(schema, engine.encode)
            except SchemaRefused as cause:
                raise Refused(str(cause), param="schema") from cause
        case other:
            raise Refused(
                f"The response format {other!r} is unknown: use text, json_object or json_schema.",
                param="response_format",
            )
