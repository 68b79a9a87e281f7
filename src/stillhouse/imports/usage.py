"""Which shape of usage a report is, and its meters.

The three shapes are told apart by their own words: `prompt_tokens` is OpenAI's chat, `input_tokens`
with cache counters beside it is Anthropic's, `input_tokens` alone is a response's (where it agrees
with Anthropic's). What the counts mean is `wire.usage`'s business.
"""

import msgspec
from msgspec import Raw

from stillhouse.imports.call import LineError
from stillhouse.ledger.rules import believable
from stillhouse.units.usage import COUNT_MAX, Usage
from stillhouse.wire.count import count_input, count_output
from stillhouse.wire.paths import Surface
from stillhouse.wire.usage import (
    AnthropicUsage,
    OpenAIUsage,
    Reported,
    ResponsesUsage,
    from_anthropic,
    from_openai,
)

_openai = msgspec.json.Decoder(OpenAIUsage).decode
_responses = msgspec.json.Decoder(ResponsesUsage).decode
_anthropic = msgspec.json.Decoder(AnthropicUsage).decode
NOTHING = {b"", b"null"}


def read(raw: Raw) -> Reported | None:
    """The meters of a usage object; None when there is none, or it counts nothing at all.

    Raises:
        LineError: it is not of a shape that is known, or no call uses so much.
    """
    text = bytes(raw)
    if text in NOTHING:
        return None
    try:
        if b'"prompt_tokens"' in text or b'"completion_tokens"' in text:
            found = from_openai(_openai(text))
        elif b'"cache_' in text:
            found = from_anthropic(_anthropic(text))
        else:
            found = from_openai(_responses(text))
    except msgspec.ValidationError as error:
        raise LineError("not_an_object", f"usage: {error}") from None
    if found is not None and not believable(found.usage):
        check(found.usage)
    return found


def check(usage: Usage) -> None:
    """Raise LineError when no call can have used this."""
    if not believable(usage):
        raise LineError("unbelievable", f"no call uses more than {COUNT_MAX:,} of one meter")


def counted(where: Surface, request: Raw, response: Raw) -> Usage:
    """Our own rough count of what went in and what came out."""
    said = bytes(response)
    output = 0 if said in NOTHING else count_output(where, said)
    usage = Usage(input=count_input(bytes(request)), output=output, requests=1)
    check(usage)
    return usage
