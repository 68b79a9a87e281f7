"""A whole service for the demo: its own folder, processes and ports, and nothing from outside.

    Service(folder)   writes the configuration, starts `stillhouse serve` and the stand-in provider
    .ask("bill", ..)  any command, as typed, answered as JSON
    .send(key, ..)    calls through the gateway, a few at a time

`frontier` stands in for a provider whose terms forbid training on its outputs: the scripted
upstream of `stillhouse.testing`, declared under OpenAI's access path. No other address is called.
"""

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from stillhouse.cli.output import Failure
from stillhouse.testing.client import BrokenReplyError, HttpClient, Reply

PROGRAM = [sys.executable, "-c", "from stillhouse.cli import main; main()"]
CONNECTIONS = 8
READY_S = 60.0
CONFIG = """\
# The demo's house. Everything is on this machine.
[server]
port = 0
admin_port = 0
workers = 1
data = "data"
builtin = false               # the teacher below is that model, at a price of the demo
seal_every_s = 2

[guard]
every_s = 1
automatic = "notice"          # what goes further is left to people here
first_calls = 2000            # minutes must do here for what takes hours elsewhere

[providers.frontier]          # a stand-in; its terms are those of OpenAI's API
kind = "openai"
base_url = "{frontier}"
path = "openai-api"
[deployments.frontier]
provider = "frontier"
model = "gpt-4o"

[providers.house]             # the model that ships; its terms allow learning from its answers
kind = "builtin"
[deployments.teacher]
provider = "house"
model = "builtin"

{student}
[[prices]]
model = "gpt-4o"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = {{ input = "2.50", cache_read = "1.25", output = "10.00" }}
[[prices]]
model = "builtin"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = {{ input = "2.50", cache_read = "1.25", output = "10.00" }}
[[prices]]
model = "builtin"
book = "cost"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = {{ input = "2.00", cache_read = "1.00", output = "8.00" }}
"""
STUDENT = """\
[providers.pupil]             # the student that the demo trained
kind = "student"
student = "{student}"
[deployments.pupil]
provider = "pupil"
model = "pupil-1"
[[prices]]
model = "pupil-1"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = {{ input = "0.10", output = "0.40" }}
[[prices]]
model = "pupil-1"
book = "cost"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = {{ input = "0.05", output = "0.20" }}

"""


@dataclass(slots=True)
class Service:
    """In one folder. told: shown each command before it runs."""

    folder: Path
    told: Callable[[str], None] = lambda _: None
    url: str = ""
    admin: str = ""
    _serving: subprocess.Popen[bytes] | None = None
    _frontier: str = ""

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def config(self) -> Path:
        return self.folder / "stillhouse.toml"

    @property
    def log(self) -> Path:
        return self.folder / "service.log"

    def configure(self, student: str = "") -> None:
        """Write the configuration, with or without a student; a service that runs reads it."""
        added = STUDENT.format(student=student) if student else ""
        self.config.write_text(CONFIG.format(frontier=self._frontier, student=added))
        if self._serving is not None:
            self._serving.send_signal(signal.SIGHUP)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Until the block ends.

        Raises:
            Failure: it does not start; the message names its log.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._stand_in() as self._frontier, self.log.open("ab") as log:
            self.configure()
            self._serving = subprocess.Popen(  # noqa: S603 - our own program
                [*PROGRAM, "serve", "--config", str(self.config), "--data", str(self.data)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            try:
                self._wait()
                yield
            finally:
                self._serving.terminate()
                try:
                    self._serving.wait(30)
                except subprocess.TimeoutExpired:
                    self._serving.kill()
                self._serving = None

    @contextlib.contextmanager
    def _stand_in(self) -> Iterator[str]:
        command = [sys.executable, "-m", "stillhouse.testing.upstream", "--port", "0"]
        with subprocess.Popen(  # noqa: S603 - our own program
            command, stdout=subprocess.PIPE, start_new_session=True
        ) as process:
            try:
                assert process.stdout is not None
                yield str(json.loads(process.stdout.readline())["base_url"])
            finally:
                process.terminate()

    def _wait(self) -> None:
        noted, until = self.data / "run" / "workers.json", time.monotonic() + READY_S
        while time.monotonic() < until:
            if self._serving is not None and self._serving.poll() is not None:
                raise Failure(f"the demo's service ended; read {self.log}")
            if noted.exists() and "Stillhouse serves on" in self.log.read_text():
                said = json.loads(noted.read_text())
                self.url = str(said["url"])
                return
            time.sleep(0.05)
        raise Failure(f"the demo's service was not ready within {READY_S:.0f} s; read {self.log}")

    # -- commands

    def ask(self, *arguments: str, code: Sequence[int] = (0,)) -> Any:
        """The one value that `stillhouse ARGUMENTS --json` prints. Raises Failure."""
        [value] = self.rows(*arguments, code=code)
        return value

    def rows(self, *arguments: str, code: Sequence[int] = (0,)) -> list[Any]:
        """The values that it prints, a line each.

        Raises:
            Failure: it ended otherwise than `code` allows.
        """
        self.told("stillhouse " + " ".join(map(_quoted, arguments)))
        done = CliRunner().invoke(
            _main(),
            [*arguments, "--config", str(self.config), "--data", str(self.data), "--json"],
            env={"STILLHOUSE_CONFIG": "", "STILLHOUSE_DATA": ""},
        )
        if done.exit_code not in code:
            raise Failure(f"`stillhouse {' '.join(arguments)}` failed: {done.output.strip()}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    # -- calls

    def send(
        self,
        key: str,
        bodies: Iterable[dict[str, Any]],
        *,
        moved: Callable[[], None] = lambda: None,
        stop: Callable[[Reply], bool] = lambda _: False,
    ) -> list[tuple[dict[str, Any], Reply]]:
        """Chat completions, in order but for the few at once; until `stop` says so."""
        return asyncio.run(self._send(key, bodies, moved, stop))

    async def _send(
        self,
        key: str,
        bodies: Iterable[dict[str, Any]],
        moved: Callable[[], None],
        stop: Callable[[Reply], bool],
    ) -> list[tuple[dict[str, Any], Reply]]:
        replies: list[tuple[dict[str, Any], Reply]] = []
        waiting, over = iter(bodies), False
        async with HttpClient(self.url, connections=CONNECTIONS, timeout_s=60) as client:
            headers = [("authorization", f"Bearer {key}"), ("content-type", "application/json")]
            head = client.head("POST", "/v1/chat/completions", headers)

            async def worker() -> None:
                nonlocal over
                for body in waiting:
                    if over:
                        return
                    try:
                        reply = await client.send(head, json.dumps(body).encode())
                    except BrokenReplyError as broken:
                        reply = broken.partial
                    replies.append((body, reply))
                    over = over or stop(reply)
                    moved()

            async with asyncio.TaskGroup() as group:
                for _ in range(CONNECTIONS):
                    group.create_task(worker())
        return replies


def _main() -> Any:
    from stillhouse.cli import main  # noqa: PLC0415 - it names this module's command

    return main


def _quoted(word: str) -> str:
    return word if word and " " not in word else f'"{word}"'
