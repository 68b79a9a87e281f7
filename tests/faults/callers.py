"""Clients that keep calling while the service is killed under them, and remember what it said.

A call is acknowledged when its answer is complete: the whole body of a plain answer, or a stream
with its [DONE] and its last chunk. From then on its receipt must exist, once, with the charge told.
"""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from stillhouse.testing.client import BrokenReplyError, HttpClient
from stillhouse.testing.replay import read_reply
from stillhouse.testing.script import Script


@dataclass(slots=True)
class Acknowledged:
    """What all callers together were told. broken: an answer was cut, or never began."""

    sent: int = 0
    broken: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    charges: dict[str, int | None] = field(default_factory=dict)
    """receipt id -> the charge that the answer told"""
    repeated: list[str] = field(default_factory=list)
    """receipt ids that two answers carried"""


def draw(chance: random.Random) -> bytes:
    """A small call of random shape: plain or streamed, quick or slow enough to die in mid-air."""
    completion = chance.randint(1, 40)
    script = Script(
        prompt_tokens=chance.randint(1, 80),
        completion_tokens=completion,
        chunks=8,
        wait_ms=chance.choice([0, 0, 5, 20]),
        delay_ms=chance.choice([0, 2, 5]),
    )
    body: dict[str, object] = {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": "round and round " * 8}],
        "max_tokens": completion,
        "metadata": script.metadata(),
        "stream": chance.random() < 0.5,
    }
    return msgspec.json.encode(body)


async def call_until(
    stopped: asyncio.Event,
    told: Acknowledged,
    *,
    url: Callable[[], str],
    key: str,
    chance: random.Random,
) -> None:
    """One caller: call after call, to wherever the service is now, until told to stop."""
    while not stopped.is_set():
        here = url()
        async with HttpClient(here, connections=1, timeout_s=20) as client:
            head = client.head(
                "POST",
                "/v1/chat/completions",
                [("authorization", f"Bearer {key}"), ("content-type", "application/json")],
            )
            while not stopped.is_set() and url() == here:
                if not await _call(client, head, draw(chance), told):
                    await asyncio.sleep(0.02)


async def _call(client: HttpClient, head: bytes, body: bytes, told: Acknowledged) -> bool:
    told.sent += 1
    try:
        reply = await client.send(head, body)
    except BrokenReplyError:
        told.broken += 1
        return False
    except OSError:  # nobody listens just now: it was not sent
        told.sent -= 1
        return False
    whole = reply.status == 200 and (b'"stream":true' not in body or b"[DONE]" in reply.body)
    if not whole:
        said = f"{reply.status} {reply.body[:120]!r}"
        told.refused[said] = told.refused.get(said, 0) + 1
        return False
    answer = read_reply(reply)
    receipt = answer.receipt or ""
    if receipt in told.charges:
        told.repeated.append(receipt)
    told.charges[receipt] = answer.charge
    return True
