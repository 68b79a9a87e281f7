r"""A comparison: one call that a release makes by itself, beside a customer's. The house pays.

    a customer's call ended ─► open record ─► the other model ─► close record ─► both answers told
                                                    \-> failed: settled, nothing is compared

It is metered like any attempt: an open record before dispatch, a receipt after, with the flag
`audit`. It is asked for a whole answer, off the customer's path, with no hold and no retry; at most
`RUNNING_MAX` run at once in a worker, and one more is not made. A student that leaves it to its
teacher has said so with its status.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from stillhouse.gateway.house import House
from stillhouse.gateway.ports import Headers, Line
from stillhouse.gateway.routing import Leg
from stillhouse.gateway.witness import counted, reported
from stillhouse.ledger.journal import OpenForm, frame
from stillhouse.ledger.receipt import Close, Outcome
from stillhouse.ledger.rules import paid_by_house, settle
from stillhouse.tariff.charge import rate
from stillhouse.units.usage import Usage
from stillhouse.wire.paths import Surface

RUNNING_MAX = 32
ANSWER_BYTES_MAX = 4 * 1024 * 1024
Compared = Callable[[int, bytes, int], None]
"""Told the status (0: none came), the answer, and the cost in pico-units."""


class Audit(msgspec.Struct, kw_only=True, eq=False):
    """Implements gateway.ports.Sink, and `house.Ticking` for its time-outs."""

    house: House
    leg: Leg
    form: OpenForm
    surface: Surface
    body: bytes
    tokens_in: int
    told: Compared
    deadline: float = 0.0
    started: int = 0
    seq: int = 0
    first_byte: int = -1
    status: int = 0
    answer: list[bytes] = []
    size: int = 0
    line: Line | None = None
    settled: bool = False

    def begin(self) -> None:
        house = self.house
        self.started = house.now()
        self.deadline = house.clock() + house.times.deadline_s
        self.body = whole_answer_asked(self.body, self.leg.deployment.model)
        seq = self.seq = house.committer.next_seq()
        record = house.opens[seq] = self.form.frame(
            seq, seq, self.started, False, 0, self.tokens_in
        )
        house.calls.add(self)
        house.committer.open(record, self._dispatch)

    def _dispatch(self) -> None:
        if self.settled:
            return
        leg = self.leg
        try:
            line = leg.upstream.dispatch(self.surface, leg.deployment.model, self.body, b"", self)
        except ValueError as error:
            self.on_failure("unreachable", str(error))
            return
        self.line = line
        if line is None:
            self.on_failure("unreachable", "its limit of connections is reached")

    # -- Sink

    def on_head(self, status: int, headers: Headers) -> None:
        self.status = status

    def on_data(self, data: bytes) -> None:
        if self.first_byte < 0:
            self.first_byte = self.house.now() - self.started
        self.size += len(data)
        if self.size <= ANSWER_BYTES_MAX:
            self.answer.append(data)
        elif not self.settled:
            self._drop_line()
            self._settle("upstream_cut")

    def on_end(self) -> None:
        self.line = None
        if self.settled:
            return
        if self.status < 300:
            self._settle("completed")
        else:
            self._settle(self.leg.said_no(self.status))

    def on_answer(self, status: int, headers: Headers, body: bytes) -> None:
        self.on_head(status, headers)
        self.on_data(body)
        self.on_end()

    def on_failure(self, kind: Outcome, message: str) -> None:
        self.line = None
        if not self.settled:
            self._settle(kind)

    def tick(self, now: float) -> None:
        if not self.settled and now >= self.deadline:
            self._drop_line()
            self._settle("timeout")

    def _drop_line(self) -> None:
        line, self.line = self.line, None
        if line is not None:
            line.abandon()

    # -- its record

    def _settle(self, outcome: Outcome) -> None:
        self.settled = True
        house, leg, status = self.house, self.leg, self.status
        answer = b"".join(self.answer)
        self.answer = [answer]

        def count() -> Usage:
            return counted(self.surface, None, outcome, answer, self.body)

        usage, flags, _ = reported(self.surface, None, status, answer)
        settlement = paid_by_house(settle(outcome, status, usage, count, 0, leg.sale, leg.cost))
        now = house.now()
        closed = Close(
            self.seq,
            now,
            self.first_byte,
            now - self.started,
            status,
            outcome,
            settlement.witness,
            flags | settlement.flags,
            settlement.usage,
            settlement.charge,
            settlement.cost,
        )
        del house.opens[self.seq]
        house.calls.discard(self)
        house.committer.append(frame(closed))
        cost = settlement.cost
        if leg.cost is None and leg.sale is not None and not leg.student:
            cost, _ = rate(settlement.usage, leg.sale)  # no cost book: what it would be sold for
        self.told(status if outcome in {"completed", "escalated"} else 0, answer, cost)


def whole_answer_asked(body: bytes, model: str) -> bytes:
    """The same question, for a whole answer of another model."""
    asked: dict[str, Any] = msgspec.json.decode(body)
    asked.pop("stream", None)
    asked.pop("stream_options", None)
    return msgspec.json.encode(asked | {"model": model})
