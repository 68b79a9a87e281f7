"""A writer's journal files: appended by one gateway process, synced in groups, never by the loop.

Posture: fails closed. Any write error raises `JournalError`, and whoever cannot journal must not
dispatch. An error of `write` (disk full) leaves the records waiting, and the next `flush` tries
again; an error of `fdatasync` is final, because the kernel may have dropped the pages (the writer
must exit and be recovered).

    DIR/journal/w7.lock             held (flock) while writer 7 lives
    DIR/journal/w7-000001.journal   complete once file 2 exists, or once the lock is free
    DIR/journal/w7-000002.journal   being written
    DIR/journal/w7-000003.journal.next   begun by a rotation that is not yet on disk

`flush` is one write at a known offset, from the event loop's thread. `sync` asks the kernel for an
fdatasync (aio), or a thread where that is not to be had; whatever is asked while one runs shares
the next. Positions are logical: they grow over the life of the writer, across files, so a waiter
never cares where a file ended.

Rotation never blocks the loop. The new file is begun under the name `.next` with a Start frame and
every open record (carried), and is used at once; the thread then syncs the old file, the new one,
and only then takes `.next` off its name. So "file n+1 exists" implies "file n and the carried
records are on disk", which is what lets another process seal and remove file n.
"""

import fcntl
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from stillhouse.ledger.journal import frame
from stillhouse.ledger.receipt import Start
from stillhouse.store.aio import Aio

PREALLOCATED = 8 << 20
"""Space is claimed in steps of this, so that an fdatasync has no new file size to write."""

_fdatasync = getattr(os, "fdatasync", os.fsync)  # macOS has only the stronger one


class JournalError(OSError):
    """The journal cannot be written. Refuse new calls; the message says what to do."""


@dataclass(slots=True)
class _File:
    """One open journal file. base: the logical position of its first byte."""

    number: int
    fd: int
    base: int
    begun_at: int
    written: int = 0
    start_bytes: int = 0
    allocated: int = 0
    named: bool = False

    @property
    def end(self) -> int:
        return self.base + self.written


