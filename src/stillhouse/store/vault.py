"""Secrets at rest: AES-256-GCM under a master key that is not in the database.

    sealed = nonce (12 bytes) + ciphertext + tag (16 bytes); the secret's name is authenticated too,
             so that one provider's key cannot be put in another's place

The master key is STILLHOUSE_SECRET_KEY when that is set (32 bytes in base64 or hex, or any text of
32 characters or more, which is hashed), else the file DIR/secret.key, made with mode 0600 when it
is first needed. Whoever has the database without it has nothing. Posture: fails closed.
"""

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stillhouse.ledger.ports import ConflictError, UnavailableError

VARIABLE = "STILLHOUSE_SECRET_KEY"
FILE = "secret.key"
NONCE = 12
KEY = 32


class Vault:
    """Seals and opens small secrets of one data folder."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY:
            raise ValueError("a master key has 32 bytes")
        self._cipher = AESGCM(key)

    def seal(self, secret: str, *, name: str) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher.encrypt(nonce, secret.encode(), name.encode())

    def open(self, sealed: bytes, *, name: str) -> str:
        """Raises UnavailableError: it was sealed by another master key, or changed."""
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], name.encode()).decode()
        except (InvalidTag, ValueError):
            raise UnavailableError(
                f"the key of {name} cannot be opened by this master key; set {VARIABLE} or restore"
                f" {FILE} as they were, or enter the provider's key again"
            ) from None


def open_vault(data: Path, env: Mapping[str, str]) -> Vault:
    """The vault of this data folder; its key file is made when there is none.

    Raises:
        ConflictError: STILLHOUSE_SECRET_KEY is too short to be one.
        UnavailableError: the key file cannot be read or made.
    """
    given = env.get(VARIABLE, "").strip()
    if given:
        return Vault(_read(given))
    try:
        return Vault(_kept(data / FILE))
    except (OSError, ValueError) as error:
        raise UnavailableError(
            f"{data / FILE} cannot be used: {error}; restore it, or set {VARIABLE}"
        ) from error


def _read(text: str) -> bytes:
    with suppress(ValueError):
        if len(bytes.fromhex(text)) == KEY:
            return bytes.fromhex(text)
    with suppress(binascii.Error, ValueError):
        if len(decoded := base64.b64decode(text, validate=True)) == KEY:
            return decoded
    if len(text) < KEY:
        raise ConflictError(
            f"{VARIABLE} is too short; `openssl rand -base64 32` makes one that is long enough"
        )
    return hashlib.sha256(text.encode()).digest()


def _kept(path: Path) -> bytes:
    """Whoever makes it first wins: it appears whole, under its name, by a link."""
    if not path.exists():
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, secrets.token_bytes(KEY))
            os.fsync(fd)
        finally:
            os.close(fd)
        with suppress(FileExistsError):
            path.hardlink_to(part)
        part.unlink()
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    key = path.read_bytes()
    if len(key) != KEY:
        raise ValueError(f"it has {len(key)} bytes, not {KEY}")
    return key
