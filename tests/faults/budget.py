"""A hard budget under many callers at once: `python -m tests.faults.budget`.

A budget of one dollar, N callers with random costs over several workers, each calling until it is
refused for good. Bounds are tight: a request allows exactly the tokens that it will use, and input
costs next to nothing, so what is set aside is what is spent. Then the budget must never be exceeded
by one pico-dollar, and by the time that everybody is refused at least 95 % of it must be spent.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import uvloop
from tests.faults.service import Service

from stillhouse.testing.client import HttpClient
from stillhouse.testing.script import Script
from stillhouse.testing.upstream import ScriptedUpstream
from stillhouse.units.money import exact, pico

LIMIT = "1.00"
PRICES = ("0.01", "100.00")
"""USD per million: a call of t output tokens costs t x 100 micro-dollars and a whiff of input."""
COSTLIEST = 200
"""Tokens of the dearest call: 2 % of the budget, so that the last refusal leaves less than 5 %."""
REFUSALS = 3
"""In a row, and a pause apart, before a caller believes that the budget is spent: slices that other
workers hold idle come back on recall."""


@dataclass(slots=True)
class Row:
    """One run. Amounts in pico-dollars; `upstream` is what the provider's account prices to."""

    callers: int
    workers: int
    served: int
    refused: int
    failed: int
    spent: int
    upstream: int
    receipts: int
    open_holds: int
    verify_ok: bool

    @property
    def overshoot(self) -> int:
        return max(0, max(self.spent, self.upstream) - pico(LIMIT))

    @property
    def utilisation(self) -> float:
        return self.spent / pico(LIMIT)

    @property
    def ok(self) -> bool:
        return (
            self.overshoot == 0
            and self.utilisation >= 0.95
            and self.spent == self.upstream
            and self.failed == 0
            and self.open_holds == 0
            and self.verify_ok
        )


async def run(callers: int, workers: int, seed: int, folder: Path) -> Row:
    counts = {"served": 0, "refused": 0, "failed": 0}
    async with ScriptedUpstream() as upstream:
        service = await asyncio.to_thread(
            Service, folder, upstream.base_url, workers=workers, prices=PRICES
        )
        period = ("--period", "month", "--hard", LIMIT, "--currency", "USD")
        await asyncio.to_thread(
            service.ask, "budgets", "set", "--account", service.account, *period
        )
        await service.start()
        try:
            async with HttpClient(service.url, connections=callers, timeout_s=30) as client:
                head = client.head(
                    "POST",
                    "/v1/chat/completions",
                    [
                        ("authorization", f"Bearer {service.key}"),
                        ("content-type", "application/json"),
                    ],
                )
                async with asyncio.TaskGroup() as group:
                    for number in range(callers):
                        chance = random.Random(f"{seed}:{number}")
                        group.create_task(_spend(client, head, chance, counts))
        except BaseException as error:
            error.add_note(f"the service's log ends: {service.tail()}")
            raise
        finally:
            await asyncio.to_thread(service.stop)
    billed = upstream.ledger.billed
    price_in, price_out = (int(float(price) * 1_000_000) for price in PRICES)
    verify = service.ask("verify")
    return Row(
        callers=callers,
        workers=workers,
        spent=service.billed(),
        upstream=sum(
            entry.prompt_tokens * price_in + entry.completion_tokens * price_out for entry in billed
        ),
        receipts=int(verify["receipts"]),
        open_holds=int(verify["open_holds"]),
        verify_ok=bool(verify["ok"]),
        **counts,
    )


async def _spend(
    client: HttpClient, head: bytes, chance: random.Random, counts: dict[str, int]
) -> None:
    """Call until the budget says no, three times in a row with a pause between."""
    refused = 0
    while refused < REFUSALS:
        tokens = chance.randint(1, COSTLIEST)
        script = Script(5, tokens, wait_ms=chance.choice([0, 1, 5, 20]))
        body = {
            "model": "gpt-4o",
            "messages": [{"role": "user", "content": "?"}],
            "max_tokens": tokens,
            "metadata": script.metadata(),
        }
        reply = await client.send(head, msgspec.json.encode(body))
        if reply.status == 200:
            refused = 0
            counts["served"] += 1
        elif b"budget" in reply.body or b"insufficient_quota" in reply.body:
            refused += 1
            counts["refused"] += 1
            await asyncio.sleep(0.1)
        else:
            counts["failed"] += 1
            return


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, nargs="*", default=[1, 8, 64, 512])
    parser.add_argument("--workers", type=int, nargs="*", default=[2, 3])
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    good = True
    said = "callers workers served refused failed       spent USD overshoot  used  ok"
    print(f"hard budget USD {LIMIT}, seed {asked.seed}\n{said}")
    for workers in asked.workers:
        for callers in asked.callers:
            with tempfile.TemporaryDirectory(prefix="budget-") as made:
                row = uvloop.run(run(callers, workers, asked.seed, Path(made)))
            good = good and row.ok
            print(
                f"{callers:7} {workers:7} {row.served:6} {row.refused:7} {row.failed:6}"
                f" {exact(row.spent):>15} {row.overshoot:9} {row.utilisation:6.1%}"
                f"  {'yes' if row.ok else asdict(row)}",
                flush=True,
            )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
