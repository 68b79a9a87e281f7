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

import msgspec

from stillhouse.gateway import forward
from stillhouse.gateway.admit import Admitted
from stillhouse.gateway.answer import content_type
from stillhouse.gateway.connection import ClientConnection, Request
from stillhouse.gateway.house import House
from stillhouse.gateway.leases import Purse
from stillhouse.gateway.leases import hold as hold_all
from stillhouse.gateway.leases import settle as settle_all
from stillhouse.gateway.ports import Headers, Line
from stillhouse.gateway.reply import Reply
from stillhouse.gateway.retry import pause_s, worth_another
from stillhouse.gateway.witness import counted, open_record, reported
from stillhouse.ledger.journal import frame
from stillhouse.ledger.receipt import (
    FLAG_RETRIED,
    FLAG_UNRATED,
    Close,
    Open,
    Outcome,
    receipt_id,
)
from stillhouse.ledger.rules import settle
from stillhouse.units.instant import Instant
from stillhouse.units.money import exact
from stillhouse.units.usage import NOTHING
from stillhouse.wire import edit, refusals
from stillhouse.wire.paths import Route, Surface
from stillhouse.wire.refusals import Refusal
from stillhouse.wire.sse import KEEPALIVE, PING, trailer
from stillhouse.wire.stream import Stream, StreamError

ANSWER_BYTES_MAX = 256 * 1024 * 1024
SLOW_CLIENT_S = 60.0
LINGER_S = 5.0


