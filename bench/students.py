"""A student behind the gateway: what a call costs, and what a cut-over does to the bill.

    python -m bench.students [--calls 10000] [--callers 64] [--json]

One service with one worker, as it is sold (journal, receipts, a hard budget), a scripted teacher,
and the student that `tests/students.py` trains on SmSA (TF-IDF of words and pairs, 3 labels). The
same calls are sent twice, before and after cut-over. Printed are the CPU of the gateway's worker
and of the student's process for a call, from /proc, and the bills beside a sum over the receipts'
Parquet files that shares no code with them. CPU counts, not time: other load only adds a little.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import uvloop
from bench.processes import cpu_s
from tests.contract.test_releases import TABLES, asked
from tests.service import Customer, House, eventually, serving
from tests.students import sentiments, smsa

from stillhouse.testing.client import HttpClient
from stillhouse.testing.upstream import upstream_thread

PATH = "/v1/chat/completions"
WORKLOAD = ("x-stillhouse-workload", "sentiment")


async def send(house: House, customer: Customer, bodies: Iterable[bytes], callers: int) -> int:
    """Every body once, `callers` at a time; how many were answered with 200."""
    waiting, answered = iter(bodies), 0
    async with HttpClient(house.url) as client:
        names = [("authorization", f"Bearer {customer.key}"), WORKLOAD]
        head = client.head("POST", PATH, [*names, ("content-type", "application/json")])

        async def caller() -> None:
            nonlocal answered
            for body in waiting:
                reply = await client.send(head, body)
                answered += reply.status == 200

        await asyncio.gather(*(caller() for _ in range(callers)))
    return answered


def measured(
    house: House, customer: Customer, bodies: list[bytes], callers: int
) -> dict[str, float]:
    """CPU microseconds a call of each process, and calls a second by the clock."""
    noted = house.service.processes()
    pids = {"gateway": noted["workers"][0], "student": noted["students"]["pupil"]}
    before = {name: cpu_s([pid]) for name, pid in pids.items()}
    began = time.monotonic()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        answered = runner.run(send(house, customer, bodies, callers))
    seconds = time.monotonic() - began
    used = {
        f"{name}_us": 1e6 * (cpu_s([pid]) - before[name]) / answered for name, pid in pids.items()
    }
    return {"answered": answered, "per_second": answered / seconds, **used}


def recomputed(house: House, customer: Customer) -> dict[str, int]:
    """Charge and saving from sealed receipts and the prices above, in SQL."""
    files = house.service.data / "segments" / "*" / "*.parquet"
    sql = f"""
        SELECT count(*), sum(charge),
               sum(CASE WHEN deployment = 'smsa' THEN input * 100000 + output * 400000
                        ELSE input * 2500000 + output * 10000000 END)
                   FILTER (flags & 40 = 0),
               sum(input * 2400000 + output * 9600000)
                   FILTER (deployment = 'smsa' AND flags & 40 = 0)
        FROM read_parquet('{files}', union_by_name = true)
        WHERE account = '{customer.account}' AND flags & 256 = 0
    """
    with duckdb.connect() as sums:
        [(calls, charge, again, saved)] = sums.execute(sql).fetchall()
    return {
        "receipts": calls,
        "charge": int(charge),
        "by_prices": int(again),
        "saved": int(saved or 0),
    }


def asked_as_billed(text: str, label: str) -> dict[str, Any]:
    """The teacher reports a token for each four bytes of the body, and one for its label."""
    wish = {"completion_tokens": "1", "text": label}
    return asked(text, label) | {"metadata": wish}


def bill(house: House, customer: Customer) -> Any:
    return house.shell.one(
        "bill", "--account", customer.account, "--month", house.service.months()[-1]
    )


def run(folder: Path, *, calls: int, callers: int) -> dict[str, Any]:
    sentiments(folder / "data" / "distill" / "students" / "smsa")
    rows = smsa("train")
    bodies = [
        json.dumps(asked_as_billed(*rows[n % len(rows)]), separators=(",", ":")).encode()
        for n in range(calls)
    ]
    more = TABLES
    with (
        upstream_thread() as upstream,
        serving(folder, upstream.base_url, workers=1, more=more) as house,
    ):
        customer = house.customer("bench")
        house.shell.run(
            *("budgets", "set", "--account", customer.account, "--period", "month"),
            *("--hard", "100000"),
        )
        warm = house.customer("warm")
        measured(house, warm, bodies[:1000], callers)
        before = measured(house, customer, bodies, callers)
        first = bill(house, customer)
        release = house.shell.one(
            *("distill", "release", "smsa", "--account", customer.account, "--workload"),
            *("sentiment", "--instead-of", "gpt-4o", "--promise", "50%", "--audit", "0"),
            *("--config", str(house.service.config)),
        )["id"]
        house.shell.run("releases", "move", release, "canary", "--share", "50%", "--force", "bench")
        house.shell.run("releases", "move", release, "cut_over", "--force", "bench")
        time.sleep(1)
        after = measured(house, customer, bodies, callers)
        second = bill(house, customer)

        def sealed() -> bool:
            return recomputed(house, customer)["receipts"] == 2 * calls

        eventually(sealed, within_s=90)
        again = recomputed(house, customer)
        verified = house.verify()["ok"]
    [saving] = second["savings"]
    return {
        "calls": calls,
        "teacher": before,
        "student": after,
        "calls_per_core_s": 1e6 / (after["gateway_us"] + after["student_us"]),
        "bill_before_pico": first["exact_pico"],
        "bill_after_pico": second["exact_pico"],
        "recomputed_pico": str(again["by_prices"]),
        "saved_pico": saving["saved_pico"],
        "recomputed_saved_pico": str(again["saved"]),
        "lost": 2 * calls - int(before["answered"]) - int(after["answered"]),
        "receipts": again["receipts"],
        "right": second["exact_pico"] == str(again["by_prices"]) == str(again["charge"])
        and saving["saved_pico"] == str(again["saved"])
        and verified,
    }


def main() -> None:
    options = argparse.ArgumentParser(prog="bench.students", description=__doc__)
    options.add_argument("--calls", type=int, default=10_000)
    options.add_argument("--callers", type=int, default=64)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), calls=given.calls, callers=given.callers)
    if given.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:<22}{value}")


if __name__ == "__main__":
    main()
