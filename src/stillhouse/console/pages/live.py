"""The newest figures as a stream of events, written for the reader. Ends by itself after a while.

The browser asks again when it ended, and the gate decides anew whether it may.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from stillhouse.console.gate import Visit, allowed, door
from stillhouse.console.i18n import MILLION, Reader
from stillhouse.console.pages.figures import rate
from stillhouse.console.pages.frame import reader_of
from stillhouse.console.roles import Permission
from stillhouse.console.views import LiveNow

router = APIRouter(include_in_schema=False)
Seen = Annotated[Visit, Depends(allowed(Permission.USAGE_READ))]
EVERY_S = 2.0
ROUNDS = 60
"""so a session that ended is noticed within two minutes"""


@router.get("/live")
def live(request: Request, visit: Seen) -> Response:
    return StreamingResponse(
        _events(request, visit, reader_of(request)),
        media_type="text/event-stream",
        headers={"x-accel-buffering": "no"},
    )


async def _events(request: Request, visit: Visit, reader: Reader) -> AsyncIterator[str]:
    yield "retry: 3000\n\n"
    for _ in range(ROUNDS):
        if await request.is_disconnected():
            return
        said = await run_in_threadpool(_now, request, visit, reader)
        yield f"data: {json.dumps(said)}\n\n"
        await asyncio.sleep(EVERY_S)


def _now(request: Request, visit: Visit, reader: Reader) -> dict[str, str]:
    desk = request.app.state.house.desk(visit.who, at=door(request).clock())
    return figures(reader, desk.live())


def figures(reader: Reader, now: LiveNow) -> dict[str, str]:
    """What the page shows, by the name of its place."""
    return {
        "rate": reader.number(rate(now.calls, now.over_s), digits=1),
        "errors": reader.percent(now.errors * MILLION // max(now.calls, 1)),
        "flying": reader.tell("overview.in_flight", n=now.in_flight),
        "alarm": "yes" if now.errors * 10 > now.calls else "no",
    }
