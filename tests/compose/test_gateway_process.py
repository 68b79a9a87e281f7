"""One worker as a process of its own: it begins with a line, serves, and ends with its input."""

import http.client
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from stillhouse.compose.gateway_process import _limits, _times
from stillhouse.compose.stores import open_store
from stillhouse.config.settings import Server, Settings, dump

WITHIN_S = 30.0


@contextmanager
def worker(data: Path) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A worker and its port."""
    open_store(data, create=True).close()
    (data / "run").mkdir(exist_ok=True)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "stillhouse.compose.gateway_process"),
                *(f"--listen={listener.fileno()}", "--index=0", "--workers=1"),
            ],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(listener.fileno(),),
        )
        try:
            yield process, listener.getsockname()[1]
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            for pipe in (process.stdin, process.stderr):
                if pipe is not None:
                    pipe.close()


def get(port: int, path: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=WITHIN_S)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_a_worker_serves_until_its_input_ends_and_leaves_a_clean_journal(tmp_path: Path) -> None:
    settings = Settings(server=Server(data=tmp_path))
    with worker(tmp_path) as (process, port):
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(dump(settings) + b"\n")
        process.stdin.flush()
        assert 200 == get(port, "/ready")[0]
        ready = json.loads(process.stderr.readline())
        process.stdin.write(dump(settings) + b"\n")  # a reload
        process.stdin.flush()
        assert 200 == get(port, "/ready")[0]
        process.stdin.close()
        assert 0 == process.wait(WITHIN_S)
        last = process.stderr.read().splitlines()[-1]

    assert ("worker_ready", process.pid) == (ready["event"], ready["pid"])
    assert {"event": "worker_stopped", "writer": ready["writer"]}.items() <= json.loads(
        last
    ).items()
    with closing(open_store(tmp_path)) as store:
        assert [ready["writer"]] == list(store.writers())
    assert (tmp_path / "journal" / f"w{ready['writer']}-000001.journal").exists()


def test_every_limit_comes_from_the_configuration() -> None:
    server = Server(
        max_header_bytes=1,
        max_body_bytes=2,
        header_timeout_s=3,
        body_timeout_s=4,
        keepalive_timeout_s=5,
        max_attempts=6,
        deadline_s=7,
        client_gone_drain_s=8,
        client_gone_drains=9,
        keepalive_comment_s=10,
        max_connections=11,
    )
    times = _times(server)

    assert (1, 2, 3, 4, 5, 11) == tuple(_limits(server))
    assert (6, 7, 8, 9) == (times.max_attempts, times.deadline_s, times.drain_s, times.drains_max)
    assert 10 == times.keepalive_s
