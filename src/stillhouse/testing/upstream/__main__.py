"""The scripted upstream as a process of its own: `python -m stillhouse.testing.upstream`.

Prints one line when it listens, {"port": ..., "base_url": ...}, and stops on SIGTERM or SIGINT.
"""

import argparse
import asyncio
import signal
import sys

import msgspec
import uvloop

from stillhouse.testing.faults import FaultPlan
from stillhouse.testing.upstream.server import ScriptedUpstream


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m stillhouse.testing.upstream")
    parser.add_argument("--port", type=int, default=9100, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", default="", help="cut_mid_stream=0.01,status_429=0.02")
    parser.add_argument("--stall", type=float, default=30.0, help="seconds that a stall lasts")
    parser.add_argument("--api-key", default="", help="refuse requests that do not present it")
    asked = parser.parse_args(arguments)
    faults = asked.faults.strip("-")
    try:
        plan = FaultPlan.parse(faults, seed=asked.seed, stall_s=asked.stall)
    except ValueError as error:
        parser.error(str(error))
    upstream = ScriptedUpstream(port=asked.port, plan=plan, api_key=asked.api_key)
    uvloop.run(_serve(upstream))
    return 0


async def _serve(upstream: ScriptedUpstream) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    async with upstream:
        said = {"port": upstream.port, "base_url": upstream.base_url}
        print(msgspec.json.encode(said).decode(), flush=True)  # noqa: T201 - the process's one line
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
