"""Nanoseconds per operation of the pure hot path: read a request, feed a stream, read usage.

    .venv/bin/python bench/wire.py

Best of several short rounds, because the machine is shared; compare ratios, not absolute figures.
"""

import json
from collections.abc import Callable
from timeit import repeat

from stillhouse.units.instant import Instant
from stillhouse.wire import edit, paths, rates, request, usage
from stillhouse.wire.paths import Dialect, Surface
from stillhouse.wire.stream import Stream

ROUNDS, CALLS = 7, 5_000


def chat_body(*, size: int, stream: bool) -> bytes:
    """A chat request of about `size` bytes, in four messages."""
    text = "How many comments under this video are spam, and why? " * 40
    messages = [
        {"role": role, "content": text[: size // 4 - 45]}
        for role in ("system", "user", "assistant", "user")
    ]
    body = {"model": "gpt-4o", "messages": messages, "max_tokens": 64, "stream": stream}
    return json.dumps(body).encode()


USAGE = {
    "prompt_tokens": 250,
    "completion_tokens": 64,
    "total_tokens": 314,
    "prompt_tokens_details": {"cached_tokens": 128, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 32, "audio_tokens": 0},
}
CHUNK = (
    b'data: {"id":"chatcmpl-C4HqHBe4xca0k0EzsCnf1t6V3YFXp","object":"chat.completion.chunk",'
    b'"created":1755137933,"model":"gpt-5-nano-2025-08-07","service_tier":"default",'
    b'"system_fingerprint":null,"choices":[{"index":0,"delta":{"content":" today"},'
    b'"finish_reason":null}],"obfuscation":"S4aIEacCRfN26p"}\n\n'
)
ASKED_CHUNK = CHUNK.replace(b',"obfuscation"', b',"usage":null,"obfuscation"')
DELTA = (
    b"event: response.output_text.delta\n"
    b'data: {"type":"response.output_text.delta","item_id":"msg_1","output_index":0,'
    b'"content_index":0,"delta":" today","sequence_number":7}\n\n'
)
BLOCK = (
    b"event: content_block_delta\n"
    b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" Hi"}}\n\n'
)


def measure(name: str, operation: Callable[[], object]) -> None:
    best = min(repeat(operation, number=CALLS, repeat=ROUNDS)) / CALLS
    print(f"{name:48} {best * 1e9:9,.0f} ns")


def main() -> None:
    body = chat_body(size=1024, stream=True)
    large = chat_body(size=8192, stream=True)
    asked = request.read(Surface.CHAT, body)
    answer = json.dumps(
        {
            "id": "chatcmpl-1",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi! " * 150}}],
            "usage": USAGE,
        }
    ).encode()
    stream = Stream(Surface.CHAT, strip_usage=True)
    responses = Stream(Surface.RESPONSES, strip_usage=False)
    messages = Stream(Surface.MESSAGES, strip_usage=False)
    halves = Stream(Surface.CHAT, strip_usage=True)
    final = b'data: {"choices":[],"usage":' + json.dumps(USAGE).encode() + b"}\n\n"
    room = rates.Room(500, 499, 200_000, 199_000, Instant(0))

    def in_halves() -> None:
        halves.feed(CHUNK[:100])
        halves.feed(CHUNK[100:])

    measure("route, exact", lambda: paths.route(b"/v1/chat/completions"))
    measure(
        "route, Azure deployment",
        lambda: paths.route(b"/openai/deployments/gpt-4o/chat/completions"),
    )
    measure(f"read, {len(body)} bytes", lambda: request.read(Surface.CHAT, body))
    measure(f"read, {len(large)} bytes", lambda: request.read(Surface.CHAT, large))
    measure("with_model", lambda: edit.with_model(body, "gpt-4o-mini", asked))
    measure("with_usage", lambda: edit.with_usage(body, asked))
    measure(f"read_usage, {len(answer)} bytes", lambda: usage.read_usage(Surface.CHAT, answer))
    measure("Stream.feed, chat chunk", lambda: stream.feed(CHUNK))
    measure('Stream.feed, chat chunk with "usage":null', lambda: stream.feed(ASKED_CHUNK))
    measure("Stream.feed, responses delta", lambda: responses.feed(DELTA))
    measure("Stream.feed, messages delta", lambda: messages.feed(BLOCK))
    measure("Stream.feed, chat chunk in two halves", in_halves)
    measure(
        "Stream, one chunk, usage and [DONE]",
        lambda: Stream(Surface.CHAT, strip_usage=True).feed(CHUNK + final + b"data: [DONE]\n\n"),
    )
    measure("rate_headers", lambda: rates.rate_headers(Dialect.OPENAI, room))


if __name__ == "__main__":
    main()
