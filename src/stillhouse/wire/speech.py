"""Token bytes -> text that may be shown: whole characters, and nothing from a stop sequence on.

A token may end inside a character (an emoji takes four bytes) or inside what may become a stop
sequence. Such a tail is held back until it is decided, so text once released is never taken back,
however the tokens were cut.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def byte_alphabet() -> dict[str, int]:
    """Character -> byte of a byte-level vocabulary (the published GPT-2 convention).

    Printable Latin-1 stands for itself; the other bytes, in order, for the characters from U+0100.
    """
    itself = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(0x100) if b not in set(itself)]
    return {chr(b): b for b in itself} | {chr(0x100 + i): b for i, b in enumerate(others)}


class Speech:
    """One answer's text as it grows."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = stops
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._held = ""
        self.stopped = False

    def hear(self, data: bytes, *, last: bool = False) -> str:
        """Add a token's bytes; the text now free to show."""
        if self.stopped:
            return ""
        self._held += self._decoder.decode(data, last)
        found = [at for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            self.stopped = True
            return self._release(min(found))
        return self._release(len(self._held) - (0 if last else self._undecided()))

    def _undecided(self) -> int:
        """Characters at the end that may be the beginning of a stop sequence."""
        longest = max((len(stop) for stop in self._stops), default=1) - 1
        for size in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-size:]) for stop in self._stops):
                return size
        return 0

    def _release(self, upto: int) -> str:
        free, self._held = self._held[:upto], self._held[upto:]
        return free
