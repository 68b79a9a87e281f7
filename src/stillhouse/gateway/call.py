r"""One metered call, from admission to settlement, over all its attempts.

The call belongs to the gateway, not to the client's connection: a client that leaves changes where
the bytes go, never whether the call settles. One deadline and one attempt budget cover all retries
and fallbacks. Each attempt has its own receipt; the hold is the call's.

    hold -> open record -> dispatch -> relay -> close record -> fsync -> end of the answer
                \-> failed before a byte was relayed: settled, then the next attempt

An open record is written before its attempt is dispatched. The end of an answer (the last bytes of
a stream, the whole of a unary answer) is withheld until its close record is on disk: who has read
an answer to its end has a receipt that survives a crash.
"""

from stillhouse.gateway import forward
from stillhouse.gateway.admit import COUNT_TOKENS, Admitted
from stillhouse.gateway.commit import JOURNAL_BROKEN
from stillhouse.gateway.connection import ClientConnection
from stillhouse.gateway.head import Request
from stillhouse.gateway.held import Held
from stillhouse.gateway.house import House
from stillhouse.gateway.labels import EAGER, RARELY
from stillhouse.gateway.ports import Headers, Line
from stillhouse.gateway.retry import pause_s, worth_another
from stillhouse.gateway.watched import Kept, tell
from stillhouse.gateway.witness import counted, reported
from stillhouse.ledger.journal import frame
from stillhouse.ledger.receipt import (
    FLAG_OTHER_TIER,
    FLAG_RETRIED,
    FLAG_UNRATED,
    Close,
    Outcome,
)
from stillhouse.ledger.rules import settle
from stillhouse.units.instant import Instant
from stillhouse.units.money import exact
from stillhouse.units.usage import Usage
from stillhouse.wire import refusals
from stillhouse.wire.paths import Route, Surface
from stillhouse.wire.refusals import Refusal
from stillhouse.wire.sse import KEEPALIVE, PING, trailer
from stillhouse.wire.stream import Stream, StreamError
from stillhouse.wire.tiers import PLAIN

ANSWER_BYTES_MAX = 256 * 1024 * 1024
SLOW_CLIENT_S = 60.0
LINGER_S = 5.0
NO_HEADERS: Headers = {}
CREDENTIALS_REFUSED = frozenset({401, 403})


