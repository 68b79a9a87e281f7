"""`stillhouse serve` as its operator meets it: the first start, the second, and what stops it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "from stillhouse.cli import main; main()", "serve"]
WITHIN_S = 60.0
SECRET = re.compile(r"sk-sh-[0-9A-Za-z_-]{20,}")


def environment(**more: str) -> dict[str, str]:
    """This one without what would change what is served."""
    drop = ("STILLHOUSE_", "OPENAI_", "AZURE_", "ANTHROPIC_")
    return {k: v for k, v in os.environ.items() if not k.startswith(drop)} | more


class Running:
    """One service and what it has printed so far."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._out, self.log = folder / "out", folder / "log"
        with self._out.open("w") as out, self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*COMMAND, *arguments],
                cwd=folder,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
                start_new_session=True,
            )

    @property
    def printed(self) -> str:
        return self._out.read_text()

    def until(self, text: str) -> str:
        """What it printed, once this is in it."""
        deadline = time.monotonic() + WITHIN_S
        while text not in self.printed:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"it did not say {text!r}: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)
        return self.printed

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WITHIN_S)


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[Running]:
    service = Running(folder, *arguments)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            os.killpg(service.process.pid, signal.SIGKILL)
            service.process.wait()


def refused(folder: Path, *arguments: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    """The exit code of a service that does not start, and what it says."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=env or environment(),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    assert "" == done.stdout
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def test_the_first_start_shows_a_key_once_and_a_line_that_works(tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl to run the printed line with")
    with running(tmp_path, "--port", "0") as service:
        printed = service.until("Then: ")
        (secret,) = set(SECRET.findall(printed))
        line = next(line for line in printed.splitlines() if line.startswith("curl "))
        answered = subprocess.run(
            ["sh", "-c", line], capture_output=True, text=True, timeout=WITHIN_S, check=True
        )
        assert '"usage"' in answered.stdout
        assert '"choices"' in answered.stdout
        second = tmp_path / "second"
        second.mkdir()
        code, said = refused(second, "--port", "0", "--data", str(tmp_path / "data"))
        assert 1 == code
        assert "another `stillhouse serve` runs on the data folder" in said
        assert 0 == service.stop()
    assert secret not in service.log.read_text()
    for file in (tmp_path / "data").rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes()

    with running(tmp_path, "--port", "0") as service:
        printed = service.until("deployments: builtin")
        time.sleep(0.2)
        assert [] == SECRET.findall(printed + service.log.read_text())
        assert "curl" not in service.printed
        assert 0 == service.stop()


@pytest.mark.parametrize("shared", [False, True])
def test_a_taken_port_is_said_and_no_key_is_made(tmp_path: Path, *, shared: bool) -> None:
    """Also by somebody who would share it: half of the calls would go to them."""
    with socket.socket() as taken:
        if shared:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        code, said = refused(tmp_path, "--port", port, "--workers", "2" if shared else "1")

        assert 1 == code
        assert f"cannot listen on 127.0.0.1:{port}" in said
        assert "--port" in said
    with running(tmp_path, "--port", "0") as service:
        assert SECRET.findall(service.until("Then: ")), "the key is made when it can be shown"
        service.stop()


def test_a_bad_configuration_names_every_problem_and_makes_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text(
        '[server]\nworkers = 0\nbanana = 1\n[deployments.a]\nprovider = "nobody"\nmodel = "m"\n'
    )
    code, said = refused(tmp_path, "--config", "bad.toml")

    assert 2 == code
    for word in ("workers", "banana", "nobody"):
        assert word in said
    assert ["bad.toml"] == [path.name for path in tmp_path.iterdir()]


def test_a_configuration_that_is_not_there_is_a_configuration_error(tmp_path: Path) -> None:
    code, said = refused(tmp_path, "--config", "absent.toml")

    assert 2 == code
    assert "absent.toml" in said


def test_a_key_that_was_made_is_shown_even_if_nothing_ever_got_ready(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "journal").write_text("no folder, so no worker can begin its journal")
    with running(tmp_path, "--port", "0") as service:
        noted = tmp_path / "data" / "run" / "workers.json"
        deadline = time.monotonic() + WITHIN_S
        while not noted.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert 0 == service.stop()

    assert 1 == len(set(SECRET.findall(service.printed)))
