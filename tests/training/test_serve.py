"""The process itself: it says when it is ready, answers, and ends when it is told or left alone."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.training import small
from tests.training.test_runtimes import STAND_IN

from stillhouse.training import serve


def start(folder: Path, *words: str, **more: Any) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "stillhouse.training.serve", str(folder), *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", **more},
    )  # fmt: skip


def first_line(process: "subprocess.Popen[bytes]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode()


def asked(at: Path) -> int:
    line = http.client.HTTPConnection("student")
    line.sock = socket.socket(socket.AF_UNIX)
    line.sock.connect(str(at))
    body = '{"model": "m", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 2}'
    line.request("POST", "/v1/chat/completions", body)
    status = line.getresponse().status
    line.close()
    return status


def test_it_serves_on_a_socket_and_ends_when_its_parent_does(tmp_path: Path) -> None:
    at = tmp_path / "s.sock"
    process = start(small.saved(tmp_path / "colours"), "--listen", str(at))

    assert f"student: ready on unix:{at}\n" == first_line(process)
    assert 0o600 == at.stat().st_mode & 0o777
    assert 200 == asked(at)
    process.communicate(timeout=30)  # closes its stdin
    assert 0 == process.returncode
    assert not at.exists()


def test_another_runtime_lives_as_long_as_its_program(tmp_path: Path) -> None:
    program, at = tmp_path / "vllm", tmp_path / "s.sock"
    program.write_text(STAND_IN.format(python=sys.executable, flag="--uds"))
    program.chmod(0o700)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    process = start(tmp_path, "--listen", str(at), "--runtime", "vllm", PATH=path)

    assert "ready" in first_line(process)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert 0 == process.returncode
    assert not at.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--listen", "s.sock", "--runtime", "vllm"], "vllm is not on the PATH"),
        (["--listen", "s.sock"], "no weights"),
    ],
)
def test_a_folder_that_cannot_be_served_says_why(
    tmp_path: Path, words: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=says):
        serve.main([str(tmp_path), *words])


def test_other_runtimes_want_a_socket(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        serve.main([str(tmp_path), "--port", "0", "--runtime", "vllm"])

    assert "--listen" in capsys.readouterr().err
