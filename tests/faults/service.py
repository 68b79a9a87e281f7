"""A whole service under test: `stillhouse serve` in a session of its own, on a lasting folder.

    service = Service(folder, upstream_url)      configuration written, account and key made
    await service.start(); service.kill(); service.kill_worker(index); service.stop()
    service.ask("verify")                        any command, as JSON

Everything goes through what operators have: the command line, signals and DIR/run/workers.json.
"""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stillhouse.testing.client import BrokenReplyError, HttpClient

COMMAND = [sys.executable, "-c", "from stillhouse.cli import main; main()"]
PRICE_IN, PRICE_OUT = 2_500_000, 10_000_000
"""Pico-dollars a token of the one deployment, "gpt-4o"; no other meter has a price."""

CONFIG = """
[server]
host = "127.0.0.1"
port = 0
admin_port = 0
workers = {workers}
builtin = false
{server}
[providers.stub]
kind = "openai"
base_url = "{upstream}"
[deployments.gpt-4o]
provider = "stub"
model = "gpt-4o"
[[prices]]
model = "gpt-4o"
book = "sale"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = {{ input = "{price_in}", output = "{price_out}" }}
"""


class Service:
    """One data folder and the processes that work on it."""

    def __init__(
        self,
        folder: Path,
        upstream: str,
        *,
        workers: int = 2,
        server: str = "",
        prices: tuple[str, str] = ("2.50", "10.00"),
        more: str = "",
    ) -> None:
        """`server` is further keys of [server]; `more` is further tables of the configuration."""
        self.folder = folder
        self.data = folder / "data"
        self.config = folder / "stillhouse.toml"
        self.config.write_text(
            CONFIG.format(
                workers=workers,
                upstream=upstream,
                server=server,
                price_in=prices[0],
                price_out=prices[1],
            )
            + more
        )
        self.log = folder / "service.log"
        self.began = datetime.now(UTC)
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self.account = str(self.ask("accounts", "create", "acme")["id"])
        self.key = str(self.ask("keys", "create", "--account", self.account)["key"])

    # -- its processes

    async def start(self, *, within_s: float = 30.0) -> None:
        """Start, and wait until every worker that it notes is up and one says it is ready."""
        self._noted.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - it takes a millisecond
                [*COMMAND, "serve", "--config", str(self.config), "--data", str(self.data)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            await self.ready(within_s=within_s)
        except BaseException:
            self.stop()  # it would go on starting workers behind the tests that follow
            raise

    async def ready(self, *, within_s: float = 30.0) -> None:
        deadline = time.monotonic() + within_s
        while True:
            if self._noted.exists():
                self.url = str(self.processes()["url"])
                if await _answers(self.url):
                    return
            if self._process is not None and self._process.poll() is not None:
                raise RuntimeError(f"the service ended: {self.tail()}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"not ready within {within_s} s: {self.tail()}")
            await asyncio.sleep(0.02)

    @property
    def _noted(self) -> Path:
        return self.data / "run" / "workers.json"

    def processes(self) -> dict[str, Any]:
        noted: dict[str, Any] = json.loads(self._noted.read_text())
        return noted

    def pids(self) -> list[int]:
        noted = self.processes()
        return [noted["supervisor"], noted["sealer"], *noted["workers"]]

    def kill(self) -> None:
        """Kill -9 of every process at once, as when the machine's memory runs out."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def kill_worker(self, index: int) -> None:
        workers = self.processes()["workers"]
        _kill(workers[index % len(workers)])

    def kill_sealer(self) -> None:
        _kill(self.processes()["sealer"])

    def stop(self, *, within_s: float = 60.0) -> int:
        """Drain and end, as SIGTERM asks; the exit code."""
        if self._process is None:
            return 0
        self._process.terminate()
        try:
            return self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        finally:
            self._process = None

    def tail(self, size: int = 2000) -> str:
        return self.log.read_text(errors="replace")[-size:] if self.log.exists() else ""

    # -- its commands

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command on this data folder."""
        return self.run_alone(*arguments, "--data", str(self.data))

    @staticmethod
    def run_alone(*arguments: str) -> subprocess.CompletedProcess[str]:
        """One command that takes no data folder."""
        return subprocess.run(
            [*COMMAND, *arguments], capture_output=True, text=True, timeout=300, check=False
        )

    def ask(self, *arguments: str) -> dict[str, Any]:
        """One command's one JSON object, whatever its exit code."""
        rows = self.rows(*arguments)
        if len(rows) != 1:
            raise RuntimeError(f"{arguments}: {len(rows)} objects, not one")
        return rows[0]

    def rows(self, *arguments: str) -> list[dict[str, Any]]:
        done = self.run(*arguments, "--json")
        if done.returncode not in (0, 1) or not (done.stdout or done.returncode == 0):
            raise RuntimeError(f"{arguments}: exit {done.returncode}: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]

    def months(self) -> list[str]:
        """The months that this run has touched: two when it crosses midnight at a month's end."""
        return sorted({f"{moment:%Y-%m}" for moment in (self.began, datetime.now(UTC))})

    def receipts(self) -> list[dict[str, Any]]:
        return [
            row
            for month in self.months()
            for row in self.rows("receipts", "--account", self.account, "--month", month)
        ]

    def billed(self) -> int:
        """Exact pico-dollars over the account's bills."""
        bills = [
            self.ask("bill", "--account", self.account, "--month", month) for month in self.months()
        ]
        return sum(int(bill["exact_pico"]) for bill in bills)


async def _answers(url: str) -> bool:
    try:
        async with HttpClient(url, timeout_s=1.0) as client:
            reply = await client.send(client.head("GET", "/ready", []))
    except (BrokenReplyError, OSError):
        return False
    return reply.status == 200


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # gone by an earlier round and not yet noted
        os.kill(pid, signal.SIGKILL)
