"""A long run of the same checks: `python -m tests.fuzz --seconds 180 --seed 1`."""

import argparse
import random
import sys
import time
import traceback
from collections import Counter

from tests.fuzz.mutate import cut, mutated
from tests.fuzz.targets import TARGETS

BATCH = 200
SHOWN = 5


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=list(TARGETS), help="one target")
    asked = parser.parse_args()
    names = [asked.only] if asked.only else list(TARGETS)
    done, bad = Counter[str](), Counter[str]()
    ends = time.monotonic() + asked.seconds
    number = asked.seed << 32
    while time.monotonic() < ends:
        for name in names:
            target, corpus = TARGETS[name]
            for _ in range(BATCH):
                number += 1
                chance = random.Random(number)
                data = mutated(chance, corpus)
                pieces = cut(chance, data)
                done[name] += 1
                try:
                    whole, parts = target([data]), target(pieces)
                except Exception:  # noqa: BLE001 - what is looked for
                    why = traceback.format_exc(limit=-3)
                else:
                    why = "" if whole == parts else f"one piece: {whole}\nin pieces: {parts}"
                if why:
                    bad[name] += 1
                    if bad[name] <= SHOWN:
                        print(f"{name}: seed {number}: {pieces}\n{why}\n")
    for name in names:
        print(f"{name:24} {done[name]:>10,} inputs, {bad[name]:>6,} wrong")
    print(f"{2 * done.total():,} executions in {asked.seconds:g} s; {bad.total()} wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
