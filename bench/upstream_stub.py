"""The cheapest provider that can be told from a real one: `python -m bench.upstream_stub --port 0`.

A plain request gets about 600 fixed bytes; `"stream":true` gets `max_tokens` events at 20 a
second, then usage and [DONE]. It trusts its peers: one request at a time, headers as nginx and the
gateway write them. All streams share one clock: each beat serves a tenth of them, so that two
thousand streams cost two hundred timers a second and no burst is larger than a tenth of all.
"""

import argparse
import asyncio
import re
from typing import cast

import uvloop

CHUNKS_PER_S = 20
BEATS = 10
_LENGTH = re.compile(rb"\ncontent-length: *(\d+)", re.IGNORECASE)
_TOKENS = re.compile(rb'"max_tokens":(\d+)')
_BODY = (
    b'{"id":"chatcmpl-bench000000000000000000000","object":"chat.completion","created":1700000000,'
    b'"model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":"'
    + b"The comments ask about the song, the place and the recipe. "
    * 2
    + b'","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],'
    b'"service_tier":"default","system_fingerprint":null,"usage":{"prompt_tokens":220,'
    b'"completion_tokens":24,"total_tokens":244,"prompt_tokens_details":{"cached_tokens":0}}}'
)
_PLAIN = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-request-id: req_bench\r\n"
    b"content-length: %d\r\n\r\n%b" % (len(_BODY), _BODY)
)
_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: req_bench\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
_SAID = (
    b'data: {"id":"chatcmpl-bench000000000000000000000","object":"chat.completion.chunk",'
    b'"created":1700000000,"model":"gpt-4o-2024-08-06","service_tier":"default",'
    b'"system_fingerprint":null,"choices":[{"index":0,"delta":{"content":" word"},'
    b'"logprobs":null,"finish_reason":null}],"usage":null}\n\n'
)
_USAGE = (
    b'data: {"id":"chatcmpl-bench000000000000000000000","object":"chat.completion.chunk",'
    b'"created":1700000000,"model":"gpt-4o-2024-08-06","choices":[],"usage":'
    b'{"prompt_tokens":220,"completion_tokens":%d,"total_tokens":%d}}\n\n'
)
_DONE = b"data: [DONE]\n\n"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


_SAID_CHUNK = _chunk(_SAID)


class Beat:
    """Serves each tenth of the streams in turn, each twenty times a second."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._groups: list[set[Stub]] = [set() for _ in range(BEATS)]
        self._next = loop.time()
        self._turn = 0
        self._joined = 0
        self._tick()

    def join(self, stub: "Stub") -> "set[Stub]":
        group = self._groups[self._joined % BEATS]
        self._joined += 1
        group.add(stub)
        return group

    def _tick(self) -> None:
        for stub in list(self._groups[self._turn]):
            stub.say()
        self._turn = (self._turn + 1) % BEATS
        self._next += 1 / (CHUNKS_PER_S * BEATS)
        self._loop.call_at(self._next, self._tick)


class Stub(asyncio.Protocol):
    """One connection."""

    def __init__(self, beat: Beat) -> None:
        self._beat = beat
        self._group: set[Stub] | None = None
        self._left = self._tokens = 0
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._group is not None:
            self._group.discard(self)

    def data_received(self, data: bytes) -> None:
        if self._data:
            data = self._data + data
        end = data.find(b"\r\n\r\n")
        length = _LENGTH.search(data, 0, end) if end >= 0 else None
        if end < 0 or (length and len(data) < end + 4 + int(length[1])):
            self._data = data
            return
        self._data = b""
        if b'"stream":true' not in data:
            self._transport.write(_PLAIN)
            return
        tokens = _TOKENS.search(data)
        self._left = self._tokens = int(tokens[1]) if tokens else 100
        self._transport.write(_HEAD)
        self._group = self._beat.join(self)

    def say(self) -> None:
        if self._left:
            self._left -= 1
            self._transport.write(_SAID_CHUNK)
            return
        if self._group is not None:
            self._group.discard(self)
        usage = _USAGE % (self._tokens, 220 + self._tokens)
        self._transport.write(_chunk(usage) + _chunk(_DONE) + b"0\r\n\r\n")


async def _serve(port: int) -> None:
    loop = asyncio.get_running_loop()
    beat = Beat(loop)
    server = await loop.create_server(lambda: Stub(beat), "127.0.0.1", port, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9101)
    uvloop.run(_serve(parser.parse_args().port))
