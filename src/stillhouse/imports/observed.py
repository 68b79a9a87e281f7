"""A line of our own format as guard sees it: the call, and what metering passes over.

The request's body goes with it, on its way to fingerprints (`guard.signals`); nothing keeps it.
"""

from typing import NamedTuple

import msgspec
from msgspec import Raw

from stillhouse.imports.bodies import NO_ANSWER, said
from stillhouse.imports.call import Call, LineError
from stillhouse.imports.formats import reader
from stillhouse.imports.usage import NOTHING


class Observed(NamedTuple):
    """call: as metering reads it. body: the request, b"" when the log kept none.

    output_tokens: -1 when the log neither counts nor keeps an answer. weights: the licence of
    self-hosted weights, by its id in the registry of terms.
    """

    call: Call
    body: bytes
    output_tokens: int
    path: str
    ip: str
    client: str
    payment: str
    weights: str


class _Line(msgspec.Struct, gc=False):
    ip: str | None = None
    client: str | None = None
    payment: str | None = None
    path: str | None = None
    weights: str | None = None
    request: Raw = Raw()
    response: Raw = Raw()


_read = msgspec.json.Decoder(_Line).decode
_call = reader("stillhouse")


def observed(line: bytes) -> Observed:
    """Raises LineError, whatever is wrong with the line."""
    call = _call(line)
    try:
        more = _read(line)
    except msgspec.ValidationError as error:
        raise LineError("not_an_object", str(error)) from None
    silent = bytes(more.response) in NOTHING or said(more.response) is NO_ANSWER
    unknown = call.witness == "counted" and silent
    return Observed(
        call,
        b"" if bytes(more.request) in NOTHING else bytes(more.request),
        -1 if unknown else call.usage.tokens_out,
        more.path or "",
        more.ip or "",
        more.client or "",
        more.payment or "",
        more.weights or "",
    )
