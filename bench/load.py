"""Load for benchmarks, as a process of its own, pinned apart from what it measures.

    python -m bench.load streams --url U --key K --streams 300 --seconds 4 --pid P
    python -m bench.load unary   --url U --key K --rate 200 --seconds 4

streams: N streams at once, opened within a second; when all run, counts the events that arrive in a
window and the CPU that the processes under P (and their children) use meanwhile. unary: calls at
fixed times whether or not earlier ones are answered, latency from the time each was due (so a slow
server is not spared). Each prints one JSON object.
"""

import argparse
import asyncio
import gc
import json
import math
import random
import time
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit

import uvloop
from bench.processes import cpu_s, pss_mb, tree

from stillhouse.testing.client import BrokenReplyError, HttpClient

PATH = "/v1/chat/completions"
CHUNKS_PER_S = 20
RAMP_S = 1.0
SETTLE_S = 0.5
TAIL_S = 0.7


def chat_body(**more: object) -> bytes:
    """A chat request of about 1 KB."""
    text = "How many comments under this video are spam, and why do you think so? " * 13
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], "max_tokens": 24}
    return json.dumps(body | more, separators=(",", ":")).encode()


class _Stream(asyncio.Protocol):
    """One streamed call: counts events, never parses them."""

    def __init__(self, request: bytes, ended: asyncio.Future[bool]) -> None:
        self._request = request
        self._ended = ended
        self.events = 0
        self.well = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self.events += data.count(b"data: {")
        if b"[DONE]" in data:
            self.well = True
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._ended.done():
            self._ended.set_result(self.well)


async def streams(
    url: str, key: str, *, count: int, seconds: float, pids: list[int]
) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    where = urlsplit(url)
    address = where.hostname or "", where.port or 80
    each = math.ceil(CHUNKS_PER_S * (RAMP_S + SETTLE_S + seconds + TAIL_S))
    body = chat_body(stream=True, max_tokens=each)
    request = _head(where.netloc, key, len(body)) + body
    made: list[_Stream] = []
    ends: list[asyncio.Future[bool]] = []
    began = loop.time()
    for number in range(count):
        ended: asyncio.Future[bool] = loop.create_future()
        stream = _Stream(request, ended)
        await loop.create_connection(partial(_itself, stream), *address)
        made.append(stream)
        ends.append(ended)
        await asyncio.sleep(max(0.0, began + RAMP_S * number / count - loop.time()))
    ramped = loop.time() - began
    await asyncio.sleep(max(0.0, began + RAMP_S + SETTLE_S - loop.time()))
    watched = [pid for root in pids for pid in tree(root)]
    events, cpu, at = sum(stream.events for stream in made), cpu_s(watched), loop.time()
    own = time.process_time()
    await asyncio.sleep(seconds)
    events = sum(stream.events for stream in made) - events
    cpu, took = cpu_s(watched) - cpu, loop.time() - at
    own = time.process_time() - own
    pss = {pid: round(pss_mb(pid), 1) for pid in watched}
    well = await asyncio.wait_for(asyncio.gather(*ends), 30 + seconds)
    return {
        "streams": count,
        "seconds": took,
        "ramped_s": ramped,
        "events": events,
        "events_per_s": events / took,
        "cpu_us_per_event": 1e6 * cpu / events if events else None,
        "cpu_share": cpu / took,
        "load_share": own / took,
        "pss_mb": pss,
        "broken": count - sum(well),
    }


def _itself(stream: _Stream) -> _Stream:
    return stream


async def unary(url: str, key: str, *, rate: float, seconds: float) -> dict[str, Any]:
    body = chat_body()
    chance = random.Random(1)
    latencies: list[float] = []
    failed = 0
    async with HttpClient(url, connections=512, timeout_s=10) as client:
        head = client.head(
            "POST",
            PATH,
            [("authorization", f"Bearer {key}"), ("content-type", "application/json")],
        )

        async def one(due: float) -> None:
            nonlocal failed
            try:
                reply = await client.send(head, body)
            except (BrokenReplyError, OSError):
                failed += 1
                return
            failed += reply.status != 200
            latencies.append(time.perf_counter() - due)

        for _ in range(20):  # warm connections
            await one(time.perf_counter())
        latencies.clear()
        due = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(int(rate * seconds)):
                due += chance.expovariate(rate)  # arrivals as of many independent callers
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(one(due))
    ordered = sorted(latencies)
    return {
        "rate": rate,
        "calls": len(ordered),
        "failed": failed,
        "p50_ms": 1000 * ordered[len(ordered) // 2],
        "p90_ms": 1000 * ordered[int(len(ordered) * 0.90)],
        "p99_ms": 1000 * ordered[int(len(ordered) * 0.99)],
    }


def _head(host: str, key: str, length: int) -> bytes:
    return (
        f"POST {PATH} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    ).encode()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["streams", "unary"])
    parser.add_argument("--url", required=True)
    parser.add_argument("--key", default="none")
    parser.add_argument("--streams", type=int, default=300)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--pid", type=int, action="append", default=[])
    asked = parser.parse_args()
    gc.disable()  # a pause of ours must not look like one of theirs
    if asked.kind == "streams":
        work = streams(
            asked.url, asked.key, count=asked.streams, seconds=asked.seconds, pids=asked.pid
        )
    else:
        work = unary(asked.url, asked.key, rate=asked.rate, seconds=asked.seconds)
    print(json.dumps(uvloop.run(work)))


if __name__ == "__main__":
    main()
