"""A worker's lookout: a sample of its calls becomes signals, beside the calls, never before them.

    look     told of each call that was answered; keeps a few of them, costs half a microsecond
    slice    later, a few at a time: bodies -> signals (no text is kept); then it rests `REST` times
             as long as that took, so that it never has more than 1 % of the worker
    flush    now and then: signals -> the store, in another thread

Sampled are the first `first` calls of an account in each hour, then one in `RARELY` + 1: enough for
whoever collects outputs, who makes thousands, and little for whoever calls a lot. Memory is
bounded: what does not fit in the queue is not looked at, and is counted.

Posture: fails open. A signal that cannot be made or kept is a signal less; no call waits for it,
and none is refused because of it.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import NamedTuple

import msgspec

from stillhouse.gateway.house import Watched
from stillhouse.gateway.routing import Leg
from stillhouse.guard.signals import Call, Signals
from stillhouse.ledger.ports import UnavailableError
from stillhouse.tenants import Key
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Usage
from stillhouse.wire.paths import Surface

RARELY = 15
QUEUE_MAX, QUEUE_BYTES_MAX = 1_024, 8 * 1024 * 1024
PER_ACCOUNT_MAX = 64
"""in the queue at once: whoever calls a lot does not crowd out whoever calls a little"""
BODY_BYTES_MAX = 128 * 1024
SLICE, SLICE_S, REST = 2, 0.005, 100
HELD_MAX = 8_192
"""signals that wait for the store"""
ACCOUNTS_MAX = 100_000

Row = tuple[str, Instant, bytes]


class _Waiting(NamedTuple):
    """What is needed of a call once it has gone. No text but the body, for milliseconds."""

    seq: int
    at: Instant
    key: Key
    leg: Leg
    surface: Surface
    body: bytes
    ip: str
    client: str
    output: int
    input: int


class Lookout:
    """Of one worker; its loop alone calls it."""

    def __init__(
        self,
        signals: Signals,
        *,
        writer: int,
        later: Callable[[float, Callable[[], None]], object],
        keep: Callable[[Sequence[Row]], None],
        log: Callable[..., None],
        first: int,
        payment: Callable[[str], str] = lambda _: "",
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        """later: runs something on the loop. keep: gives rows to the store, elsewhere.

        payment: what an account pays with, as its hash; "" for nobody knows.
        """
        self.first = first
        self._signals = signals
        self._writer = writer
        self._later = later
        self._keep = keep
        self._log = log
        self._payment = payment
        self._clock = clock
        self._seen: dict[str, int] = {}
        self._hour = 0
        self._queue: deque[_Waiting] = deque()
        self._waiting: Counter[str] = Counter()
        self._bytes = 0
        self._working = False
        self._rows: list[Row] = []
        self.missed = 0
        """calls that would have been sampled and were not, for want of room"""

    def look(self, call: Watched, usage: Usage) -> None:
        """Called for each call: keep it short."""
        seen = self._seen
        key = call.lane.key
        count = seen[key.account] = seen.get(key.account, 0) + 1
        if count <= self.first or not count & RARELY:
            try:
                self._take(call, key, usage)
            except Exception as error:  # noqa: BLE001 - no call may end otherwise because of this
                self._log("call_not_looked_at", error=type(error).__name__)

    def _take(self, call: Watched, key: Key, usage: Usage) -> None:
        hour = call.started // 3_600_000_000
        if hour != self._hour or len(self._seen) > ACCOUNTS_MAX:
            self._hour = hour
            self._seen.clear()
        body = call.request.body
        size = len(body)
        if (
            size > BODY_BYTES_MAX
            or len(self._queue) >= QUEUE_MAX
            or self._waiting[key.account] >= PER_ACCOUNT_MAX
            or self._bytes + size > QUEUE_BYTES_MAX
        ):
            self.missed += 1
            return
        connection = call.connection
        peer = None if connection is None else connection.transport.get_extra_info("peername")
        self._queue.append(
            _Waiting(
                call.seq,
                call.started,
                key,
                call.leg,
                call.lane.surface,
                body,
                peer[0] if isinstance(peer, tuple) else "",
                call.request.headers.get(b"user-agent", b"").decode("latin-1"),
                usage.output,
                usage.tokens_in,
            )
        )
        self._bytes += size
        self._waiting[key.account] += 1
        if not self._working:
            self._working = True
            self._later(SLICE_S, self.slice)

    def slice(self) -> None:
        """A few of those that wait."""
        queue = self._queue
        begun = self._clock()
        for _ in range(min(SLICE, len(queue))):
            waiting = queue.popleft()
            self._bytes -= len(waiting.body)
            self._waiting[waiting.key.account] -= 1
            self._see(waiting)
        self._working = bool(queue)
        if not queue:
            self._waiting.clear()
        if queue:
            self._later(max(SLICE_S, REST * (self._clock() - begun)), self.slice)

    def _see(self, w: _Waiting) -> None:
        try:
            signal = self._signals.see(
                Call(
                    id=f"w{self._writer}-{w.seq}",
                    at=w.at,
                    account=w.key.account,
                    project=w.key.project,
                    key=w.key.id,
                    model=w.leg.deployment.model,
                    path=w.leg.provider.path,
                    surface=w.surface,
                    body=w.body,
                    input_tokens=w.input,
                    output_tokens=w.output,
                    ip=w.ip,
                    client=w.client,
                    payment=self._payment(w.key.account),
                )
            )
        except Exception as error:  # noqa: BLE001 - fails open, whatever it was
            self._log("signal_not_made", error=type(error).__name__)
            return
        if len(self._rows) < HELD_MAX:
            self._rows.append((w.key.account, w.at, msgspec.msgpack.encode(signal)))
        else:
            self.missed += 1

    def flush(self) -> None:
        """Hand over what was made since the last time."""
        if self._rows:
            rows, self._rows = self._rows, []
            self._keep(rows)


def kept(
    add: Callable[[Sequence[Row]], None], rows: Sequence[Row], log: Callable[..., None]
) -> None:
    """A store that is busy costs these signals, no more."""
    try:
        add(rows)
    except UnavailableError as error:
        log("signals_not_kept", signals=len(rows), error=str(error))
