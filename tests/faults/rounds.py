"""Rounds of kill -9 at random points under load.

    python -m tests.faults.rounds --rounds 200 --seed 1

Each round lets callers run for a random moment, then kills a gateway worker, or the whole service,
or the sealer, and starts again what does not start by itself. One data folder lives through all of
them. In the end every acknowledged receipt must exist once with the charge that was told, nothing
may be lost, doubled or left open, and the bill must be the sum of the charges, also after one more
start.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import uvloop
from tests.faults.callers import Acknowledged, call_until
from tests.faults.service import Service

from stillhouse.testing.upstream import ScriptedUpstream

CALLERS = 12
KINDS = ("worker", "service", "worker", "service", "sealer")


@dataclass(slots=True)
class Outcome:
    """What the rounds came to. All of `wrong` must be 0 for the run to be good."""

    seed: int
    rounds: int
    killed: dict[str, int]
    sent: int
    broken: int
    refused: dict[str, int]
    acknowledged: int
    upstream_billed: int
    receipts: int
    exact_pico: str
    settled_s: float
    """from the last call until no hold was open; what dead writers left is settled by the sealer"""
    seconds: float
    wrong: dict[str, int]
    verify: dict[str, Any]

    @property
    def ok(self) -> bool:
        return not any(self.wrong.values()) and bool(self.verify.get("ok"))


async def run(
    rounds: int, seed: int, folder: Path, *, longest_s: float = 0.8, quiet: bool = True
) -> Outcome:
    began = time.monotonic()
    chance = random.Random(seed)
    told, stopped, killed = Acknowledged(), asyncio.Event(), Counter[str]()
    async with ScriptedUpstream() as upstream, asyncio.TaskGroup() as group:
        service = await asyncio.to_thread(Service, folder, upstream.base_url)
        limit = ("budgets", "set", "--account", service.account, "--period", "month")
        await asyncio.to_thread(service.ask, *limit, "--hard", "1000000", "--currency", "USD")
        try:
            await service.start()
            for number in range(CALLERS):
                caller = random.Random(f"{seed}:{number}")
                group.create_task(
                    call_until(
                        stopped, told, url=lambda: service.url, key=service.key, chance=caller
                    )
                )
            for number in range(rounds):
                await asyncio.sleep(chance.uniform(0.05, longest_s))
                kind = KINDS[number % len(KINDS)]
                await _kill(service, kind, chance)
                killed[kind] += 1
                if not quiet and (number + 1) % 10 == 0:
                    said = f"{number + 1} rounds, {len(told.charges)} acknowledged"
                    print(f"{said}, {time.monotonic() - began:.0f} s", flush=True)
            await asyncio.sleep(longest_s)
        except BaseException as error:
            error.add_note(f"the service's log ends: {service.tail()}")
            await asyncio.to_thread(service.kill)
            raise
        finally:
            stopped.set()
        settled_s = await _settle(service)
        await asyncio.to_thread(service.stop)
        outcome = await asyncio.to_thread(
            _compare, service, told, rounds=rounds, seed=seed, billed=len(upstream.ledger.billed)
        )
        await service.start()
        await asyncio.to_thread(service.stop)
        again = await asyncio.to_thread(service.billed)
        outcome.wrong["bill_changed_by_restart"] = abs(again - int(outcome.exact_pico))
        outcome.killed = dict(killed)
        outcome.settled_s = settled_s
        outcome.seconds = round(time.monotonic() - began, 1)
        return outcome


async def _settle(service: Service, *, within_s: float = 30.0) -> float:
    """Wait until nothing is in flight or open. Running out of time is no error here: it shows."""
    began = time.monotonic()
    while time.monotonic() < began + within_s:
        verify = await asyncio.to_thread(service.ask, "verify")
        if not (verify["open_holds"] or verify["in_flight"]):
            break
        await asyncio.sleep(0.2)
    return round(time.monotonic() - began, 1)


async def _kill(service: Service, kind: str, chance: random.Random) -> None:
    match kind:
        case "worker":
            service.kill_worker(chance.randrange(2))
        case "sealer":
            service.kill_sealer()
        case _:
            service.kill()
            await service.start()


def _compare(
    service: Service, told: Acknowledged, *, rounds: int, seed: int, billed: int
) -> Outcome:
    """Callers' memory and the provider's account against receipts, verify and bill."""
    rows = service.receipts()
    verify = service.ask("verify")
    exact = service.billed()
    seen = Counter(str(row["id"]) for row in rows)
    charges = {str(row["id"]): int(row["charge_pico"]) for row in rows}
    return Outcome(
        seed=seed,
        rounds=rounds,
        killed={},
        sent=told.sent,
        broken=told.broken,
        refused=told.refused,
        acknowledged=len(told.charges),
        upstream_billed=billed,
        receipts=len(rows),
        exact_pico=str(exact),
        settled_s=0.0,
        seconds=0.0,
        wrong={
            "acknowledged_without_receipt": sum(not seen[receipt] for receipt in told.charges),
            "receipts_doubled": sum(count - 1 for count in seen.values()),
            "acknowledged_twice": len(told.repeated),
            "charge_differs": sum(
                charges.get(receipt) != charge for receipt, charge in told.charges.items()
            ),
            "billed_upstream_without_receipt": max(0, billed - len(rows)),
            "lost": int(verify["lost"]),
            "duplicated": int(verify["duplicated"]),
            "open_holds": int(verify["open_holds"]),
            "bill_differs_from_receipts": abs(exact - sum(charges.values())),
        },
        verify=verify,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=0.8, help="seconds between two kills")
    parser.add_argument("--keep", type=Path, help="leave the data folder here")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rounds-") as made:
        folder = asked.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        outcome = uvloop.run(
            run(asked.rounds, asked.seed, folder, longest_s=asked.longest, quiet=False)
        )
    print(json.dumps(asdict(outcome), indent=2))
    if not outcome.ok:
        print(f"NOT GOOD: replay with --rounds {asked.rounds} --seed {asked.seed}")
    return 0 if outcome.ok else 1


if __name__ == "__main__":
    sys.exit(main())
