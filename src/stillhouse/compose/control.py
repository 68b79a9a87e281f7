"""Lines that the supervisor writes to its processes, read without Python's buffered stdin.

A thread that waits in `sys.stdin` holds its lock, and the interpreter aborts when it finds that
lock held at exit; a plain read of the descriptor holds nothing.
"""

import os
from collections.abc import Iterator

STDIN = 0
READ_BYTES = 1 << 16


def lines() -> Iterator[bytes]:
    """Each line, complete; ends when the supervisor closes its end or dies."""
    rest = b""
    while data := os.read(STDIN, READ_BYTES):
        *whole, rest = (rest + data).split(b"\n")
        yield from whole
