"""Who runs a causal student: `transformers` in this process, or vLLM or llama.cpp in one of theirs.

All three speak OpenAI's chat completions over the same Unix socket, so the gateway sees no
difference. vLLM and llama.cpp are programs that the operator installs; they are found on the PATH.

    transformers   any machine; batches; declines what is not its task (`server`)
    vllm           a GPU:      vllm serve FOLDER --uds SOCKET --served-model-name NAME ...
    llama.cpp      a CPU:      llama-server --model FOLDER/*.gguf --host SOCKET --alias NAME

vLLM answers a request only for a model that it has been told it is, so it is told every name that
a deployment gives the student; llama-server serves one model whatever it is asked for.

The last two answer whatever they are given: they know no intake and no threshold, so a student that
has a threshold is refused to them (it would be sure of everything).

A program ends with the process that started it, however that one ends: an orphan would keep the
memory of a GPU that its successor needs. Its socket is its owner's alone.

Imports nothing that trains: what starts them is small.
"""

from __future__ import annotations

import ctypes
import http.client
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from stillhouse.distill import artefact

Runtime = Literal["transformers", "vllm", "llama.cpp"]
PROGRAMS: Final = {"vllm": "vllm", "llama.cpp": "llama-server"}
READY_S: Final = 600.0
"""a large model is read from disk and its kernels compiled"""
STOP_S: Final = 20.0
ASK_S: Final = 2.0
PAUSE_S: Final = 0.1


class NotRunnableError(ValueError):
    """The runtime cannot serve this folder here. The operator's to mend: the message says how."""


def whole(folder: Path) -> artefact.Manifest | None:
    """The manifest of a folder whose files are what it says; None: just some model's folder.

    A file that is not in the manifest (a GGUF that was converted later) is not looked at.

    Raises:
        artefact.DamagedError: the folder is not what its manifest says.
    """
    if not (folder / artefact.MANIFEST).is_file():
        return None
    manifest = artefact.read((folder / artefact.MANIFEST).read_bytes())
    there = [name for name in manifest.files if (folder / name).is_file()]
    found = {name: artefact.described((folder / name).read_bytes()) for name in there}
    artefact.checked(manifest, found)
    return manifest


def command(
    runtime: Runtime, folder: Path, *, listen: Path, names: Sequence[str], threshold: float
) -> list[str]:
    """The program and its arguments. names: what the student is called, its own name first.

    Raises:
        NotRunnableError: no such program, no file of its format, or a student with a threshold.
    """
    if runtime == "transformers":
        raise ValueError("transformers runs in process")
    if threshold > 0:
        raise NotRunnableError(
            f"{runtime} cannot tell how sure it is, and this student leaves to its teacher what it "
            f"is less than {threshold:.2f} sure of: serve it with the runtime transformers."
        )
    program = shutil.which(PROGRAMS[runtime])
    if program is None:
        raise NotRunnableError(
            f"{PROGRAMS[runtime]} is not on the PATH: install it, or use the runtime transformers."
        )
    if runtime == "vllm":
        return [program, "serve", str(folder), "--uds", str(listen), "--served-model-name", *names]
    files = sorted(folder.glob("*.gguf"))
    if len(files) != 1:
        raise NotRunnableError(
            f"{folder} holds {len(files)} .gguf files and llama.cpp reads one: write it with "
            f"python -m stillhouse.training.gguf {folder}, or, if it began as a hub's model, by "
            f"llama.cpp's convert_hf_to_gguf.py {folder} --outfile {folder / 'student.gguf'}."
        )
    if listen.suffix != ".sock":
        raise NotRunnableError(
            f"llama-server wants a socket's name to end with .sock: not {listen}."
        )
    return [
        program,
        "--model",
        str(files[0]),
        "--host",
        str(listen),
        "--alias",
        names[0],
        "--jinja",
    ]


@dataclass(slots=True)
class Managed:
    """A program that serves on a Unix socket: started, asked after, stopped."""

    argv: Sequence[str]
    listen: Path
    process: subprocess.Popen[bytes] | None = None

    def start(
        self, *, within_s: float = READY_S, unless: Callable[[], bool] = lambda: False
    ) -> None:
        """Start it and wait until it is healthy, or until `unless` says that nobody waits.

        Call it from the main thread: the program ends with the thread that started it.

        Raises:
            NotRunnableError: it ended, or was not healthy in time; it is gone then.
        """
        self.listen.unlink(missing_ok=True)
        self.process = subprocess.Popen(  # noqa: S603 the operator's own program, by its full path
            self.argv,
            stdin=subprocess.DEVNULL,
            umask=0o077,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 one system call, no lock
        )
        until = time.monotonic() + within_s
        while not unless() and not self.healthy():
            code = self.process.poll()
            if code is not None:
                raise NotRunnableError(f"{self.argv[0]} ended with {code} before it answered.")
            if time.monotonic() > until:
                self.stop()
                raise NotRunnableError(f"{self.argv[0]} did not answer within {within_s:.0f} s.")
            time.sleep(PAUSE_S)

    def healthy(self) -> bool:
        """Whether GET /health is answered with 200."""
        asked = _OnSocket(str(self.listen))
        try:
            asked.request("GET", "/health")
            return asked.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asked.close()

    def stop(self, *, within_s: float = STOP_S) -> int | None:
        """End it: kindly, then not; return its exit code."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.listen.unlink(missing_ok=True)
        return code


_SET_DEATH_SIGNAL: Final = 1


def _end_with_parent() -> None:
    """prctl(PR_SET_PDEATHSIG): the kernel ends this process when its parent is gone."""
    ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGTERM)


class _OnSocket(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("student", timeout=ASK_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(ASK_S)
        self.sock.connect(self._path)
