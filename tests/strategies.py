"""Shared hypothesis strategies: JSON written in any legal way, and streams cut anywhere."""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SPACE = st.sampled_from([b"", b"", b" ", b"\n", b"\t", b"\r\n", b"  "])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
NAMES = st.sampled_from(
    ["model", "stream_options", "include_usage", "max_tokens", "messages", "usage", 'a"model', "é"]
)
"""Names that edits look for, where they must not be found."""
JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXT, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def written(draw: st.DrawFn, value: Any) -> bytes:
    """The value as JSON with white space anywhere, escaped or raw characters, in UTF-8."""
    space = draw(SPACE)
    if isinstance(value, dict):
        members = [
            draw(written(key)) + space + b":" + draw(SPACE) + draw(written(each))
            for key, each in value.items()
        ]
        return b"{" + space + (draw(SPACE) + b"," + draw(SPACE)).join(members) + space + b"}"
    if isinstance(value, list):
        return b"[" + space + (space + b",").join(draw(written(each)) for each in value) + b"]"
    return json.dumps(value, ensure_ascii=draw(st.booleans())).encode()


@st.composite
def bodies(draw: st.DrawFn, fields: dict[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
    """A request body: some of the given fields among others of any name and value, in any order."""
    body = draw(st.fixed_dictionaries({}, optional=fields))
    others = draw(st.dictionaries(TEXT.map(lambda name: f"x_{name}"), JSON_VALUES, max_size=3))
    order = draw(st.permutations(list(body | others)))
    return {name: (body | others)[name] for name in order}


@st.composite
def cuts(draw: st.DrawFn, size: int) -> list[int]:
    """Where to cut `size` bytes into chunks."""
    return sorted(draw(st.sets(st.integers(1, max(1, size - 1)), max_size=8)))


def chunks(data: bytes, at: Sequence[int]) -> list[bytes]:
    """The data cut at these offsets; the chunks join to the data again."""
    edges = [0, *at, len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


LINE_ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


@st.composite
def events(draw: st.DrawFn, data: st.SearchStrategy[bytes], max_size: int = 6) -> list[bytes]:
    """Server-sent events with any legal line ends, names, comments and several data lines."""
    written_events = []
    for payload in draw(st.lists(data, max_size=max_size)):
        end = draw(LINE_ENDS)
        lines = [b"data:" + draw(SPACE_OR_NONE) + payload]
        extra = draw(st.sampled_from([b"", b": note", b"id: 7", b"event: message", b"retry: 5"]))
        if extra:
            lines.insert(draw(st.integers(0, 1)), extra)
        written_events.append(end.join(lines) + end + end)
    return written_events


SPACE_OR_NONE = st.sampled_from([b" ", b""])
