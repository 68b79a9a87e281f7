"""Drive a recorded trace through a running gateway, and say what came back.

    trace -> paced requests that carry their token counts (see `script`) -> replies -> summary

Open loop: a call is sent at its recorded time divided by the speed, whether or not earlier ones are
done, so a slow gateway is seen as lateness instead of being spared. Only when all connections are
busy does a call wait, and how late that made it is told. Prompts are padded to the recorded length,
as a real caller's would be; otherwise no gateway could set enough money aside. Nothing is retried.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from zlib import crc32

import msgspec

from stillhouse.testing.client import BrokenReplyError, HttpClient, Reply
from stillhouse.testing.script import Script
from stillhouse.testing.trace import TraceCall
from stillhouse.units.money import exact, pico

FAILURES_KEPT = 20
_WORDS = b"what is this comment about and how does its writer feel about the video "


class Plan(NamedTuple):
    """How to drive. speed: times recorded time; infinity sends as fast as connections allow.

    stream_share: of calls, 0 to 1, chosen by the row so that a replay repeats.
    """

    url: str
    deployment: str
    key: str
    speed: float = 1.0
    connections: int = 256
    stream_share: float = 0.5
    bytes_per_token: int = 4
    timeout_s: float = 120.0


class Told(NamedTuple):
    """What one reply says of itself; None is not said."""

    tokens_in: int | None
    tokens_out: int | None
    receipt: str | None
    charge: int | None
    currency: str


@dataclass(slots=True)
class Summary:
    """What a replay did. Tokens as asked for and as answered; charges are exact pico-units."""

    calls: int = 0
    ok: int = 0
    failed: int = 0
    asked_in: int = 0
    asked_out: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    unreported: int = 0
    receipts: list[str] = field(default_factory=list)
    charges: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    failures: list[dict[str, object]] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    late_s: float = 0.0
    wall_s: float = 0.0

    def report(self) -> dict[str, object]:
        """For people and machines: everything but the long lists."""
        return {
            "calls": self.calls,
            "ok": self.ok,
            "failed": self.failed,
            "statuses": dict(self.statuses),
            "asked_tokens_in": self.asked_in,
            "asked_tokens_out": self.asked_out,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "usage_unreported": self.unreported,
            "receipts": len(set(self.receipts)),
            "charge": {
                currency: exact(amount) for currency, amount in sorted(self.charges.items())
            },
            "latency_ms_p50": round(1000 * percentile(self.latencies, 50), 3),
            "latency_ms_p99": round(1000 * percentile(self.latencies, 99), 3),
            "late_ms_max": round(1000 * self.late_s, 3),
            "wall_s": round(self.wall_s, 3),
            "calls_per_s": round(self.calls / self.wall_s, 1) if self.wall_s else 0.0,
            "failures": self.failures,
        }


async def replay(
    calls: Iterable[TraceCall], plan: Plan, *, progress: Callable[[], None] = lambda: None
) -> Summary:
    """Send every call of a trace; `progress` is called after each answer."""
    summary = Summary()
    headers = [
        ("authorization", f"Bearer {plan.key}"),
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
    ]
    client = HttpClient(plan.url, connections=plan.connections, timeout_s=plan.timeout_s)
    head = client.head("POST", "/v1/chat/completions", headers)
    busy = asyncio.Semaphore(plan.connections)

    async def one(call: TraceCall) -> None:
        try:
            await _one(client, head, call, plan, summary)
        finally:
            busy.release()
            progress()

    began = time.perf_counter()
    async with client, asyncio.TaskGroup() as group:
        for call in calls:
            due = began + (0.0 if math.isinf(plan.speed) else call.at_s / plan.speed)
            wait = due - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            await busy.acquire()
            if not math.isinf(plan.speed):
                summary.late_s = max(summary.late_s, time.perf_counter() - due)
            group.create_task(one(call))
    summary.wall_s = time.perf_counter() - began
    return summary


async def _one(
    client: HttpClient, head: bytes, call: TraceCall, plan: Plan, summary: Summary
) -> None:
    summary.calls += 1
    summary.asked_in += call.prompt_tokens
    summary.asked_out += call.completion_tokens
    try:
        reply = await client.send(head, request_body(call, plan))
    except BrokenReplyError as error:
        _fail(summary, call, "broken", str(error))
        return
    except OSError as error:
        _fail(summary, call, "unreachable", str(error))
        return
    told = read_reply(reply)
    if told.receipt:
        summary.receipts.append(told.receipt)
    problem = _problem(reply)
    if problem:
        _fail(summary, call, str(reply.status), problem)
        return
    summary.ok += 1
    summary.statuses[str(reply.status)] += 1
    summary.latencies.append(reply.elapsed_s)
    if told.tokens_in is None or told.tokens_out is None:
        summary.unreported += 1
    else:
        summary.tokens_in += told.tokens_in
        summary.tokens_out += told.tokens_out
    if told.charge is not None:
        summary.charges[told.currency] += told.charge


def _fail(summary: Summary, call: TraceCall, kind: str, message: str) -> None:
    summary.failed += 1
    summary.statuses[kind] += 1
    if len(summary.failures) < FAILURES_KEPT:
        summary.failures.append({"line": call.line, "kind": kind, "message": message})


def request_body(call: TraceCall, plan: Plan) -> bytes:
    """A chat request as long as the recorded prompt, that asks for the recorded tokens."""
    streams = crc32(b"%d" % call.line) % 10_000 < plan.stream_share * 10_000
    script = Script(call.prompt_tokens, call.completion_tokens)
    size = call.prompt_tokens * plan.bytes_per_token
    text = (_WORDS * (size // len(_WORDS) + 1))[:size].decode()
    body: dict[str, object] = {
        "model": plan.deployment,
        "messages": [{"role": "user", "content": text}],
        "max_completion_tokens": max(1, call.completion_tokens),
        "metadata": script.metadata(),
    }
    if streams:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    return msgspec.json.encode(body)


class _Usage(msgspec.Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _Answer(msgspec.Struct):
    usage: _Usage | None = None


_answers = msgspec.json.Decoder(_Answer)


def read_reply(reply: Reply) -> Told:
    """Usage, receipt and charge, from headers and body, of a plain or a streamed answer."""
    usage, note = None, {}
    if _streamed(reply):
        at = reply.body.rfind(b'"usage":{')
        if at >= 0:
            start = reply.body.rfind(b"data:", 0, at) + len(b"data:")
            usage = _usage(reply.body[start : reply.body.find(b"\n", at)])
        note = _note(reply.body)
    elif reply.status == 200:
        usage = _usage(reply.body)
    amount, _, currency = reply.headers.get("x-stillhouse-charge", "").partition(" ")
    amount, currency = note.get("charge", amount), note.get("currency", currency)
    return Told(
        tokens_in=usage.prompt_tokens if usage else None,
        tokens_out=usage.completion_tokens if usage else None,
        receipt=reply.headers.get("x-stillhouse-receipt"),
        charge=pico(amount) if amount else None,
        currency=currency,
    )


def _streamed(reply: Reply) -> bool:
    return reply.headers.get("content-type", "").startswith("text/event-stream")


def _note(body: bytes) -> dict[str, str]:
    """The comment in which a stream tells its charge: `: stillhouse receipt=... charge=...`."""
    at = body.rfind(b"\n: stillhouse ")
    if at < 0:
        return {}
    words = body[at + 1 :].partition(b"\n")[0].decode("latin-1").split()
    return dict(word.split("=", 1) for word in words if "=" in word)


def _usage(data: bytes) -> _Usage | None:
    try:
        return _answers.decode(data).usage
    except msgspec.MsgspecError:
        return None


def _problem(reply: Reply) -> str:
    """Why a complete reply is still a failure, or nothing."""
    if reply.status != 200:
        return reply.body[:300].decode("utf-8", errors="replace")
    if _streamed(reply):
        if b"\ndata: [DONE]" not in reply.body:
            return "the stream ended without [DONE]"
        if b'\ndata: {"error"' in reply.body:
            return "the stream carried an error event"
    return ""


def percentile(values: list[float], percent: float) -> float:
    """Nearest rank; 0 of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
