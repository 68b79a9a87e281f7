"""Reads a chart back: what a picture says and shows, as a person or a screen reader finds it."""

from collections.abc import Iterator
from xml.etree import ElementTree as ET

_SVG = "{http://www.w3.org/2000/svg}"


class Drawn:
    """A picture that was parsed, so it is well-formed."""

    def __init__(self, markup: str) -> None:
        self.root = ET.fromstring(markup)

    def all(self, name: str, kind: str = "") -> list[ET.Element]:
        return [
            e for e in self.root.iter(_SVG + name) if kind in e.get("class", "").split() or not kind
        ]

    def numbers(self, name: str, attribute: str, kind: str = "") -> list[float]:
        return [float(e.get(attribute, "nan")) for e in self.all(name, kind)]

    def words(self) -> list[str]:
        return ["".join(e.itertext()) for e in self.all("text")]

    def titles(self) -> list[str]:
        return [e.text or "" for e in self.all("title")]

    def links(self) -> list[str]:
        return [e.get("href", "") for e in self.all("a")]

    def styles(self) -> Iterator[str]:
        """What the pages' content security policy would throw away."""
        for element in self.root.iter():
            if "style" in element.attrib:
                yield element.tag
