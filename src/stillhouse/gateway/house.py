"""What a call needs from its gateway."""

from collections.abc import Callable
from typing import Protocol

from stillhouse.gateway.admit import Lane
from stillhouse.gateway.commit import Committer
from stillhouse.gateway.connection import ClientConnection
from stillhouse.gateway.head import Request
from stillhouse.gateway.leases import Leases
from stillhouse.gateway.routing import Leg
from stillhouse.gateway.times import Times
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Usage
from stillhouse.wire.paths import Surface

Sampler = Callable[[str, str, Surface, bytes, list[bytes]], None]
"""(account, workload, surface, request body, answer): told of a few answers that ended well."""


class Watched(Protocol):
    """A call that ended well, as guard's sample sees it: who, what was sent, to which model."""

    request: Request
    lane: Lane
    leg: Leg
    connection: ClientConnection | None
    seq: int
    started: Instant


Watcher = Callable[[Watched, Usage], None]
"""Told of every call that a provider answered; takes what it wants and returns at once."""


class Ticking(Protocol):
    """A call as its gateway sees it."""

    def tick(self, now: float) -> None: ...


class House(Protocol):
    """clock: seconds, monotonic; time: the same at the last sweep, four times a second.

    now: microseconds since the epoch. date: header lines. drains: calls whose client has left.
    """

    committer: Committer
    leases: Leases
    calls: set[Ticking]
    opens: dict[int, bytes]
    drains: int
    clock: Callable[[], float]
    time: float
    now: Callable[[], Instant]
    date: bytes
    draining: bool
    sampler: Sampler | None
    watcher: Watcher | None

    @property
    def times(self) -> Times: ...
    def later(self, delay_s: float, call: Callable[[], None]) -> None: ...
    def unrated(self, leg: Leg, usage: Usage) -> None: ...
    def other_tier(self, leg: Leg, tier: str) -> None: ...
    def troubled(self, leg: Leg, kind: str, message: str) -> None: ...
