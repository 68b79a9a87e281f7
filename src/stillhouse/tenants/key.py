"""Secrets of keys. A secret is shown once; afterwards only its SHA-256 digest exists.

Plain SHA-256 is right here and wrong for passwords: a secret holds 256 random bits, so there is
nothing to guess, and the digest is computed on every call.
"""

import hashlib

PREFIX = "sk-sh-"
HINT_LENGTH = 10
IMPORTED = "import:"
"""How the key of a call begins that was imported from somebody else's log: it was admitted, held
and invoiced elsewhere, so it counts in reports and never against a budget or on an invoice."""


def is_imported(key: str) -> bool:
    """Whether receipts and totals of this key came from an imported log."""
    return key.startswith(IMPORTED)


class Secret(str):
    """A key's secret. Prints as its hint, so that it cannot slip into a log or an error."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{str.__str__(self)[:HINT_LENGTH]}..."

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def reveal(self) -> str:
        """The whole secret, for the one time that it is shown."""
        return str.__str__(self)


def secret(entropy: bytes) -> Secret:
    """Make a secret from 32 random bytes that the shell drew."""
    if len(entropy) != 32:
        raise ValueError("a key needs 32 random bytes")
    return Secret(PREFIX + entropy.hex())


def digest(secret: bytes) -> bytes:
    return hashlib.sha256(secret).digest()


def hint(secret: Secret) -> str:
    return secret.reveal()[:HINT_LENGTH]
