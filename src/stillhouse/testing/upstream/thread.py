"""The scripted upstream beside blocking code: synchronous clients, subprocesses, notebooks."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import uvloop

from stillhouse.testing.upstream.server import ScriptedUpstream


@contextlib.contextmanager
def upstream_thread(**options: Any) -> Iterator[ScriptedUpstream]:
    """Run a scripted upstream beside blocking code, in a thread; takes the upstream's options."""
    upstream = ScriptedUpstream(**options)
    listening = threading.Event()
    ends: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        stop = asyncio.Event()
        async with upstream:
            ends.append((asyncio.get_running_loop(), stop))
            listening.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: uvloop.run(serve()), daemon=True)
    thread.start()
    if not listening.wait(10):
        raise RuntimeError("the scripted upstream did not start")
    try:
        yield upstream
    finally:
        loop, stop = ends[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
