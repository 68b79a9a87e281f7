"""What a provider reports was used -> disjoint meters. One adapter per shape, decided here, once.

The reports nest and overlap; a `Usage` does not. For every consistent report the meters sum to the
provider's own totals.

    OpenAI, Azure       cached, audio and image tokens are part of the prompt's total;
                        reasoning, audio and image tokens are part of the completion's
    xAI and others      reasoning is beside the completion's total, seen from total_tokens
    Anthropic           input_tokens excludes cache reads and writes; writes are split by lifetime

Details that exceed their total are cut to it and the report is marked inconsistent: the total is
what the provider bills. Cached tokens are believed first, because they are the cheapest.

No usage and zero usage are different things: None, and a Usage of zeros.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import field

from stillhouse.units.usage import COUNT_MAX, Usage, plain
from stillhouse.wire.count import count_input, count_output
from stillhouse.wire.paths import Surface

__all__ = ["Reported", "count_input", "count_output", "read_usage"]


class Reported(msgspec.Struct, frozen=True, gc=False):
    """tier: the service tier that the answer names, as it names it; None when it names none."""

    usage: Usage
    inconsistent: bool
    tier: str | None = None


class _In(msgspec.Struct, gc=False):
    cached_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None


class _Out(msgspec.Struct, gc=False):
    reasoning_tokens: int | None = None
    audio_tokens: int | None = None
    image_tokens: int | None = None


class OpenAIUsage(msgspec.Struct, gc=False):
    """`usage` of chat, completions and embeddings."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    prompt_tokens_details: _In | None = None
    completion_tokens_details: _Out | None = None


class ResponsesUsage(msgspec.Struct, gc=False):
    """`usage` of a response: the same as `OpenAIUsage` by other names."""

    prompt_tokens: int | None = field(name="input_tokens", default=None)
    completion_tokens: int | None = field(name="output_tokens", default=None)
    total_tokens: int | None = None
    prompt_tokens_details: _In | None = field(name="input_tokens_details", default=None)
    completion_tokens_details: _Out | None = field(name="output_tokens_details", default=None)


class _CacheCreation(msgspec.Struct, gc=False):
    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class AnthropicUsage(msgspec.Struct, gc=False):
    """`usage` of a message, of `message_start` and of `message_delta`."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: _CacheCreation | None = None
    service_tier: Any = None


class _OpenAIAnswer(msgspec.Struct, gc=False):
    usage: OpenAIUsage | None = None
    service_tier: Any = None
    """Any: whatever else a provider puts there must not cost us the usage."""


class _ResponsesAnswer(msgspec.Struct, gc=False):
    usage: ResponsesUsage | None = None
    service_tier: Any = None


class _AnthropicAnswer(msgspec.Struct, gc=False):
    usage: AnthropicUsage | None = None


_openai = msgspec.json.Decoder(_OpenAIAnswer).decode
_responses = msgspec.json.Decoder(_ResponsesAnswer).decode
_anthropic = msgspec.json.Decoder(_AnthropicAnswer).decode


def read_usage(surface: Surface, body: bytes) -> Reported | None:
    """The usage that an unstreamed answer reports; None when it reports none that can be read."""
    try:
        return _ADAPTERS[surface](body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _read_openai(body: bytes) -> Reported | None:
    answer = _openai(body)
    usage = answer.usage
    return None if usage is None else from_openai(usage, answer.service_tier)


def _read_responses(body: bytes) -> Reported | None:
    answer = _responses(body)
    usage = answer.usage
    return None if usage is None else from_openai(usage, answer.service_tier)


def _read_anthropic(body: bytes) -> Reported | None:
    usage = _anthropic(body).usage
    return None if usage is None else from_anthropic(usage)


def _read_count(_: bytes) -> Reported:
    """Counting tokens uses none; its answer is the client's."""
    return Reported(Usage(requests=1), inconsistent=False)


_ADAPTERS: dict[Surface, Callable[[bytes], Reported | None]] = {
    Surface.CHAT: _read_openai,
    Surface.COMPLETIONS: _read_openai,
    Surface.EMBEDDINGS: _read_openai,
    Surface.RESPONSES: _read_responses,
    Surface.MESSAGES: _read_anthropic,
    Surface.COUNT_TOKENS: _read_count,
}


