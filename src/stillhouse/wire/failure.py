"""A failure after the first byte: an event instead of a status, in the stream's own shape.

The official clients raise on it: OpenAI's on a data object that has "error" or on an event named
"error", Anthropic's on an event named "error".
"""

import msgspec

from stillhouse.wire.paths import Dialect, Surface
from stillhouse.wire.refusals import Refusal, body


def failure_event(surface: Surface, dialect: Dialect, refusal: Refusal, request_id: str) -> bytes:
    """One SSE event that ends a stream which broke."""
    match surface:
        case Surface.RESPONSES:
            # Fields where the documentation has them, and in "error", on which clients raise.
            said = {"code": refusal.code, "message": refusal.message, "param": refusal.param}
            event = {"type": "error", **said, "error": {"type": refusal.kind, **said}}
            return b"event: error\ndata: " + msgspec.json.encode(event) + b"\n\n"
        case Surface.MESSAGES:
            return b"event: error\ndata: " + body(dialect, refusal, request_id) + b"\n\n"
        case _:
            return b"data: " + body(dialect, refusal, request_id) + b"\n\n"
