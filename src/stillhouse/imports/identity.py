"""Which line this is, and whether it says what it said before.

    identity   of the format, the account and the line's own id; without an id, of the line itself
    content    of everything in the line that a receipt is made of

So the same line is known again in whatever file it comes, and a line that has a known id and says
something else is seen. Where we counted, the content is how much text there was, not our count: a
better count next year must not make old lines look changed.
"""

import hashlib

import msgspec

from stillhouse.imports.call import Call
from stillhouse.imports.formats import Format

IDENTITY_BYTES, CONTENT_BYTES = 16, 8
_encode = msgspec.msgpack.Encoder(decimal_format="string").encode


def identity(call: Call, line: bytes, *, log: Format, account: str) -> bytes:
    """account: its id in this house, so that two names of it are one."""
    own = call.id.encode("utf-8", "surrogatepass")
    said = (b"i" + own) if own else (b"l" + line.strip())
    head = f"{log}\n{account}\n".encode()
    return hashlib.blake2b(head + said, digest_size=IDENTITY_BYTES).digest()


def content(call: Call) -> bytes:
    counted = call.witness == "counted"
    facts = (
        call.at,
        call.project,
        call.key,
        call.provider,
        call.model,
        call.batch,
        call.tier,
        call.outcome,
        call.free,
        call.sizes if counted else call.usage,
        call.workload,
        call.cohort,
        call.reported_cost,
    )
    return hashlib.blake2b(_encode(facts), digest_size=CONTENT_BYTES).digest()
