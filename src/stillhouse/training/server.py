"""The `transformers` runtime: a causal student behind OpenAI's chat completions, on Starlette.

    POST body ─► chat.asked ─► desk (batches) ─► chat.Choice ─► JSON or server-sent events
                     └─ another task, or not sure enough ─► 421 declined: the teacher answers

    GET /health, GET /v1/models (context, and the tokenizer's SHA-256: the proof that top-k
    distillation from this model's log-probabilities needs)

A student with a threshold is not streamed word by word: the whole answer must be there before it is
known to be sure enough, and is sent at once.

Posture: fails closed. What cannot be honoured is declined or refused before the first byte; a
defect is a 500 without detail. Nothing is logged: what travels here is customers' text.
"""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import torch
import transformers
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from stillhouse.training import chat, hub, vocabulary
from stillhouse.training.conversation import template
from stillhouse.training.desk import BrokenModelError, Desk, OverloadedError
from stillhouse.training.runtimes import whole
from stillhouse.wire import fields
from stillhouse.wire.deployment import DECLINED, DECLINED_WHY
from stillhouse.wire.fields import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from stillhouse.distill.artefact import Manifest

BODY_BYTES_MAX: Final = 4 * 1024 * 1024
SETTINGS: Final = "template"
"""key of the manifest's `model` that holds the settings of the chat template"""


class Service:
    """One student and its routes."""

    def __init__(self, loaded: hub.Loaded, *, name: str, manifest: Manifest | None) -> None:
        self._model = loaded.model.eval().to("cuda" if torch.cuda.is_available() else "cpu")
        settings = manifest.model.get(SETTINGS, {}) if manifest else {}
        self._how = template(loaded.model, loaded.tokenizer, settings)
        self._intake = manifest.intake if manifest else None
        self._threshold = manifest.threshold if manifest else 0.0
        self._name = name
        self._spelled = vocabulary.spell(loaded.tokenizer)
        self._named = list(self._spelled)
        for mark, number in loaded.tokenizer.get_added_vocab().items():
            self._named[number] = self._named[number] or mark.encode()
        self._context = int(loaded.model.config.max_position_embeddings)
        self._card = {
            "id": name,
            "object": "model",
            "created": _now(),
            "owned_by": "stillhouse",
            "context": self._context,
            "tokenizer_sha256": vocabulary.digest(loaded.tokenizer),
        }
        self.desk = Desk(self._model, stops=self._how.stops)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/health", self._health, methods=["GET"]),
                Route("/v1/models", self._models, methods=["GET"]),
                Route("/v1/chat/completions", self._chat, methods=["POST"]),
            ],
            exception_handlers={
                HTTPException: _on_http,
                Refused: _on_refused,
                chat.DeclinedError: _on_declined,
                Exception: _on_bug,
            },
        )

    async def _health(self, _: Request) -> Response:
        return _json({"status": "ok", "student": self._name})

    async def _models(self, _: Request) -> Response:
        return _json({"object": "list", "data": [self._card]})

    async def _chat(self, request: Request) -> Response:
        asked = chat.asked(
            fields.parse(await _bounded(request)),
            self._how,
            context=self._context,
            intake=self._intake,
            sure=self._threshold > 0,
            entropy=secrets.randbits(62),
        )
        form = chat.Form(
            id="chatcmpl-" + secrets.token_hex(12),
            created=_now(),
            model=self._name,
            fingerprint=f"causal-{self._name[:12]}",
            spelled=self._named,
            top=asked.top,
        )
        if asked.stream and not self._threshold:
            events = self._events(form, asked)
            first = await anext(events)  # an overload is a status while it still can be one
            return StreamingResponse(
                _chain(first, events),
                media_type="text/event-stream",
                headers={"cache-control": "no-cache"},
            )
        choices = [chat.Choice(self._spelled, asked.stops) for _ in range(asked.n)]
        said = await self._all(asked, choices)
        if self._threshold and min(choice.confidence for choice in choices) < self._threshold:
            raise chat.DeclinedError("low_confidence")
        used = chat.usage(len(asked.ids), sum(choice.tokens for choice in choices))
        if not asked.stream:
            return _json(form.whole(said, used))
        chunks = [form.opening(index) for index in range(asked.n)]
        chunks += [c for at, one in enumerate(said) for s in one for c in form.pieces(at, s)]
        chunks += [form.closing(used)] if asked.include_usage else []
        body = b"".join(map(_event, chunks)) + _DONE
        return Response(body, media_type="text/event-stream")

    async def _all(
        self, asked: chat.Asked, choices: Sequence[chat.Choice]
    ) -> list[list[chat.Said]]:
        async def one(index: int) -> list[chat.Said]:
            return [said async for said in self._speak(asked, choices[index], index)]

        overloaded: ExceptionGroup[OverloadedError] | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                running = [tasks.create_task(one(index)) for index in range(asked.n)]
        except* OverloadedError as group:
            overloaded = group
        if overloaded is not None:  # raised in there, CPython 3.11.2 would wrap it in a group
            raise _overloaded() from overloaded
        return [task.result() for task in running]

    async def _speak(
        self, asked: chat.Asked, choice: chat.Choice, index: int
    ) -> AsyncIterator[chat.Said]:
        wish = dataclasses.replace(asked.wish, seed=asked.wish.seed + index)
        async for token in self.desk.ask(asked.ids, wish):
            said = choice.hear(token)
            yield said
            if said.finish is not None:
                return

    async def _events(self, form: chat.Form, asked: chat.Asked) -> AsyncIterator[bytes]:
        """Choices one after another: a stream of several is rare, and its order is free."""
        completion, opened = 0, False
        for index in range(asked.n):
            choice = chat.Choice(self._spelled, asked.stops)
            try:
                async for said in self._speak(asked, choice, index):
                    if not opened:
                        yield b"".join(_event(form.opening(at)) for at in range(asked.n))
                        opened = True
                    for chunk in form.pieces(index, said):
                        yield _event(chunk)
            except OverloadedError as cause:
                if not opened:
                    raise _overloaded() from cause
                yield _event({"error": _overloaded().error})
                return
            except BrokenModelError:
                if not opened:
                    raise
                yield _event({"error": _FAILED})
                return
            completion += choice.tokens
        if asked.include_usage:
            yield _event(form.closing(chat.usage(len(asked.ids), completion)))
        yield _DONE


