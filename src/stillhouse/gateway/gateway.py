"""What one worker holds: connections, calls, routing, and the sweep that keeps their time.

Keeping time once for everybody (a sweep four times a second) costs less than a timer per call and
is exact enough for time-outs of seconds. Nothing here blocks: the ledger is asked in threads.
"""

import asyncio
from collections.abc import Callable
from email.utils import formatdate
from time import time_ns
from typing import NoReturn

import msgspec

from stillhouse.gateway import answer
from stillhouse.gateway.admit import Admission
from stillhouse.gateway.call import Call
from stillhouse.gateway.commit import JOURNAL_BROKEN, Committer
from stillhouse.gateway.connection import ClientConnection, Limits
from stillhouse.gateway.divide import divided
from stillhouse.gateway.head import Request
from stillhouse.gateway.house import Sampler, Ticking, Watcher
from stillhouse.gateway.labels import Labels, Watches
from stillhouse.gateway.leases import Leases
from stillhouse.gateway.ports import Upstream
from stillhouse.gateway.refused import Refused
from stillhouse.gateway.release import Splits
from stillhouse.gateway.routing import Leg, Routing
from stillhouse.gateway.times import Times
from stillhouse.gateway.windows import Windows
from stillhouse.tariff.charge import unpriced
from stillhouse.tenants import Directory, Key
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Usage
from stillhouse.wire import refusals
from stillhouse.wire.paths import EXACT, Dialect, Route, Surface, dialect_of, route
from stillhouse.wire.refusals import Refusal
from stillhouse.wire.template import Templates

SWEEP_S = 0.25
SAY_EVERY_S = 60.0
UNRATED_MAX = 10_000
TIER_LENGTH_MAX = 64
LEDGER_STALE = "the ledger cannot be read"


def now_us() -> Instant:
    """Microseconds since the epoch; the gateway's clock for receipts and prices."""
    return time_ns() // 1000  # type: ignore[return-value]  # a call of Instant costs more


