"""What is concluded of an account, or of accounts together: a finding, its evidence, its levels.

A level is crossed when the evidence passes its threshold *and* there were enough calibration
accounts to state its false-alarm rate: a rate of 1/x needs at least x - 1 of them, because no
account can stand out of n others by more than 1 in n + 1. Above that a finding says "not
resolvable", names how many accounts would be needed, and stops at the last level that is backed.
"""

import math
from typing import Literal

import msgspec

Level = Literal["none", "note", "notice", "throttle", "hold", "suspend"]
Class = Literal["chat", "batch", "agent", "evaluation", "cluster", "any"]
"""What an account is compared with. any: all accounts, where its own class has too few."""
Family = Literal["content", "form", "consumption"]
Manner = Literal["tasks", "reasons", "data", "grades"]
"""How outputs are collected: many different things are asked for; answers with their reasons, to
whatever is put in; questions, tasks or rewordings in numbers; verdicts on answers."""
MANNERS: tuple[Manner, ...] = ("tasks", "reasons", "data", "grades")
LEVELS: dict[Level, float] = {
    "note": 20.0,
    "notice": 100.0,
    "throttle": 1e3,
    "hold": 1e4,
    "suspend": 1e5,
}
"""Level -> the evidence that it takes; its stated false-alarm rate over an account's life is the
inverse."""


class Contribution(msgspec.Struct, frozen=True, gc=False):
    """One feature's part in the score.

    weight: in units of the score, where calibration accounts have a spread of about 1. value: of
    the account. usual: of calibration accounts.
    """

    name: str
    family: Family
    weight: float
    value: float
    usual: float


class Link(msgspec.Struct, frozen=True, gc=False):
    """Why two accounts are taken for one. Never scored."""

    kind: Literal["payment", "system", "tools", "network", "client", "pivot", "shards"]
    accounts: tuple[str, ...]
    strength: Literal["strong", "weak"]


class Crossing(msgspec.Struct, frozen=True, gc=False):
    """When a level was crossed: at which call of the account's (or the merged) stream, from 1."""

    level: Level
    call: int
    at: int
    id: str


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Of one account, or of one cluster.

    cls: how the calls are used.
    log_e: natural logarithm of the evidence, the running maximum. level: the highest that is
    crossed and backed. reached: the highest that the evidence alone would reach. false_alarm_bound:
    95 % upper bound of how often a benign account of this class comes so far, as far as calibration
    can tell. calibration: accounts that it had; needed: what `reached` would need.
    contributions: strongest first. calls: ids of those that contributed most, in time order.
    discovery: stands among all accounts together (e-BH at 5 %).
    manner: of collecting, that the calls look most like.
    digest: of everything that the numbers were made from; a replay must find the same.
    """

    kind: Literal["account", "cluster"]
    accounts: tuple[str, ...]
    cls: Class
    calls: int
    log_e: float
    e_value: float
    level: Level
    reached: Level
    false_alarm_bound: float
    calibration: int
    needed: int
    crossings: tuple[Crossing, ...] = ()
    families: tuple[Family, ...] = ()
    contributions: tuple[Contribution, ...] = ()
    call_ids: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    discovery: bool = False
    digest: str = ""
    manner: Manner | None = None

    @property
    def resolvable(self) -> bool:
        """Whether the level that the evidence reaches can be stated with its false-alarm rate."""
        return self.calibration >= self.needed


class Report(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Accounts in alphabetical order, then clusters by evidence. notes: what a reader must know."""

    findings: tuple[Finding, ...]
    calls: int
    calibration: str
    """the digest of the calibration"""
    notes: tuple[str, ...] = ()


def level(log_e: float, *, calibration: int) -> tuple[Level, Level, int]:
    """(crossed and backed, reached by the evidence alone, accounts that the latter needs)."""
    backed: Level = "none"
    reached: Level = "none"
    needed = 0
    for name, threshold in LEVELS.items():
        if log_e >= math.log(threshold):
            reached, needed = name, int(threshold) - 1
            if calibration >= needed:
                backed = name
    return backed, reached, needed
