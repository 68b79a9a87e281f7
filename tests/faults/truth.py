"""What the provider billed beside what we recorded: `python -m tests.faults.truth --calls 1000`.

Calls of every kind go through a service to a scripted upstream that fails by seed: answers cut,
stalled, garbled, without usage or with too much, refusals to retry; and some clients leave in
mid-answer. The upstream's account is the truth. Each call has a prompt length of its own, so a
receipt whose usage was reported is matched with the entry that it stands for, token by token.

What a fault leaves for us to see is in the table: `exact` entries have their receipt with the same
tokens; the others have one that says it was counted, a lower bound, or nothing. None may have none.
"""

import argparse
import asyncio
import contextlib
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from tests.faults.service import Service

from stillhouse.testing.account import Billed
from stillhouse.testing.client import BrokenReplyError, HttpClient
from stillhouse.testing.faults import Fault, FaultPlan
from stillhouse.testing.script import Script
from stillhouse.testing.upstream import ScriptedUpstream

TELLING = {
    "",
    Fault.DUPLICATE_USAGE,
    Fault.OVER_REPORT,
    Fault.SLOW_BYTES,
    Fault.EARLY_CLOSE,
    Fault.STALL_BEFORE,
    Fault.STALL_MID,
}
"""With these the right usage does arrive, sooner or later: the receipt must say it exactly."""
RATE = 0.04
LEAVERS = 0.1
CALLERS = 16


@dataclass(slots=True)
class Truth:
    """Both accounts, and what does not agree."""

    seed: int
    billed: list[Billed]
    receipts: list[dict[str, Any]]
    verify: dict[str, Any]
    table: list[dict[str, Any]] = field(default_factory=list)
    unmatched: list[Billed] = field(default_factory=list)
    """entries whose usage was told and that no receipt repeats"""

    @property
    def ok(self) -> bool:
        enough = len(self.receipts) >= len(self.billed)
        return not self.unmatched and enough and bool(self.verify["ok"])


async def run(calls: int, seed: int, folder: Path) -> Truth:
    plan = FaultPlan(seed=seed, rates=dict.fromkeys(Fault, RATE), stall_s=0.2, slow_byte_s=0.0002)
    async with ScriptedUpstream(plan=plan) as upstream:
        service = await asyncio.to_thread(Service, folder, upstream.base_url)
        await service.start()
        try:
            numbers = iter(range(1, calls + 1))
            async with asyncio.TaskGroup() as group:
                for number in range(CALLERS):
                    chance = random.Random(f"{seed}:{number}")
                    group.create_task(_call(service, numbers, chance))
        finally:
            await asyncio.to_thread(service.stop)
        receipts = await asyncio.to_thread(service.receipts)
        verify = await asyncio.to_thread(service.ask, "verify")
        return _compare(Truth(seed, list(upstream.ledger.billed), receipts, verify))


async def _call(service: Service, numbers: Any, chance: random.Random) -> None:
    async with HttpClient(service.url, connections=1, timeout_s=20) as client:
        head = client.head(
            "POST",
            "/v1/chat/completions",
            [("authorization", f"Bearer {service.key}"), ("content-type", "application/json")],
        )
        for number in numbers:
            leaves = chance.random() < LEAVERS
            script = Script(
                prompt_tokens=number,
                completion_tokens=chance.randint(1, 50),
                chunks=10,
                delay_ms=3 if leaves else 0,
                tag="left" if leaves else "",
            )
            body = msgspec.json.encode(
                {
                    "model": "gpt-4o",
                    "messages": [{"role": "user", "content": "?"}],
                    "max_tokens": script.completion_tokens,
                    "metadata": script.metadata(),
                    "stream": leaves or chance.random() < 0.5,
                }
            )
            if leaves:
                await _leave(service, head, body, chance)
                continue
            with contextlib.suppress(BrokenReplyError):
                await client.send(head, body)


async def _leave(service: Service, head: bytes, body: bytes, chance: random.Random) -> None:
    """Read a part of the answer, or none of it, and go."""
    host, _, port = service.url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head + b"content-length: %d\r\n\r\n%b" % (len(body), body))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.1):  # an answer that is already whole brings no more
            for _ in range(chance.randint(0, 3)):
                await reader.read(1024)
    await asyncio.sleep(chance.choice([0, 0.002, 0.02]))
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _compare(truth: Truth) -> Truth:
    reported = Counter(
        (row["usage"].get("input", 0), row["usage"].get("output", 0))
        for row in truth.receipts
        if row["witness"] == "reported"
    )
    kinds: dict[str, Counter[str]] = {}
    # A retry repeats its call's tokens: the receipt stands for the attempt that told them.
    for entry in sorted(truth.billed, key=lambda entry: entry.fault not in TELLING):
        kind = entry.fault or ("client leaves" if entry.tag else "none")
        counts = kinds.setdefault(kind, Counter())
        counts["billed"] += 1
        counts["tokens"] += entry.prompt_tokens + entry.completion_tokens
        tokens = (entry.prompt_tokens, entry.completion_tokens)
        if reported[tokens]:
            reported[tokens] -= 1
            counts["exact"] += 1
        elif entry.fault in TELLING:
            truth.unmatched.append(entry)
    truth.table = [{"kind": kind, **kinds[kind]} for kind in sorted(kinds)]
    return truth


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="truth-") as made:
        truth = uvloop.run(run(asked.calls, asked.seed, Path(made)))
    print(f"{'fault':20} {'billed':>7} {'exact':>7} {'tokens':>9}")
    for row in truth.table:
        print(f"{row['kind']:20} {row['billed']:7} {row.get('exact', 0):7} {row['tokens']:9}")
    witnesses = Counter(f"{row['outcome']}/{row['witness']}" for row in truth.receipts)
    print(f"{len(truth.billed)} billed, {len(truth.receipts)} receipts: {dict(witnesses)}")
    print(f"verify: {truth.verify}")
    for entry in truth.unmatched[:10]:
        print(f"UNMATCHED {entry}")
    if not truth.ok:
        print(f"NOT GOOD: replay with --calls {asked.calls} --seed {asked.seed}")
    return 0 if truth.ok else 1


if __name__ == "__main__":
    sys.exit(main())
