"""The server of the scripted upstream: parses requests, decides what each gets, plays the steps.

Deciding (`ScriptedUpstream.answer`) knows no socket; playing (`_Connection`) knows no provider.
What passes between them is a list of steps: bytes to write, seconds to wait, or a way to close.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, Self, cast

import httptools
import msgspec

from stillhouse.testing.account import Billed, UpstreamLedger
from stillhouse.testing.answers import pieces
from stillhouse.testing.answers.refusals import refusal
from stillhouse.testing.call import CREATED, Call, Route, Surface, read_call, route
from stillhouse.testing.faults import REFUSALS, Fault, FaultPlan, Step, garble, spoil
from stillhouse.testing.script import NOTHING_ASKED, Script

_REASONS = {
    200: b"OK",
    400: b"Bad Request",
    401: b"Unauthorized",
    404: b"Not Found",
    429: b"Too Many Requests",
    500: b"Internal Server Error",
    503: b"Service Unavailable",
}
_HEAD = b"HTTP/1.1 %d %b\r\ncontent-type: %b\r\nx-request-id: %b\r\n%b\r\n"
_LAST_FRAME = b"0\r\n\r\n"
_route = lru_cache(maxsize=1024)(route)


class Seen(NamedTuple):
    """One request as it arrived: what a test compares with what its client sent."""

    method: str
    url: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        wanted = name.lower().encode()
        return next((v.decode("latin-1") for k, v in self.headers if k.lower() == wanted), None)


class ScriptedUpstream:
    """One scripted provider. `plan`, `script` and `api_key` may be changed while it runs.

    plan: faults drawn for each call. script: for requests that carry none of their own.
    api_key: when set, a request must present it. keep: how many requests `seen` remembers.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        plan: FaultPlan | None = None,
        script: Script = NOTHING_ASKED,
        api_key: str = "",
        keep: int = 64,
    ) -> None:
        self.host = host
        self.port = port
        self.plan = plan or FaultPlan()
        self.script = script
        self.api_key = api_key
        self.ledger = UpstreamLedger()
        self.seen: deque[Seen] = deque(maxlen=keep)
        self.open: set[_Connection] = set()
        self._number = 0
        self._server: asyncio.Server | None = None

    @property
    def root_url(self) -> str:
        """For Azure and Anthropic clients, whose paths begin below the root."""
        return f"http://{self.host}:{self.port}"

    @property
    def base_url(self) -> str:
        return self.root_url + "/v1"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self, loop), self.host, self.port, backlog=4096
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is None:
            return
        self._server.close()
        self.drop_connections()
        await self._server.wait_closed()

    def drop_connections(self) -> None:
        """Reset every open connection, as a provider that restarts does."""
        for connection in list(self.open):
            connection.abort()

    def answer(self, seen: Seen) -> tuple[list[Step], Billed | None]:
        """What one request gets, as steps to play, and the entry that bills it."""
        if seen.url.startswith("/_script/"):
            return self._control(seen), None
        self._number += 1
        return self._serve(seen, self._number)

    def _serve(self, seen: Seen, number: int) -> tuple[list[Step], Billed | None]:
        if self.api_key and not _presents(seen, self.api_key):
            return self._refuse(401, "Incorrect API key provided", number), None
        if seen.url.endswith("/models") and seen.method == "GET":
            return [_whole(200, _models(), b"req_script%d" % number)], None
        way = _route(seen.url)
        if way is None or seen.method != "POST":
            return self._refuse(404, f"no such path: {seen.method} {seen.url}", number, way), None
        try:
            call = read_call(number, way, seen.body, self.script)
            fault = Fault(call.script.fault) if call.script.fault else self.plan.draw(number)
        except (msgspec.MsgspecError, ValueError) as error:
            return self._refuse(400, str(error), number, way), None
        if fault in REFUSALS:
            return self._refuse(REFUSALS[fault], f"scripted: {fault.value}", number, way), None
        return self._accept(call, fault, b"req_script%d" % number)

    def _accept(
        self, call: Call, fault: Fault | None, request_id: bytes
    ) -> tuple[list[Step], Billed | None]:
        if fault is not None:
            call = _misreport(call, fault)
        entry = None
        if call.surface is not Surface.COUNT_TOKENS:
            entry = self.ledger.bill(request_id.decode(), call, fault.value if fault else "")
        body = pieces(call)
        if fault is not None:
            body = garble(fault, body, stream=call.stream)
        if call.stream:
            head = _HEAD % (
                200,
                b"OK",
                b"text/event-stream; charset=utf-8",
                request_id,
                b"transfer-encoding: chunked\r\n",
            )
            frames = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in body]
            frames.append(_LAST_FRAME)
        else:
            head = _head(200, body[0], request_id)
            frames = body
        if fault is not None:
            steps = spoil(fault, head, frames, self.plan)
        else:
            steps = list(_paced(head, frames, call.script.delay_ms / 1000))
        if call.script.wait_ms:
            steps.insert(0, call.script.wait_ms / 1000)
        return steps, entry

    def _refuse(
        self, status: int, message: str, number: int, way: Route | None = None
    ) -> list[Step]:
        self.ledger.refused += 1
        surface, azure = (way.surface, way.azure) if way else (None, False)
        body = refusal(status, message, surface=surface, azure=azure)
        more = b"retry-after: 1\r\nretry-after-ms: 200\r\n" if status == 429 else b""
        return [_whole(status, body, b"req_script%d" % number, more)]

    def _control(self, seen: Seen) -> list[Step]:
        """Ledger, reset and plan: how a test in another process reads and steers it."""
        path, _, query = seen.url.removeprefix("/_script/").partition("?")
        match seen.method, path:
            case "GET", "ledger":
                said = self.ledger.summary(records="records=1" in query)
                return [_whole(200, msgspec.json.encode(said), b"")]
            case "POST", "reset":
                self.ledger.clear()
                return [_whole(200, b"{}", b"")]
            case "POST", "plan":
                try:
                    self.plan = msgspec.json.decode(seen.body, type=FaultPlan)
                except (msgspec.MsgspecError, ValueError) as error:
                    return [_whole(400, msgspec.json.encode({"error": str(error)}), b"")]
                return [_whole(200, b"{}", b"")]
            case _:
                return [_whole(404, b'{"error":"GET ledger, POST reset, POST plan"}', b"")]


