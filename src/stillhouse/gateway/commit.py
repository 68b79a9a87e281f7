"""Group commit: a turn of the loop writes its records once, and answers wait for the fsync.

    append  (any number in one turn)  ->  flush at the turn's end: one write
    wait    (a settled answer)        ->  sync asked once per turn  ->  released when it is on disk

Posture: fails closed. After a write error the committer is `broken`: waiting answers are dropped
(their clients see a cut connection, never an acknowledgement) and no further call is admitted.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from stillhouse.gateway.ports import Journal

Release = Callable[[], None]


class Committer:
    """Between the calls of one worker and its journal."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, *, on_broken: Callable[[str], None]
    ) -> None:
        self._loop = loop
        self._on_broken = on_broken
        self._journal: Journal | None = None
        self._scheduled = False
        self._unplaced: list[Release] = []
        self._waiting: deque[tuple[int, list[Release]]] = deque()
        self.broken = ""

    def attach(self, journal: Journal) -> None:
        self._journal = journal

    @property
    def journal(self) -> Journal:
        if self._journal is None:
            raise RuntimeError("no journal is attached")
        return self._journal

    def append(self, frame: bytes) -> None:
        self.journal.append(frame)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._turn)

    def wait(self, release: Release) -> None:
        """Call `release` once everything appended so far is on disk."""
        self._unplaced.append(release)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._scheduled = False
        if self.broken:
            return
        try:
            position = self.journal.flush()
        except OSError as error:
            self.fail(str(error))
            return
        if self._unplaced:
            self._waiting.append((position, self._unplaced))
            self._unplaced = []
            self.journal.sync(position)

    def synced_from_thread(self, position: int) -> None:
        """The journal's sync thread calls this."""
        self._loop.call_soon_threadsafe(self._synced, position)

    def failed_from_thread(self, error: Exception) -> None:
        self._loop.call_soon_threadsafe(self.fail, str(error))

    def _synced(self, position: int) -> None:
        waiting = self._waiting
        while waiting and waiting[0][0] <= position:
            for release in waiting.popleft()[1]:
                release()

    def fail(self, message: str) -> None:
        if not self.broken:
            self.broken = message
            self._on_broken(message)

    @property
    def idle(self) -> bool:
        return not self._waiting and not self._unplaced and not self._scheduled
