"""Named edits on request bodies: the only bytes that differ between what came and what goes on.

    with_model          the deployment's name becomes the provider's model
    with_usage          a stream is asked to report its usage
    with_output_limit   near the end of a budget, a token limit is written in

Each works on bytes and leaves every other byte as it was: formats of numbers, escapes, white space,
key order. Bodies are those that `request.read` accepted: valid JSON objects without duplicate keys.

`Asked.model_at` is a proof: the body has the literal `"model"` once, cannot spell it with escapes,
and has a top-level one when decoded, so that one is it. Without the proof a scanner finds the key.
"""

import re
from json import dumps, loads

from stillhouse.wire.paths import Surface
from stillhouse.wire.request import Asked
from stillhouse.wire.spans import Member, is_empty, members, opening

_MODEL = re.compile(rb'"model"[ \t\n\r]*:[ \t\n\r]*("[^"\\]*+")')
_USAGE = b'"stream_options":{"include_usage":true}'

LIMITS: dict[Surface, tuple[str, ...]] = {
    Surface.CHAT: ("max_completion_tokens", "max_tokens"),
    Surface.COMPLETIONS: ("max_tokens",),
    Surface.RESPONSES: ("max_output_tokens",),
    Surface.MESSAGES: ("max_tokens",),
}
"""The fields that limit the output; the first is the one written when a body has none.

For chat that is `max_completion_tokens`: OpenAI's reasoning models refuse `max_tokens`.
"""


def with_model(body: bytes, model: str, asked: Asked | None = None) -> bytes:
    """Set the top-level "model", or add one directly after the opening brace.

    asked: what `request.read` made of this very body; spares the scan.
    """
    name = dumps(model).encode()
    if asked is not None and asked.model_at:
        found = _MODEL.match(body, asked.model_at % len(body))
        if found is not None:
            start, end = found.span(1)
            return body if asked.model == model else body[:start] + name + body[end:]
    own = [m for m in members(body) if m.key == "model"]
    if not own:
        return _first(body, b'"model":' + name)
    other = [(m.value, m.end) for m in own if loads(body[m.value : m.end]) != model]
    return _replaced(body, other, name)


def with_usage(body: bytes, asked: Asked) -> bytes:
    """Ask a stream for its usage; for chat and completions, the surfaces that must be asked."""
    if asked.asked_usage:
        return body
    if not asked.has_stream_options:
        return _first(body, _USAGE)
    options = [m for m in members(body) if m.key == "stream_options"]
    for option in reversed(options):
        body = _with_include_usage(body, option)
    return body


def with_output_limit(body: bytes, surface: Surface, limit: int) -> bytes:
    """Lower the body's own limits to `limit`, or add one. A limit is never raised."""
    value = str(limit).encode()
    names = LIMITS[surface]
    own = [m for m in members(body) if m.key in names and body[m.value : m.end] != b"null"]
    if not own:
        named = [m for m in members(body) if m.key == names[0]]  # "max_tokens": null
        if named:
            return _replaced(body, [(m.value, m.end) for m in named], value)
        return _first(body, b'"' + names[0].encode() + b'":' + value)
    return _replaced(
        body, [(m.value, m.end) for m in own if int(body[m.value : m.end]) > limit], value
    )


def _with_include_usage(body: bytes, option: Member) -> bytes:
    if body[option.value : option.value + 1] != b"{":  # null
        return body[: option.value] + b'{"include_usage":true}' + body[option.end :]
    inner = [(m.value, m.end) for m in members(body, option.value) if m.key == "include_usage"]
    if inner:
        return _replaced(body, inner, b"true")
    return _first(body, b'"include_usage":true', option.value)


def _first(body: bytes, member: bytes, at: int = 0) -> bytes:
    """Put a member first in the object at or after `at`."""
    brace = opening(body, at) + 1
    comma = b"" if is_empty(body, brace - 1) else b","
    return body[:brace] + member + comma + body[brace:]


def _replaced(body: bytes, spans: list[tuple[int, int]], value: bytes) -> bytes:
    for start, end in reversed(spans):
        body = body[:start] + value + body[end:]
    return body
