r"""One metered call, from admission to settlement, over all its attempts.

The call belongs to the gateway, not to the client's connection: a client that leaves changes where
the bytes go, never whether the call settles. One deadline and one attempt budget cover all retries
and fallbacks. Each attempt has its own receipt; the hold is the call's.

    hold -> attempt: open record -> dispatch -> relay -> close record -> fsync -> end of the answer
                 \-> failed before a byte was relayed: settled, then the next attempt

The end of an answer (the last bytes of a stream, the whole of a unary answer) is withheld until its
close record is on disk: who has read an answer to its end has a receipt that survives a crash.
"""

from collections.abc import Callable
from typing import Protocol

from stillhouse.gateway import answer
from stillhouse.gateway.admit import Admitted
from stillhouse.gateway.commit import Committer
from stillhouse.gateway.connection import ClientConnection, Request
from stillhouse.gateway.leases import Leases, Purse
from stillhouse.gateway.leases import hold as hold_all
from stillhouse.gateway.leases import settle as settle_all
from stillhouse.gateway.ports import Headers, Line
from stillhouse.gateway.reply import Reply
from stillhouse.gateway.routing import Leg
from stillhouse.gateway.times import Times
from stillhouse.ledger.journal import frame
from stillhouse.ledger.receipt import (
    FLAG_DUPLICATE_USAGE,
    FLAG_INCONSISTENT,
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
from stillhouse.units.usage import NOTHING, Usage
from stillhouse.wire import edit, refusals
from stillhouse.wire.count import count_input, count_output
from stillhouse.wire.failure import failure_event
from stillhouse.wire.paths import Route, Surface
from stillhouse.wire.refusals import Refusal
from stillhouse.wire.sse import KEEPALIVE, PING, trailer
from stillhouse.wire.stream import Stream, StreamError
from stillhouse.wire.usage import read_usage

RETRYABLE = frozenset({500, 502, 503, 504, 529})
"""The provider's own trouble: another attempt may succeed."""
FALLS_BACK = RETRYABLE | {408, 429}
"""Goes on to the next deployment when there is one; 429 is otherwise the client's to wait out."""
BACKOFF_S = 0.2
ANSWER_BYTES_MAX = 256 * 1024 * 1024
SLOW_CLIENT_S = 60.0
LINGER_S = 5.0
CAP_TOKENS_MIN = 16
"""Below this many affordable output tokens a capped call is refused rather than shortened."""


class House(Protocol):
    """What a call needs from its gateway."""

    committer: Committer
    leases: Leases
    calls: set["Call"]
    opens: dict[int, bytes]
    clock: Callable[[], float]
    date: bytes
    draining: bool

    @property
    def times(self) -> Times: ...
    def now(self) -> Instant: ...
    def later(self, delay_s: float, call: Callable[[], None]) -> None: ...
    def may_drain(self) -> bool: ...
    def unrated(self, leg: Leg, usage: Usage) -> None: ...
    def troubled(self, leg: Leg, kind: str, message: str) -> None: ...


class Call:
    """See the module. Implements gateway.ports.Sink for its attempts and Listener for its client."""

    __slots__ = (
        "_answer",
        "_answer_bytes",
        "_attempt",
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
        "_relayed",
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
        "admitted",
        "body",
    )

    def __init__(
        self,
        house: House,
        connection: ClientConnection,
        request: Request,
        route: Route,
        admitted: Admitted,
        request_id: bytes,
        started: Instant,
    ) -> None:
        self._house = house
        self._reply = Reply(house, connection, request, route, request_id)
        self._reply.room = admitted.room
        self._request = request
        self._route = route
        self.admitted = admitted
        self.body = request.body
        self._started = started
        self._deadline = house.clock() + house.times.deadline_s
        self._purses: tuple[Purse, ...] = admitted.path.purses
        self._held = 0
        self._spent = 0
        self._tokens_used = 0
        self._first_seq = 0
        self._attempt = -1
        self._drain_until = 0.0
        self._paused_since = 0.0
        self._line: Line | None = None
        self._open: Open | None = None
        self._close: Close | None = None
        self._settled = False
        self._relayed = False
        connection.call = self

    # -- hold

    def begin(self) -> None:
        """Hold the bound on every budget, then go. Ends in an attempt or in a refusal."""
        house, admitted = self._house, self.admitted
        house.calls.add(self)
        now = self._started
        for limited in admitted.path.limited:
            limited.window.enter(now, admitted.estimate)
        self._try_hold()

    def _try_hold(self) -> None:
        hold = self.admitted.hold
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
        elif ok:
            self._try_hold()
        elif not self._cap():
            budget = purse.budget
            self._refuse(
                refusals.over_budget(
                    budget.scope,
                    budget.span,
                    limit=budget.limit,
                    spent=purse.posted,
                    held=purse.leased,
                    need=self.admitted.hold,
                )
            )

    def _cap(self) -> bool:
        """Near the end of a budget: write a token limit that can be afforded, where asked for."""
        admitted = self.admitted
        leg = admitted.legs[0]
        sale = leg.sale
        if not leg.deployment.cap or self._reply.capped or sale is None or len(admitted.legs) > 1:
            return False
        if admitted.asked.output_limit is not None or admitted.asked.choices != 1:
            return False
        room = min(purse.available for purse in self._purses)
        rest = room - admitted.tokens_in * sale.bound_in - sale.per_request
        tokens = rest // sale.bound_out if sale.bound_out > 0 else 0
        tokens = min(tokens, admitted.tokens_out)
        if tokens < CAP_TOKENS_MIN:
            return False
        self._reply.capped = tokens
        self.body = edit.with_output_limit(self.body, self._route.surface, tokens)
        hold = admitted.tokens_in * sale.bound_in + tokens * sale.bound_out + sale.per_request
        self.admitted = admitted._replace(hold=hold, tokens_out=tokens)
        self._try_hold()
        return True

    # -- attempts

    def _next_attempt(self) -> None:
        house, admitted = self._house, self.admitted
        if house.committer.broken:
            self._refuse(refusals.overloaded())
            return
        self._attempt += 1
        leg = self._leg = admitted.legs[min(self._attempt, len(admitted.legs) - 1)]
        self._settled = False
        self._status = 0
        self._headers: Headers = []
        self._stream: Stream | None = None
        self._answer: list[bytes] = []
        self._answer_bytes = 0
        self._first_byte = -1
        journal = house.committer.journal
        seq = journal.next_seq()
        if not self._first_seq:
            self._first_seq = seq
        path, route = admitted.path, self._route
        key = path.payer.key
        sale, cost = leg.sale, leg.cost
        self._open = opened = Open(
            seq,
            self._first_seq,
            house.now() if self._attempt else self._started,
            key.account,
            key.project,
            key.id,
            leg.deployment.name,
            leg.provider.name,
            leg.deployment.model,
            route.surface.value,
            admitted.asked.stream,
            self._held,
            "" if sale is None else sale.id,
            "" if cost is None else cost.id,
            path.purse_names if self._held else (),
            admitted.tokens_in,
        )
        record = frame(opened)
        house.opens[seq] = record
        house.committer.append(record)
        self._dispatched = self._last_seen = house.clock()
        body = self._edited(leg)
        line = leg.upstream.dispatch(
            route.surface, leg.deployment.model, body, self._extra_headers(), self
        )
        if line is None:
            name, most = leg.provider.name, leg.provider.max_connections
            self.on_failure("unreachable", f"{name} has {most} calls in flight, its limit")
        elif not self._settled:
            self._line = line

    def _edited(self, leg: Leg) -> bytes:
        """The named edits, everything else byte for byte."""
        body, asked = self.body, self.admitted.asked
        self._strips = False
        if asked.model != leg.deployment.model:
            body = edit.with_model(body, leg.deployment.model)
        if (
            asked.stream
            and not asked.asked_usage
            and self._route.surface in (Surface.CHAT, Surface.COMPLETIONS)
            and leg.provider.stream_usage
        ):
            body = edit.with_usage(body, asked)
            self._strips = True
        return body

    def _extra_headers(self) -> bytes:
        headers, extra = self._request.headers, b""
        if self._route.surface in (Surface.MESSAGES, Surface.COUNT_TOKENS):
            version = headers.get(b"anthropic-version", b"2023-06-01")
            extra = b"anthropic-version: %b\r\n" % version
            beta = headers.get(b"anthropic-beta")
            if beta is not None:
                extra += b"anthropic-beta: %b\r\n" % beta
        for name in (b"openai-beta", b"idempotency-key"):
            value = headers.get(name)
            if value is not None:
                extra += b"%b: %b\r\n" % (name, value)
        return extra

    # -- Sink: the provider's answer

    def on_head(self, status: int, headers: Headers) -> None:
        self._status = status
        self._headers = headers
        self._last_seen = self._house.clock()
        if (
            self.admitted.asked.stream
            and status == 200
            and answer.content_type(headers).startswith(b"text/event-stream")
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
            self._relay(out)
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
                self._relay(out)
            self._settle("completed")
        elif self._status in FALLS_BACK and self._can_retry(self._status):
            self._settle("refused", retried=True)
        else:
            self._settle("completed" if self._status < 400 else "refused")

    def on_failure(self, kind: Outcome, message: str) -> None:
        """The attempt broke: settle it by the rule, then try again, or tell the client."""
        self._line = None
        if self._settled:
            return
        if not self._relayed and self._can_retry(0 if kind != "timeout" else 504):
            self._settle(kind, retried=True)
            return
        self._unpaid = self._explain(kind, self._house.clock() - self._dispatched)
        self._house.troubled(self._leg, kind, message)
        self._settle(kind)

    def _relay(self, data: bytes) -> None:
        self._relayed = True
        self._reply.relay(data, self._headers, self._receipt)

    def _break(self, kind: Outcome, message: str) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.abandon()
        self.on_failure(kind, message)

    def _can_retry(self, status: int) -> bool:
        """One attempt budget and one deadline over retries and fallbacks; none for who has left."""
        if (
            self._reply.connection is None
            or self._attempt + 1 >= self._house.times.max_attempts
            or self._house.clock() >= self._deadline
        ):
            return False
        if self._attempt + 1 < len(self.admitted.legs):
            return True
        return status in RETRYABLE - {504} or status == 0

    def _explain(self, kind: Outcome, waited: float) -> Refusal:
        if kind == "timeout":
            return refusals.deadline(waited)
        return refusals.provider_unreachable(self._leg.provider.name)

    # -- settling

    def _settle(self, outcome: Outcome, *, retried: bool = False) -> None:
        """Close this attempt's record. Happens exactly once per attempt, whoever is still there."""
        self._settled = True
        house, leg, opened = self._house, self._leg, self._open
        if opened is None:
            raise RuntimeError("settled without an open record")
        if self._reply.connection is None and outcome == "completed":
            outcome = "client_left"
        usage, flags = self._reported()
        settlement = settle(
            outcome=outcome,
            reported=usage,
            counted=NOTHING if usage is not None else self._counted(outcome),
            zero_rated=self._route.surface is Surface.COUNT_TOKENS,
            hold=self._held,
            sale=leg.sale,
            cost=leg.cost,
            status=self._status,
        )
        if retried:
            flags |= FLAG_RETRIED
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
            settlement.usage,
            settlement.charge,
            settlement.cost,
        )
        if settlement.flags & FLAG_UNRATED:
            house.unrated(leg, settlement.usage)
        house.opens.pop(opened.seq, None)
        house.committer.append(frame(closed))
        self._spent += settlement.charge
        self._tokens_used += settlement.usage.tokens_in + settlement.usage.tokens_out
        if retried:
            self._retry()
            return
        self._return_hold()
        house.committer.wait(self._deliver)

    def _reported(self) -> tuple[Usage | None, int]:
        stream = self._stream
        if stream is not None:
            flags = FLAG_INCONSISTENT if stream.inconsistent else 0
            if stream.usage_reports > 1:
                flags |= FLAG_DUPLICATE_USAGE
            return stream.usage, flags
        if self._status != 200 or not self._answer:
            return None, 0
        if len(self._answer) > 1:
            self._answer = [b"".join(self._answer)]
        found = read_usage(self._route.surface, self._answer[0])
        if found is None:
            return None, 0
        return found.usage, FLAG_INCONSISTENT if found.inconsistent else 0

    def _counted(self, outcome: Outcome) -> Usage:
        """What we saw ourselves. Nothing relayed, nothing counted."""
        if self._stream is not None:
            pieces = self._stream.pieces
        elif outcome == "completed" and self._answer:
            pieces = count_output(self._route.surface, self._answer[0])
        else:
            return NOTHING
        return Usage(input=count_input(self._request.body), output=pieces, requests=1)

    def _return_hold(self) -> None:
        settle_all(self._purses, self._held, self._spent)
        self._held = self._spent = 0

    def _retry(self) -> None:
        if self._attempt + 1 < len(self.admitted.legs):
            self._house.later(0.0, self._retry_now)
        else:
            self._house.later(BACKOFF_S * 2**self._attempt, self._retry_now)

    def _retry_now(self) -> None:
        if self._reply.connection is None:
            self._return_hold()
            self._finish()
        else:
            self._next_attempt()

    # -- the end, once the close record is on disk

    @property
    def _receipt(self) -> bytes:
        seq = 0 if self._open is None else self._open.seq
        return receipt_id(self._house.committer.journal.writer, seq).encode()

    def _deliver(self) -> None:
        closed, reply = self._close, self._reply
        receipt = self._receipt
        if closed is not None and reply.connection is not None:
            if self._stream is not None:
                self._end_stream(closed, receipt)
            elif closed.outcome not in ("completed", "refused"):
                reply.refuse(self._unpaid, receipt)
            elif closed.status in (401, 403):
                provider = self._leg.provider.name
                reply.refuse(refusals.provider_refused_credentials(provider), receipt)
            else:
                charge = f"{exact(closed.charge)} {self._currency}".encode()
                body = b"".join(self._answer)
                reply.send(closed.status, self._headers, body, receipt, charge)
        self._finish()

    def _end_stream(self, closed: Close, receipt: bytes) -> None:
        stream, reply = self._stream, self._reply
        if stream is None:
            return
        if closed.outcome == "completed":
            if not reply.head_sent:
                reply.relay(b"", self._headers, receipt)
            note = trailer(
                charge_exact=exact(closed.charge),
                currency=self._currency,
                receipt=receipt.decode(),
            )
            reply.end_stream(note + stream.held, whole=True)
        elif reply.head_sent:
            route = self._route
            event = failure_event(
                route.surface, route.dialect, self._unpaid, reply.request_id.decode()
            )
            reply.end_stream(event if stream.at_boundary else b"\n\n" + event, whole=False)
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
        house = self._house
        house.calls.discard(self)
        if self._line is not None:
            # The answer is complete but its HTTP message is not; give the provider a moment.
            house.later(LINGER_S, self._drop_line)
        if self.admitted.path.limited:
            now, correction = house.now(), self._tokens_used - self.admitted.estimate
            for limited in self.admitted.path.limited:
                limited.window.leave(now, correction)
        self._reply.connection = None

    def _drop_line(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.abandon()

    # -- Listener: the client's connection

    def client_left(self) -> None:
        self._reply.connection = None
        if self._settled or self._open is None:
            return  # already closing, waiting for money, or between two attempts
        if self._house.may_drain():
            self._drain_until = self._house.clock() + self._house.times.drain_s
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
        line, self._line = self._line, None
        if line is not None:
            line.abandon()
        self._settle("client_left")

    @property
    def drains(self) -> bool:
        return self._reply.connection is None and self._drain_until > 0.0

    # -- time, four times a second

    def tick(self, now: float) -> None:
        if self._settled or self._attempt < 0:
            return
        if self._reply.connection is None:
            if self._drain_until and now >= self._drain_until:
                self._give_up()
            return
        if self._paused_since:
            if now - self._paused_since > SLOW_CLIENT_S:
                self._reply.connection.abort()
            return
        provider, quiet = self._leg.provider, now - self._last_seen
        if now >= self._deadline:
            self._break("timeout", f"no end within {self._house.times.deadline_s:g} s")
        elif self._first_byte < 0 and now - self._dispatched > provider.first_chunk_timeout_s:
            self._break("timeout", f"no answer within {provider.first_chunk_timeout_s:g} s")
        elif self._first_byte >= 0 and quiet > provider.idle_timeout_s:
            self._break("timeout", f"silent for {provider.idle_timeout_s:g} s")
        elif (
            self._stream is not None
            and self._reply.head_sent
            and self._stream.at_boundary
            and now - self._reply.last_sent > self._house.times.keepalive_s
        ):
            self._reply.comment(PING if self._route.surface is Surface.MESSAGES else KEEPALIVE)
