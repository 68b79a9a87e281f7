"""How fast the artefact answers: `python -m recipes.builtin.speed [--files DIR]`.

Word answers and JSON answers to held-out prompts, one after the other: first the engine alone in
one thread, then the server in a process of its own over HTTP/1.1 keep-alive on a Unix socket,
with 1 and with 4 callers. The server's own CPU time is read from the system, so the figure per
core does not depend on how busy the machine is.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from recipes.builtin import asks
from recipes.builtin.comments import draw
from recipes.builtin.evaluate import say

from stillhouse.upstream.builtin.model import FILES, Engine

if TYPE_CHECKING:
    from recipes.builtin.asks import Ask

CALLS = 400
TICK = os.sysconf("SC_CLK_TCK")


def main(files: Path) -> None:
    rng = random.Random(5)
    words = [asks.word(rng, draw(rng, "frames"), unseen=True) for _ in range(CALLS)]
    objects = [asks.as_json(rng, draw(rng, "frames"), unseen=True) for _ in range(CALLS // 4)]
    engine = Engine(files)
    for name, made in (("word", words), ("json", objects)):
        began, busy = time.perf_counter(), time.process_time()
        for ask in made:
            say(engine, ask)
        wall, cpu = time.perf_counter() - began, time.process_time() - busy
        print(f"engine {name}: {len(made) / wall:.0f}/s wall, {len(made) / cpu:.0f}/s of CPU time")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b.sock"
        command = [sys.executable, "-m", "stillhouse.upstream.builtin", "--socket", str(path)]
        command += ["--files", str(files)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            for name, made in (("word", words), ("json", objects)):
                for callers in (1, 4):
                    busy, began = cpu_seconds(process.pid), time.perf_counter()
                    asyncio.run(call_all(path, made, callers))
                    wall = time.perf_counter() - began
                    cpu = cpu_seconds(process.pid) - busy
                    print(
                        f"server {name}, {callers} callers: {len(made) / wall:.0f}/s wall, "
                        f"{len(made) / cpu:.0f}/s of the server's CPU time"
                    )
            process.terminate()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


async def call_all(path: Path, made: list[Ask], callers: int) -> None:
    todo = iter(made)

    async def caller() -> None:
        reader, writer = await asyncio.open_unix_connection(str(path))
        for ask in todo:
            messages = [{"role": m.role, "content": m.text} for m in ask.messages[:-1]]
            body = json.dumps({"model": "builtin", "messages": messages}).encode()
            head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: b\r\ncontent-length: {len(body)}"
            writer.write(f"{head}\r\n\r\n".encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200")
            size = next(
                int(line.split(b":")[1])
                for line in answer.lower().split(b"\r\n")
                if line.startswith(b"content-length")
            )
            await reader.readexactly(size)
        writer.close()

    await asyncio.gather(*(caller() for _ in range(callers)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=Path, default=FILES)
    main(parser.parse_args().files)
