"""The journal folder as everyone but its writers sees it: list, read, claim, settle, remove.

Posture: fails closed. An error here leaves files as they are and raises; the next run repeats.

Two kinds of lock, both of the kernel, so that a killed process lets go of them:

    DIR/journal/w7.lock   held by writer 7 for its life; whoever gets it knows that 7 is dead
    DIR/seal.lock         exclusive while journals become segments, shared while someone reads,
                          so that a receipt is never seen twice or missed on its way
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from stillhouse.ledger.journal import Scan, read, scan
from stillhouse.ledger.receipt import Open, Start
from stillhouse.ledger.segment import JournalName

_RETRIES = 5
_HEAD_BYTES = 1 << 16


class JournalFolder:
    """DIR/journal and the two locks. Stateless: every answer is read anew."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.path = data / "journal"
        self.damaged = data / "damaged"

    @contextmanager
    def sealing(self) -> Iterator[None]:
        """Alone: nobody else seals or reads. Waits."""
        with self._locked(self.data / "seal.lock", fcntl.LOCK_EX):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """With other readers; nobody seals. Waits."""
        with self._locked(self.data / "seal.lock", fcntl.LOCK_SH):
            yield

    def names(self) -> list[JournalName]:
        """Every journal file, by writer and number."""
        if not self.path.is_dir():
            return []
        found = (JournalName.parse(path.name) for path in self.path.iterdir())
        return sorted(name for name in found if name is not None)

    def writers(self) -> list[int]:
        """Writers that left a lock file: alive, or dead and not yet forgotten."""
        if not self.path.is_dir():
            return []
        stems = [p.stem for p in self.path.glob("w*.lock")]
        return sorted(int(stem[1:]) for stem in stems if stem[1:].isdigit())

    def alive(self, writer: int) -> bool:
        with self.claim(writer) as dead:
            return not dead

    @contextmanager
    def claim(self, writer: int) -> Iterator[bool]:
        """True while we hold this writer's lock: it is dead and nobody else recovers it.

        A writer that was registered but has no lock file is claimed by making one, which keeps a
        newborn of that number from starting.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        flags = fcntl.LOCK_EX | fcntl.LOCK_NB
        try:
            with self._locked(self.path / f"w{writer}.lock", flags):
                yield True
        except BlockingIOError:
            yield False

    def scan(self, name: JournalName) -> Scan | None:
        """What a file holds; None when it is gone (sealed, or renamed by its writer).

        A live writer may be caught mid-write, which looks like damage: such a file is read again.
        """
        for _ in range(_RETRIES):
            try:
                found = scan((self.path / str(name)).read_bytes())
            except FileNotFoundError:
                return None
            if not found.salvaged:
                break
        return found

    def head(self, name: JournalName) -> tuple[Start, list[Open]] | None:
        """The Start frame of a file and what it carries; None when they are not whole."""
        try:
            with (self.path / str(name)).open("rb") as file:
                data = file.read(_HEAD_BYTES)
                first = next(read(data), None)
                if not isinstance(first, Start):
                    return None
                carried = list(islice(read(data), 1, 1 + first.carried))
                if len(carried) < first.carried:
                    carried = list(islice(read(data + file.read()), 1, 1 + first.carried))
        except FileNotFoundError:
            return None
        opens = [record for record in carried if isinstance(record, Open)]
        return (first, opens) if len(opens) == first.carried else None

    def extend(self, name: JournalName, *, good_bytes: int, frames: bytes) -> None:
        """Cut a dead writer's file to its valid prefix and append: all of it or nothing."""
        target = self.path / str(name)
        self._replace(target, target.read_bytes()[:good_bytes] + frames)

    def promote(self, name: JournalName) -> JournalName:
        """Give a begun file of a dead writer its name."""
        proper = JournalName(name.writer, name.file)
        (self.path / str(name)).rename(self.path / str(proper))
        self._sync(self.path)
        return proper

    def remove(self, name: JournalName) -> None:
        (self.path / str(name)).unlink(missing_ok=True)
        self._sync(self.path)

    def set_aside(self, name: JournalName) -> Path:
        """Keep a copy of a damaged file as evidence, where nothing reads it as a journal."""
        self.damaged.mkdir(parents=True, exist_ok=True)
        target = self.damaged / str(name)
        if not target.exists():
            self._replace(target, (self.path / str(name)).read_bytes())
        return target

    def set_aside_names(self) -> list[str]:
        if not self.damaged.is_dir():
            return []
        return sorted(p.name for p in self.damaged.iterdir() if not p.name.endswith(".part"))

    def forget(self, writer: int) -> None:
        """Remove a released writer's lock file."""
        (self.path / f"w{writer}.lock").unlink(missing_ok=True)

    @contextmanager
    def _locked(self, path: Path, how: int) -> Iterator[None]:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, how)
            yield
        finally:
            os.close(fd)

    def _replace(self, target: Path, data: bytes) -> None:
        part = target.with_name(target.name + ".part")
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.rename(target)
        self._sync(target.parent)

    @staticmethod
    def _sync(directory: Path) -> None:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
