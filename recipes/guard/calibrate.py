"""Makes `stillhouse/guard/data/calibration.json`: weights and what benign accounts look like.

    python -m recipes.guard.calibrate [--accounts 4000] [--groups 1000]

Everything is of the dev split of `bench.guard`: own generators, and the texts of two public sources
of which only numbers are kept. Collectors are there for the weights alone. The file holds scores,
no text and no fingerprint.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import msgspec
from bench.guard import collectors, groups
from bench.guard.tenants import KINDS, SHARE, Account, population
from recipes.guard.weights import Row, fitted

from stillhouse.guard.calibrate import Life, calibrated, life
from stillhouse.guard.calibration import Calibration, Weight
from stillhouse.guard.signals import Signal, Signals

FILE = Path("src/stillhouse/guard/data/calibration.json")
KEY = b"calibration"
SEED = 20261130
FIT_ACCOUNTS, FIT_COLLECTORS = 700, 60


def seen(accounts: Sequence[Account], signals: Signals) -> list[Signal]:
    return [signals.see(call) for account in accounts for call in account.calls]


def rows(rng: Random, signals: Signals) -> Iterator[Row]:
    """What the weights are fitted on: windows of the whole, and of forms as blends have them."""
    for account in population(rng, "dev", FIT_ACCOUNTS):
        of = life(seen([account], signals))
        if of.epochs:
            yield Row(account.kind, collects=False, windows=[numbers for *_, numbers in of.epochs])
    for source in collectors.SOURCES["dev"]:
        for n in range(FIT_COLLECTORS):
            account = collectors.pure(rng, f"c{n}", source, "dev", 300)
            of = life(seen([account], signals))
            windows = [numbers for _, kind, numbers in of.epochs if kind == "whole"]
            yield Row(source, collects=True, windows=windows)


def benign(rng: Random, signals: Signals, *, accounts: int, many: int) -> dict[str, Life]:
    found: dict[str, Life] = {}
    for n in range(accounts):
        for account in population(rng, "dev", 1, prefix=f"b{n}-"):
            found[account.name] = life(seen([account], signals))
        _told(n, accounts, "accounts")
    for n in range(many):
        members = groups.group(rng, f"g{n}", "dev")
        found[f"g{n}"] = life(seen(members, signals), "cluster")
        _told(n, many, "groups")
    return found


def _told(n: int, of: int, what: str) -> None:
    if sys.stderr.isatty() or n % 500 == 0:
        print(f"\r{n:,} of {of:,} {what}", end="", file=sys.stderr, flush=True)


def made(
    *, accounts: int, many: int, weights: tuple[tuple[Weight, ...], float] | None = None
) -> Calibration:
    rng, signals = Random(SEED), Signals(KEY)
    of, bias = weights or fitted(list(rows(rng, signals)))
    return calibrated(
        benign(rng, signals, accounts=accounts, many=many),
        weights=of,
        bias=bias,
        origin=f"{accounts:,} synthetic accounts and {many:,} groups of recipes/guard/calibrate.py",
        sources=len(KINDS) + len(groups.GROUPS),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=4000)
    parser.add_argument("--groups", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=FILE)
    given = parser.parse_args()
    calibration = made(accounts=given.accounts, many=given.groups)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    data = msgspec.json.format(msgspec.json.encode(calibration), indent=1)
    given.out.write_bytes(data + b"\n")
    for cls, table in calibration.tables.items():
        print(f"\n{cls}: {table.accounts} accounts, highest {table.maxima[-5:]}", end="")
    print(f"\n{len(data):,} bytes, shares {SHARE}")


if __name__ == "__main__":
    main()