def from_openai(usage: OpenAIUsage | ResponsesUsage, tier: object = None) -> Reported | None:
    """OpenAI's arithmetic: details are parts of their totals."""
    tokens_in, tokens_out = usage.prompt_tokens, usage.completion_tokens
    if tokens_in is None and tokens_out is None:
        return None
    left_in, left_out, total = tokens_in or 0, tokens_out or 0, usage.total_tokens
    of_in, of_out = usage.prompt_tokens_details, usage.completion_tokens_details
    named = tier if type(tier) is str else None
    if (
        0 <= left_in <= COUNT_MAX
        and 0 <= left_out <= COUNT_MAX
        and (of_in is None or not (of_in.cached_tokens or of_in.audio_tokens or of_in.image_tokens))
        and (
            of_out is None
            or not (of_out.reasoning_tokens or of_out.audio_tokens or of_out.image_tokens)
        )
    ):
        odd = total is not None and total != left_in + left_out
        return Reported(plain(left_in, left_out), odd, named)
    parted, odd = _parted(left_in, left_out, total, of_in, of_out)
    return Reported(parted, odd, named)


def _parted(
    left_in: int, left_out: int, total: int | None, of_in: _In | None, of_out: _Out | None
) -> tuple[Usage, bool]:
    """Every meter that the details name, and whether anything was odd."""
    odd = False
    if left_in < 0 or left_out < 0:
        odd, left_in, left_out = True, max(left_in, 0), max(left_out, 0)
    cached = audio_in = image_in = reasoning = audio_out = image_out = 0
    expected = left_in + left_out
    if of_out is not None:
        reasoning = of_out.reasoning_tokens or 0
        if reasoning > 0 and total == expected + reasoning:
            left_out += reasoning  # reported beside the completion, not inside it
            expected += reasoning
        reasoning, left_out, odd = _part(reasoning, left_out, odd)
        audio_out, left_out, odd = _part(of_out.audio_tokens, left_out, odd)
        image_out, left_out, odd = _part(of_out.image_tokens, left_out, odd)
    if of_in is not None:
        cached, left_in, odd = _part(of_in.cached_tokens, left_in, odd)
        audio_in, left_in, odd = _part(of_in.audio_tokens, left_in, odd)
        image_in, left_in, odd = _part(of_in.image_tokens, left_in, odd)
    if total is not None and total != expected:
        odd = True
    return Usage(
        left_in, cached, 0, 0, left_out, reasoning, audio_in, audio_out, image_in, image_out, 1
    ), odd


def from_anthropic(usage: AnthropicUsage) -> Reported | None:
    """Anthropic's arithmetic: input, cache reads and cache writes lie side by side."""
    if usage.input_tokens is None and usage.output_tokens is None:
        return None
    odd = False
    written = usage.cache_creation_input_tokens
    hour = 0
    split = usage.cache_creation
    if split is not None:
        hour = split.ephemeral_1h_input_tokens or 0
        both = hour + (split.ephemeral_5m_input_tokens or 0)
        if written is None:
            written = both
        elif both > written:
            odd = True
    counts = (
        usage.input_tokens or 0,
        usage.cache_read_input_tokens or 0,
        written or 0,
        usage.output_tokens or 0,
    )
    if min(counts) < 0:
        odd = True
    uncached, read, written, output = (max(count, 0) for count in counts)
    hour, five_minutes, odd = _part(hour, written, odd)
    tier = usage.service_tier
    return Reported(
        Usage(uncached, read, five_minutes, hour, output, requests=1),
        odd,
        tier if type(tier) is str else None,
    )


def _part(part: int | None, whole: int, odd: bool) -> tuple[int, int, bool]:  # noqa: FBT001
    """(the part, what it leaves of the whole, whether anything was odd so far)."""
    if not part:
        return 0, whole, odd
    if part < 0:
        return 0, whole, True
    if part > whole:
        return whole, 0, True
    return part, whole - part, odd
