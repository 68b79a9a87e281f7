"""What a request asks for, read from its body in a few microseconds, and the most it can use.

Only the fields that routing, holding and metering need are decoded; the rest is skipped, though
checked to be JSON. Whole numbers are whole: `10.0` and `1e3` are refused with the field's name, as
OpenAI refuses them. `null` is the same as absent.

Two rules decide what is set aside before a call, and both err on the large side:

*Text is bounded by its bytes.* A token stands for at least one byte of text, and JSON only adds
bytes: quotes, keys and escapes cover the few template tokens of each message. What a provider's
template adds beyond that does not grow with the body and is covered by `TEMPLATE_TOKENS` and
`TOOLS_TOKENS`. (A tokenizer that normalises with NFKC can turn one rare character into many tokens;
such an excess is charged in full and flagged at settlement, like any provider over-report.)

*What is not recognised as text is not text.* A body that does not fit its surface's strict shape in
`bodies` (an image, a file, a stored conversation, a hosted tool, a field of next year) is bounded
by the model's context instead.

A duplicate key could be read as one value here and as another by the provider, and Go servers
ignore case in keys, so a body with two spellings of one top-level key is refused. The check is a
count of literals; only a body that looks suspicious is scanned with care.
"""

import re
from collections.abc import Callable

import msgspec
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import replace

from stillhouse.wire import bodies
from stillhouse.wire.bodies import ABSENT, is_given
from stillhouse.wire.mistakes import BadRequest, malformed, mistyped, not_whole
from stillhouse.wire.paths import Surface
from stillhouse.wire.spans import members

__all__ = ["Asked", "BadRequest", "bounds", "read"]

_KEY_ESCAPE = re.compile(rb"\\u00[567]")

LIMIT_MAX = 2**31 - 1
CHOICES_MAX = 128
SHAPES_MAX, SHAPE_BYTES_MAX = 1024, 4096
SILENT = frozenset({Surface.EMBEDDINGS, Surface.COUNT_TOKENS})
"""Surfaces whose answers have no tokens of their own."""
TEMPLATE_TOKENS = 256
"""The most that a chat template is taken to add of its own accord (gpt-oss adds about 70)."""
TOOLS_TOKENS = 1024
"""The most that a provider's own instructions for using tools are taken to add (Anthropic: 350)."""


class Shape(msgspec.Struct, frozen=True, eq=False, gc=False):
    """What bodies have in common that differ only in one array, the messages. See `Shapes`.

    before, after: their text up to the array's first byte, and from its last one.
    """

    before: bytes
    after: bytes
    decode: Callable[[bytes], object]

    def fits(self, body: bytes) -> bool:
        before, after = self.before, self.after
        start, end = len(before) - 1, len(body) - len(after) + 1
        if start >= end - 1 or not (body.startswith(before) and body.endswith(after)):
            return False
        try:
            self.decode(body[start:end])
        except msgspec.MsgspecError:
            return False  # not what it seemed
        return True


class Asked(msgspec.Struct, frozen=True, gc=False):
    """What a body asks for.

    output_limit: the greatest of the body's own limits, None when it names none.
    choices: answers per prompt, >= 1. prompts: prompts of a completions batch, >= 1.
    asked_usage: `stream_options.include_usage` is true.
    has_stream_options: the key is there, whatever its value.
    unbounded_input: the body can pull in input tokens that its bytes do not bound.
    model_at: where the body's only `"model"` begins, when that is the top-level key; negative from
        the body's end; 0 not known.
    extra_output: output tokens billed on top of the limit (rejected predictions), at most.
    workload: `metadata.workload`, when it is a string.
    service_tier: as asked; a provider may price tiers differently.
    shape: bodies of one shape are the same text outside their array of turns; None not known.
    turns_at, turns_after: bytes before and after the value that holds the turns; 0, 0 not known.
    """

    model: str | None
    stream: bool = False
    output_limit: int | None = None
    choices: int = 1
    prompts: int = 1
    asked_usage: bool = False
    has_stream_options: bool = False
    unbounded_input: bool = False
    has_tools: bool = False
    extra_output: int = 0
    workload: str | None = None
    service_tier: str | None = None
    model_at: int = 0
    shape: Shape | None = None
    turns_at: int = 0
    turns_after: int = 0


