"""Which calls a release sends to its student: decided by label, so that other calls pay nothing.

A label (a key's calls to one model for one workload) that a release covers carries its `Split`.
Each of its calls has a bucket of 0 to 9,999, a keyed hash of who asks; those below the share go to
the student, with the teacher and its fallbacks behind it. A share that grows keeps everybody whom
it had: buckets do not move. The key is the release's own, so that the same end users are not the
first ones in every release.
"""

from hashlib import blake2b
from typing import Literal

import msgspec
from msgspec import Raw

from stillhouse.gateway.routing import Way

ALL = 10_000
Sticky = Literal["user", "conversation", "key"]


class _Asked(msgspec.Struct, gc=False):
    user: str | None = None
    safety_identifier: str | None = None
    messages: list[Raw] | None = None


class _Message(msgspec.Struct, gc=False):
    role: str = ""


_asked = msgspec.json.Decoder(_Asked).decode
_message = msgspec.json.Decoder(_Message).decode


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """One release at one moment.

    share_bps: of the buckets that the student answers; 0 while it is only shadowed. audit_bps: of
    the calls whose answers are compared. salt: what buckets are hashed with, 16 to 64 bytes.
    """

    release: str
    student: Way
    share_bps: int
    audit_bps: int
    salt: bytes
    sticky: Sticky = "user"

    def takes(self, body: bytes, key: str) -> bool:
        """Whether the student answers this call."""
        share = self.share_bps
        if not 0 < share < ALL:
            return share == ALL
        return bucket(unit(self.sticky, body, key), self.salt) < share


Splits = dict[tuple[str, str, str], Split]
"""(account, deployment, workload) -> its release."""


def bucket(who: bytes, salt: bytes) -> int:
    """0 to 9,999, the same for the same unit."""
    return int.from_bytes(blake2b(who, digest_size=8, key=salt).digest()) % ALL


def unit(sticky: Sticky, body: bytes, key: str) -> bytes:
    """What stays on one side of the split.

    user: the end user that the body names, else the conversation. conversation: all messages up to
    the first of a user, which every later turn repeats. key: the key, where a body tells nothing.
    """
    if sticky == "key":
        return b"k" + key.encode()
    try:
        asked = _asked(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return b"k" + key.encode()
    user = asked.user or asked.safety_identifier
    if sticky == "user" and user:
        return b"u" + user.encode()
    begin: list[bytes] = []
    for raw in asked.messages or ():
        begin.append(bytes(raw))
        if _role(raw) == "user":
            return b"c" + b"\x1f".join(begin)
    return b"k" + key.encode()


def _role(raw: Raw) -> str:
    try:
        return _message(raw).role
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
