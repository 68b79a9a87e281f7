"""Serve one student in a process of its own.

    python -m stillhouse.upstream.student FOLDER --listen SOCKET

Prints one line when it accepts calls, then nothing. It ends on SIGTERM or SIGINT, and when stdin is
a pipe, also when that pipe closes: a parent that dies, however it dies, leaves no orphan. A folder
that holds no whole student ends it at once with exit code 1: its teacher answers.
"""

import argparse
import asyncio
import gc
import signal
import socket
import sys
from pathlib import Path

import uvloop

from stillhouse.distill import artefact
from stillhouse.distill.answer import student
from stillhouse.upstream.beside import on_path, when_parent_leaves
from stillhouse.upstream.student.chat import Voice
from stillhouse.upstream.student.server import Service

BACKLOG = 512
FORMATS = {"extraction": frozenset({"text", "json_object", "json_schema"})}


def main() -> None:
    parser = argparse.ArgumentParser(prog="stillhouse.upstream.student", description=__doc__)
    parser.add_argument("folder", type=Path, help="the student's folder")
    parser.add_argument("--listen", type=Path, required=True, metavar="SOCKET")
    given = parser.parse_args()
    try:
        service = load(given.folder)
    except (OSError, artefact.DamagedError) as error:
        sys.exit(f"student {given.folder}: {error}")
    listening = on_path(given.listen)
    gc.freeze()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(run(service, listening))
    finally:
        given.listen.unlink(missing_ok=True)


def load(folder: Path) -> Service:
    """Raises OSError or artefact.DamagedError: there is no whole student."""
    manifest = artefact.read((folder / artefact.MANIFEST).read_bytes())
    files = {name: (folder / name).read_bytes() for name in manifest.files}
    artefact.checked(manifest, {n: artefact.described(d) for n, d in files.items()})
    formats = FORMATS.get(manifest.kind, frozenset({"text"}))
    voice = Voice(student(manifest, files), name=manifest.id, formats=formats)
    return Service(voice, name=manifest.id)


async def run(service: Service, listening: socket.socket) -> None:
    """Serve until told to end."""
    loop = asyncio.get_running_loop()
    end = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    when_parent_leaves(lambda: loop.call_soon_threadsafe(end.set))
    server = await loop.create_unix_server(service.line, sock=listening, backlog=BACKLOG)
    print(f"student: ready on unix:{listening.getsockname()}", flush=True)  # noqa: T201 for whoever waits
    await end.wait()
    server.close()
    service.stop()


if __name__ == "__main__":
    main()
