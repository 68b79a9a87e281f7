"""Other programs as runtimes: their command lines, and starting, asking after and stopping them.

Neither vLLM nor llama.cpp is here: a stand-in of ours takes their arguments and answers /health, so
these tests are about our side of it and say nothing about theirs.
"""

import os
import stat
import sys
import time
from pathlib import Path

import pytest
from tests.students import written

from stillhouse.distill import artefact
from stillhouse.training.runtimes import Managed, NotRunnableError, Runtime, command, whole

STAND_IN = """#!{python}
import http.server, os, signal, socketserver, sys, time

class Server(socketserver.UnixStreamServer):
    def get_request(self):
        request, _ = super().get_request()
        return request, ("", 0)

class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health" else 404)
        self.send_header("content-length", "0")
        self.end_headers()
    def log_message(self, *_): pass

at = sys.argv[sys.argv.index({flag!r}) + 1]
open(at + ".argv", "w").write(" ".join(sys.argv[1:]))
open(at + ".pid", "w").write(str(os.getpid()))
if os.environ.get("STAND_IN") == "dies": sys.exit(7)
if os.environ.get("STAND_IN") == "stubborn": signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.environ.get("STAND_IN") == "silent": time.sleep(60)
Server(at, Answers).serve_forever()
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, flag in (("vllm", "--uds"), ("llama-server", "--host")):
        (folder / name).write_text(STAND_IN.format(python=sys.executable, flag=flag))
        (folder / name).chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    student = tmp_path / "student"
    student.mkdir()
    (student / "student.gguf").write_bytes(b"GGUF")
    return tmp_path


def argv(programs: Path, runtime: Runtime) -> tuple[list[str], Path]:
    listen = programs / "s.sock"
    found = command(
        runtime, programs / "student", listen=listen, names=["n", "colours-1"], threshold=0.0
    )
    return found, listen


def test_the_command_lines(programs: Path) -> None:
    student, at = programs / "student", str(programs / "s.sock")

    assert ["serve", str(student), "--uds", at, "--served-model-name", "n", "colours-1"] == argv(
        programs, "vllm"
    )[0][1:]
    assert [
        "--model", str(student / "student.gguf"), "--host", at, "--alias", "n", "--jinja",
    ] == argv(programs, "llama.cpp")[0][1:]  # fmt: skip


def test_what_cannot_be_served_says_why(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    student, at = programs / "student", programs / "s.sock"
    with pytest.raises(NotRunnableError, match=r"less than 0\.90 sure"):
        command("vllm", student, listen=at, names=["n", "colours-1"], threshold=0.9)
    with pytest.raises(NotRunnableError, match=r"\.sock"):
        command(
            "llama.cpp", student, listen=programs / "s", names=["n", "colours-1"], threshold=0.0
        )
    (student / "student.gguf").unlink()
    with pytest.raises(NotRunnableError, match="convert_hf_to_gguf"):
        command("llama.cpp", student, listen=at, names=["n", "colours-1"], threshold=0.0)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotRunnableError, match="vllm is not on the PATH"):
        command("vllm", student, listen=at, names=["n", "colours-1"], threshold=0.0)


@pytest.mark.parametrize("runtime", ["vllm", "llama.cpp"])
def test_a_program_is_started_asked_after_and_stopped(programs: Path, runtime: Runtime) -> None:
    managed = Managed(*argv(programs, runtime))
    managed.start(within_s=20)

    assert managed.healthy()
    assert (programs / "s.sock.argv").exists()
    assert -15 == managed.stop()
    assert not managed.healthy()
    assert not managed.listen.exists()
    assert None is Managed([], managed.listen).stop()


@pytest.mark.parametrize(("how", "says"), [("dies", "ended with 7"), ("silent", "did not answer")])
def test_one_that_never_answers_is_an_error_and_is_gone(
    programs: Path, how: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN", how)
    managed = Managed(*argv(programs, "vllm"))
    with pytest.raises(NotRunnableError, match=says):
        managed.start(within_s=2)

    assert managed.process is not None
    assert managed.process.poll() is not None


def test_nobody_waits_for_a_start_that_is_not_wanted_any_more(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAND_IN", "silent")
    managed = Managed(*argv(programs, "vllm"))
    managed.start(unless=lambda: True)

    assert -15 == managed.stop()


def test_one_that_will_not_end_is_ended(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN", "stubborn")
    managed = Managed(*argv(programs, "vllm"))
    managed.start(within_s=20)
    began = time.monotonic()

    assert -9 == managed.stop(within_s=0.3)
    assert time.monotonic() - began < 5


def test_a_folder_is_what_its_manifest_says_or_is_not_served(tmp_path: Path) -> None:
    assert whole(tmp_path) is None
    made = written(tmp_path)
    (tmp_path / "student.gguf").write_bytes(b"GGUF")  # converted later
    found = whole(tmp_path)
    assert found is not None
    assert made.id == found.id
    name = next(iter(made.files))
    (tmp_path / name).write_bytes(b"another")

    with pytest.raises(artefact.DamagedError, match=name):
        whole(tmp_path)