class Call:
    """Implements gateway.ports.Sink for its attempts and connection.Listener for its client."""

    __slots__ = (
        "_admitted",
        "_answer",
        "_answer_bytes",
        "_attempt",
        "_body",
        "_close",
        "_deadline",
        "_dispatched",
        "_drain_until",
        "_first_byte",
        "_first_seq",
        "_headers",
        "_held",
        "_house",
        "_last_seen",
        "_leg",
        "_line",
        "_open",
        "_paused_since",
        "_purses",
        "_reply",
        "_request",
        "_route",
        "_settled",
        "_spent",
        "_started",
        "_status",
        "_stream",
        "_strips",
        "_tokens_used",
        "_unpaid",
    )

    def __init__(
        self, house: House, reply: Reply, request: Request, admitted: Admitted, started: Instant
    ) -> None:
        self._house = house
        self._reply = reply
        self._request = request
        self._route: Route = reply.route
        self._admitted = admitted
        self._body = request.body
        self._started = started
        self._deadline = house.clock() + house.times.deadline_s
        self._purses: tuple[Purse, ...] = admitted.path.purses
        self._held = 0
        self._spent = self._tokens_used = 0
        self._first_seq = 0
        self._attempt = -1
        self._drain_until = 0.0
        self._paused_since = 0.0
        self._line: Line | None = None
        self._open: Open | None = None
        self._settled = False

    # -- hold

    def begin(self, connection: ClientConnection) -> None:
        """Hold the bound on every budget, then go. Ends in an attempt or in a refusal."""
        connection.call = self
        self._house.calls.add(self)
        if connection.paused:  # it has not read its last answer yet
            self._paused_since = self._house.clock()
        admitted = self._admitted
        for limited in admitted.path.limited:
            limited.window.enter(self._started, admitted.estimate)
        self._try_hold()

    def _try_hold(self) -> None:
        hold = self._admitted.hold
        if hold and self._purses:
            short = hold_all(self._purses, hold)
            if short is not None:
                self._house.leases.top_up(short, hold, lambda ok: self._topped_up(short, ok=ok))
                return
            self._held = hold
        self._next_attempt()

    def _topped_up(self, purse: Purse, *, ok: bool) -> None:
        if self._reply.connection is None:
            self._finish()  # the client left while it waited: nothing was dispatched
        elif ok or self._capped():
            self._try_hold()
        else:
            budget = purse.budget
            self._refuse(
                refusals.over_budget(
                    budget.scope,
                    budget.span,
                    limit=budget.limit,
                    spent=purse.posted,
                    held=purse.leased,
                    need=self._admitted.hold,
                )
            )

    def _capped(self) -> bool:
        """Near the end of a budget: write a token limit that can be afforded, where asked for."""
        if self._reply.capped:
            return False
        room = min(purse.available for purse in self._purses)
        tokens, hold = forward.affordable(self._admitted, room)
        if not tokens:
            return False
        self._reply.capped = tokens
        self._body = edit.with_output_limit(self._body, self._route.surface, tokens)
        self._admitted = msgspec.structs.replace(self._admitted, hold=hold, tokens_out=tokens)
        return True

    # -- attempts

    def _next_attempt(self) -> None:
        """Write the open record; the committer dispatches once it is in the journal."""
        house, admitted = self._house, self._admitted
        committer = house.committer
        if committer.broken:
            self._refuse(refusals.overloaded())
            return
        attempt = self._attempt = self._attempt + 1
        legs = admitted.legs
        leg = self._leg = legs[attempt] if attempt < len(legs) else legs[-1]
        self._settled = False
        self._status = 0
        self._headers: Headers = []
        self._stream: Stream | None = None
        self._answer: list[bytes] = []
        self._answer_bytes = 0
        self._first_byte = -1
        self._dispatched = self._last_seen = house.clock()
        seq = committer.next_seq()
        if not attempt:
            self._first_seq = seq
        self._open = opened = open_record(
            admitted,
            leg,
            self._route.surface,
            seq=seq,
            call=self._first_seq,
            at=house.now() if attempt else self._started,
            held=self._held,
        )
        record = house.opens[seq] = frame(opened)
        committer.open(record, self._dispatch)

    def _dispatch(self) -> None:
        if self._settled:
            return  # its client left within the turn: what is closed must not go out
        leg, surface = self._leg, self._route.surface
        body, self._strips = forward.edited(self._body, self._admitted.asked, leg, surface)
        extra = forward.headers(self._request.headers, surface)
        line = leg.upstream.dispatch(surface, leg.deployment.model, body, extra, self)
        if line is not None:
            self._line = line
            if self._paused_since:
                line.pause()
            return
        most = leg.provider.max_connections
        self.on_failure("unreachable", f"{most} calls are in flight there, its limit")

    # -- Sink: the provider's answer

    def on_head(self, status: int, headers: Headers) -> None:
        self._status = status
        self._headers = headers
        if (
            self._admitted.asked.stream
            and status == 200
            and content_type(headers).startswith(b"text/event-stream")
        ):
            self._stream = Stream(self._route.surface, strip_usage=self._strips)

    def on_data(self, data: bytes) -> None:
        if self._settled:
            return
        self._last_seen = self._house.clock()
        if self._first_byte < 0:
            self._first_byte = self._house.now() - self._started
        stream = self._stream
        if stream is None:
            self._answer_bytes += len(data)
            if self._answer_bytes > ANSWER_BYTES_MAX:
                self._break("upstream_cut", f"the answer exceeds {ANSWER_BYTES_MAX} bytes")
            else:
                self._answer.append(data)
            return
        try:
            out = stream.feed(data)
        except StreamError as error:
            self._break("upstream_cut", str(error))
            return
        if out:
            reply = self._reply
            reply.relay(out, self._headers, b"" if reply.head_sent else self._receipt)
        if stream.ended:
            self._settle("completed")

    def on_end(self) -> None:
        self._line = None
        if self._settled:
            return
        stream = self._stream
        if stream is not None:
            out = stream.finish()
            if out:
                self._reply.relay(out, self._headers, self._receipt)
        elif self._status >= 300:
            self._settle("refused", retried=self._can_retry(self._status))
            return
        self._settle("completed")

    def on_failure(self, kind: Outcome, message: str) -> None:
        """The attempt broke: settle it by the rule, then try again, or tell the client."""
        self._line = None
        if self._settled:
            return
        if not self._reply.head_sent and self._can_retry(504 if kind == "timeout" else 502):
            self._settle(kind, retried=True)
            return
        leg = self._leg
        self._house.troubled(leg, kind, message)
        if kind == "timeout":
            self._unpaid = refusals.deadline(self._house.clock() - self._dispatched)
        else:
            self._unpaid = refusals.provider_unreachable(leg.provider.name)
        self._settle(kind)

    def _break(self, kind: Outcome, message: str) -> None:
        self._drop_line()
        self.on_failure(kind, message)

    def _can_retry(self, status: int) -> bool:
        """One attempt budget and one deadline over retries and fallbacks; none for who has left."""
        house, attempts = self._house, self._attempt + 1
        if (
            self._reply.connection is None
            or attempts >= house.times.max_attempts
            or house.clock() >= self._deadline
        ):
            return False
        return worth_another(status, next_leg=attempts < len(self._admitted.legs))

    def _retry(self) -> None:
        if self._reply.connection is None:
            self._return_hold()
            self._finish()
        else:
            self._next_attempt()

    # -- settling

    def _settle(self, outcome: Outcome, *, retried: bool = False) -> None:
        """Close this attempt's record. Happens exactly once per attempt, whoever is still there."""
        self._settled = True
        house, leg, opened = self._house, self._leg, self._open
        if opened is None:
            raise RuntimeError("settled without an open record")
        if self._reply.connection is None and outcome == "completed":
            outcome = "client_left"
        surface, stream, answer = self._route.surface, self._stream, self._answer
        if len(answer) > 1:
            answer = self._answer = [b"".join(answer)]
        whole = answer[0] if answer else b""
        usage, flags = reported(surface, stream, self._status, whole)
        settlement = settle(
            outcome=outcome,
            reported=usage,
            counted=NOTHING
            if usage is not None
            else counted(surface, stream, outcome, whole, self._request.body),
            zero_rated=surface is Surface.COUNT_TOKENS,
            hold=self._held,
            sale=leg.sale,
            cost=leg.cost,
            status=self._status,
        )
        if retried:
            flags |= FLAG_RETRIED
        used = settlement.usage
        now = house.now()
        self._close = closed = Close(
            opened.seq,
            now,
            self._first_byte,
            now - self._started,
            self._status,
            outcome,
            settlement.witness,
            flags | settlement.flags,
            used,
            settlement.charge,
            settlement.cost,
        )
        if settlement.flags & FLAG_UNRATED:
            house.unrated(leg, used)
        del house.opens[opened.seq]
        self._spent += settlement.charge
        if self._admitted.path.limited:
            self._tokens_used += used.tokens_in + used.tokens_out
        if retried:
            house.committer.append(frame(closed))
            more = self._attempt + 1 < len(self._admitted.legs)
            house.later(pause_s(self._attempt, next_leg=more), self._retry)
            return
        self._return_hold()
        house.committer.close(frame(closed), self._deliver)

    def _return_hold(self) -> None:
        settle_all(self._purses, self._held, self._spent)
        self._held = self._spent = 0

    # -- the end, once the close record is on disk

    @property
    def _receipt(self) -> bytes:
        seq = 0 if self._open is None else self._open.seq
        return receipt_id(self._house.committer.writer, seq).encode()

    def _deliver(self) -> None:
        closed, reply = self._close, self._reply
        if reply.connection is not None:
            receipt = self._receipt
            if self._stream is not None:
                self._end_stream(self._stream, closed, receipt)
            elif closed.outcome not in ("completed", "refused"):
                reply.refuse(self._unpaid, receipt)
            elif 300 <= closed.status < 400:
                reply.refuse(refusals.provider_unreachable(self._leg.provider.name), receipt)
            elif closed.status in (401, 403):
                provider = self._leg.provider.name
                reply.refuse(refusals.provider_refused_credentials(provider), receipt)
            else:
                body = self._answer[0] if self._answer else b""
                charge = f"{exact(closed.charge)} {self._currency}".encode()
                reply.send(closed.status, self._headers, body, receipt, charge)
        self._finish()

    def _end_stream(self, stream: Stream, closed: Close, receipt: bytes) -> None:
        reply = self._reply
        if closed.outcome == "completed":
            if not reply.head_sent:
                reply.relay(b"", self._headers, receipt)
            charge = exact(closed.charge)
            note = trailer(charge_exact=charge, currency=self._currency, receipt=receipt.decode())
            reply.end_stream(note + stream.held, whole=True)
        elif reply.head_sent:
            reply.break_off(self._unpaid, at_boundary=stream.at_boundary)
        else:
            reply.refuse(self._unpaid, receipt)

    @property
    def _currency(self) -> str:
        sale = self._leg.sale
        return "USD" if sale is None else sale.currency

    def _refuse(self, refusal: Refusal) -> None:
        """Nothing further is dispatched."""
        self._return_hold()
        self._reply.refuse(refusal)
        self._finish()

    def _finish(self) -> None:
        """The call is over: leave the windows and the gateway's set, let go of the client."""
        house, admitted = self._house, self._admitted
        house.calls.discard(self)
        self._reply.connection = None
        if self._line is not None:
            # The answer is complete but its HTTP message is not; give the provider a moment.
            house.later(LINGER_S, self._drop_line)
        limited = admitted.path.limited
        if limited:
            now, correction = house.now(), self._tokens_used - admitted.estimate
            for limit in limited:
                limit.window.leave(now, correction)

    def _drop_line(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.abandon()

    # -- Listener: the client's connection

    def client_left(self) -> None:
        self._reply.connection = None
        self._paused_since = 0.0
        if self._settled or self._open is None:
            return  # already closing, waiting for money, or between two attempts
        house = self._house
        if house.may_drain():
            self._drain_until = house.clock() + house.times.drain_s
            if self._line is not None:
                self._line.resume()
        else:
            self._give_up()

    def client_paused(self) -> None:
        self._paused_since = self._house.clock()
        if self._line is not None:
            self._line.pause()

    def client_resumed(self) -> None:
        self._paused_since = 0.0
        self._last_seen = self._house.clock()
        if self._line is not None:
            self._line.resume()

    def _give_up(self) -> None:
        """The client is gone and the answer did not end in time: settle on what was seen."""
        self._drop_line()
        self._settle("client_left")

    @property
    def drains(self) -> bool:
        return self._drain_until > 0.0

    # -- time, four times a second

    def tick(self, now: float) -> None:
        if self._settled or self._attempt < 0:
            return
        connection = self._reply.connection
        if connection is None:
            if now >= self._drain_until:
                self._give_up()
            return
        if self._paused_since:
            if now - self._paused_since > SLOW_CLIENT_S:
                connection.abort()
            return
        times, provider, stream = self._house.times, self._leg.provider, self._stream
        if now >= self._deadline:
            self._break("timeout", f"no end within {times.deadline_s:g} s")
        elif self._first_byte < 0:
            if now - self._dispatched > provider.first_chunk_timeout_s:
                self._break("timeout", f"no answer within {provider.first_chunk_timeout_s:g} s")
        elif now - self._last_seen > provider.idle_timeout_s:
            self._break("timeout", f"silent for {provider.idle_timeout_s:g} s")
        elif (
            stream is not None
            and stream.at_boundary
            and self._reply.head_sent
            and now - self._reply.last_sent > times.keepalive_s
        ):
            self._reply.comment(PING if self._route.surface is Surface.MESSAGES else KEEPALIVE)
