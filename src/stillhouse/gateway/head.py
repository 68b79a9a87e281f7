"""The head of a request that was read before: a client that is kept alive sends it again and again.

The parser has accepted these bytes once, on this connection, as a whole head with a Content-Length.
A later piece that has the same bytes but for the digits of that length, and behind them exactly so
many bytes, is the same request with another body: the parser could say nothing else. It is known by
comparing bytes, which costs a sixth of reading them. Whatever differs in anything goes to the
parser: another header, a head and its body in two pieces, the next request in the same piece.

`connection` uses a head only while its parser stands between two messages. Pure.
"""

import re

import msgspec

DIGITS_MAX = 9
HEAD_BYTES_MAX = 4096
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)


class Request(msgspec.Struct, frozen=True, gc=False):
    """One parsed request. `headers` holds only wanted names, lower case, and no Content-Length."""

    method: bytes
    target: bytes
    headers: dict[bytes, bytes]
    body: bytes
    keep_alive: bool
    http_1_1: bool


class Head(msgspec.Struct, frozen=True, gc=False):
    """before, after: its bytes up to the digits of its Content-Length, and from there to its end.

    Never changes, and nor does its `headers`: all requests that have it share them.
    """

    before: bytes
    after: bytes
    digits: int  # where they begin
    rest: int  # bytes of `after`
    method: bytes
    target: bytes
    headers: dict[bytes, bytes]

    def request(self, data: bytes) -> Request | None:
        """What `data` asks for, if it is this head and its whole body and nothing else."""
        at = self.digits
        end = data.find(b"\r", at, at + DIGITS_MAX + 1)
        length = data[at:end]
        if (
            data.startswith(self.before)
            and data.startswith(self.after, end)
            and length.isdigit()
            and len(data) == end + self.rest + int(length)
        ):
            body = data[end + self.rest :]
            return Request(self.method, self.target, self.headers, body, True, True)
        return None


def learned(data: bytes, request: Request) -> Head | None:
    """The head to know again, when `data` was parsed as this request from first byte to last.

    None for what is too long to be kept, framed in another way, or wants to be asked for its body.
    """
    end = data.find(b"\r\n\r\n") + 4
    plain = request.keep_alive and request.http_1_1 and b"expect" not in request.headers
    if not plain or not 4 <= end <= HEAD_BYTES_MAX:
        return None
    found = _LENGTH.findall(data, 0, end)
    at = _LENGTH.search(data, 0, end)
    if at is None or len(found) != 1 or data[end:] != request.body:
        return None
    if len(request.body) != int(at[1]):
        return None
    start, stop = at.span(1)
    method, target, headers = request.method, request.target, request.headers
    return Head(data[:start], data[stop:end], start, end - stop, method, target, headers)