def _head(status: int, body: bytes, request_id: bytes, more: bytes = b"") -> bytes:
    more += b"content-length: %d\r\n" % len(body)
    return _HEAD % (status, _REASONS[status], b"application/json", request_id, more)


def _whole(status: int, body: bytes, request_id: bytes, more: bytes = b"") -> bytes:
    return _head(status, body, request_id, more) + body


def _models() -> bytes:
    return msgspec.json.encode(
        {
            "object": "list",
            "data": [
                {"id": "scripted", "object": "model", "created": CREATED, "owned_by": "stillhouse"}
            ],
        }
    )


def _presents(seen: Seen, api_key: str) -> bool:
    given = {seen.header("api-key"), seen.header("x-api-key"), seen.header("authorization")}
    return bool(given & {api_key, f"Bearer {api_key}"})


def _misreport(call: Call, fault: Fault) -> Call:
    match fault:
        case Fault.MISSING_USAGE:
            return msgspec.structs.replace(call, reports=0)
        case Fault.DUPLICATE_USAGE:
            return msgspec.structs.replace(call, reports=2)
        case Fault.OVER_REPORT:
            allowed = call.limit if call.limit is not None else call.bill.completion
            more = msgspec.structs.replace(call.bill, completion=2 * allowed + 100)
            return msgspec.structs.replace(call, bill=more)
        case _:
            return call


def _paced(head: bytes, frames: Sequence[bytes], delay: float) -> Iterator[Step]:
    """Everything in one write, or the head with the first frame and a pause before each next."""
    if not delay or len(frames) == 1:
        yield head + b"".join(frames)
        return
    yield head + frames[0]
    for frame in frames[1:-1]:
        yield delay
        yield frame
    yield frames[-1]


class _Connection(asyncio.Protocol):
    """One client's connection: parses requests, plays their answers in order."""

    def __init__(self, upstream: ScriptedUpstream, loop: asyncio.AbstractEventLoop) -> None:
        self._upstream = upstream
        self._loop = loop
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._waiting: deque[tuple[Seen, bool]] = deque()
        self._steps: Iterator[Step] | None = None
        self._entry: Billed | None = None
        self._keep = True
        self._timer: asyncio.TimerHandle | None = None
        self._paused = False
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._upstream.open.add(self)
        self._upstream.ledger.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self._upstream.open.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        self._transport = self._steps = None

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if self._steps is not None and self._timer is None:
            self._play()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if self._transport is not None:
                body = refusal(400, str(error), surface=None, azure=False)
                self._transport.write(_whole(400, body, b"", b"connection: close\r\n"))
                self._transport.close()

    # What httptools calls while it parses.

    def on_message_begin(self) -> None:
        self._url = b""
        self._headers = []
        self._body = []

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        seen = Seen(
            self._parser.get_method().decode(),
            self._url.decode("latin-1"),
            tuple(self._headers),
            b"".join(self._body),
        )
        self._upstream.seen.append(seen)
        keep = self._parser.should_keep_alive()
        if self._steps is None:
            self._begin(seen, keep=keep)
        else:
            self._waiting.append((seen, keep))

    def _begin(self, seen: Seen, *, keep: bool) -> None:
        steps, self._entry = self._upstream.answer(seen)
        self._keep = keep
        self._steps = iter(steps)
        self._play()

    def _play(self) -> None:
        """Take steps until one must wait: for time, for the reader, or for the next request."""
        self._timer = None
        while self._steps is not None and self._transport is not None and not self._paused:
            step = next(self._steps, None)
            match step:
                case bytes():
                    self._transport.write(step)
                case float() | int():
                    self._timer = self._loop.call_later(step, self._play)
                    return
                case "abort":
                    self._transport.abort()
                    return
                case "close":
                    self._transport.close()
                    return
                case None:
                    self._finish()

    def _finish(self) -> None:
        self._steps = None
        if self._entry is not None:
            self._entry.delivered = True
        if not self._keep and self._transport is not None:
            self._transport.close()
        elif self._waiting:
            seen, keep = self._waiting.popleft()
            self._begin(seen, keep=keep)
