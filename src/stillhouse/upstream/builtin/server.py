"""The routes of the model that ships: OpenAI's endpoints on Starlette.

Posture: fails closed. A request that cannot be honoured is refused with OpenAI's error object; a
defect is a 500 with the same shape and no detail. Nothing is logged: what travels here is
customers' text, and the gateway keeps the record.

Steps of the model run on the event loop, one at a time, with a yield between them (see model.py).
At most MAX_CALLS are under way; one more is told to come back, since a queue that grows only
turns refusals into time-outs.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from stillhouse.upstream.builtin import answers, asked
from stillhouse.upstream.builtin.answers import Count, Form, Spoken, speak
from stillhouse.upstream.builtin.asked import NAME, Asked
from stillhouse.upstream.builtin.prompt import ContextExceeded, fit
from stillhouse.upstream.builtin.responses import Reply
from stillhouse.wire import fields as read
from stillhouse.wire.fields import Body, Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from stillhouse.upstream.builtin.model import Engine

MAX_CALLS: Final = 64
MAX_BODY_BYTES: Final = 1024 * 1024

Answer = Callable[[Body], Awaitable[Response]]


class Calls:
    """How many calls are under way."""

    def __init__(self) -> None:
        self.open = 0

    def admit(self) -> None:
        """Refuse when there are too many: before the first byte, while it can still be a status."""
        if self.open >= MAX_CALLS:
            raise Refused(
                f"The model 'builtin' is answering {MAX_CALLS} calls. Try again in a second.",
                status=503,
                kind="server_error",
                code="overloaded",
            )

    @contextmanager
    def one(self) -> Iterator[None]:
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1


class Service:
    """One engine, its endpoints."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.calls = Calls()
        self._since = _now()

    def app(self) -> Starlette:
        post = {
            "/v1/chat/completions": self.chat,
            "/v1/completions": self.completions,
            "/v1/responses": self.responses,
            "/v1/embeddings": self.embeddings,
        }
        return Starlette(
            routes=[
                Route("/health", self.health, methods=["GET"]),
                Route("/v1/models", self.models, methods=["GET"]),
                Route("/v1/models/{name}", self.model, methods=["GET"]),
                *(
                    Route(path, _endpoint(answer), methods=["POST"])
                    for path, answer in post.items()
                ),
            ],
            exception_handlers={HTTPException: _on_http, Refused: _on_refused, Exception: _on_bug},
        )

    async def health(self, _: Request) -> Response:
        return _json({"status": "ok"})

    async def models(self, _: Request) -> Response:
        return _json({"object": "list", "data": [answers.model_card(self._since)]})

    async def model(self, request: Request) -> Response:
        if request.path_params["name"] != NAME:
            raise Refused("The only model here is 'builtin'.", status=404, code="model_not_found")
        return _json(answers.model_card(self._since))

    async def chat(self, body: Body) -> Response:
        wanted = asked.chat(body, self._engine, entropy=secrets.randbits(63))
        return await self._complete(wanted, stem="chatcmpl-", chat=True)

    async def completions(self, body: Body) -> Response:
        wanted = asked.completions(body, self._engine, entropy=secrets.randbits(63))
        return await self._complete(wanted, stem="cmpl-", chat=False)

    async def responses(self, body: Body) -> Response:
        wanted = asked.responses(body, self._engine, entropy=secrets.randbits(63))
        self._admit(wanted.prompts)
        reply = Reply("resp_" + secrets.token_hex(16), _now(), body, wanted)
        if wanted.stream:
            return self._stream(self._reply_events(reply, wanted))
        count, texts, finish = Count(), [], "stop"
        async for spoken in self._speak(wanted, count):
            texts.append(spoken.text)
            finish = spoken.finish or finish
        return _json(reply.whole("".join(texts), finish, count))

    async def embeddings(self, body: Body) -> Response:
        texts, encoding = asked.embeddings(body, self._engine)
        self._admit(texts)
        vectors = []
        with self.calls.one():
            for ids in texts:
                vectors.append(self._engine.network.read(ids).pooled)
                await asyncio.sleep(0)
        tokens = sum(len(ids) for ids in texts)
        return _json(answers.embedding_list(vectors, encoding, tokens))

    async def _complete(self, wanted: Asked, *, stem: str, chat: bool) -> Response:
        self._admit(wanted.prompts)
        form = Form(stem + secrets.token_hex(12), _now(), self._engine, wanted, chat)
        if wanted.stream:
            return self._stream(self._chunks(form, wanted))
        count = Count()
        spoken = [s async for s in self._speak(wanted, count)]
        return _json(form.whole(spoken, count))

    def _admit(self, prompts: Sequence[Sequence[int]]) -> None:
        """Refuse before the first byte what would otherwise break a stream after it."""
        for ids in prompts:
            fit(ids, context=self._engine.network.context)
        self.calls.admit()

    async def _speak(self, wanted: Asked, count: Count) -> AsyncIterator[Spoken]:
        with self.calls.one():
            for spoken in speak(self._engine, wanted, count):
                yield spoken
                await asyncio.sleep(0)

    async def _chunks(self, form: Form, wanted: Asked) -> AsyncIterator[bytes]:
        for chunk in form.opening():
            yield _event(chunk)
        count = Count()
        async for spoken in self._speak(wanted, count):
            for chunk in form.pieces(spoken):
                yield _event(chunk)
        for chunk in form.closing(count):
            yield _event(chunk)
        yield b"data: [DONE]\n\n"

    async def _reply_events(self, reply: Reply, wanted: Asked) -> AsyncIterator[bytes]:
        for event in reply.opening():
            yield _event(event, named=True)
        count, texts, finish = Count(), [], "stop"
        async for spoken in self._speak(wanted, count):
            finish = spoken.finish or finish
            if spoken.text:
                texts.append(spoken.text)
                yield _event(reply.delta(spoken.text), named=True)
        for event in reply.closing("".join(texts), finish, count):
            yield _event(event, named=True)

    def _stream(self, events: AsyncIterator[bytes]) -> Response:
        headers = {"cache-control": "no-cache"}
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)


def _endpoint(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return await answer(read.parse(await _bounded(request)))
        except ContextExceeded as cause:
            raise Refused(str(cause), param="messages", code="context_length_exceeded") from cause

    return endpoint


async def _bounded(request: Request) -> bytes:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > MAX_BODY_BYTES:
            raise Refused(
                f"The body is over {MAX_BODY_BYTES} bytes; this model reads a few hundred tokens.",
                status=413,
            )
    return bytes(data)


def _json(value: Any, *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def _event(value: dict[str, Any], *, named: bool = False) -> bytes:
    name = f"event: {value['type']}\n".encode() if named else b""
    return name + b"data: " + msgspec.json.encode(value) + b"\n\n"


async def _on_refused(_: Request, refused: Exception) -> Response:
    if not isinstance(refused, Refused):
        raise TypeError("registered for Refused only") from refused
    response = _json({"error": refused.error}, status=refused.status)
    if refused.status == 503:
        response.headers["retry-after"] = "1"
    return response


async def _on_http(request: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    says = {404: "There is no such path here", 405: "This path takes another method"}
    message = f"{says.get(status, 'The request failed')}: {request.method} {request.url.path}."
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return _json({"error": error}, status=status)


async def _on_bug(_request: Request, _problem: Exception) -> Response:
    error = {
        "message": "The model server failed.",
        "type": "server_error",
        "param": None,
        "code": None,
    }
    return _json({"error": error}, status=500)


def _now() -> int:
    return time.time_ns() // 1_000_000_000
