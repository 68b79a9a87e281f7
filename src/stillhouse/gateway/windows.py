"""Request, token and concurrency limits, shared by every worker of a host.

Each limit is a sliding window over one minute, as the two-bucket estimate: what this minute counted
plus the part of the last minute that is still inside the window. Every worker counts into a column
of its own in one shared memory map and adds up all columns when it asks, so there is no lock and no
lost update; two workers that ask in the same microsecond may each let one call in, which is the
whole error. (Money is not limited this way: see leases.)

A worker that dies leaves its column behind; its successor has the same index and clears it.

Posture: when the table is full a scope is counted by its worker alone, and says so in a log line.
"""

import fcntl
import hashlib
import mmap
import os
from collections.abc import Callable
from pathlib import Path

MINUTE = 60_000_000
FIELDS = 6  # minute, requests now, requests before, tokens now, tokens before, concurrent
ROWS = 8192
WORKERS_MAX = 32
BLOCK = ROWS * FIELDS
"""Words of one worker's column: contiguous, so that a worker touches only the pages it uses."""
WORDS = ROWS + WORKERS_MAX * BLOCK
"""Names of the rows first, then one block per worker."""


class Windows:
    """The shared table, seen by one worker."""

    def __init__(
        self,
        path: Path | None,
        worker: int,
        workers: int,
        *,
        log: Callable[..., None] = lambda *_, **__: None,
    ) -> None:
        """Path None: memory of this process alone (tests, one worker)."""
        self._log = log
        if not 0 <= worker < workers <= WORKERS_MAX:
            raise ValueError(f"worker {worker} of {workers}: at most {WORKERS_MAX} workers")
        self._fd = -1
        if path is None:
            self._map = mmap.mmap(-1, WORDS * 8)
        else:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            if os.fstat(self._fd).st_size < WORDS * 8:
                os.ftruncate(self._fd, WORDS * 8)
            self._map = mmap.mmap(self._fd, WORDS * 8)
        self.words = memoryview(self._map).cast("q")
        self._rows: dict[str, Window] = {}
        self._blocks = [ROWS + w * BLOCK for w in range(workers)]
        self._own = ROWS + worker * BLOCK
        for row in range(ROWS):
            if self.words[row]:
                start = self._own + row * FIELDS
                for field in range(start, start + FIELDS):
                    self.words[field] = 0

    def window(self, scope_id: str) -> "Window":
        found = self._rows.get(scope_id)
        if found is None:
            row = self._claim(scope_id)
            if row is None:
                self._log("windows_full", scope=scope_id, rows=ROWS)
                found = Window(memoryview(bytearray(FIELDS * 8)).cast("q"), [0], 0)
            else:
                columns = [block + row * FIELDS for block in self._blocks]
                found = Window(self.words, columns, self._own + row * FIELDS)
            self._rows[scope_id] = found
        return found

    def _claim(self, scope_id: str) -> int | None:
        """Find or take the row of this scope: open addressing; taking one is locked.

        None when all are taken.
        """
        name = int.from_bytes(hashlib.sha256(scope_id.encode()).digest()[:7], "big") | 1
        if self._fd >= 0:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
        try:
            for step in range(ROWS):
                row = (name + step) % ROWS
                if self.words[row] in (0, name):
                    self.words[row] = name
                    return row
        finally:
            if self._fd >= 0:
                fcntl.flock(self._fd, fcntl.LOCK_UN)
        return None


class Window:
    """One scope's counters. Times are microseconds since the epoch."""

    __slots__ = ("_columns", "_own", "_words")

    def __init__(self, words: "memoryview[int]", columns: list[int], own: int) -> None:
        self._words = words
        self._columns = columns
        self._own = own

    def _roll(self, minute: int) -> None:
        words, own = self._words, self._own
        behind = minute - words[own]
        if behind:
            words[own] = minute
            words[own + 2] = words[own + 1] if behind == 1 else 0
            words[own + 4] = words[own + 3] if behind == 1 else 0
            words[own + 1] = 0
            words[own + 3] = 0

    def read(self, now: int) -> tuple[int, int, int]:
        """(requests, tokens, concurrent) in the sliding minute, over all workers."""
        minute, passed = divmod(now, MINUTE)
        words = self._words
        now_r = before_r = now_t = before_t = concurrent = 0
        for column in self._columns:
            behind = minute - words[column]
            if behind == 0:
                now_r += words[column + 1]
                before_r += words[column + 2]
                now_t += words[column + 3]
                before_t += words[column + 4]
            elif behind == 1:
                before_r += words[column + 1]
                before_t += words[column + 3]
            concurrent += words[column + 5]
        rest = MINUTE - passed
        return (
            now_r + before_r * rest // MINUTE,
            now_t + before_t * rest // MINUTE,
            concurrent,
        )

    def enter(self, now: int, tokens: int) -> None:
        self._roll(now // MINUTE)
        words, own = self._words, self._own
        words[own + 1] += 1
        words[own + 3] += tokens
        words[own + 5] += 1

    def leave(self, now: int, correction: int) -> None:
        """The call ended; `correction` is tokens used minus tokens estimated at entry."""
        self._roll(now // MINUTE)
        words, own = self._words, self._own
        words[own + 3] = max(0, words[own + 3] + correction)
        words[own + 5] -= 1


def wait_us(limit: int, used: int, need: int) -> int:
    """When, in microseconds, the window will have room again: an estimate for `retry-after`.

    The window forgets its past evenly over a minute, so waiting t forgets used x t / minute.
    """
    over = used + need - limit
    if over <= 0:
        return 0
    if used <= 0:
        return MINUTE
    return min(MINUTE, max(1, over * MINUTE // used))
