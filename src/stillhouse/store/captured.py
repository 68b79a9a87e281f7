"""Captured content on disk: a file for each account, project, day and writer, encrypted.

    DIR/captured/ACCOUNT/PROJECT/YYYY-MM-DD/w7.rows    frames: length (4 bytes) + sealed batch
    sealed batch = nonce (12) + AES-256-GCM( zlib( JSON lines ) ) + tag (16)

Each account has a key of its own, drawn when it first captures and kept in the database wrapped by
the master key (`store.vault`); a batch is bound to its account, project and day, so that none can
be put in another's place. Nothing is written in plain text. Retention drops whole days. Whoever
drops an account's key has made all of its rows unreadable, wherever copies of them are.

Posture: fails closed. A batch that cannot be opened is an error, not an empty one; a torn tail (the
process was killed) is what was not written, and is passed over.
"""

import fcntl
import os
import secrets
import shutil
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stillhouse.distill.capture import Row, read, written
from stillhouse.ledger.ports import UnavailableError

FOLDER = "captured"
NONCE = 12
BATCH_BYTES_MAX = 64 << 20


class Captured:
    """The captured content of one data folder. key: an account's, of 32 bytes."""

    def __init__(self, data: Path, key: Callable[[str], bytes]) -> None:
        self.path = data / FOLDER
        self._key = key
        self._ciphers: dict[str, AESGCM] = {}

    def append(self, rows: Sequence[Row], *, day: str, writer: str) -> None:
        """Rows of one account, project and day; on disk when it returns."""
        first = rows[0]
        where = self.path / first.account / first.project / day
        frame = self._sealed(rows, day)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        with self._locked(fcntl.LOCK_SH):
            where.mkdir(mode=0o700, parents=True, exist_ok=True)
            fd = os.open(where / f"{writer}.rows", flags, 0o600)
            try:
                os.write(fd, frame)
                os.fsync(fd)
            finally:
                os.close(fd)

    def days(self, *, account: str | None = None) -> Iterator[tuple[str, str, str, Path]]:
        """(account, project, day, folder) of everything that is kept."""
        for at in sorted(self.path.glob(f"{account or '*'}/*/*")):
            yield at.parent.parent.name, at.parent.name, at.name, at

    def rows(
        self, *, account: str, project: str | None = None, since: str = "", until: str = "9999"
    ) -> Iterator[Row]:
        """In order of their days. since, until: days, both of them included.

        Raises UnavailableError: they cannot be opened.
        """
        for owner, of, day, folder in self.days(account=account):
            if (project is None or of == project) and since <= day <= until:
                for file in sorted(folder.glob("*.rows")):
                    yield from self._read(file, owner, of, day)

    def counted(self, *, account: str | None = None, bytes_max: int) -> Counter[tuple[str, str]]:
        """(account, workload) -> rows, of the latest days that so many bytes of files hold.

        Rows that cannot be opened are not at hand, and are not counted.
        """
        found: Counter[tuple[str, str]] = Counter()
        for owner, of, day, folder in sorted(self.days(account=account), key=lambda at: at[2])[
            ::-1
        ]:
            for file in sorted(folder.glob("*.rows")):
                with suppress(UnavailableError, FileNotFoundError):
                    bytes_max -= file.stat().st_size
                    if bytes_max < 0:
                        return found
                    found.update((owner, row.workload) for row in self._read(file, owner, of, day))
        return found

    def drop(self, folder: Path) -> None:
        """A whole day."""
        with self._locked(fcntl.LOCK_EX):
            self._drop(folder)

    def _drop(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        for parent in (folder.parent, folder.parent.parent):
            with suppress(OSError):  # others are in it
                parent.rmdir()

    def erase(
        self, *, account: str, project: str | None, matches: Callable[[Row], bool]
    ) -> list[Row]:
        """Take rows away, file by file: each is written anew without them, or removed."""
        with self._locked(fcntl.LOCK_EX):
            return self._erase(account, project, matches)

    def forget_keys(self) -> None:
        """Ask for accounts' keys anew: one may have been erased."""
        self._ciphers = {}

    def _erase(
        self, account: str, project: str | None, matches: Callable[[Row], bool]
    ) -> list[Row]:
        gone: list[Row] = []
        for owner, of, day, folder in self.days(account=account):
            if project is not None and of != project:
                continue
            for file in sorted(folder.glob("*.rows")):
                rows = list(self._read(file, owner, of, day))
                left = [row for row in rows if not matches(row)]
                if len(left) == len(rows):
                    continue
                gone += [row for row in rows if matches(row)]
                self._replace(file, self._sealed(left, day) if left else b"")
            if not any(folder.iterdir()):
                self._drop(folder)
        return gone

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        """Writers share; whoever takes away is alone, so that nothing is written into what goes."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, how)
            yield
        finally:
            os.close(fd)

    # -- one file

    def _sealed(self, rows: Iterable[Row], day: str) -> bytes:
        rows = list(rows)
        name = _name(rows[0].account, rows[0].project, day)
        nonce = secrets.token_bytes(NONCE)
        plain = zlib.compress(b"\n".join(map(written, rows)))
        sealed = nonce + self._cipher(rows[0].account).encrypt(nonce, plain, name)
        return len(sealed).to_bytes(4) + sealed

    def _read(self, file: Path, account: str, project: str, day: str) -> Iterator[Row]:
        data, at, name = file.read_bytes(), 0, _name(account, project, day)
        while at + 4 <= len(data):
            size = int.from_bytes(data[at : at + 4])
            sealed = data[at + 4 : at + 4 + size]
            if len(sealed) < size:
                return  # torn: its writer was killed
            try:
                plain = self._cipher(account).decrypt(sealed[:NONCE], sealed[NONCE:], name)
            except (InvalidTag, ValueError):
                raise UnavailableError(
                    f"{file} cannot be opened: it was changed, or the master key or the account's"
                    " key is another one; restore them as they were"
                ) from None
            for line in zlib.decompress(plain).split(b"\n"):
                yield read(line)
            at += 4 + size

    def _replace(self, file: Path, data: bytes) -> None:
        if not data:
            file.unlink()
            return
        part = file.with_suffix(".part")
        with part.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.chmod(0o600)
        part.rename(file)

    def _cipher(self, account: str) -> AESGCM:
        found = self._ciphers.get(account)
        if found is None:
            found = self._ciphers[account] = AESGCM(self._key(account))
        return found


def _name(account: str, project: str, day: str) -> bytes:
    return f"captured\0{account}\0{project}\0{day}".encode()
