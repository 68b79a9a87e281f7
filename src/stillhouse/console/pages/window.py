"""A part of a long list: fifty rows, and what leads to the others.

A page over thousands of accounts shows the dearest, says in its last row what all the others come
to, and finds, sorts and turns over on the server: `?find=words&sort=-calls&start=50`. Sums are of
the whole list, whatever is shown of it. A file (`?csv=`) has every row; a list that fits is shown
whole and needs none of this.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request

from stillhouse.console.i18n import Reader
from stillhouse.console.pages.links import address

T = TypeVar("T")
SIZE = 50
_OWN = ("find", "sort", "start")


@dataclass(frozen=True, slots=True)
class Pager:
    """What a table says around a part of its rows.

    find: the words that are searched for. kept: what the address says beside that. sorts: key of a
    column -> where its heading leads and the way it is sorted now. forward, back: addresses.
    """

    path: str
    find: str
    kept: Sequence[tuple[str, str]]
    sorts: Mapping[str, tuple[str, str]]
    said: str
    back: str
    forward: str


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """shown: the rows to draw. others: how many of the whole list are not among them."""

    shown: Sequence[T]
    others: int
    pager: Pager | None


class Window:
    """What the address of a request asks to see of a list."""

    def __init__(self, request: Request) -> None:
        given = request.query_params
        self.path = request.url.path
        self.find = given.get("find", "").strip()
        self.sort = given.get("sort", "")
        start = given.get("start", "")
        self.start = int(start) if start.isascii() and start.isdigit() and len(start) < 10 else 0
        self.whole = bool(given.get("csv"))
        self.kept = [(k, v) for k, v in given.multi_items() if k not in {*_OWN, "csv", "said"}]

    def of(
        self,
        items: Sequence[T],
        r: Reader,
        *,
        text: Callable[[T], str],
        keys: Mapping[str, Callable[[T], Any]],
    ) -> Part[T]:
        """Items come in the order of the page; text: where words are searched; keys: by column."""
        if self.whole or len(items) <= SIZE:
            return Part(items, 0, None)
        words = self.find.casefold().split()
        found = [i for i in items if all(word in text(i).casefold() for word in words)]
        key = keys.get(self.sort.removeprefix("-"))
        if key is not None:
            found = sorted(found, key=key, reverse=self.sort.startswith("-"))
        start = min(self.start, max(len(found) - 1, 0)) // SIZE * SIZE
        shown = found[start : start + SIZE]
        last = start + len(shown)
        pager = Pager(
            path=self.path,
            find=self.find,
            kept=[*self.kept, *([("sort", self.sort)] if key else [])],
            sorts={name: self._sorting(name) for name in keys},
            said=r.tell("table.part", first=min(start + 1, last), last=last, n=len(found)),
            back=self._at(start - SIZE) if start else "",
            forward=self._at(last) if last < len(found) else "",
        )
        return Part(shown, len(items) - len(shown), pager)

    def _at(self, start: int) -> str:
        return self._address(start=str(start) if start else "", sort=self.sort)

    def _sorting(self, name: str) -> tuple[str, str]:
        now = {name: "ascending", f"-{name}": "descending"}.get(self.sort, "")
        return self._address(sort=name if now == "descending" else f"-{name}"), now

    def _address(self, **more: str) -> str:
        return address(self.path, {**dict(self.kept), "find": self.find}, **more)
