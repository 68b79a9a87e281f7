"""How fast the SQLite store is, on the disk of the named folder: `python -m bench.store DIR`.

Each lease is one durable transaction. A segment of 10,000 totals is posted by one transaction,
first into empty totals and then on top of them. Figures mean nothing without the disk and the load.
"""

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from stillhouse.ledger.ports import Segment, Total
from stillhouse.store.sqlite import SQLiteStore
from stillhouse.units.instant import Instant
from stillhouse.units.money import Pico
from stillhouse.units.usage import METERS

AT = Instant(1_795_000_000_000_000)
LEASES = 500
TOTALS = 10_000
PROCESSES = 3


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def lease_many(path: Path, budget: str) -> None:
    with closing(SQLiteStore(path)) as store:
        writer = store.register_writer(at=AT)
        for _ in range(LEASES):
            store.lease(writer, budget, "2026-11", need=Pico(1), want=Pico(10**12))


def sealed(writer: int, file: int, budget: str) -> Segment:
    day, usage = "2026-11-20", (1,) * len(METERS)
    totals = tuple(
        Total(day, "a", "p", f"key_{n}", "d", "m", "s", "c", 10, usage, 10**12, 5)
        for n in range(TOTALS)
    )
    return Segment(
        id=f"w{writer}-{file}",
        writer=writer,
        file=file,
        path="p",
        sha256="0" * 64,
        size=1,
        receipts=10 * TOTALS,
        seq_min=1,
        seq_max=10 * TOTALS,
        charge=10**12 * TOTALS,
        cost=5 * TOTALS,
        sealed_at=AT,
        totals=totals,
        spent={(budget, "2026-11", True): 10**12 * TOTALS},
    )


def main(folder: Path) -> None:
    path = folder / "stillhouse.sqlite"
    store = SQLiteStore(path)
    account = store.create_account("bench", at=AT, actor="bench")
    budget = store.set_budget(
        "account",
        account.id,
        span="month",
        limit=Pico(10**30),
        hard=True,
        currency="USD",
        amount="1",
        fx="1",
        at=AT,
        actor="bench",
    ).id
    alone = seconds(lambda: lease_many(path, budget))
    print(f"leases, 1 process: {LEASES / alone:,.0f}/s")
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=lease_many, args=(path, budget)) for _ in range(PROCESSES)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    together = time.perf_counter() - start
    print(
        f"leases, {PROCESSES} processes: {PROCESSES * LEASES / together:,.0f}/s from their start on"
    )
    writer = store.register_writer(at=AT)
    for file in (1, 2):
        batch = sealed(writer, file, budget)
        took = seconds(lambda batch=batch: store.post_segment(batch, at=AT))  # type: ignore[misc]
        print(f"post {TOTALS:,} totals, {'new' if file == 1 else 'known'}: {took * 1e3:,.0f} ms")
    for name, poll in (("version", store.version), ("recalls", lambda: store.recalls(0))):
        took = seconds(lambda poll=poll: [poll() for _ in range(2_000)])  # type: ignore[misc]
        print(f"{name}: {took / 2_000 * 1e6:.1f} µs")
    store.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as made:
        main(Path(made))