class Call(Held):
    """Implements gateway.ports.Sink for its attempts and connection.Listener for its client.

    attempt: from 0; its sequence number, status, headers and answer so far follow.
    """

    __slots__ = (
        *("attempt", "first_seq", "seq", "line", "dispatched", "last_seen", "first_byte"),
        *("settled", "status", "headers", "stream", "answer", "answer_bytes", "outcome", "closed"),
        *("deadline", "drain_until", "paused_since", "tokens_used", "unpaid"),
    )

    def __init__(
        self,
        house: House,
        connection: ClientConnection,
        request: Request,
        route: Route,
        request_id: bytes,
        admitted: Admitted,
        started: Instant,
    ) -> None:
        lane = admitted.lane
        self.porch = self.house = house
        self.connection = connection
        self.request = request
        self.route = route
        self.request_id = request_id
        self.room = admitted.room
        self.notice = lane.path.notice
        self.head_sent = False
        self.admitted = admitted
        self.lane = lane
        self.leg = lane.legs[0]
        self.body = request.body
        self.started = started
        self.capped = self.held = self.spent = 0
        self.deadline = house.time + house.times.deadline_s
        self.tokens_used = self.first_seq = self.seq = 0
        self.drain_until = self.paused_since = 0.0
        self.dispatched = self.last_seen = self.last_sent = 0.0
        self.unpaid: Refusal | None = None
        self.attempt = -1
        self.line: Line | None = None
        self.outcome: Outcome = "completed"
        self.closed: Close | None = None
        self._answerless()

    def _answerless(self) -> None:
        """Nothing came for this attempt yet."""
        self.settled = False
        self.status = self.answer_bytes = 0
        self.first_byte = -1
        self.headers: Headers = NO_HEADERS
        self.stream: Stream | None = None
        self.answer: list[bytes] = []

    def begin(self, connection: ClientConnection) -> None:
        """Ends in an attempt or in a refusal."""
        house, admitted = self.house, self.admitted
        connection.call = self
        if connection.paused:  # it has not read its last answer yet
            self.paused_since = house.clock()
        house.calls.add(self)
        for limited in self.lane.path.limited:
            limited.window.enter(self.started, admitted.estimate)
        self._hold()

    # -- attempts

    def _next_attempt(self) -> None:
        """Write the open record; the committer dispatches once it is in the journal."""
        house, lane = self.house, self.lane
        committer = house.committer
        if committer.broken:
            self._refuse(refusals.unavailable(JOURNAL_BROKEN))
            return
        attempt = self.attempt = self.attempt + 1
        seq = self.seq = committer.next_seq()
        at, leg = self.started, 0
        if attempt:
            leg = min(attempt, len(lane.legs) - 1)
            self.leg = lane.legs[leg]
            at = house.now()
            self._answerless()
        else:
            self.first_seq = seq
        self.dispatched = house.time
        admitted = self.admitted
        record = house.opens[seq] = admitted.label.forms[leg].frame(
            seq, self.first_seq, at, admitted.asked.stream, self.held, admitted.tokens_in
        )
        committer.open(record, self._dispatch)

    def _dispatch(self) -> None:
        if self.settled:
            return  # its client left within the turn: what is closed must not go out
        leg, surface, asked = self.leg, self.lane.surface, self.admitted.asked
        body, model = self.body, leg.deployment.model
        if asked.stream or asked.model != model:
            body = forward.edited(body, asked, leg, surface)
        extra = forward.headers(self.request.headers, surface)
        try:
            line = self.line = leg.upstream.dispatch(surface, model, body, extra, self)
        except ValueError as error:  # a provider that cannot be addressed
            self.on_failure("unreachable", str(error))
            return
        if line is None:
            most = leg.provider.max_connections
            self.on_failure("unreachable", f"{most} calls are in flight there, its limit")
        elif self.paused_since:
            line.pause()

    # -- Sink: the provider's answer

    def on_head(self, status: int, headers: Headers) -> None:
        self.status = status
        self.headers = headers
        if (
            self.admitted.asked.stream
            and status == 200
            and headers.get(b"content-type", b"").startswith(b"text/event-stream")
        ):
            surface = self.lane.surface
            make = Stream if self.admitted.label.watch is None else Kept
            self.stream = make(
                surface, strip_usage=forward.strips(self.admitted.asked, self.leg, surface)
            )

    def on_data(self, data: bytes) -> None:
        if self.settled:
            return
        house = self.house
        self.last_seen = house.time
        if self.first_byte < 0:
            self.first_byte = house.now() - self.started
        stream = self.stream
        if stream is None:
            self.answer_bytes += len(data)
            if self.answer_bytes > ANSWER_BYTES_MAX:
                self._break("upstream_cut", f"the answer exceeds {ANSWER_BYTES_MAX} bytes")
            else:
                self.answer.append(data)
            return
        try:
            out = stream.feed(data)
        except StreamError as error:
            self._break("upstream_cut", str(error))
            return
        if out:
            self.relay(out, self.headers, b"" if self.head_sent else self._receipt)
        if stream.ended:
            self._settle("completed")

    def on_end(self) -> None:
        self.line = None
        if self.settled:
            return
        stream = self.stream
        if stream is not None:
            out = stream.finish()
            if out:
                self.relay(out, self.headers, self._receipt)
        elif self.status >= 300:
            self._settle(self.leg.said_no(self.status), retried=self._can_retry(self.status))
            return
        self._settle("completed")

    def on_answer(self, status: int, headers: Headers, body: bytes) -> None:
        self.line = None
        if self.settled:
            return
        if self.admitted.asked.stream or not 0 < len(body) <= ANSWER_BYTES_MAX:
            self.on_head(status, headers)
            if body:
                self.on_data(body)
            self.on_end()
            return
        self.status = status
        self.headers = headers
        self.answer = [body]
        now = self.house.now()
        self.first_byte = now - self.started
        if status < 300:
            self._settle("completed", now=now)
        else:
            self._settle(self.leg.said_no(status), retried=self._can_retry(status), now=now)

    def on_failure(self, kind: Outcome, message: str) -> None:
        """The attempt broke: settle it by the rule, then try again, or tell the client."""
        self.line = None
        if self.settled:
            return
        if not self.head_sent and self._can_retry(504 if kind == "timeout" else 502):
            self._settle(kind, retried=True)
            return
        leg = self.leg
        self.house.troubled(leg, kind, message)
        if kind == "timeout":
            self.unpaid = refusals.deadline(self.house.clock() - self.dispatched)
        else:
            self.unpaid = refusals.provider_unreachable(leg.provider.name)
        self._settle(kind)

    def _break(self, kind: Outcome, message: str) -> None:
        self._drop_line()
        self.on_failure(kind, message)

    def _can_retry(self, status: int) -> bool:
        """One attempt budget and one deadline over retries and fallbacks; none for who has left."""
        house, attempts = self.house, self.attempt + 1
        if (
            self.connection is None
            or attempts >= house.times.max_attempts
            or house.clock() >= self.deadline
        ):
            return False
        return worth_another(status, next_leg=attempts < len(self.lane.legs))

    def _retry(self) -> None:
        if self.connection is None:
            self._return_hold()
            self._finish()
        else:
            self._next_attempt()

    # -- settling

    def _settle(
        self, outcome: Outcome, *, retried: bool = False, now: Instant | None = None
    ) -> None:
        """Close this attempt's record. Happens exactly once per attempt, whoever is still there."""
        self.settled = True
        house, leg = self.house, self.leg
        if self.connection is None and outcome == "completed":
            outcome = "client_left"
        self.outcome = outcome
        surface, status, answer = self.lane.surface, self.status, self.answer
        if len(answer) > 1:
            answer = self.answer = [b"".join(answer)]
        usage, flags, said = reported(surface, self.stream, status, answer[0] if answer else b"")
        free = surface is COUNT_TOKENS
        settlement = settle(
            outcome, status, usage, self._counted, self.held, leg.sale, leg.cost, free
        )
        sale_tariff = cost_tariff = ""
        if leg.varies or (said is not None and said not in PLAIN):
            sale, cost, priced = leg.ended(settlement.usage.tokens_in, said)
            if not priced and not free:
                flags |= FLAG_OTHER_TIER
                house.other_tier(leg, said or "")
            if sale is not leg.sale or cost is not leg.cost:
                settlement = settle(
                    outcome, status, usage, self._counted, self.held, sale, cost, free
                )
                sale_tariff = "" if sale is None else sale.id
                cost_tariff = "" if cost is None else cost.id
        if outcome == "completed" and self.stream is None and house.sampler is not None:
            label = self.admitted.label
            ended = label.ended = label.ended + 1
            if (ended <= EAGER or not ended & RARELY) and status == 200:
                house.sampler(label.account, label.workload, surface, self.body, answer)
        if house.watcher is not None and status == 200 and not free:
            house.watcher(self, settlement.usage)
        if retried:
            flags |= FLAG_RETRIED
        used = settlement.usage
        if now is None:
            now = house.now()
        self.closed = closed = Close(
            self.seq,
            now,
            self.first_byte,
            now - self.started,
            status,
            outcome,
            settlement.witness,
            flags | settlement.flags,
            used,
            settlement.charge,
            settlement.cost,
            sale_tariff,
            cost_tariff,
        )
        if settlement.flags & FLAG_UNRATED:
            house.unrated(leg, used)
        del house.opens[self.seq]
        self._spend(settlement.charge)
        self.tokens_used += sum(used) - used.requests
        if retried:
            house.committer.append(frame(closed))
            more = self.attempt + 1 < len(self.lane.legs)
            house.later(pause_s(self.attempt, next_leg=more), self._retry)
            return
        self._return_hold()
        house.committer.close(frame(closed), self._deliver)

    def _counted(self) -> Usage:
        answer = self.answer[0] if self.answer else b""
        return counted(self.lane.surface, self.stream, self.outcome, answer, self.request.body)

    # -- the end, once the close record is on disk

    @property
    def _receipt(self) -> bytes:
        return b"%b%d" % (self.house.committer.receipts, self.seq)

    def _deliver(self) -> None:
        """On disk: now the answer may end."""
        closed, unpaid = self.closed, self.unpaid
        if self.connection is None or closed is None:
            pass
        elif self.stream is not None:
            self._end_stream(self.stream, closed, self._receipt)
        elif unpaid is not None:
            self.refuse(unpaid, self._receipt)
        elif 300 <= closed.status < 400:
            self.refuse(refusals.provider_unreachable(self.leg.provider.name), self._receipt)
        elif closed.status in CREDENTIALS_REFUSED:
            refusal = refusals.provider_refused_credentials(self.leg.provider.name)
            self.refuse(refusal, self._receipt)
        else:
            body = self.answer[0] if self.answer else b""
            charge, currency = closed.charge, self.leg.currency
            self.send(closed.status, self.headers, body, self._receipt, charge, currency)
        if self.admitted.label.watch is not None:
            tell(self)
        self._finish()

    def _end_stream(self, stream: Stream, closed: Close, receipt: bytes) -> None:
        if self.unpaid is None:
            if not self.head_sent:
                self.relay(b"", self.headers, receipt)
            charge = exact(closed.charge)
            note = trailer(
                charge_exact=charge, currency=self.leg.currency.decode(), receipt=receipt.decode()
            )
            self.end_stream(note + stream.held, whole=True)
        elif self.head_sent:
            self.break_off(self.unpaid, at_boundary=stream.at_boundary)
        else:
            self.refuse(self.unpaid, receipt)

    def _refuse(self, refusal: Refusal) -> None:
        """Nothing further is dispatched."""
        self._return_hold()
        self.refuse(refusal)
        self._finish()

    def _finish(self) -> None:
        """The call is over: leave the windows and the gateway's set, let go of the client."""
        house = self.house
        house.calls.discard(self)
        self.connection = None
        if self.drain_until:
            house.drains -= 1
        if self.line is not None:
            # The answer is complete but its HTTP message is not; give the provider a moment.
            house.later(LINGER_S, self._drop_line)
        for limit in self.lane.path.limited:
            limit.window.leave(self.tokens_used - self.admitted.estimate)

    def _drop_line(self) -> None:
        line, self.line = self.line, None
        if line is not None:
            line.abandon()

    # -- Listener: the client's connection

    def client_left(self) -> None:
        self.connection = None
        self.paused_since = 0.0
        if self.settled or not self.seq:
            return  # already closing, waiting for money, or between two attempts
        house = self.house
        if house.drains < house.times.drains_max:
            house.drains += 1
            self.drain_until = house.clock() + house.times.drain_s
            if self.line is not None:
                self.line.resume()
        else:
            self._give_up()

    def client_paused(self) -> None:
        self.paused_since = self.house.clock()
        if self.line is not None:
            self.line.pause()

    def client_resumed(self) -> None:
        self.paused_since = 0.0
        self.last_seen = self.house.clock()
        if self.line is not None:
            self.line.resume()

    def _give_up(self) -> None:
        """The client is gone and the answer did not end in time: settle on what was seen."""
        self._drop_line()
        self._settle("client_left")

    # -- time, four times a second

    def tick(self, now: float) -> None:
        if self.settled or self.attempt < 0:
            return
        connection = self.connection
        if connection is None:
            if now >= self.drain_until:
                self._give_up()
            return
        if self.paused_since:
            if now - self.paused_since > SLOW_CLIENT_S:
                connection.abort()
            return
        times, provider, stream = self.house.times, self.leg.provider, self.stream
        if now >= self.deadline:
            self._break("timeout", f"no end within {times.deadline_s:g} s")
        elif self.first_byte < 0:
            if now - self.dispatched > provider.first_chunk_timeout_s:
                self._break("timeout", f"no answer within {provider.first_chunk_timeout_s:g} s")
        elif now - self.last_seen > provider.idle_timeout_s:
            self._break("timeout", f"silent for {provider.idle_timeout_s:g} s")
        elif (
            stream is not None
            and stream.at_boundary
            and self.head_sent
            and now - self.last_sent > times.keepalive_s
        ):
            self.comment(PING if self.lane.surface is Surface.MESSAGES else KEEPALIVE)
