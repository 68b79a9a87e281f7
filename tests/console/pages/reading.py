"""Reads a page as its readers do: its words, its headings, its links, its tables, its forms."""

import re
from html.parser import HTMLParser


class Page(HTMLParser):
    """words: all text. rows: of all tables' bodies, cell by cell. names: of what forms send."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.parts: list[str] = []
        self.headings: list[str] = []
        self.links: list[str] = []
        self.rows: list[list[str]] = []
        self.names: set[str] = set()
        self.ids: list[str] = []
        self.lede = ""
        self._open: list[tuple[str, list[str]]] = []
        self.feed(html)

    @property
    def words(self) -> str:
        return re.sub(r"\s+", " ", "".join(self.parts)).strip()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if "id" in given:
            self.ids.append(given["id"] or "")
        if tag == "a":
            self.links.append(given.get("href") or "")
        if tag in {"input", "select", "button"} and given.get("name"):
            self.names.add(given["name"] or "")
        if tag == "tr":
            self.rows.append([])
        if tag in {"h1", "td", "th"} or (tag == "p" and given.get("class") == "lede"):
            self._open.append((tag, []))

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
        for _, said in self._open:
            said.append(data)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            return
        _, said = self._open.pop()
        words = re.sub(r"\s+", " ", "".join(said)).strip()
        if tag == "h1":
            self.headings.append(words)
        elif tag == "p":
            self.lede = words
        elif self.rows:
            self.rows[-1].append(words)

    def row(self, first: str) -> list[str]:
        """The row that begins so."""
        return next(row for row in self.rows if row and row[0].startswith(first))
