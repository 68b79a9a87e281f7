"""Serve the model in a process of its own.

    python -m stillhouse.upstream.builtin --socket PATH | --port N

Prints one line when it accepts calls (`builtin: ready on ...`; with --port 0 this names the
port), then nothing. It ends on SIGTERM or SIGINT after the calls under way, and when stdin is a
pipe, also when that pipe closes: a parent that dies, however it dies, leaves no orphan.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn

from stillhouse.upstream.beside import on_path, when_parent_leaves
from stillhouse.upstream.builtin.model import FILES, Engine
from stillhouse.upstream.builtin.server import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

GRACE_S: Final = 10
BACKLOG: Final = 512


def main() -> None:
    parser = argparse.ArgumentParser(prog="stillhouse.upstream.builtin", description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--socket", type=Path, metavar="PATH", help="serve on a Unix socket")
    where.add_argument("--port", type=int, metavar="N", help="serve on a port; 0 picks one")
    parser.add_argument("--host", default="127.0.0.1", help="with --port; default %(default)s")
    parser.add_argument("--files", type=Path, default=FILES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.socket:
        listening, name = on_path(options.socket), f"unix:{options.socket}"
    else:
        listening, name = _on_port(options.host, options.port)
    app = Service(Engine(options.files)).app()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_S,
    )
    try:
        asyncio.run(_serve(_Server(config), listening, name))
    finally:
        if options.socket:
            options.socket.unlink(missing_ok=True)


def _on_port(host: str, port: int) -> tuple[socket.socket, str]:
    listening = socket.create_server((host, port), backlog=BACKLOG)
    return listening, "http://{}:{}".format(*listening.getsockname()[:2])


class _Server(uvicorn.Server):
    """Uvicorn raises a signal again when it is done; here the socket must still be removed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


async def _serve(server: uvicorn.Server, listening: socket.socket, name: str) -> None:
    listening.listen(BACKLOG)
    print(f"builtin: ready on {name}", flush=True)  # noqa: T201 the parent waits for it
    loop = asyncio.get_running_loop()
    when_parent_leaves(lambda: loop.call_soon_threadsafe(setattr, server, "should_exit", True))
    await server.serve(sockets=[listening])


if __name__ == "__main__":
    main()
