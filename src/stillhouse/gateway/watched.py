"""Calls whose end somebody wants to see: whole answers, whether they were streamed or not.

A label's `watch` is told of each of its calls that ended well, with what was asked and answered.
Labels without one (all but those of a release or of a project that captures content) pay one look
at an attribute. A stream is passed on as ever, and what came is kept beside it.
"""

from collections.abc import Callable
from typing import Protocol

from stillhouse.gateway.head import Request
from stillhouse.gateway.release import Split
from stillhouse.gateway.routing import Leg
from stillhouse.ledger.receipt import Close
from stillhouse.tenants import Key
from stillhouse.units.instant import Instant
from stillhouse.wire.paths import Surface
from stillhouse.wire.request import Asked
from stillhouse.wire.stream import EVENT_BYTES_MAX, Stream

KEPT_BYTES_MAX = 4 * 1024 * 1024
"""A longer stream is not kept: its watch is told of an answer that it cannot read."""


class Lane(Protocol):
    """The part of `admit.Lane` that a watch may read."""

    @property
    def key(self) -> Key: ...
    @property
    def surface(self) -> Surface: ...
    @property
    def legs(self) -> tuple[Leg, ...]: ...


class Label(Protocol):
    """The part of `labels.Label` that a watch may read."""

    @property
    def workload(self) -> str: ...
    @property
    def cohort(self) -> str: ...
    @property
    def split(self) -> Split | None: ...
    @property
    def watch(self) -> "Watch | None": ...


class Admitted(Protocol):
    """The part of `admit.Admitted` that a watch may read."""

    @property
    def asked(self) -> Asked: ...
    @property
    def label(self) -> Label: ...
    @property
    def tokens_in(self) -> int: ...


class Ended(Protocol):
    """A call at its end: its last attempt, settled and on disk."""

    @property
    def lane(self) -> Lane: ...
    @property
    def admitted(self) -> Admitted: ...
    @property
    def leg(self) -> Leg: ...
    @property
    def request(self) -> Request: ...
    @property
    def started(self) -> Instant: ...
    @property
    def seq(self) -> int: ...
    @property
    def closed(self) -> Close | None: ...
    @property
    def stream(self) -> Stream | None: ...
    @property
    def answer(self) -> list[bytes]: ...


def whole(call: Ended) -> bytes:
    """The answer: JSON, or all events of a stream; nothing where they were too many."""
    stream = call.stream
    if stream is None:
        return call.answer[0] if call.answer else b""
    return stream.came if isinstance(stream, Kept) else b""


Watch = Callable[[Ended], None]


def tell(call: Ended) -> None:
    """Tell the label's watch, once the call is settled and on disk, that it ended well."""
    watch, closed = call.admitted.label.watch, call.closed
    if watch is None or closed is None:
        return
    if closed.status == 200 and closed.outcome == "completed":
        watch(call)


class Kept(Stream):
    """A stream that keeps what came."""

    __slots__ = ("_came", "_size")

    def __init__(
        self, surface: Surface, *, strip_usage: bool, event_max: int = EVENT_BYTES_MAX
    ) -> None:
        super().__init__(surface, strip_usage=strip_usage, event_max=event_max)
        self._came: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> bytes:
        self._size += len(data)
        if self._size <= KEPT_BYTES_MAX:
            self._came.append(data)
        return super().feed(data)

    @property
    def came(self) -> bytes:
        """Everything, or nothing where it was too much."""
        return b"".join(self._came) if self._size <= KEPT_BYTES_MAX else b""
