"""Full rebuild of roll-ups from raw receipts: how fast, how much memory, how many bytes.

    python -m bench.rebuild --millions 10

Writes synthetic receipts as sealed segments, exactly as the lake does (5,000 accounts by a Zipf
law, 40 models, cost and budgets on every receipt), then asks what `stillhouse verify` asks:

    totals   all roll-ups by day, account, project, key, deployment, model and both tariffs
    prices   the charge and the cost of each receipt, computed anew from its usage and tariffs
    counts   each writer's receipts: how many, how many different numbers, from where to where

Each question runs in a process of its own, so that its peak memory is its own; medians of three.
The answers are checked against sums taken while the receipts were made. On a shared machine look at
the CPU seconds: they say what the wall clock would on an idle one.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from stillhouse.store.audit import Audit
from stillhouse.store.lake import MONEY, SCHEMA, WORD, write_parquet
from stillhouse.tariff import Tariff, tariff
from stillhouse.units.instant import SECOND, Instant
from stillhouse.units.usage import METERS, Meter

ACCOUNTS, MODELS, PER_SEGMENT = 5_000, 40, 1_000_000
START = 1_793_491_200 * SECOND  # 2026-11-01
MONTH = 30 * 86_400 * SECOND
PROJECTS = 2
WORKLOADS = 200
"""a function of account and model: as many roll-ups as without them"""
Numbers = np.ndarray[Any, np.dtype[np.int64]]


def prices() -> tuple[list[Tariff], list[Tariff]]:
    def book(name: str, share: int) -> list[Tariff]:
        return [
            tariff(
                book="sale" if name == "sale" else "cost",
                model=f"model-{i:02d}",
                valid_from=Instant(0),
                prices={
                    Meter.INPUT: (250_000 + 100_000 * i) * share // 10,
                    Meter.CACHE_READ: (125_000 + 50_000 * i) * share // 10,
                    Meter.OUTPUT: (1_000_000 + 400_000 * i) * share // 10,
                },
            )
            for i in range(MODELS)
        ]

    return book("sale", 10), book("cost", 8)


def words(places: Numbers, of: list[str]) -> object:
    return pa.DictionaryArray.from_arrays(places.astype(np.int32), pa.array(of))


class Names(NamedTuple):
    """Ids of accounts, and of their projects: PROJECTS for each, in the same order."""

    accounts: list[str]
    projects: list[str]


MADE_UP = Names(
    [f"acc_{i:012x}" for i in range(ACCOUNTS)],
    [f"prj_{i:012x}" for i in range(ACCOUNTS * PROJECTS)],
)


def segment(
    rng: np.random.Generator, *, first: int, n: int, total: int, names: Names = MADE_UP
) -> tuple[pa.Table, int]:
    """n receipts of writer 1, and the sum of their charges."""
    sale, cost = prices()
    seq = np.arange(first, first + n)
    who = np.minimum(rng.zipf(1.3, n) - 1, ACCOUNTS - 1)
    where = who * PROJECTS + rng.integers(0, PROJECTS, n)
    model = np.minimum(rng.zipf(1.5, n) - 1, MODELS - 1)
    step = MONTH // total
    counts = {meter: np.zeros(n, np.int64) for meter in METERS}
    counts[Meter.INPUT] = np.minimum(rng.lognormal(6.5, 1.1, n), 120_000).astype(np.int64) + 1
    cached = rng.random(n) < 0.3
    counts[Meter.CACHE_READ] = np.where(cached, counts[Meter.INPUT] // 2 // 128 * 128, 0)
    counts[Meter.INPUT] -= counts[Meter.CACHE_READ]
    counts[Meter.OUTPUT] = np.minimum(rng.lognormal(5, 1, n), 16_000).astype(np.int64) + 1
    counts[Meter.REQUESTS] += 1

    def money(book: list[Tariff]) -> Numbers:
        table = np.array([t.prices for t in book])
        amount: Numbers = np.zeros(n, np.int64)
        for i, meter in enumerate(METERS):
            amount += counts[meter] * np.maximum(table[model, i], 0)
        return amount

    charge, owed = money(sale), money(cost)
    hold = counts[Meter.INPUT] * 1_000_000 + 4096 * (1_000_000 + 400_000 * model)
    first_byte = rng.lognormal(12.5, 0.5, n).astype(np.int64)
    models = [t.model for t in sale]
    keys = [f"key_{i:012x}" for i in range(ACCOUNTS * PROJECTS)]
    none = np.zeros(n, np.int64)
    columns = {
        "writer": np.ones(n, np.int32),
        "seq": seq,
        "call": seq,
        "admitted_at": START + seq * step + rng.integers(0, max(step, 2), n),
        "account": words(who, names.accounts),
        "project": words(where, names.projects),
        "key": words(where, keys),
        "deployment": words(model, models),
        "provider": words(none, ["stub"]),
        "model": words(model, models),
        "surface": words(none, ["chat"]),
        "stream": rng.random(n) < 0.7,
        "status": np.full(n, 200, np.int16),
        "outcome": words(none, ["completed"]),
        "witness": words(none, ["reported"]),
        "flags": np.zeros(n, np.int32),
        "first_byte_us": first_byte,
        "latency_us": first_byte + counts[Meter.OUTPUT] * 25_000 + rng.integers(0, 400_000, n),
        **{meter.value: counts[meter] for meter in METERS},
        "charge": charge,
        "cost": owed,
        "hold": hold,
        "sale_tariff": words(model, [t.id for t in sale]),
        "cost_tariff": words(model, [t.id for t in cost]),
        "budgets": words(who, [f"bud_{i:012x}@2026-11" for i in range(ACCOUNTS)]),
        "workload": words((who + model) % WORKLOADS, [f"t:{i:012x}" for i in range(WORKLOADS)]),
        "cohort": words(none, [""]),
        "terms": words(none, [""]),
    }
    arrays = []
    for field in SCHEMA:
        column = columns[field.name]
        if field.type == WORD:
            arrays.append(column)
        elif field.type == MONEY:
            arrays.append(pa.array(column).cast(pa.decimal128(19, 0)).cast(MONEY))
        else:
            arrays.append(pa.array(column, field.type))
    return pa.table(arrays, schema=SCHEMA), int(charge.sum())


def ask(folder: Path, question: str, threads: int) -> dict[str, object]:
    sale, cost = prices()
    tariffs: dict[str, Tariff] = {t.id: t for t in (*sale, *cost)}
    paths = sorted(folder.rglob("*.parquet"))
    begun, used = time.perf_counter(), time.process_time()
    with Audit(paths, SCHEMA.empty_table(), tariffs, threads=threads) as audit:
        answer: object
        if question == "totals":
            answer = [audit.rebuild(), *audit.whole()]
        elif question == "prices":
            answer = len(audit.mispriced(limit=10))
        else:
            answer = [c.distinct for c in audit.counts()]
    return {
        "seconds": time.perf_counter() - begun,
        "cpu": time.process_time() - used,
        "answer": answer,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--millions", type=int, default=10)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--folder", type=Path, help="keep the receipts here and use them again")
    options.add_argument("--ask", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.ask:
        print(json.dumps(ask(given.folder, given.ask, given.threads)))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        total = given.millions * PER_SEGMENT
        receipts = bytes_ = charged = 0
        for i in range(given.millions):
            rows, charge = segment(
                np.random.default_rng(i), first=1 + i * PER_SEGMENT, n=PER_SEGMENT, total=total
            )
            path = Path("segments") / "2026-11" / f"w1-{i + 1}.parquet"
            written = write_parquet(rows, folder, path)
            receipts, bytes_, charged = (
                receipts + len(rows),
                bytes_ + written.size,
                charged + charge,
            )
        print(f"{receipts:,} receipts, {bytes_ / receipts:.2f} bytes each")
        whole = 0.0
        for question in ("totals", "prices", "counts"):
            runs = []
            for _ in range(given.repeat):
                command = [sys.executable, "-m", "bench.rebuild", "--ask", question]
                command += ["--folder", str(folder), "--threads", str(given.threads)]
                done = subprocess.run(command, check=True, capture_output=True)
                runs.append(json.loads(done.stdout))
            seconds = statistics.median(run["seconds"] for run in runs)
            cpu = statistics.median(run["cpu"] for run in runs)
            peak = max(run["peak_mib"] for run in runs)
            answer = runs[0]["answer"]
            whole += seconds
            print(
                f"{question:>8}: {seconds:6.2f} s ({cpu:5.2f} s of CPU)"
                f"  {receipts / seconds / 1e6:5.2f} M receipts/s  peak {peak:,} MiB  {answer}"
            )
            if question == "totals" and answer[1:] != [receipts, charged]:
                raise SystemExit(f"the totals are wrong: {charged} was charged")
        print(f"   whole: {whole:6.2f} s  {receipts / whole / 1e6:5.2f} M receipts/s")


if __name__ == "__main__":
    main()
