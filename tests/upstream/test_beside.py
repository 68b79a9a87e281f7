"""A model's process listens for its owner alone, and leaves no orphan."""

import socket
import stat
import subprocess
import sys
from pathlib import Path

from stillhouse.upstream.beside import on_path

CHILD = """
import threading
from stillhouse.upstream.beside import when_parent_leaves
gone = threading.Event()
when_parent_leaves(gone.set)
print("waits", flush=True)
print("left" if gone.wait(20) else "stays", flush=True)
"""


def test_a_socket_is_its_owners_and_replaces_what_was_left(tmp_path: Path) -> None:
    path = tmp_path / "s"
    on_path(path).close()
    listening = on_path(path)
    listening.listen()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
    listening.close()

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_the_end_of_the_pipe_is_the_parents_end() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert "waits\n" == child.stdout.readline()
        child.stdin.close()

        assert "left\n" == child.stdout.readline()


def test_a_stdin_that_is_no_pipe_never_ends_it() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD.replace("20", "0.2")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "waits\nstays\n" == done.stdout
