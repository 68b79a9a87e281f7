"""What is measured: nginx `proxy_pass` and the gateway, each started, pinned and ended here.

The gateway runs as it is sold: key, request and token limits, a hard budget, journal and receipts
on. nginx runs one worker with a kept-alive upstream and no buffering or log. Neither checks TLS.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

COMMAND = [sys.executable, "-c", "from stillhouse.cli import main; main()"]

NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.err warn;
worker_rlimit_nofile 20000;
events {{ worker_connections 10000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  client_body_buffer_size 64k;
  keepalive_requests 100000000;
  upstream stub {{ server 127.0.0.1:{stub}; keepalive 1024; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://stub;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 120s;
    }}
  }}
}}
"""

GATEWAY = """
[server]
host = "127.0.0.1"
port = 0
admin_port = 0
workers = {workers}
builtin = false
[providers.stub]
kind = "openai"
base_url = "http://127.0.0.1:{stub}/v1"
[deployments.gpt-4o]
provider = "stub"
model = "gpt-4o"
[[prices]]
model = "gpt-4o"
book = "sale"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = {{ input = "2.50", cache_read = "1.25", output = "10.00" }}
[[prices]]
model = "gpt-4o"
book = "cost"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = {{ input = "2.00", cache_read = "1.00", output = "8.00" }}
"""


class Target(NamedTuple):
    """Something to call, and the root of the processes that serve it (0: nothing between)."""

    name: str
    url: str
    key: str
    pid: int


def pinned(cores: set[int]) -> Callable[[], None]:
    """For Popen's preexec_fn: the child and its children run on these cores only."""
    return lambda: os.sched_setaffinity(0, cores)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def process(command: list[str], cores: set[int], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own, ended with all its children."""
    with log.open("ab") as errors:
        started = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            preexec_fn=pinned(cores),  # noqa: PLW1509 - there are no threads here
            start_new_session=True,
        )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()
        if started.stdout is not None:
            started.stdout.close()


@contextlib.contextmanager
def stub(folder: Path, cores: set[int]) -> Iterator[int]:
    command = [sys.executable, "-m", "bench.upstream_stub", "--port", "0"]
    with process(command, cores, folder / "stub.err") as started:
        assert started.stdout is not None
        yield int(started.stdout.readline())


@contextlib.contextmanager
def nginx(folder: Path, stub_port: int, cores: set[int]) -> Iterator[Target]:
    found = shutil.which("nginx") or "/usr/sbin/nginx"
    port = free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, stub=stub_port, port=port))
    command = [found, "-p", str(folder), "-c", str(config), "-e", str(folder / "nginx.err")]
    with process(command, cores, folder / "nginx.out") as started:
        url = f"http://127.0.0.1:{port}"
        _wait(lambda: _open(port), "nginx", folder / "nginx.err")
        yield Target("nginx", url, "none", started.pid)


@contextlib.contextmanager
def gateway(folder: Path, stub_port: int, cores: set[int], *, workers: int = 1) -> Iterator[Target]:
    """`stillhouse serve` with everything on; its data stays in folder/data."""
    folder.mkdir(exist_ok=True)
    config, data, log = folder / "stillhouse.toml", folder / "data", folder / "gateway.log"
    config.write_text(GATEWAY.format(stub=stub_port, workers=workers))
    account = ask(data, "accounts", "create", "bench")["id"]
    key = str(ask(data, "keys", "create", "--account", account)["key"])
    limits = ("--rpm", "1000000000", "--tpm", "1000000000000", "--concurrent", "100000")
    ask(data, "limits", "set", "--account", account, *limits)
    period = ("--period", "month", "--hard", "1000000", "--currency", "USD")
    ask(data, "budgets", "set", "--account", account, *period)
    command = [*COMMAND, "serve", "--config", str(config), "--data", str(data)]
    noted = data / "run" / "workers.json"
    with process(command, cores, log) as started:
        _wait(lambda: _ready(noted), "the gateway", log)
        url = json.loads(noted.read_text())["url"]
        yield Target("gateway", url, key, started.pid)


def ask(data: Path, *arguments: str) -> dict[str, Any]:
    """One command's JSON object."""
    command = [*COMMAND, *arguments, "--data", str(data), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.stdout:
        raise SystemExit(f"stillhouse {' '.join(arguments)}: {done.stderr}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _wait(ready: Callable[[], bool], name: str, log: Path) -> None:
    deadline = time.monotonic() + 30
    while not ready():
        if time.monotonic() > deadline:
            raise SystemExit(f"{name} did not start: {log.read_text()[-2000:]}")
        time.sleep(0.05)


def _open(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def _ready(noted: Path) -> bool:
    if not noted.exists():
        return False
    url = json.loads(noted.read_text())["url"]
    try:
        with urllib.request.urlopen(f"{url}/ready", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
