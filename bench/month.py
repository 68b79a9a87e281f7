"""A month of receipts in a real data folder: how long its questions take.

    python -m bench.month make --millions 100 --folder F      (once: 12 minutes for 100 million)
    python -m bench.month ask --folder F [--json]

`make` writes what a gateway would have left behind: sealed segments, posted one by one with their
totals, 5,000 accounts with projects (the largest has about a quarter of all calls), 40 models,
workloads. `ask` then takes the time of each question in a process of its own:

    load       all totals read into columns (what the console does once, when it starts)
    drill      account x workload x model x day of the largest account, from those columns
    share      every account's share of the month
    rebuild    all totals from raw receipts, compared with the ledger's (read meanwhile), exactly
    evidence   what documents say of receipts, for all accounts, from the segments (once, ahead)
    draft      drafts of all accounts; `largest`: only of the largest, in seconds
    approve    all of them, as they stand
    close      finalise all accounts from roll-ups, with evidence ready

The last four change the folder: give them a copy (segments may be a link). They are asked in this
order, each starts from what the one before left, and `--close` asks for them too.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from bench import rebuild
from rich.progress import track

from stillhouse.billing.settings import Issuer
from stillhouse.compose.evidence import prepare
from stillhouse.compose.invoices import Invoices
from stillhouse.compose.month import Month
from stillhouse.compose.stores import WholeStore, open_store
from stillhouse.ledger.ports import Segment, Store
from stillhouse.store.audit import Audit
from stillhouse.store.lake import SCHEMA, write_parquet
from stillhouse.store.rollups import Rollups, columns_of
from stillhouse.units.instant import DAY, Instant

FIRST, LAST, MONTH = "2026-11-01", "2026-11-30", "2026-11"
AT = Instant(rebuild.START + rebuild.MONTH)
LATER = Instant(AT + DAY)
REPEAT = 5
T = TypeVar("T")


def make(folder: Path, millions: int) -> None:
    store = open_store(folder, create=True)
    # Only here: nothing is promised to anybody yet, and 15,000 fsyncs are a minute.
    store._connection.execute("PRAGMA synchronous = OFF")  # type: ignore[attr-defined]  # noqa: SLF001
    sale, cost = rebuild.prices()
    store.register_tariffs([*sale, *cost], at=Instant(rebuild.START))
    writer = store.register_writer(at=Instant(rebuild.START))
    names = people(store)
    total = millions * rebuild.PER_SEGMENT
    for i in track(range(millions), description="Writing receipts"):
        rows, charge = rebuild.segment(
            np.random.default_rng(i),
            first=1 + i * rebuild.PER_SEGMENT,
            n=rebuild.PER_SEGMENT,
            total=total,
            names=names,
        )
        path = Path("segments") / MONTH / f"w{writer}-{i + 1}.parquet"
        written = write_parquet(rows, folder, path)
        with Audit([folder / path], SCHEMA.empty_table(), {}) as audit:
            totals = tuple(audit.totals())
        store.post_segment(
            Segment(
                id=f"w{writer}-{i + 1}",
                writer=writer,
                file=i + 1,
                path=written.path,
                sha256=written.sha256,
                size=written.size,
                receipts=len(rows),
                seq_min=1 + i * rebuild.PER_SEGMENT,
                seq_max=(i + 1) * rebuild.PER_SEGMENT,
                charge=charge,
                cost=sum(t.cost for t in totals),
                sealed_at=AT,
                totals=totals,
            ),
            at=AT,
        )
    store.release_writer(writer, at=AT)
    store.close()


def people(store: Store) -> rebuild.Names:
    """Accounts and projects, with the ids that the store gave them."""
    at, actor = Instant(rebuild.START), "bench"
    accounts, projects = [], []
    for i in track(range(rebuild.ACCOUNTS), description="Opening accounts"):
        account = store.create_account(f"Customer {i:04d}", at=at, actor=actor).id
        accounts.append(account)
        projects += [
            store.create_project(name, account=account, at=at, actor=actor).id
            for name in ("web", "batch")
        ]
    return rebuild.Names(accounts, projects)


def ask(folder: Path, question: str) -> dict[str, Any]:
    """One question, in this process."""
    store = open_store(folder)
    seconds, answer = QUESTIONS[question](folder, store)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "question": question,
        "seconds": seconds,
        "cpu": sum(use.ru_utime + use.ru_stime for use in used),
        "peak_mib": sum(use.ru_maxrss for use in used) // 1024,
        "answer": answer,
    }


def timed(work: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    answer = work()
    return time.perf_counter() - begun, answer


def load(_: Path, store: Store) -> tuple[float, object]:
    rollups = Rollups(store)
    seconds, days = timed(rollups.refresh)
    [whole] = rollups.sums([], first=FIRST, last=LAST)
    return seconds, {"days": days, "receipts": whole.receipts, "charge": str(whole.charge)}


def summed(by: list[str], *, largest: bool) -> Callable[[Path, Store], tuple[float, object]]:
    def question(_: Path, store: Store) -> tuple[float, object]:
        rollups = Rollups(store)
        rollups.refresh()
        [most] = rollups.sums(["account"], first=FIRST, last=LAST, limit=1)
        only = {"account": most.keys[0]} if largest else None
        runs = [
            timed(lambda: rollups.sums(by, first=FIRST, last=LAST, only=only))
            for _ in range(REPEAT)
        ]
        return statistics.median(seconds for seconds, _ in runs), {"rows": len(runs[0][1])}

    return question


def rebuilt(folder: Path, store: Store) -> tuple[float, object]:
    paths = [folder / segment.path for segment in store.segments()]

    def compare() -> int:
        with Audit(paths, SCHEMA.empty_table(), {}) as audit:
            return len(audit.differing(lambda: columns_of(store), limit=10))

    seconds, differing = timed(compare)
    return seconds, {"differing": differing}


def evidence(folder: Path, store: WholeStore) -> tuple[float, object]:
    store.forget_evidence()
    seconds, n = timed(lambda: prepare(folder, store, [MONTH]))
    receipts = sum(segment.receipts for segment in store.segments())
    return seconds, {"segments": n, "us_per_receipt": round(seconds / receipts * 1e6, 2)}


def drafted(folder: Path, store: WholeStore) -> tuple[float, object]:
    store.set_issuer(Issuer(name="Bench"), at=AT, actor="bench")
    rollups = Rollups(store)
    rollups.refresh()
    [most] = rollups.sums(["account"], first=FIRST, last=LAST, limit=1)
    rollups.close()
    invoices = Invoices(folder, store)
    largest, stage = timed(
        lambda: invoices.draft(most.keys[0], MONTH, at=LATER, actor="bench").document
    )
    seconds, answer = stepped("draft")(folder, store)
    return seconds, {
        **answer,
        "largest_s": round(largest, 3),
        "its_receipts": stage.receipts.count,
        "its_lines": len(stage.lines),
    }


def stepped(step: str) -> Callable[[Path, WholeStore], tuple[float, dict[str, Any]]]:
    def question(folder: Path, store: WholeStore) -> tuple[float, dict[str, Any]]:
        month = Month(folder, store, MONTH, at=LATER, actor="bench")
        seconds, results = timed(lambda: list(getattr(month, step)()))
        return seconds, {
            "accounts": dict(Counter(each.state for each in results)),
            "ms_each": round(seconds / max(len(results), 1) * 1000, 2),
        }

    return question


CLOSING: dict[str, Callable[[Path, WholeStore], tuple[float, object]]] = {
    "evidence": evidence,
    "draft": drafted,
    "approve": stepped("approve"),
    "close": stepped("finalise"),
}
QUESTIONS: dict[str, Callable[[Path, WholeStore], tuple[float, object]]] = {
    "load": load,
    "drill": summed(["account", "workload", "model", "day"], largest=True),
    "share": summed(["account"], largest=False),
    "rebuild": rebuilt,
    **CLOSING,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=["make", "ask"])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--millions", type=int, default=10)
    parser.add_argument("--question", choices=list(QUESTIONS))
    parser.add_argument("--close", action="store_true", help="and close it: changes the folder")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.verb == "make":
        make(given.folder, given.millions)
    elif given.question:
        print(json.dumps(ask(given.folder, given.question)))
    else:
        for question in [q for q in QUESTIONS if given.close or q not in CLOSING]:
            command = [sys.executable, "-m", "bench.month", "ask", "--folder", str(given.folder)]
            done = subprocess.run(
                [*command, "--question", question], check=True, capture_output=True, text=True
            )
            if given.json:
                print(done.stdout, end="")
                continue
            row = json.loads(done.stdout)
            print(
                f"{question:8} {row['seconds']:8.2f} s  CPU {row['cpu']:7.2f} s"
                f"  peak {row['peak_mib']:,} MiB  {row['answer']}",
                flush=True,
            )


if __name__ == "__main__":
    main()
