"""A recorded trace: when each call came and how many tokens it had. Azure's published format.

    TIMESTAMP,ContextTokens,GeneratedTokens
    2023-11-16 18:17:03.9799600,4808,10

A row that cannot be read is kept as a value that says where and why, so that one bad line neither
stops a replay nor vanishes from it.
"""

import csv
import gzip
import io
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

HEADER = ["TIMESTAMP", "ContextTokens", "GeneratedTokens"]
_GZIP = b"\x1f\x8b"


class TraceCall(NamedTuple):
    """One recorded call. at_s: seconds after the first. line: where it stands in the file."""

    at_s: float
    prompt_tokens: int
    completion_tokens: int
    line: int


class BadRow(NamedTuple):
    """A row that is no call."""

    source: str
    line: int
    message: str
    entry: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.message}: {self.entry!r}"


class Trace(NamedTuple):
    """All calls in order of time, and the rows that are none."""

    calls: list[TraceCall]
    bad: list[BadRow]


def read_trace(path: Path) -> Trace:
    """Read a trace, plain or gzipped. Raises OSError when the file cannot be opened."""
    data = path.read_bytes()
    if data.startswith(_GZIP):
        data = gzip.decompress(data)
    calls: list[tuple[datetime, int, int, int]] = []
    bad: list[BadRow] = []
    for line, row in _rows(data):
        problem = _problem(row, line)
        if problem:
            bad.append(BadRow(path.name, line, problem, ",".join(row)))
        elif line > 1:
            calls.append((datetime.fromisoformat(row[0]), int(row[1]), int(row[2]), line))
    calls.sort(key=lambda call: call[0])
    first = calls[0][0] if calls else None
    return Trace(
        [
            TraceCall((at - first).total_seconds(), prompt, completion, line)
            for at, prompt, completion, line in calls
            if first is not None
        ],
        bad,
    )


def _rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    text = io.StringIO(data.decode("utf-8", errors="replace"), newline="")
    for line, row in enumerate(csv.reader(text), start=1):
        if row:
            yield line, row


def _problem(row: list[str], line: int) -> str:
    """What is wrong with a row, or nothing."""
    if line == 1:
        return "" if row == HEADER else f"the first line must be {','.join(HEADER)}"
    if len(row) != len(HEADER):
        return f"{len(row)} columns, not {len(HEADER)}"
    try:
        moment = datetime.fromisoformat(row[0])
    except ValueError:
        return "the time is not like 2023-11-16 18:17:03.9799600"
    if moment.tzinfo is not None:
        return "the time names a zone; the trace's times are UTC without one"
    if not all(count.isascii() and count.isdigit() for count in row[1:]):
        return "token counts are whole numbers"
    return ""
