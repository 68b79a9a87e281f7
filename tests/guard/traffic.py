"""Small traffic for the tests of guard: a help desk, a collector, and a calibration to judge by."""

import json
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

from stillhouse.guard.calibrate import calibrated, lives
from stillhouse.guard.calibration import Calibration, Score, Weight
from stillhouse.guard.features import FEATURES
from stillhouse.guard.finding import MANNERS
from stillhouse.guard.signals import Call, Signal, Signals

KEY = b"tests"
DAY = 86_400_000_000
WORDS = [f"{a}{b}{c}" for a in "bdfgkl" for b in "aeiou" for c in ("n", "st", "rm", "lt", "x")]
WEIGHTS = {
    "spread": (0.4, 0.2, 0.6),
    "unanswered": (0.7, 0.25, 0.5),
    "elicits": (0.1, 0.2, 0.5),
    "taken_elicited": (0.1, 0.2, 1.0),
    "orders": (0.1, 0.2, 0.3),
}


def call(account: str, n: int, text: str, **more: Any) -> Call:
    messages = [*more.pop("before", ()), {"role": "user", "content": text}]
    body = {"model": "m", "messages": messages, **more.pop("body", {})}
    return Call(
        id=f"{account}-{n:04}",
        at=more.pop("at", n * 60_000_000),
        account=account,
        model="m",
        body=json.dumps(body).encode(),
        **more,
    )


def desk(account: str, *, seed: int, calls: int = 200, **more: Any) -> list[Call]:
    """People with a few troubles, who answer back."""
    rng = Random(seed)
    about = rng.sample(WORDS, 12)
    found: list[Call] = []
    for n in range(calls):
        text = f"my {rng.choice(about)} is {rng.choice(about)}, what now?"
        before: tuple[dict[str, str], ...] = ()
        if rng.random() < 0.4 and found:
            first = {"role": "user", "content": text}
            before = (first, {"role": "assistant", "content": "So."})
            text = rng.choice(("and then?", "it fails", "thanks"))
        found.append(
            call(account, n, text, before=before, output_tokens=rng.randrange(5, 200), **more)
        )
    return found


def harvest(account: str, *, seed: int, calls: int = 300, **more: Any) -> list[Call]:
    """Everything about everything, once, with reasons, at length."""
    rng = Random(seed)
    return [
        call(
            account,
            n,
            f"Explain how {' '.join(rng.sample(WORDS, 6))} relate, step by step.",
            output_tokens=rng.randrange(100, 500),
            body={"temperature": 1},
            **more,
        )
        for n in range(calls)
    ]


def see(calls: Sequence[Call]) -> list[Signal]:
    signals = Signals(KEY)
    return [signals.see(each) for each in calls]


def scores() -> tuple[Score, ...]:
    """The same in every manner."""
    weights = tuple(Weight(name, *WEIGHTS.get(name, (0.0, 1.0, 0.0))) for name in FEATURES)
    return tuple(Score(manner, weights, 0.0) for manner in MANNERS)


def benign(accounts: int, *, calls: int = 150) -> dict[str, list[Signal]]:
    return {f"b{n}": see(desk(f"b{n}", seed=n, calls=calls)) for n in range(accounts)}


@cache
def calibration(accounts: int = 110) -> Calibration:
    return calibrated(lives(benign(accounts)), scores=scores(), origin="tests")
