"""A whole gateway without sockets, disks or waiting: time, journal, ledger and provider by hand.

    rig = Rig(budget=1000)
    client = rig.connect(); client.ask(BODY)     request in; the open record is written at once
    rig.attempts[0].answer(ANSWER)               the provider's answer
    rig.journal.sync_all()                       the disk says so: only now the client gets it
    rig.loop.pass_time(5)                        timers and sweeps run, in order, without waiting

`rig.close_books()` says what every run must satisfy, whatever happened in it.
"""

import heapq
from collections import deque
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any, NamedTuple

from msgspec.structs import replace

from stillhouse.gateway.connection import ClientConnection, Limits
from stillhouse.gateway.gateway import Gateway
from stillhouse.gateway.leases import Leases
from stillhouse.gateway.ports import Headers, Sink, Upstream
from stillhouse.gateway.routing import Routing
from stillhouse.gateway.times import Times
from stillhouse.gateway.windows import Windows
from stillhouse.ledger.journal import read
from stillhouse.ledger.receipt import Close, Open, Outcome, Record
from stillhouse.tariff import PriceBook, tariff
from stillhouse.tenants import Account, Budget, Directory, Key, Project, Standing, digest
from stillhouse.tenants import Limits as Rates
from stillhouse.units.instant import Instant
from stillhouse.units.money import Pico
from stillhouse.units.usage import Meter
from stillhouse.wire.deployment import Deployment, Provider, ProviderKind
from stillhouse.wire.paths import Surface

SECRET = "sk-sh-" + "0" * 64
BODY = b'{"model":"m","messages":[{"role":"user","content":"hello"}],"max_tokens":20}'
STREAM = BODY[:-1] + b',"stream":true}'
ANSWER = (
    b'{"id":"1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant",'
    b'"content":"hi"},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}'
)
PIECE = b'data: {"choices":[{"index":0,"delta":{"content":" word"}}]}\n\n'
USAGE = (
    b'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}\n\n'
)
DONE = b"data: [DONE]\n\n"
PRICE_IN, PRICE_OUT = 10, 100
CHARGE = 7 * PRICE_IN + 3 * PRICE_OUT
EPOCH = 1_790_000_000.0
"""Where the virtual clock begins, in seconds since 1970: in September 2026."""
Granted = Callable[[int, int, int], None]


class InOrder(dict[Any, None]):
    """A set that is walked in the order in which things came.

    Python's own goes by where objects lie in memory, so that the same steps would have another
    outcome now and then: calls that time out in one sweep would be tried again in another order.
    """

    def add(self, thing: Any) -> None:
        self[thing] = None

    def discard(self, thing: Any) -> None:
        self.pop(thing, None)

    remove = dict.__delitem__


class VirtualLoop:
    """The event loop's part that the gateway uses, moved by hand."""

    def __init__(self) -> None:
        self._now = 1000.0
        self._ready: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = count()

    def time(self) -> float:
        return self._now

    def call_soon(self, call: Callable[..., None], *arguments: Any) -> None:
        self._ready.append((call, arguments))

    call_soon_threadsafe = call_soon

    def call_later(self, delay: float, call: Callable[..., None], *arguments: Any) -> "Timer":
        timer = Timer(call, arguments)
        heapq.heappush(self._timers, (self._now + delay, next(self._order), timer))
        return timer

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        raise context["exception"]

    def turn(self) -> None:
        while self._ready:
            call, arguments = self._ready.popleft()
            call(*arguments)

    def pass_time(self, seconds: float) -> None:
        until = self._now + seconds
        self.turn()
        while self._timers and self._timers[0][0] <= until:
            self._now, _, timer = heapq.heappop(self._timers)
            if not timer.cancelled:
                timer.call(*timer.arguments)
                self.turn()
        self._now = until


