"""Where the members of a JSON object lie in its bytes, so that one can be edited in place.

Decoding and encoding again would change number formats, escapes, key order and duplicate keys, and
so what the provider sees. Here a body is only measured: a member's span is cut out and replaced,
every other byte stays.

The caller has checked that the text is valid JSON (`request.read` does); on other input the
functions raise ValueError or return spans that mean nothing, but they always end.
"""

import re
from collections.abc import Iterator
from json import loads
from typing import NamedTuple

_SPACE = re.compile(rb"[ \t\n\r]*")
# Possessive: a string is matched in one pass without backtracking, however long it is.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NESTING = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[{}\[\]]', re.DOTALL)
_SCALAR = re.compile(rb"[^,}\]\s]+")


class Member(NamedTuple):
    """One "key": value of an object. Spans are half-open byte offsets."""

    key: str
    start: int
    value: int
    end: int


def members(text: bytes, at: int = 0) -> Iterator[Member]:
    """The members of the object that begins at or after `at`, in order, duplicates included.

    Raises:
        ValueError: no object there, or the text ends inside it.
    """
    at = opening(text, at) + 1
    while True:
        start = _space(text, at)
        if text[start : start + 1] == b"}":
            return
        key = _STRING.match(text, start)
        if key is None:
            raise ValueError(f"a key was expected at byte {start}")
        colon = _space(text, key.end())
        if text[colon : colon + 1] != b":":
            raise ValueError(f"':' was expected at byte {colon}")
        value = _space(text, colon + 1)
        end = _value_end(text, value)
        yield Member(loads(key.group()), start, value, end)
        at = _space(text, end)
        if text[at : at + 1] == b",":
            at += 1
        elif text[at : at + 1] != b"}":
            raise ValueError(f"',' or '}}' was expected at byte {at}")


def opening(text: bytes, at: int = 0) -> int:
    """The offset of the brace that opens the object at or after `at`."""
    if text[at : at + 1] != b"{":
        at = _space(text, at)
    if text[at : at + 1] != b"{":
        raise ValueError(f"an object was expected at byte {at}")
    return at


def is_empty(text: bytes, at: int) -> bool:
    """Whether the object whose brace is at `at` has no members."""
    at = _space(text, at + 1)
    return text[at : at + 1] == b"}"


def _space(text: bytes, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found is not None else at


def _value_end(text: bytes, at: int) -> int:
    first = text[at : at + 1]
    if first == b'"':
        string = _STRING.match(text, at)
        if string is None:
            raise ValueError(f"the string at byte {at} does not end")
        return string.end()
    if first in (b"{", b"["):
        depth = 0
        for token in _NESTING.finditer(text, at):
            mark = text[token.start()]
            if mark in b"{[":
                depth += 1
            elif mark in b"}]":
                depth -= 1
                if depth == 0:
                    return token.end()
        raise ValueError(f"the value at byte {at} does not end")
    scalar = _SCALAR.match(text, at)
    if scalar is None:
        raise ValueError(f"a value was expected at byte {at}")
    return scalar.end()
