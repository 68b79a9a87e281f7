"""Group commit: a turn of the loop writes its records once, and answers wait for the fsync.

    open   an attempt's record, and what dispatches it       once the turn has written it
    close  an attempt's record, and what releases its answer   once it is on disk

So all attempts of one turn share a write, and all answers that become ready while one fsync runs
share the next. The first fsync after a quiet moment is asked for at once; under load the next one
waits PACE_S, because each costs system calls and a turn of the loop that more answers could share.

Posture: fails closed. After a write error the committer is `broken`: attempts that were not written
are not dispatched, waiting answers are never released (their clients see a cut connection, not an
acknowledgement), and no further call is admitted.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from threading import get_ident

from stillhouse.gateway.ports import Journal

Then = Callable[[], None]
JOURNAL_BROKEN = "the journal cannot be written"
PACE_S = 0.002
BUSY = 16
BUSY_PACE_S = 0.004
"""When this many answers wait already, the worker has more to gain from large turns than each of
them from 2 ms: it saves 1.5 us a call, 4 % (docs/lab-log.md)."""


class Committer:
    """Between the calls of one worker and its journal."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, *, on_broken: Callable[[str], None]
    ) -> None:
        self._loop = loop
        self._call_soon = loop.call_soon
        self._on_broken = on_broken
        self._scheduled = False
        self._syncing = False
        self._undispatched: list[Then] = []
        self._unreleased: list[Then] = []
        self._waiting: deque[tuple[int, list[Then]]] = deque()
        self.broken = ""
        self.receipts = b""

    def attach(self, journal: Journal) -> None:
        """Called by the loop's thread."""
        self._thread = get_ident()
        self._journal = journal
        self._append = journal.append
        self.next_seq = journal.next_seq
        self.receipts = b"w%d-" % journal.writer

    def open(self, frame: bytes, dispatch: Then) -> None:
        """Write this record by the turn's end, then dispatch."""
        self._append(frame)
        self._undispatched.append(dispatch)
        if not self._scheduled:
            self._scheduled = True
            self._call_soon(self._turn)

    def append(self, frame: bytes) -> None:
        """Write this record by the turn's end; nobody waits for it."""
        self._append(frame)
        if not self._scheduled:
            self._scheduled = True
            self._call_soon(self._turn)

    def close(self, frame: bytes, release: Then) -> None:
        """Write this record by the turn's end; release the answer once it is on disk."""
        self._append(frame)
        self._unreleased.append(release)
        if not self._scheduled:
            self._scheduled = True
            self._call_soon(self._turn)

    def _turn(self) -> None:
        self._scheduled = False
        if self.broken:
            return
        try:
            position = self._journal.flush()
            if self._unreleased:
                self._waiting.append((position, self._unreleased))
                self._unreleased = []
                if not self._syncing:
                    self._syncing = True
                    self._journal.sync(position)
        except OSError as error:
            self.fail(str(error))
            return
        undispatched = self._undispatched
        if undispatched:
            self._undispatched = []
            self._each(undispatched)

    def _each(self, calls: list[Then]) -> None:
        """One call's defect is reported and stays its own: the others go on."""
        for call in calls:
            try:
                call()
            except Exception as error:  # noqa: BLE001 - told to the loop, which logs it
                self._loop.call_exception_handler({"message": "a call failed", "exception": error})

    def synced_from_thread(self, position: int) -> None:
        """The journal calls this, from the loop or from its sync thread."""
        if get_ident() == self._thread:
            self._synced(position)  # another turn of the loop would be a wake-up for nothing
        else:
            self._loop.call_soon_threadsafe(self._synced, position)

    def failed_from_thread(self, error: Exception) -> None:
        self._loop.call_soon_threadsafe(self.fail, str(error))

    def _synced(self, position: int) -> None:
        waiting = self._waiting
        while waiting and waiting[0][0] <= position:
            self._each(waiting.popleft()[1])
        if waiting:
            busy = sum(len(group) for _, group in waiting) >= BUSY
            self._loop.call_later(BUSY_PACE_S if busy else PACE_S, self._sync_again)
        else:
            self._syncing = False

    def _sync_again(self) -> None:
        if self.broken or not self._waiting:
            return  # a rotation synced it all in the meantime
        try:
            self._journal.sync(self._waiting[-1][0])
        except OSError as error:
            self.fail(str(error))

    def fail(self, message: str) -> None:
        if not self.broken:
            self.broken = message
            self._on_broken(message)

    @property
    def idle(self) -> bool:
        return not self._waiting and not self._unreleased and not self._scheduled
