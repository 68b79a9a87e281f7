"""The process itself, around a stand-in; with a model in it, see tests/contract."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.service import eventually
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


@pytest.mark.parametrize("how", ["a signal", "its parent's end"])
def test_it_ends_when_it_is_told_or_left_alone_and_its_program_with_it(
    tmp_path: Path, how: str
) -> None:
    program, at = tmp_path / "vllm", tmp_path / "s.sock"
    program.write_text(STAND_IN.format(python=sys.executable, flag="--uds"))
    program.chmod(0o700)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    process = start(tmp_path, "--listen", str(at), "--runtime", "vllm", PATH=path)

    assert "ready" in first_line(process)
    if how == "a signal":
        process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)  # closes its stdin
    assert 0 == process.returncode
    assert not at.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="needs prctl, which Linux has")
def test_its_program_does_not_outlive_it_when_it_is_killed(tmp_path: Path) -> None:
    program, at = tmp_path / "vllm", tmp_path / "s.sock"
    program.write_text(STAND_IN.format(python=sys.executable, flag="--uds"))
    program.chmod(0o700)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    process = start(tmp_path, "--listen", str(at), "--runtime", "vllm", "--name", "m", PATH=path)
    assert "ready" in first_line(process)
    pid = int((tmp_path / "s.sock.pid").read_text())
    assert not at.stat().st_mode & 0o077, "its owner's alone"
    assert (tmp_path / "s.sock.argv").read_text().endswith(f" {tmp_path.name} m")

    process.kill()
    process.communicate(timeout=30)

    eventually(lambda: not running(pid))


def running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


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