def service(folder: Path, *, threads: int = 1) -> Service:
    """A student's folder, or any causal model's, ready to be asked.

    Raises:
        artefact.DamagedError: the folder is not what its manifest says.
        NotLoadableError, BrokenTemplateError: it holds no model that can be served.
    """
    torch.set_num_threads(threads)
    transformers.utils.logging.disable_progress_bar()
    manifest = whole(folder)
    name = manifest.id if manifest else folder.resolve().name
    return Service(hub.load(str(folder)), name=name, manifest=manifest)


_DONE: Final = b"data: [DONE]\n\n"
_FAILED: Final = {
    "message": "The model server failed.",
    "type": "server_error",
    "param": None,
    "code": None,
}


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for data in rest:
        yield data


async def _bounded(request: Request) -> bytes:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > BODY_BYTES_MAX:
            raise Refused(f"The body is over {BODY_BYTES_MAX} bytes.", status=413)
    return bytes(data)


def _json(value: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(value), status, headers, media_type="application/json")


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"


def _overloaded() -> Refused:
    return Refused(
        "Too many calls wait for this model. Try again in a second.",
        status=503,
        kind="server_error",
        code="overloaded",
    )


async def _on_refused(_: Request, refused: Exception) -> Response:
    if not isinstance(refused, Refused):
        raise TypeError("registered for Refused only") from refused
    headers = {"retry-after": "1"} if refused.status == 503 else None
    return _json({"error": refused.error}, status=refused.status, headers=headers)


async def _on_declined(_: Request, declined: Exception) -> Response:
    if not isinstance(declined, chat.DeclinedError):
        raise TypeError("registered for DeclinedError only") from declined
    error = {
        "message": f"{declined} Give the deployment a fallback that answers.",
        "type": "student_declined",
        "param": None,
        "code": declined.why,
    }
    return _json({"error": error}, status=DECLINED, headers={DECLINED_WHY: declined.why})


async def _on_http(request: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    message = (
        f"A student answers POST /v1/chat/completions, not {request.method} {request.url.path}."
    )
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return _json({"error": error}, status=status)


async def _on_bug(_request: Request, _problem: Exception) -> Response:
    return _json({"error": _FAILED}, status=500)


def _now() -> int:
    return time.time_ns() // 1_000_000_000
