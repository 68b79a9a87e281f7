"""Serve one causal student in a process of its own.

    python -m stillhouse.training.serve FOLDER --listen SOCKET | --port N [--runtime vllm]

Prints one line when it accepts calls, then nothing. It ends on SIGTERM or SIGINT after the calls
under way, and when stdin is a pipe, also when that pipe closes: a parent that dies, however it
dies, leaves no orphan. A folder that holds no whole student ends it at once with exit code 1.

`--runtime`, or STILLHOUSE_STUDENT_RUNTIME, says who runs it (`runtimes`); else transformers.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import stat
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Final, get_args

import uvicorn

from stillhouse.training.needs import MissingExtraError, library
from stillhouse.training.runtimes import Managed, NotRunnableError, Runtime, command, whole

GRACE_S: Final = 10
BACKLOG: Final = 512
CHOSEN: Final = "STILLHOUSE_STUDENT_RUNTIME"


def main(words: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="stillhouse.training.serve", description=__doc__)
    parser.add_argument("folder", type=Path, help="the student's folder")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--listen", type=Path, metavar="SOCKET", help="serve on a Unix socket")
    where.add_argument("--port", type=int, metavar="N", help="serve on 127.0.0.1; 0 picks one")
    parser.add_argument(
        "--runtime", choices=get_args(Runtime), default=os.environ.get(CHOSEN) or "transformers"
    )
    parser.add_argument(
        "--name", action="append", default=[], help="what a deployment calls it; for vLLM"
    )
    parser.add_argument("--threads", type=int, default=1, help="of torch; default %(default)s")
    given = parser.parse_args(words)
    try:
        if given.runtime == "transformers":
            _in_process(given.folder, given.listen, given.port, threads=given.threads)
        elif given.listen is None:
            parser.error("vllm and llama.cpp serve on a Unix socket: say --listen")
        else:
            _beside(given.runtime, given.folder, given.listen, given.name)
    except (OSError, ValueError, MissingExtraError) as error:
        sys.exit(f"student {given.folder}: {error}")


def _in_process(folder: Path, listen: Path | None, port: int, *, threads: int) -> None:
    if not folder.is_dir():
        raise NotRunnableError("there is no such folder")
    for needed in ("torch", "transformers"):
        library(needed)
    server: Any = import_module("stillhouse.training.server")
    service = server.service(folder, threads=threads)
    listening, name = _on_path(listen) if listen else _on_port(port)
    config = uvicorn.Config(
        service.app(),
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_S,
    )
    try:
        asyncio.run(_serve(_Server(config), listening, name))
    finally:
        service.desk.close()
        if listen:
            listen.unlink(missing_ok=True)


def _beside(runtime: Runtime, folder: Path, listen: Path, names: list[str]) -> None:
    """Run another program and live as long as it does."""
    threshold, name = 0.0, folder.resolve().name
    manifest = whole(folder)
    if manifest is not None:
        threshold, name = manifest.threshold, manifest.id
    names = [name, *(other for other in names if other != name)]
    managed = Managed(
        command(runtime, folder, listen=listen, names=names, threshold=threshold), listen
    )
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    _watch_parent(end.set)
    managed.start(unless=end.is_set)
    if not end.is_set():
        print(f"student: ready on unix:{listen}", flush=True)  # noqa: T201 for whoever waits
    while not end.wait(0.5):
        if managed.process is not None and managed.process.poll() is not None:
            sys.exit(f"student {folder}: {runtime} ended with {managed.process.returncode}")
    managed.stop()


def _on_path(path: Path) -> tuple[socket.socket, str]:
    """Bind a Unix socket for its owner only, replacing what a killed server left."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    return listening, f"unix:{path}"


def _on_port(port: int) -> tuple[socket.socket, str]:
    listening = socket.create_server(("127.0.0.1", port), backlog=BACKLOG)
    return listening, "http://{}:{}".format(*listening.getsockname()[:2])


class _Server(uvicorn.Server):
    """Uvicorn raises a signal again when it is done; here the socket must still be removed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


async def _serve(server: uvicorn.Server, listening: socket.socket, name: str) -> None:
    listening.listen(BACKLOG)
    loop = asyncio.get_running_loop()
    _watch_parent(lambda: loop.call_soon_threadsafe(setattr, server, "should_exit", True))
    print(f"student: ready on {name}", flush=True)  # noqa: T201 for whoever waits
    await server.serve(sockets=[listening])


def _watch_parent(left: Callable[[], object]) -> None:
    """Call `left` when the pipe that is stdin closes."""
    if not stat.S_ISFIFO(os.fstat(0).st_mode):
        return

    def wait() -> None:
        while os.read(0, 4096):
            pass
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            left()

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    main()
