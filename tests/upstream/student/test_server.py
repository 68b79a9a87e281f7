"""The process: a folder in, HTTP over a Unix socket out, an end when told."""

import http.client
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from tests.students import SURE, UNSURE, body, written

from stillhouse.distill.artefact import MANIFEST
from stillhouse.upstream.student.chat import Reply, Voice
from stillhouse.upstream.student.server import Service

MODULE = [sys.executable, "-m", "stillhouse.upstream.student"]


class Link(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("student", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(str(self._path))


@contextmanager
def serving(folder: Path, path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        [*MODULE, str(folder), "--listen", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            assert b"ready" in cast("IO[bytes]", process.stdout).readline()
            yield process
        finally:
            process.kill()


def test_one_line_carries_answer_after_answer(tmp_path: Path) -> None:
    written(tmp_path / "spam")
    path = tmp_path / "s.sock"
    with serving(tmp_path / "spam", path) as process:
        link = Link(path)
        statuses = []
        for text in (SURE, UNSURE, SURE):
            link.request("POST", "/v1/chat/completions", body(text))
            answer = link.getresponse()
            statuses.append(answer.status)
            said = answer.read()
        link.request("GET", "/health")
        health = json.loads(link.getresponse().read())
        link.request("GET", "/nothing")
        missing = link.getresponse().status
        link.close()
        process.send_signal(signal.SIGTERM)

        assert 0 == process.wait(10)
    assert [200, 421, 200] == statuses
    assert b'"spam"' in said
    assert ("ok", 404) == (health["status"], missing)
    assert not path.exists()


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    written(tmp_path / "spam")
    with serving(tmp_path / "spam", tmp_path / "s.sock") as process:
        cast("IO[bytes]", process.stdin).close()

        assert 0 == process.wait(10)


def test_a_folder_without_a_whole_student_ends_it_and_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "spam"
    written(folder)
    damaged = (folder / MANIFEST).read_bytes().replace(b"0.9", b"0.1")
    (folder / MANIFEST).write_bytes(damaged)

    done = subprocess.run(
        [*MODULE, str(folder), "--listen", str(tmp_path / "s.sock")],
        capture_output=True,
        check=False,
        timeout=30,
    )

    assert 1 == done.returncode
    assert b"was changed" in done.stderr


def test_a_defect_is_told_without_detail() -> None:
    class Broken:
        def reply(self, body: bytes, number: int) -> Reply:
            raise RuntimeError("secret")

    service = Service(cast("Voice", Broken()), name="s")
    reply = service.answer(b"POST", b"/v1/chat/completions", b"{}")

    assert 500 == reply.status
    assert b"secret" not in reply.body