_chat = msgspec.json.Decoder(bodies.Chat).decode
_loose_chat = msgspec.json.Decoder(bodies.LooseChat).decode
_chat_messages = msgspec.json.Decoder(list[bodies.ChatMessage] | None).decode
_completions = msgspec.json.Decoder(bodies.Completions).decode
_embeddings = msgspec.json.Decoder(bodies.Embeddings).decode
_responses = msgspec.json.Decoder(bodies.Responses).decode
_input = msgspec.json.Decoder(str | list[bodies.Item] | None).decode
_loose_responses = msgspec.json.Decoder(bodies.LooseResponses).decode
_messages = msgspec.json.Decoder(bodies.Messages).decode
_turns = msgspec.json.Decoder(list[bodies.Turn] | None).decode
_loose_messages = msgspec.json.Decoder(bodies.LooseMessages).decode
_metadata = msgspec.json.Decoder(bodies.Metadata).decode
_elements = msgspec.json.Decoder(list[Raw]).decode


def read(surface: Surface, body: bytes, like: Asked | None = None) -> Asked:
    """Read the body of a metered surface.

    like: what another body of this surface asked for. If this one has its shape, that is what comes
    back: the very object, by which the caller knows it.

    Raises:
        BadRequest: not JSON, not UTF-8, not an object, or a field of a wrong type or range.
    """
    try:
        if not body.isascii():
            body.decode()  # skipped fields are not decoded, and still must be UTF-8
        if like is not None and like.shape is not None and like.shape.fits(body):
            return like
        return _READERS[surface](body)
    except msgspec.ValidationError as error:
        raise mistyped(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed(body, error) from error


class Shapes:
    """Bodies that differ only in one array, the messages: what surrounds it is read once.

    Why that is sound: a body was read whole, and the array under `name` was the text from `start`
    to `end`. Another body with the same text before and after, and one array between, decodes to
    the same fields around it. That it is one array is checked by decoding it.
    """

    __slots__ = ("_decode", "_known", "name")

    def __init__(self, name: bytes, decode: Callable[[bytes], object]) -> None:
        """decode: reads the array, or raises msgspec.MsgspecError."""
        self.name = name
        self._decode = decode
        self._known: dict[tuple[bytes, bytes], Asked] = {}

    def find(self, body: bytes) -> tuple[Asked | None, int, int]:
        """(what a body of this shape asks for, where its array seems to begin and end)."""
        start = body.find(b"[", body.find(self.name))
        end = body.rfind(b"]") + 1
        known = self._known.get((body[:start], body[end:]))
        if known is not None:
            try:
                self._decode(body[start:end])
            except msgspec.MsgspecError:
                known = None  # not what it seemed: read the whole
        return known, start, end

    def keep(self, body: bytes, start: int, end: int, asked: Asked) -> Asked:
        """The same, with its shape where that is short enough to be kept."""
        if len(body) - (end - start) <= SHAPE_BYTES_MAX:
            if len(self._known) >= SHAPES_MAX:
                self._known.clear()
            shape = Shape(body[: start + 1], body[end - 1 :], self._decode)
            asked = self._known[body[:start], body[end:]] = replace(asked, shape=shape)
        return asked


def _checked(body: bytes, name: bytes, start: int, end: int, *, limited: bool) -> int:
    """Where the body's only `"model"` begins, as `Asked.model_at`; 0 takes a closer look.

    start, end: an array that the search leaves out. It holds no top-level key wherever it stands,
    because no array of objects can begin inside a string and go on as JSON.

    Raises:
        BadRequest: a key is there twice.
    """
    low = (body[:start] + body[end:]).lower()
    at = low.find(b'"model"')
    # An escape can spell a key's letters (\\u0061 is an a), so that no literal is found.
    suspicious = (
        low.find(b'"model"', at + 1) > at
        or (name and low.count(name) > 1)
        or (b"\\" in low and _KEY_ESCAPE.search(low) is not None)
    )
    if suspicious or (limited and low.count(b'"max_') > 1):
        _refuse_duplicates(body)
    if suspicious or at < 0:
        return 0
    return at if at < start else at - len(low)


def bounds(
    asked: Asked, surface: Surface, size: int, most_in: int, most_out: int
) -> tuple[int, int]:
    """The most input and output tokens that a request can be billed for; the module says why.

    size: bytes of the body. most_in, most_out: what the model takes, and gives where the body sets
    no limit.
    """
    tokens_in = size + TEMPLATE_TOKENS
    if asked.has_tools:
        tokens_in += TOOLS_TOKENS
    if tokens_in > most_in or asked.unbounded_input:
        tokens_in = most_in
    if surface in SILENT:
        return tokens_in, 0
    limit = asked.output_limit
    each = most_out if limit is None else limit
    return tokens_in, each * asked.choices * asked.prompts + asked.extra_output


def _read_chat(body: bytes) -> Asked:
    known, start, end = _chats.find(body)
    if known is not None:
        return known
    unbounded = has_tools = asked_usage = has_options = False
    fields: bodies.LooseChat
    try:
        fields = strict = _chat(body)
        _chat_messages(strict.messages)
        has_tools = bool(strict.tools or strict.functions)
    except msgspec.ValidationError:
        fields = _loose_chat(body)
        unbounded = True
    limit = _greater(
        _limit("max_tokens", fields.max_tokens),
        _limit("max_completion_tokens", fields.max_completion_tokens),
    )
    asked_usage, has_options = _stream_options(fields.stream_options)
    proven = _stands(body, start, fields.messages)
    at = _checked(body, _chats.name, *proven, limited=limit is not None)
    asked = Asked(
        fields.model,
        fields.stream is True,
        limit,
        1 if fields.n is None else _only_n(body, fields.n),
        1,
        asked_usage,
        has_options,
        unbounded,
        has_tools,
        len(bytes(fields.prediction)) if is_given(fields.prediction) else 0,
        None if fields.metadata is ABSENT else _workload(fields.metadata),
        fields.service_tier,
        0 if fields.model is None else at,
        None,
        *_around(body, *proven),
    )
    if at and not unbounded and proven == (start, end):
        return _chats.keep(body, start, end, asked)
    return asked


def _stands(body: bytes, start: int, value: Raw) -> tuple[int, int]:
    """Where the array `value` stands in the body, if it begins at `start`; else nowhere."""
    text = bytes(value)
    if start >= 0 and body[start : start + len(text)] == text:
        return start, start + len(text)
    return _nowhere(body)


def _around(body: bytes, start: int, end: int) -> tuple[int, int]:
    """Bytes before and after a value whose place is known; 0, 0 when it is not."""
    return (start, len(body) - end) if start < end else (0, 0)


def _nowhere(body: bytes) -> tuple[int, int]:
    return len(body), len(body)


def _read_completions(body: bytes) -> Asked:
    fields = _completions(body)
    asked_usage, has_options = _stream_options(fields.stream_options)
    _refuse_duplicates(body)  # "n", "best_of" and "prompt" multiply; this surface is not hot
    choices = 1 if fields.n is None else _choices("n", fields.n)
    if fields.best_of is not None:
        choices = max(choices, _choices("best_of", fields.best_of))
    embeds = _count(fields.prompt_embeds)
    return Asked(
        fields.model,
        fields.stream is True,
        _limit("max_tokens", fields.max_tokens),
        choices,
        max(1, embeds + _count(fields.prompt)),
        asked_usage,
        has_options,
        unbounded_input=embeds > 0,
        workload=None if fields.metadata is ABSENT else _workload(fields.metadata),
        service_tier=fields.service_tier,
        model_at=0 if fields.model is None else _checked(body, b"", *_nowhere(body), limited=False),
    )


def _read_embeddings(body: bytes) -> Asked:
    fields = _embeddings(body)
    return Asked(
        fields.model,
        unbounded_input=is_given(fields.messages) or _has_objects(bytes(fields.input)),
        workload=None if fields.metadata is ABSENT else _workload(fields.metadata),
        service_tier=fields.service_tier,
        model_at=0 if fields.model is None else _checked(body, b"", *_nowhere(body), limited=False),
    )


def _read_responses(body: bytes) -> Asked:
    unbounded = has_tools = False
    fields: bodies.LooseResponses
    try:
        fields = strict = _responses(body)
        _input(strict.input)
        has_tools = bool(strict.tools)
    except msgspec.ValidationError:
        fields = _loose_responses(body)
        unbounded = True
    if fields.background is True:
        # Its usage is reported only to a later request, which nobody may make: unmetered.
        raise BadRequest(
            "'background' is not supported here: send the request without it, or with "
            '"stream": true.',
            param="background",
            code="unsupported_parameter",
        )
    limit = _limit("max_output_tokens", fields.max_output_tokens)
    start = body.find(b"[", body.find(b'"input"'))
    proven = _stands(body, start, fields.input)
    at = _checked(body, b'"input"', *proven, limited=limit is not None)
    turns = _around(body, *proven)
    return Asked(
        fields.model,
        fields.stream is True,
        limit,
        unbounded_input=unbounded,
        has_tools=has_tools,
        workload=None if fields.metadata is ABSENT else _workload(fields.metadata),
        service_tier=fields.service_tier,
        model_at=0 if fields.model is None else at,
        turns_at=turns[0],
        turns_after=turns[1],
    )


def _read_messages(body: bytes) -> Asked:
    known, start, end = _turn_lists.find(body)
    if known is not None:
        return known
    unbounded = has_tools = False
    fields: bodies.LooseMessages
    try:
        fields = strict = _messages(body)
        _turns(strict.messages)
        has_tools = bool(strict.tools)
    except msgspec.ValidationError:
        fields = _loose_messages(body)
        unbounded = True
    limit = _limit("max_tokens", fields.max_tokens)
    proven = _stands(body, start, fields.messages)
    at = _checked(body, _turn_lists.name, *proven, limited=limit is not None)
    turns = _around(body, *proven)
    asked = Asked(
        fields.model,
        fields.stream is True,
        limit,
        unbounded_input=unbounded,
        has_tools=has_tools,
        workload=None if fields.metadata is ABSENT else _workload(fields.metadata),
        service_tier=fields.service_tier,
        model_at=0 if fields.model is None else at,
        turns_at=turns[0],
        turns_after=turns[1],
    )
    if at and not unbounded and proven == (start, end):
        return _turn_lists.keep(body, start, end, asked)
    return asked


_chats = Shapes(b'"messages"', _chat_messages)
_turn_lists = Shapes(b'"messages"', _turns)
_READERS: dict[Surface, Callable[[bytes], Asked]] = {
    Surface.CHAT: _read_chat,
    Surface.COMPLETIONS: _read_completions,
    Surface.EMBEDDINGS: _read_embeddings,
    Surface.RESPONSES: _read_responses,
    Surface.MESSAGES: _read_messages,
    Surface.COUNT_TOKENS: _read_messages,
}


def _limit(name: str, limit: int | None) -> int | None:
    if limit is None or 0 <= limit <= LIMIT_MAX:
        return limit
    raise not_whole(name, least=0, most=LIMIT_MAX, got=limit)


def _greater(one: int | None, other: int | None) -> int | None:
    """The greater limit, because it is not known which one the provider obeys."""
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)