class JournalWriter:
    """The one writer of journal files w<writer>-*. Not thread-safe: one event loop owns it.

    on_synced(position): called from `reap` or the sync thread; up to `position` is on disk.
    on_failed(error): called likewise, once; nothing after the last position is on disk.
    """

    def __init__(
        self,
        data: Path,
        *,
        writer: int,
        at: int,
        on_synced: Callable[[int], None],
        on_failed: Callable[[JournalError], None] = lambda _: None,
        max_bytes: int = 16 << 20,
        max_age_s: float = 30,
        aio: Aio | None = None,
    ) -> None:
        """aio: sync without the thread; then call `reap` whenever `aio.eventfd` is readable."""
        self.writer = writer
        self._aio = aio
        self._aio_target = 0
        self.failed: JournalError | None = None
        self._directory = data / "journal"
        self._on_synced, self._on_failed = on_synced, on_failed
        self._max_bytes, self._max_age_us = max_bytes, int(max_age_s * 1_000_000)
        self._next = 1
        self._pending: list[bytes] = []
        self.append = self._pending.append  # collects a frame for the next flush; no frame of ours
        self._synced = 0
        self._jobs: SimpleQueue[int | tuple[_File, _File] | None] = SimpleQueue()
        self._lock = -1
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._lock = self._take_lock()
            self._file = self._begin(1, at=at, base=0, carried=[])
            self._name(self._file)
        except OSError as error:
            if self._lock >= 0:
                os.close(self._lock)
            raise self._error("begin the journal", error) from error
        self._synced = self._file.end
        self._thread = threading.Thread(
            target=self._sync_loop, name=f"journal-w{writer}", daemon=True
        )
        self._thread.start()

    # ---- the event loop's side -------------------------------------------------------------

    def next_seq(self) -> int:
        """The next sequence number: dense, from 1. Taking one promises an Open record with it."""
        seq = self._next
        self._next = seq + 1
        return seq

    def flush(self) -> int:
        """Write all collected frames (not yet synced); returns the position after them.

        Raises:
            JournalError: nothing was lost, the frames wait for the next flush. Refuse new calls.
        """
        file = self._file
        if self._pending:
            if self.failed is not None:
                raise self.failed
            data = b"".join(self._pending)
            try:
                self._write(file, data)
            except OSError as error:
                raise self._error("write the journal", error) from error
            self._pending.clear()
        return file.end

    def sync(self, position: int) -> None:
        """Ask that everything up to `position` reach the disk; `on_synced` will say so."""
        if self.failed is not None:
            raise self.failed
        file = self._file
        if self._aio is None or self._aio_target or not file.named:
            self._jobs.put(position)
            return
        try:
            self._aio.fdatasync(file.fd)
        except OSError:
            self._jobs.put(position)  # the kernel's queue is full, or it will not: the thread does
        else:
            self._aio_target = file.end

    def reap(self) -> None:
        """An fdatasync that went through `aio` may have ended; report it."""
        if self._aio is None:
            return
        try:
            if self._aio.done():
                target, self._aio_target = self._aio_target, 0
                self._report(target)
        except OSError as error:
            self.failed = self._error("sync the journal", error)
            self._on_failed(self.failed)

    def should_rotate(self, now: int) -> bool:
        """Whether the current file is full, or old and not empty."""
        file = self._file
        return (file.written >= self._max_bytes) or (
            file.written > file.start_bytes and now - file.begun_at >= self._max_age_us
        )

    def rotate(self, open_records: list[bytes], *, at: int) -> None:
        """Go on in a new file that repeats `open_records`: frames of every attempt still open.

        Call it between loop turns, with the opens of all attempts whose close was not appended.
        """
        self.flush()
        old = self._file
        try:
            new = self._begin(old.number + 1, at=at, base=old.end, carried=open_records)
        except OSError as error:
            raise self._error("begin a new journal file", error) from error
        self._file = new
        self._jobs.put((old, new))

    def close(self) -> None:
        """Flush, sync, cut the preallocated space, let the lock go. What is open stays open."""
        try:
            if self.failed is None:
                self.flush()
        finally:
            self._jobs.put(None)
            self._thread.join()
            if self._aio is not None:
                self._aio.close()
            os.close(self._file.fd)
            os.close(self._lock)

    # ---- the sync thread's side ------------------------------------------------------------

    def _sync_loop(self) -> None:
        last = False
        while not last:
            jobs = [self._jobs.get()]
            while True:  # whatever was asked while the last sync ran shares this one
                try:
                    jobs.append(self._jobs.get_nowait())
                except Empty:
                    break
            try:
                for job in jobs:
                    if isinstance(job, tuple):
                        self._complete(*job)
                last = None in jobs
                if last:
                    os.ftruncate(self._file.fd, self._file.written)
                if last or any(isinstance(job, int) and job > self._synced for job in jobs):
                    self._sync_current()
            except OSError as error:
                self.failed = self._error("sync the journal", error)
                self._on_failed(self.failed)
                return

    def _sync_current(self) -> None:
        file = self._file
        target = file.end
        if not file.named:  # its rotation is queued behind us and will report
            return
        _fdatasync(file.fd)
        self._report(target)

    def _complete(self, old: _File, new: _File) -> None:
        """Make a rotation durable: old, then new, then the new name. See the module."""
        os.ftruncate(old.fd, old.written)
        os.fsync(old.fd)
        os.close(old.fd)
        self._report(old.end)
        target = new.end
        self._name(new)
        self._report(target)

    def _report(self, position: int) -> None:
        if position > self._synced:
            self._synced = position
            self._on_synced(position)

    # ---- files -----------------------------------------------------------------------------

    def _take_lock(self) -> int:
        """The lock file appears already locked, so that nobody takes a newborn for dead."""
        path = self._directory / f"w{self.writer}.lock"
        unborn = path.with_suffix(f".{os.getpid()}")
        fd = os.open(unborn, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.link(unborn, path)
        except OSError as error:
            os.close(fd)
            if isinstance(error, FileExistsError):
                raise JournalError(
                    f"writer {self.writer} has lived before; register a new writer"
                ) from None
            raise
        finally:
            unborn.unlink()
        return fd

    def _path(self, number: int) -> Path:
        return self._directory / f"w{self.writer}-{number:06d}.journal"

    def _begin(self, number: int, *, at: int, base: int, carried: list[bytes]) -> _File:
        path = self._path(number).with_suffix(".journal.next")
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        start = Start(
            writer=self.writer,
            file=number,
            next_seq=self._next,
            started_at=at,
            carried=len(carried),
        )
        file = _File(number, fd, base, begun_at=at)
        try:
            self._write(file, frame(start) + b"".join(carried))
        except OSError:
            os.close(fd)
            raise
        file.start_bytes = file.written
        return file

    def _name(self, file: _File) -> None:
        """Sync a begun file and give it its name, durably."""
        os.fsync(file.fd)
        path = self._path(file.number)
        path.with_suffix(".journal.next").rename(path)
        directory = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        file.named = True

    @staticmethod
    def _write(file: _File, data: bytes) -> None:
        if file.written + len(data) > file.allocated:
            step = -(-(file.written + len(data) - file.allocated) // PREALLOCATED) * PREALLOCATED
            try:
                os.posix_fallocate(file.fd, file.allocated, step)
                file.allocated += step
            except (
                OSError,
                AttributeError,
            ):  # no room for a step, or no such call here: just write
                file.allocated = file.written
        at, view = file.written, memoryview(data)
        while view:
            done = os.pwrite(file.fd, view, at)
            at, view = at + done, view[done:]
        file.written = at

    def _error(self, doing: str, error: OSError) -> JournalError:
        if isinstance(error, JournalError):
            return error
        return JournalError(
            error.errno,
            f"cannot {doing} of writer {self.writer} in {self._directory}: {error.strerror}; "
            "no new calls are admitted until it can be written",
        )
