"""The newest figures, once or as server-sent events.

A stream looks once a second while somebody listens and ends after ten minutes: a browser that is
still there comes back by itself, and its session is checked again.
"""

import asyncio
import time
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool

from stillhouse.console.api.shapes import ReadsUsage
from stillhouse.console.gate import Visit, door
from stillhouse.console.house import House
from stillhouse.console.views import LiveNow

router = APIRouter(tags=["usage"])

EVERY_S = 1.0
LASTS_S = 600.0
_written = TypeAdapter(LiveNow)


@router.get("/live/now", summary="Calls and errors of the last seconds, and calls in flight")
def now(visit: ReadsUsage) -> LiveNow:
    return visit.desk.live()


@router.get(
    "/live",
    summary="The same once a second, as server-sent events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
def stream(request: Request, visit: ReadsUsage) -> StreamingResponse:
    return StreamingResponse(events(request, visit), media_type="text/event-stream")


async def events(request: Request, visit: Visit) -> AsyncIterator[bytes]:
    house: House = request.app.state.house
    until = time.monotonic() + LASTS_S
    while time.monotonic() < until and not await request.is_disconnected():
        desk = house.desk(visit.who, at=door(request).clock())
        seen = await run_in_threadpool(desk.live)
        yield b"event: live\ndata: " + _written.dump_json(seen) + b"\n\n"
        await asyncio.sleep(EVERY_S)
