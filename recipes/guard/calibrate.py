"""Makes `stillhouse/guard/calibration.json`: weights and what benign accounts look like.

    python -m recipes.guard.calibrate [--accounts 3000] [--groups 600]

Everything is of the dev split of `bench.guard`: own generators, and the texts of two public sources
of which only numbers are kept. Collectors are there for the weights alone. The file holds scores,
no text and no fingerprint.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

import msgspec
from bench.guard import collectors, groups
from bench.guard.tenants import KINDS, Account, population
from recipes.guard.weights import Row, fitted

from stillhouse.guard.calibrate import Life, calibrated, life
from stillhouse.guard.calibration import Calibration, Score
from stillhouse.guard.signals import Signal, Signals

FILE = Path("src/stillhouse/guard/calibration.json")
KEY = b"calibration"
SEED = 20261130
FIT_ACCOUNTS, FIT_COLLECTORS = 700, 60
CALLS_MIN = 500
"""A life that the bets of all epochs that count have been through (`bets.SPAN`)."""


def seen(accounts: Sequence[Account], signals: Signals) -> list[Signal]:
    return [signals.see(call) for account in accounts for call in account.calls]


def rows(signals: Signals) -> Iterator[Row]:
    """What the weights are fitted on: windows of every stream of customers, whole collectors."""
    for n in range(FIT_ACCOUNTS):
        account = population(_rng("fit", n), "dev", 1, prefix=f"f{n}-")[0]
        of = life(seen([account], signals))
        if of.epochs:
            yield Row(account.kind, collects=False, windows=[numbers for *_, numbers in of.epochs])
    for source in collectors.SOURCES["dev"]:
        for n in range(FIT_COLLECTORS):
            account = collectors.pure(_rng(source, n), f"c{n}", source, "dev", 300)
            of = life(seen([account], signals))
            windows = [numbers for _, kind, numbers in of.epochs if kind == "whole"]
            yield Row(source, collects=True, windows=windows)


def account_life(n: int, signals: Signals) -> Life:
    of = population(_rng("account", n), "dev", 1, prefix=f"b{n}-", least=CALLS_MIN)
    return life(seen(of, signals))


def group_life(n: int, signals: Signals) -> Life:
    return life(seen(groups.group(_rng("group", n), f"g{n}", "dev"), signals), "cluster")


def _rng(what: str, n: int) -> Random:
    """Of its own for each, so that they can be made in any order."""
    return Random(f"{SEED} {what} {n}")


def _told(n: int, of: int, what: str) -> None:
    if sys.stderr.isatty() or n % 500 == 0:
        print(f"\r{n:,} of {of:,} {what}", end="", file=sys.stderr, flush=True)


def made(*, accounts: int, many: int) -> Calibration:
    signals = Signals(KEY)
    scores = fitted(list(rows(signals)))
    lives: dict[str, Life] = {}
    for n in range(accounts):
        lives[f"b{n}"] = account_life(n, signals)
        _told(n, accounts, "accounts")
    for n in range(many):
        lives[f"g{n}"] = group_life(n, signals)
        _told(n, many, "groups")
    return put_together(lives, scores, accounts=accounts, many=many)


def put_together(
    lives: Mapping[str, Life], scores: Sequence[Score], *, accounts: int, many: int
) -> Calibration:
    return calibrated(
        lives,
        scores=scores,
        origin=f"{accounts:,} synthetic accounts and {many:,} groups of recipes/guard/calibrate.py",
        sources=len(KINDS) + len(groups.GROUPS),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=3000)
    parser.add_argument("--groups", type=int, default=600)
    parser.add_argument("--out", type=Path, default=FILE)
    given = parser.parse_args()
    calibration = made(accounts=given.accounts, many=given.groups)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    data = msgspec.json.encode(calibration)
    given.out.write_bytes(data + b"\n")
    for cls, table in calibration.tables.items():
        print(f"\n{cls}: {table.accounts} accounts, highest {table.maxima[-5:]}", end="")
    print(f"\n{len(data):,} bytes")


if __name__ == "__main__":
    main()