def _choices(name: str, count: int) -> int:
    if not 1 <= count <= CHOICES_MAX:
        raise not_whole(name, least=1, most=CHOICES_MAX, got=count)
    return count


def _only_n(body: bytes, count: int) -> int:
    if count != 1 or body.count(b'"n"') > 1:
        _refuse_duplicates(body)
    return _choices("n", count)


def _stream_options(options: bodies.StreamOptions | UnsetType | None) -> tuple[bool, bool]:
    if options is UNSET:
        return False, False
    return isinstance(options, bodies.StreamOptions) and options.include_usage is True, True


def _workload(metadata: Raw) -> str | None:
    try:
        return _metadata(metadata).workload
    except msgspec.ValidationError:  # another type, or no object: the provider's to judge
        return None


def _count(prompt: Raw) -> int:
    """How many prompts: one string, one array of token ids, or an array of either."""
    if not is_given(prompt):
        return 0
    text = bytes(prompt)
    if not text.startswith(b"["):
        return 1
    elements = _elements(text)
    if elements and bytes(elements[0])[:1].isdigit():
        return 1
    return len(elements)


def _has_objects(value: bytes) -> bool:
    if value.startswith(b"[") and b"{" in value:
        return any(bytes(element).startswith(b"{") for element in _elements(value))
    return value.startswith(b"{")


def _refuse_duplicates(body: bytes) -> None:
    seen: set[str] = set()
    for member in members(body):
        key = member.key.casefold()
        if key in seen:
            raise BadRequest(
                f"The key '{member.key[:64]}' is in the body more than once: send it once.",
                param=member.key[:64],
                code="duplicate_key",
            )
        seen.add(key)
