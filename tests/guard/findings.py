"""Findings and signals to test with, and a judge that finds what it is told to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from stillhouse.guard.finding import Contribution, Crossing, Finding, Link, Report
from stillhouse.guard.signals import Signal

FORBIDDEN, PERMITTED = "openai-api", "deepseek-api"


def signal(n: int, *, account: str = "acct_1", path: str = FORBIDDEN) -> Signal:
    model = {FORBIDDEN: "gpt-4.1", PERMITTED: "deepseek-chat"}.get(path, "m")
    return Signal(
        id=f"w1-{n}",
        at=1_800_000_000_000_000 + n,
        account=account,
        model=model,
        path=path,
        prompt=2**63 + n,
    )


def finding(e_value: float, *accounts: str, calls: int = 60, **more: object) -> Finding:
    known = Finding(
        kind="cluster" if len(accounts) > 1 else "account",
        accounts=accounts or ("acct_1",),
        cls="batch",
        calls=calls,
        log_e=1.0,
        e_value=e_value,
        level="suspend",
        reached="suspend",
        false_alarm_bound=0.01,
        calibration=10**6,
        needed=99_999,
        crossings=(Crossing(level="note", call=50, at=1, id="w1-50"),),
        families=("content", "form"),
        contributions=(
            Contribution(name="novelty", family="content", weight=2.5, value=0.1 + 0.2, usual=0.1),
        ),
        call_ids=("w1-1", "w1-2"),
        models=("gpt-4.1",),
        paths=(FORBIDDEN,),
    )
    return replace(known, **more)


STRONG = Link(kind="payment", accounts=("acct_1", "acct_2"), strength="strong")


@dataclass
class Judge:
    """Finds, of the accounts whose signals it is given, what it was told. asked: how often."""

    told: Mapping[tuple[str, ...], Finding] = field(default_factory=dict)
    asked: int = 0

    def __call__(self, signals: Sequence[Signal]) -> Report:
        self.asked += 1
        here = {s.account for s in signals}
        found = tuple(f for accounts, f in self.told.items() if set(accounts) <= here)
        return Report(findings=found, calls=len(signals), calibration="c" * 64)
