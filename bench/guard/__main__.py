"""The table: how many collectors guard finds, how many customers it hits, and how others do.

    python -m bench.guard [--quick] [--split dev|test] [--part NAME ...] [--json FILE]

Everything is counted by accounts. "Detected" is a notice, at the stated 1 % over an account's life,
within so many calls. The headline is the worst source. A run on the test split is an event: it goes
into the lab log with its date, whatever it says.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from bench.guard import collectors
from bench.guard.baselines import detectors, seen
from bench.guard.tenants import population
from bench.guard.trials import CURVE, Row, Trials

from stillhouse.compose.scan import shipped
from stillhouse.guard.calibration import clopper_pearson, read

SEED = {"dev": 11, "test": 12}
SHARES = (0.25, 0.1, 0.5, 0.05)
PARTS = (
    "benign",
    "pure",
    "hard",
    "clusters",
    "blends",
    "baselines",
    "evasions",
    "hydras",
    "blind benign",
    "blind pure",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Text)
    parser.add_argument("--quick", action="store_true", help="under three minutes on a free core")
    parser.add_argument("--size", type=int, help="trials of the smallest parts; 5, 1 when quick")
    parser.add_argument("--split", choices=("dev", "test"), default="test")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this; again for more")
    parser.add_argument("--calibration", type=Path, help="instead of the one that ships")
    parser.add_argument("--json", type=Path, help="write everything here too")
    given = parser.parse_args()
    calibration = read(given.calibration.read_bytes()) if given.calibration else shipped()
    trials = Trials(given.split, calibration, seed=SEED[given.split])
    size = given.size or (1 if given.quick else 5)
    parts: dict[str, Callable[[], list[Row]]] = {
        "benign": lambda: trials.benign(60 if given.quick else 120 * size),
        "hard": lambda: trials.hard(size),
        "clusters": lambda: trials.clusters(2 * size),
        "pure": lambda: trials.pure(5 * size),
        "baselines": lambda: baselines(trials, 60 if given.quick else 100 * size),
        "blends": lambda: trials.blends(2 * size, SHARES[:1] if given.quick else SHARES),
        "hydras": lambda: hydras(trials, size, quick=given.quick),
        "evasions": lambda: trials.evasions(size),
        "blind benign": lambda: trials.blind_benign(4 * size),
        "blind pure": lambda: trials.blind_pure(2 * size),
    }
    found: dict[str, list[dict[str, object]]] = {}
    for name in PARTS:
        if given.part and name not in given.part:
            continue
        began = time.monotonic()
        rows = parts[name]()
        found[name] = [row.document() for row in rows]
        show(name, rows, time.monotonic() - began)
        if given.json:
            given.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def hydras(trials: Trials, size: int, *, quick: bool) -> list[Row]:
    rows = trials.hydras(size, sizes=(100,), shares=("payment", "network", "nothing"))
    if not quick:
        rows += trials.hydras(size, sizes=(5, 20), shares=("payment",))
        one = collectors.SOURCES[trials.split][:1]
        rows += trials.hydras(1, sizes=(1000,), shares=("payment", "nothing"), sources=one)
    return rows


def baselines(trials: Trials, benign: int) -> list[Row]:
    """Each at its threshold of dev; on the accounts that `benign` and `pure` have judged."""
    rng = Random(5)
    of_dev = [seen(a) for a in population(rng, "dev", benign, prefix="d")]
    rows = []
    judged = {name: [seen(a) for a in accounts] for name, accounts in trials.kept.items()}
    for name, (statistic, threshold) in detectors(of_dev, rng).items():
        for source in ("benign", *collectors.SOURCES[trials.split]):
            row = Row(f"{name}: {source}", trials=len(judged.get(source, ())))
            row.within = sum(statistic(s) > threshold for s in judged.get(source, ()))
            rows.append(row)
    return rows


def show(name: str, rows: Sequence[Row], seconds: float) -> None:
    print(f"\n## {name} ({seconds:.0f} s)\n")
    print("| what | trials | notice in time | rate | 95 % bounds | calls | tokens | higher | |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        d = row.document()
        high = clopper_pearson(row.within, row.trials)
        higher = " ".join(f"{k}:{v}" for k, v in row.passed.items() if v)
        extra = " ".join(f"{k} {v:g}" for k, v in row.extra.items())
        print(
            f"| {row.name} | {row.trials} | {row.within} | {row.rate:.0%} | "
            f"{d['lower_95']:.3f} to {high:.3f} | {d['median_calls'] or '-'} | "
            f"{d['median_tokens'] or '-'} | {higher} | {extra} |",
            flush=True,
        )
    if name in {"pure", "blends", "blind pure"}:
        curve(rows)
    if name in {"pure", "blind pure"} and rows:
        worst = min(rows, key=lambda row: row.rate)
        print(f"\nworst source: {worst.name}, {worst.rate:.0%}")


def curve(rows: Sequence[Row]) -> None:
    """How many were found by so many calls."""
    print(f"\n| found by calls | {' | '.join(f'{n:,}' for n in CURVE)} |")
    print(f"|---|{'---|' * len(CURVE)}")
    for row in rows:
        found = " | ".join(f"{sum(c <= n for c in row.calls) / row.trials:.0%}" for n in CURVE)
        print(f"| {row.name} | {found} |", flush=True)


class _Text(argparse.RawDescriptionHelpFormatter):
    """The module's text as it is written."""


if __name__ == "__main__":
    main()
