"""Lines from the supervisor: whole ones only, however they come."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import chunks, cuts

from stillhouse.compose import control


@given(st.data(), st.lists(st.binary(max_size=20).filter(lambda b: b"\n" not in b), max_size=5))
def test_lines_are_whole_however_they_come(data: st.DataObject, sent: list[bytes]) -> None:
    stream = b"".join(line + b"\n" for line in sent) + b"torn"
    pieces = iter(chunks(stream, data.draw(cuts(len(stream)))))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.read", lambda _fd, _size: next(pieces, b""))
        found = list(control.lines())

    assert sent == found


def test_a_line_larger_than_a_pipe_arrives_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    monkeypatch.setattr(control, "STDIN", reading)
    line = b"x" * 50_000
    os.write(writing, line + b"\n")
    lines: Iterator[bytes] = control.lines()

    assert line == next(lines)
    os.close(writing)
    assert [] == list(lines), "the end of input is the end"
    os.close(reading)