class Timer:
    def __init__(self, call: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        self.call, self.arguments = call, arguments
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class HandJournal:
    """Writes at once; is on disk when told so."""

    writer = 1

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.asked: list[int] = []
        self.error: OSError | None = None
        self.synced: Callable[[int], None] = lambda _: None
        self._pending: list[bytes] = []
        self._position = 0
        self._next = 1

    def next_seq(self) -> int:
        self._next += 1
        return self._next - 1

    def append(self, frame: bytes) -> None:
        self._pending.append(frame)

    def flush(self) -> int:
        if self.error is not None:
            raise self.error
        data = b"".join(self._pending)
        self._pending.clear()
        self.records += read(data)
        self._position += len(data)
        return self._position

    def sync(self, position: int) -> None:
        if self.error is not None:
            raise self.error
        self.asked.append(position)

    def sync_all(self) -> None:
        """Everything that was asked for is on disk."""
        asked, self.asked = self.asked, []
        for position in asked:
            self.synced(position)

    @property
    def opens(self) -> list[Open]:
        return [record for record in self.records if isinstance(record, Open)]

    @property
    def closes(self) -> list[Close]:
        return [record for record in self.records if isinstance(record, Close)]


class Bank:
    """The ledger's side of leases: one free amount per budget and period; answers when told to."""

    def __init__(self, free: Mapping[str, int]) -> None:
        self._limits = dict(free)
        self.free: dict[tuple[str, str], int] = {}
        self.questions: deque[tuple[str, str, int, int, Granted]] = deque()
        self.granted = 0
        self.returned = 0
        self.by_hand = False

    def ask(self, budget: str, period: str, need: int, want: int, answer: Granted) -> None:
        self.questions.append((budget, period, need, want, answer))
        if not self.by_hand:
            self.answer()

    def answer(self) -> None:
        """The oldest question, by the store's rule: all that is wanted, or at least the need."""
        budget, period, need, want, answer = self.questions.popleft()
        free = self.free.setdefault((budget, period), self._limits[budget])
        grant = min(want, free) if free >= need > 0 else 0
        self.free[budget, period] -= grant
        self.granted += grant
        answer(grant, 0, self._limits[budget] - self.free[budget, period])

    def give_back(self, budget: str, period: str, amount: int) -> None:
        self.free[budget, period] += amount
        self.returned += amount


class Transport:
    """What a client was sent, and whether its line is still there."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.protocol: Any = None
        self.out = bytearray()
        self.closed = self.gone = self.reading_paused = False
        self.stuck = False
        """its client does not read, so what was written never leaves"""

    def write(self, data: bytes) -> None:
        if not self.closed:
            self.out += data

    def close(self) -> None:
        """Ends once everything was sent."""
        self.closed = True
        if not self.stuck:
            self.abort()

    def abort(self) -> None:
        self.closed = True
        if not self.gone:
            self.gone = True
            self._loop.call_soon(self.protocol.connection_lost, None)

    def is_closing(self) -> bool:
        return self.closed

    def set_write_buffer_limits(self, high: int) -> None: ...

    def get_extra_info(self, name: str) -> object:
        return {"peername": ("203.0.113.9", 51_000)}.get(name)

    def pause_reading(self) -> None:
        self.reading_paused = True

    def resume_reading(self) -> None:
        self.reading_paused = False


class Reply(NamedTuple):
    """One answer as its client reads it. whole: it ended as its framing says."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool


class Client:
    """One client's connection."""

    def __init__(self, rig: "Rig") -> None:
        self._rig = rig
        self.transport = Transport(rig.loop)
        self.connection = ClientConnection(rig.gateway)
        self.transport.protocol = self.connection
        self.connection.connection_made(self.transport)

    def ask(
        self,
        body: bytes = BODY,
        *,
        path: str = "/v1/chat/completions",
        method: str = "POST",
        headers: str = "",
        version: str = "1.1",
        secret: str = SECRET,
    ) -> None:
        head = (
            f"{method} {path} HTTP/{version}\r\nhost: x\r\nauthorization: Bearer {secret}\r\n"
            f"{headers}content-length: {len(body)}\r\n\r\n"
        )
        self.send(head.encode() + body)

    def send(self, data: bytes) -> None:
        self.connection.data_received(data)
        self._rig.loop.turn()

    def leave(self) -> None:
        self.transport.close()
        self._rig.loop.turn()

    @property
    def replies(self) -> list[Reply]:
        """Everything it was sent, as answers."""
        rest, found = bytes(self.transport.out), []
        while rest:
            reply, rest = _parse(rest)
            found.append(reply)
        return found

    @property
    def reply(self) -> Reply:
        (only,) = self.replies
        return only


class Attempt:
    """One request as the provider has it, and its answer given by hand. Implements ports.Line."""

    whole = False

    def __init__(self, rig: "Rig", model: str, body: bytes, extra: bytes, sink: Sink) -> None:
        self._rig = rig
        self.model, self.body, self.extra = model, body, extra
        self._sink = sink
        self.abandoned = self.paused = self.over = False

    def abandon(self) -> None:
        self.abandoned = self.over = True

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def head(
        self,
        status: int = 200,
        kind: bytes = b"application/json",
        headers: Headers | None = None,
    ) -> None:
        self._tell(lambda: self._sink.on_head(status, {b"content-type": kind, **(headers or {})}))

    def data(self, data: bytes) -> None:
        self._tell(lambda: self._sink.on_data(data))

    def end(self) -> None:
        self._tell(self._sink.on_end, last=True)

    def fail(self, kind: Outcome = "upstream_cut", why: str = "it broke") -> None:
        self._tell(lambda: self._sink.on_failure(kind, why), last=True)

    def answer(
        self, body: bytes = ANSWER, *, status: int = 200, at_once: bool | None = None
    ) -> None:
        """at_once: in one piece or in several; None: now the one, now the other."""
        if at_once is None:
            Attempt.whole = at_once = not Attempt.whole
        if at_once:
            headers = {b"content-type": b"application/json"}
            self._tell(lambda: self._sink.on_answer(status, headers, body), last=True)
            return
        self.head(status)
        self.data(body)
        self.end()

    def begin_stream(self, *pieces: bytes) -> None:
        self.head(200, b"text/event-stream")
        for piece in pieces:
            self.data(piece)

    def _tell(self, what: Callable[[], None], *, last: bool = False) -> None:
        """Nothing reaches a sink after it abandoned its line, as upstream.client promises."""
        if not self.over:
            self.over = last
            what()
            self._rig.loop.turn()


class Stub:
    """A provider. Implements ports.Upstream."""

    def __init__(self, rig: "Rig", provider: Provider) -> None:
        self._rig = rig
        self.provider = provider
        self.room = True
        self.retired = False

    def dispatch(
        self,
        surface: Surface,
        model: str,
        body: bytes,
        extra: bytes,
        sink: Sink,
    ) -> Attempt | None:
        if not self.room:
            return None
        attempt = Attempt(self._rig, model, body, extra, sink)
        self._rig.attempts.append(attempt)
        return attempt

    def retire(self) -> None:
        self.retired = True

    def sweep(self, now: float) -> None: ...


NO_RATES = Rates()


class Rig:
    """One gateway and everything around it."""

    def __init__(
        self,
        *,
        budgets: Mapping[str, int] | None = None,
        limits: Rates = NO_RATES,
        legs: int = 1,
        cap: bool = False,
        max_attempts: int = 3,
        drains_max: int = 256,
        kind: ProviderKind = ProviderKind.OPENAI,
        standing: Standing = Standing.ACTIVE,
        max_output_tokens: int = 1000,
        dearer_after_s: float | None = None,
        unpriced: bool = False,
        unpriced_from: int | None = None,
        limited: Mapping[str, int] | None = None,
    ) -> None:
        """budgets: id -> limit in pico-dollars, each hard, monthly, on the one account.

        Deployment "m" leads to the provider's "model-0"; with more legs it falls back to "model-1"
        and so on. dearer_after_s: when every price doubles. unpriced_from: from
        this leg on there is no price; unpriced: for none. limited: provider -> the most a week that
        it may serve; then each leg has a provider of its own: "stub", "stub1", ...
        """
        self.loop = VirtualLoop()
        self.journal = HandJournal()
        self.attempts: list[Attempt] = []
        self.logged: list[tuple[str, dict[str, Any]]] = []
        budgets = budgets or {}
        self.bank = Bank({**budgets, **(limited or {})})
        loop: Any = self.loop
        self.leases = Leases(
            ask=self.bank.ask,
            give_back=self.bank.give_back,
            later=self._later,
            clock=self.loop.time,
            workers=1,
        )
        self.gateway = Gateway(
            loop=loop,
            limits=Limits(32768, 1 << 20, 10, 60, 75, 10_000),
            times=Times(
                max_attempts=max_attempts,
                deadline_s=600,
                drain_s=30,
                drains_max=drains_max,
                keepalive_s=15,
            ),
            leases=self.leases,
            windows=Windows(None, 0, 1),
            name=b"1",
            log=lambda event, **fields: self.logged.append((event, fields)),
        )
        in_order: Any = InOrder
        self.gateway.calls, self.gateway.connections = in_order(), in_order()
        self.gateway.now = lambda: Instant(int((EPOCH + self.loop.time()) * 1e6))
        self.journal.synced = self.gateway.committer.synced_from_thread
        self.gateway.committer.attach(self.journal)
        provider = Provider(name="stub", kind=kind, base_url="http://127.0.0.1:1/v1")
        self.stub = Stub(self, provider)
        upstreams: dict[str, Upstream] = {"stub": self.stub}
        served = ["stub", *(f"stub{leg}" if limited else "stub" for leg in range(1, legs))]
        for name in set(served) - {"stub"}:
            upstreams[name] = Stub(self, replace(provider, name=name))
        names = ["m", *(f"m{leg}" for leg in range(1, legs))]
        prices = {Meter.INPUT: PRICE_IN, Meter.OUTPUT: PRICE_OUT}
        models = [f"model-{leg}" for leg in range(legs)]
        dates = {0: 1}
        if dearer_after_s is not None:
            dates[self.now() + int(dearer_after_s * 1e6)] = 2
        book = PriceBook(
            tariff(
                book="sale",
                model=model,
                valid_from=Instant(date),
                prices={meter: price * times for meter, price in prices.items()},
            )
            for model in models[: 0 if unpriced else unpriced_from]
            for date, times in dates.items()
        )
        deployments = {
            name: Deployment(
                name=name,
                provider=by,
                model=model,
                fallbacks=tuple(names[1:]) if name == "m" else (),
                cap=cap,
                max_output_tokens=max_output_tokens,
            )
            for name, model, by in zip(names, models, served, strict=True)
        }
        self._deployments, self._upstreams = deployments, upstreams
        self.price_by(book)
        self.account = Account("acct_1", "a", limits=limits, standing=standing)
        self.budgets = [
            Budget(name, "account", "acct_1", "month", Pico(limit), hard=True)
            for name, limit in budgets.items()
        ]
        self.provided = [
            Budget(name, "provider", name, "week", Pico(limit), hard=True)
            for name, limit in (limited or {}).items()
        ]
        self.use(self.account)
        self.gateway.ready = True
        self.gateway.start_sweep()

    def price_by(self, book: PriceBook) -> None:
        """These are the prices now."""
        routing = Routing(
            deployments=self._deployments, upstream=self._upstreams.__getitem__, book=book
        )
        self.gateway.route_by(routing, self._upstreams)

    def use(self, account: Account) -> None:
        """The directory changed: this is the account now."""
        key = Key("key_1", "acct_1", "proj_1", digest(SECRET.encode()), "sk", Instant(0))
        self.gateway.use_directory(
            Directory(
                accounts=[account],
                projects=[Project("proj_1", "acct_1", "p")],
                keys=[key],
                budgets=[*self.budgets, *self.provided],
            )
        )

    def _later(self, delay: float, call: Callable[[], None]) -> None:
        self.loop.call_later(delay, call)

    def connect(self) -> Client:
        return Client(self)

    def now(self) -> Instant:
        return self.gateway.now()

    # -- what must hold

    def close_books(self) -> None:
        """Let everything come to its end, then check what no run may break."""
        for _ in range(3):
            self.journal.sync_all()
            self.loop.pass_time(700)
        self.journal.sync_all()
        self.loop.turn()
        opens, closes = self.journal.opens, self.journal.closes
        seqs = [opened.seq for opened in opens]
        if seqs != list(range(1, len(seqs) + 1)):
            raise AssertionError(f"sequence numbers are not dense: {seqs}")
        if sorted(closed.seq for closed in closes) != seqs:
            raise AssertionError(f"{len(opens)} opens and {len(closes)} closes")
        if self.gateway.calls or self.gateway.opens:
            raise AssertionError("a call never ended")
        purses, _ = self.leases.purses(self.budgets, self.now())
        spent = sum(closed.charge for closed in closes)
        for purse in purses:
            if purse.held:
                raise AssertionError(f"{purse.name} still holds {purse.held}")
            free = self.bank.free.get((purse.budget.id, purse.period), purse.budget.limit)
            if free + purse.available + spent != purse.budget.limit:
                raise AssertionError(f"{purse.name}: money was made or lost")


def _parse(data: bytes) -> tuple[Reply, bytes]:
    """The first answer of `data`, and what follows it."""
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    status = int(first.split(" ")[1])
    if "content-length" in headers:
        length = int(headers["content-length"])
        return Reply(status, headers, rest[:length], len(rest) >= length), rest[length:]
    if headers.get("transfer-encoding") != "chunked":
        return Reply(status, headers, rest, whole=True), b""
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return Reply(status, headers, body, whole=True), rest[2:]
        body, rest = body + rest[:length], rest[length + 2 :]
    return Reply(status, headers, body, whole=False), b""
