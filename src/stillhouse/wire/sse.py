"""Server-sent events as bytes: where an event ends, what data it carries, what we add.

The rules are the WHATWG HTML standard's (section 9.2.6): a line ends with LF, CRLF or CR; an empty
line ends the event; several `data` lines join with LF; a line that begins with a colon is a
comment.
"""

import re
from collections.abc import Iterator

# Atomic groups: CRLF is one line end and never an LF after a CR.
_LINE_END = rb"(?>\r\n|\n|\r)"
EVENT_END = re.compile(_LINE_END + _LINE_END)
_LINE = re.compile(rb"([^\r\n]*)" + _LINE_END + rb"?")

KEEPALIVE = b": keep-alive\n\n"
"""A comment for idle OpenAI and Azure streams; parsers skip it."""
PING = b'event: ping\ndata: {"type": "ping"}\n\n'
"""Anthropic's own keep-alive event."""


def event_ends(text: bytes | bytearray, at: int) -> Iterator[int]:
    """The offset after each event that ends in text[at:]; nearly all servers write LF alone."""
    if b"\r" in text:
        for found in EVENT_END.finditer(text, at):
            yield found.end()
        return
    while (at := text.find(b"\n\n", at) + 2) > 1:
        yield at


def data_of(event: bytes) -> bytes:
    """The data of one event, joined; empty when it has none (a comment)."""
    line = event.strip(b"\r\n")
    if line.startswith(b"data:") and b"\n" not in line and b"\r" not in line:
        return line[5:].strip()  # one line, as almost always
    data = []
    for found in _LINE.finditer(event):
        field, _, value = found.group(1).partition(b":")
        if field == b"data":
            data.append(value.removeprefix(b" "))
    return b"\n".join(data)


def trailer(*, charge_exact: str, currency: str, receipt: str) -> bytes:
    """A comment that carries the exact charge; sent before the terminal event, after settlement."""
    return f": stillhouse receipt={receipt} charge={charge_exact} currency={currency}\n\n".encode()
