"""What every model that is served in a process of its own does: listen, and leave with its parent.

on_path            a Unix socket for its owner only, in the place of what a killed server left
when_parent_leaves stdin is a pipe that closes when the parent dies, however it dies
"""

import contextlib
import os
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path


def on_path(path: Path) -> socket.socket:
    """Bound, not listening yet."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    finally:
        os.umask(before)
    return listening


def when_parent_leaves(left: Callable[[], object]) -> None:
    """Call `left`, from another thread, when the pipe that is stdin closes; it may be no pipe."""
    if not stat.S_ISFIFO(os.fstat(0).st_mode):
        return

    def wait() -> None:
        while os.read(0, 4096):
            pass
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            left()

    threading.Thread(target=wait, daemon=True).start()
