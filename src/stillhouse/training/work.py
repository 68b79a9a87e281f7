"""A run's folder: a stage is there whole, or it is not there.

    <run>/<stage>.part/  ─► files, fsynced ─► done.json ─► renamed to <run>/<stage>/

`done.json` holds the key that the stage was made for (a hash of all that it read) and what it
found. A stage with the same key is not made again; one with another key is made anew, and so is
every stage after it, whose key hangs on its own. So a kill at any point loses the stage that was
being made, and nothing else.
"""

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from stillhouse.distill.artefact import File

DONE = "done.json"
PIECE = 1 << 20


class BusyError(RuntimeError):
    """Another process works in this folder."""


class FullError(RuntimeError):
    """The disk is full."""


def key_of(*parts: Any) -> str:
    """A hash of JSON values, the same for the same values."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()[:32]


def file_hash(path: Path) -> File:
    """Read in pieces: logs and weights are larger than memory should hold."""
    digest, size = sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
    return File(digest.hexdigest(), size)


class Work:
    """One run's stages, in the order in which they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Raises BusyError when another process holds this run."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(self.folder / "run.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BusyError(
                    f"another process is at work in {self.folder.name}; wait until it ends"
                ) from None
            yield
        finally:
            os.close(fd)

    def at(self, stage: str) -> Path:
        return self.folder / stage

    def done(self, stage: str, key: str) -> dict[str, Any] | None:
        """What the stage found, when it was made for this key."""
        try:
            said = json.loads((self.at(stage) / DONE).read_bytes())
        except (OSError, ValueError):
            return None
        return said["found"] if isinstance(said, dict) and said.get("key") == key else None

    @contextmanager
    def making(self, stage: str, key: str) -> Iterator[tuple[Path, dict[str, Any]]]:
        """(an empty folder, what will be found) of a stage, to be filled.

        Raises:
            FullError: the disk is full; nothing of the stage is left.
        """
        part = self.folder / f"{stage}.part"
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(self.at(stage), ignore_errors=True)
        found: dict[str, Any] = {}
        try:
            part.mkdir(parents=True, mode=0o700)
            yield part, found
            text = json.dumps({"key": key, "found": found}, ensure_ascii=False, sort_keys=True)
            (part / DONE).write_text(text, "utf-8")
            for file in part.iterdir():
                synced(file)
            part.rename(self.at(stage))
            synced(self.folder)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise FullError(
                    f"the disk is full: {stage} was not written. Make room and run it again;"
                    " the stages before it are kept"
                ) from error
            raise
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise


def replaced(path: Path, text: str) -> None:
    """A file with this text in the place of what was there, or what was there."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, "utf-8")
    synced(part)
    part.rename(path)
    synced(path.parent)


def synced(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
