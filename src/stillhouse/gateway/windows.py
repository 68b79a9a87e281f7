"""Request, token and concurrency limits, shared by every worker of a host.

Each limit is a sliding window over one minute, as the two-bucket estimate: what this minute counted
plus the part of the last minute that is still inside the window. Every worker counts into a column
of its own in one shared memory map and adds up all columns when it asks, so there is no lock and no
lost update; two workers that ask in the same microsecond may each let one call in, and so may one
that reads a column in the very instant of its being written: that is the whole error. (Money is not
limited this way: see leases.)

A worker that dies leaves its column behind; its successor has the same index and clears it.

Posture: when the table is full a scope is counted by its worker alone, and says so in a log line.
"""

import fcntl
import hashlib
import mmap
import os
from collections.abc import Callable
from pathlib import Path
from struct import Struct
from typing import Any

MINUTE = 60_000_000
FIELDS = 6  # minute, requests now, requests before, tokens now, tokens before, concurrent
ROWS = 8192
WORKERS_MAX = 32
BLOCK = ROWS * FIELDS
"""Words of one worker's column: contiguous, so that a worker touches only the pages it uses."""
WORDS = ROWS + WORKERS_MAX * BLOCK
"""Names of the rows first, then one block per worker."""
_COLUMN = Struct(f"={FIELDS}q")
_unpack, _pack = _COLUMN.unpack_from, _COLUMN.pack_into


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
                found = Window(None, 0, [])
            else:
                columns = [(block + row * FIELDS) * 8 for block in self._blocks]
                own = (self._own + row * FIELDS) * 8
                columns.remove(own)
                found = Window(self._map if columns else None, own, columns)
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
    """One scope's counters. Times are microseconds since the epoch.

    This worker's own counts are kept here, and written to its column for the others to read.
    """

    __slots__ = (
        "_buffer",
        "_minute",
        "_others",
        "_own",
        "_requests",
        "_requests_before",
        "_running",
        "_tokens",
        "_tokens_before",
    )

    def __init__(self, buffer: mmap.mmap | None, own: int, others: list[int]) -> None:
        """own, others: byte offsets of this worker's column and of the other workers'.

        No buffer: nobody else counts.
        """
        self._buffer: Any = buffer  # there are others only where there is a buffer
        self._own = own
        self._others = others
        self._minute = self._running = 0
        self._requests = self._requests_before = self._tokens = self._tokens_before = 0

    def _roll(self, minute: int) -> None:
        counts = self._requests, self._requests_before, self._tokens, self._tokens_before
        seen = _seen_from(minute - self._minute, *counts)
        self._requests, self._requests_before, self._tokens, self._tokens_before = seen
        self._minute = minute

    def read(self, now: int) -> tuple[int, int, int]:
        """(requests, tokens, concurrent) in the sliding minute, over all workers."""
        minute = now // MINUTE
        if minute != self._minute:
            self._roll(minute)
        requests, tokens, running = self._requests, self._tokens, self._running
        requests_before, tokens_before = self._requests_before, self._tokens_before
        for column in self._others:
            at, r, rb, t, tb, more = _unpack(self._buffer, column)
            r, rb, t, tb = _seen_from(minute - at, r, rb, t, tb)
            requests += r
            requests_before += rb
            tokens += t
            tokens_before += tb
            running += more
        if requests_before:
            rest = MINUTE - now % MINUTE
            requests += requests_before * rest // MINUTE
            tokens += tokens_before * rest // MINUTE
        return requests, tokens, running

    def enter(self, now: int, tokens: int) -> None:
        minute = now // MINUTE
        if minute != self._minute:
            self._roll(minute)
        self._requests += 1
        self._tokens += tokens
        self._running += 1
        if self._buffer is not None:
            self._publish()

    def leave(self, correction: int) -> None:
        """The call ended; `correction` is tokens used minus tokens estimated at entry.

        It counts in the minute that was last looked at: the one of its entry, or a later one.
        """
        tokens = self._tokens + correction
        self._tokens = tokens if tokens > 0 else 0
        self._running -= 1
        if self._buffer is not None:
            self._publish()

    def _publish(self) -> None:
        _pack(
            self._buffer,
            self._own,
            self._minute,
            self._requests,
            self._requests_before,
            self._tokens,
            self._tokens_before,
            self._running,
        )


def _seen_from(
    behind: int, requests: int, requests_before: int, tokens: int, tokens_before: int
) -> tuple[int, int, int, int]:
    """A column that was last written `behind` minutes ago, as this minute sees it."""
    if behind == 0:
        return requests, requests_before, tokens, tokens_before
    if behind == 1:
        return 0, requests, 0, tokens
    return 0, 0, 0, 0


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