class Gateway:
    """Implements connection.House and call.House."""

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        limits: Limits,
        times: Times,
        leases: Leases,
        windows: Windows,
        name: bytes,
        log: Callable[..., None],
    ) -> None:
        """name: makes request ids unique among workers. log(event, **fields) takes no secrets."""
        self._loop = loop
        self.clock = loop.time
        self.time = loop.time()
        self.now = now_us
        self.limits = limits
        self.times = times
        self.leases = leases
        self.sampler: Sampler | None = None
        self.watcher: Watcher | None = None
        self.labels = Labels(on_ignored=self._ignored)
        self.admission = Admission(windows=windows, leases=leases, labels=self.labels)
        self.committer = Committer(loop, on_broken=self._broken)
        self.connections: set[ClientConnection] = set()
        self.calls: set[Ticking] = set()
        self.opens: dict[int, bytes] = {}
        self.drains = 0
        self.draining = False
        self.ready = False
        self.stale = False
        self.date = b""
        self._upstreams: dict[str, Upstream] = {}
        self._name = name
        self._count = 0
        self._log = log
        self._unrated: dict[tuple[str, ...], float] = {}
        self._ignored_said = float("-inf")
        self._dated = 0
        self._sweep_handle: asyncio.TimerHandle | None = None
        self._tell_time()

    # -- what may change while it runs

    def configure(self, limits: Limits, times: Times) -> None:
        self.limits, self.times = limits, times

    def route_by(self, routing: Routing, upstreams: dict[str, Upstream]) -> None:
        """Use this routing for calls from now on; calls in flight keep theirs."""
        old, self._upstreams = self._upstreams, upstreams
        self.admission.route_by(routing)
        for name, upstream in old.items():
            if upstreams.get(name) is not upstream:
                upstream.retire()

    def use_directory(self, directory: Directory) -> None:
        self.admission.use(directory)

    def release_by(self, splits: Splits, watches: Watches | None = None) -> None:
        """Send calls from now on by these releases, and tell these watches how they end."""
        self.admission.release_by(splits, watches)

    def find_templates(self, key: bytes | None) -> None:
        """Tell workloads by their templates, hashed with this key; None: only declared ones."""
        if key is None:
            self.labels.templates = None
        elif self.labels.templates is None:
            self.labels.templates = Templates(key)

    def _ignored(self, key: Key, count: int) -> None:
        """A name in `metadata` that is none of ours. Said once a minute, with the count so far."""
        if self.clock() - self._ignored_said >= SAY_EVERY_S:
            self._ignored_said = self.clock()
            self._log("workload_ignored", key=key.id, ignored=count)

    # -- call.House

    def later(self, delay_s: float, call: Callable[[], None]) -> None:
        self._loop.call_later(delay_s, call)

    def unrated(self, leg: Leg, usage: Usage) -> None:
        """A meter without a price was used. Say so at once; the receipt is flagged."""
        if leg.sale is not None:
            for meter in unpriced(usage, leg.sale):
                self._say_once("unrated", leg.deployment.priced_as, meter=str(meter))

    def other_tier(self, leg: Leg, tier: str) -> None:
        """The provider served a call at a tier without a price. The receipt is flagged."""
        self._say_once("other_tier", leg.deployment.priced_as, tier=tier[:TIER_LENGTH_MAX])

    def _say_once(self, event: str, model: str, **what: str) -> None:
        """Once a minute for the same model and thing; of many things, the first ones."""
        key = (model, event, *what.values())
        if self.clock() - self._unrated.get(key, -SAY_EVERY_S) < SAY_EVERY_S:
            return
        if len(self._unrated) >= UNRATED_MAX:
            self._unrated.clear()
        self._unrated[key] = self.clock()
        self._log(event, model=model, **what)

    def troubled(self, leg: Leg, kind: str, message: str) -> None:
        """A provider failed a call for good: its operator wants to know why."""
        self._log("provider_failed", provider=leg.provider.name, kind=kind, message=message)

    # -- connection.House

    def connection(self) -> ClientConnection:
        """The protocol factory of the server."""
        return ClientConnection(self)

    def malformed(self, target: bytes, status: int, message: str) -> bytes:
        self._count += 1
        refusal = Refusal(status, "invalid_request", message, "invalid_request_error")
        head, body = answer.refusal_answer(
            refusal,
            dialect=dialect_of(target.partition(b"?")[0]),
            request_id=b"req_%b%08x" % (self._name, self._count),
            date=self.date,
            keep_alive=False,
        )
        return head + body

    def handle(self, connection: ClientConnection, request: Request) -> None:
        """Answer, or begin a call that will."""
        path = request.target
        found = EXACT.get(path)
        if found is None:
            path = path.partition(b"?")[0]
            found = route(path)
        self._count = number = self._count + 1
        request_id = b"req_%b%08x" % (self._name, number)
        try:
            if found is None or request.method != (b"POST" if found.method == "POST" else b"GET"):
                _not_here(path, request.method, found)
            elif found.method == "POST":  # the metered surfaces, all of them
                if self.draining or self.stale or self.committer.broken:
                    self._turn_away()
                now = self.now()
                admitted = self.admission.admit(request, found, now)
                if admitted.label.split is not None:
                    directory = self.admission.directory
                    admitted = divided(admitted, request.body, now, directory, self.leases)
                call = Call(self, connection, request, found, request_id, admitted, now)
                call.begin(connection)
            elif found.surface in (Surface.HEALTH, Surface.READY):
                self._answer_health(connection, request, found)
            else:
                self._answer_models(connection, request, found, request_id)
        except Refused as refused:
            dialect = dialect_of(path) if found is None else found.dialect
            self._refuse(connection, request, refused.refusal, dialect, request_id)

    def _turn_away(self) -> NoReturn:
        """No call is taken at all; say why."""
        if self.committer.broken:
            raise Refused(refusals.unavailable(JOURNAL_BROKEN))
        raise Refused(refusals.unavailable(LEDGER_STALE) if self.stale else refusals.draining())

    def _refuse(
        self,
        connection: ClientConnection,
        request: Request,
        refusal: Refusal,
        dialect: Dialect,
        request_id: bytes,
    ) -> None:
        keep_alive = request.keep_alive and not self.draining
        head, body = answer.refusal_answer(
            refusal,
            dialect=dialect,
            request_id=request_id,
            date=self.date,
            keep_alive=keep_alive,
        )
        if request.method == b"HEAD":
            body = b""  # what it would be is told by its length alone (RFC 9110 section 9.3.2)
        connection.respond(head, body, keep_alive)

    # -- small answers

    def _answer_health(self, connection: ClientConnection, request: Request, found: Route) -> None:
        """/health: the process lives. /ready: it can take calls; else 503 and why."""
        why = ""
        if found.surface is Surface.READY:
            if self.committer.broken:
                why = JOURNAL_BROKEN
            elif self.draining:
                why = "stopping"
            elif self.stale:
                why = LEDGER_STALE
            elif not self.ready:
                why = "starting"
        status = 503 if why else 200
        body = msgspec.json.encode({"status": "unavailable" if why else "ok", "reason": why})
        self._respond_json(connection, request, status, body, b"")

    def _answer_models(
        self, connection: ClientConnection, request: Request, found: Route, request_id: bytes
    ) -> None:
        routing = self.admission.routing
        if routing is None or self.draining or self.stale:
            self._turn_away()
        names = self.admission.visible(self.admission.path(request.headers, self.now()))
        if found.surface is Surface.MODEL:
            if found.deployment not in names:
                raise Refused(refusals.unknown_deployment(found.deployment or "", names))
            body: object = _model(found.deployment, routing)
        else:
            body = {"object": "list", "data": [_model(name, routing) for name in names]}
        line = answer.request_id_line(found.dialect, request_id)
        self._respond_json(connection, request, 200, msgspec.json.encode(body), line)

    def _respond_json(
        self, connection: ClientConnection, request: Request, status: int, body: bytes, lines: bytes
    ) -> None:
        head = b"%bcontent-type: application/json\r\ncontent-length: %d\r\n%b%b\r\n" % (
            answer.status_line(status),
            len(body),
            lines,
            self.date,
        )
        connection.respond(head, body, request.keep_alive and not self.draining)

    # -- time

    def start_sweep(self) -> None:
        self._sweep_handle = self._loop.call_later(SWEEP_S, self._sweep)

    def _sweep(self) -> None:
        self.start_sweep()  # first: whatever fails below, time goes on
        now = self.time = self.clock()
        self._tell_time()
        for call in list(self.calls):
            call.tick(now)
        for connection in list(self.connections):
            connection.expire(now)
        for upstream in self._upstreams.values():
            upstream.sweep(now)
        self.leases.expire(self.now())

    def _tell_time(self) -> None:
        second = time_ns() // 1_000_000_000
        if second != self._dated:
            self._dated = second
            self.date = (
                b"date: %b\r\nserver: stillhouse\r\n" % formatdate(second, usegmt=True).encode()
            )

    # -- ending

    def drain(self) -> None:
        """No new calls; idle connections close; calls in flight go on to their end."""
        self.draining = True
        for connection in list(self.connections):
            connection.close_when_idle()

    @property
    def quiet(self) -> bool:
        return not self.calls and self.committer.idle

    def stop(self) -> None:
        """Whatever is still in flight is cut; recovery settles it by the rule."""
        if self._sweep_handle is not None:
            self._sweep_handle.cancel()
        for connection in list(self.connections):
            connection.abort()
        for upstream in self._upstreams.values():
            upstream.retire()

    def _broken(self, message: str) -> None:
        """The journal failed: admit nothing, acknowledge nothing, say so."""
        self._log("journal_broken", message=message)
        for connection in list(self.connections):
            connection.abort()


def _not_here(path: bytes, method: bytes, found: Route | None) -> NoReturn:
    if found is None:
        raise Refused(refusals.not_found(path.decode("latin-1")))
    raise Refused(refusals.method_not_allowed(method.decode("latin-1"), found.method))


def _model(name: str, routing: Routing) -> dict[str, object]:
    return {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": routing.plans[name][0].provider.name,
    }
