"""JSON of a fixed shape, member by member: what an extraction student is when it serves.

    constant   ever the same value
    closed     one of few values (labels, true and false, null, a small object): a linear layer
    copied     words of the input: each word is tagged as the beginning of the value, inside of it,
               or neither, by a linear layer over the word and its neighbours

The chance that an object is right is the product of its members' chances: one unsure member makes
the whole unsure, and the teacher answers. A student says nothing that is neither in its lists nor
in its input.
"""

import json
import re
from collections.abc import Mapping
from math import prod
from typing import Any, Literal, NamedTuple

import msgspec

from stillhouse.distill import linear
from stillhouse.distill.linear import Block, Layer, Linear

How = Literal["constant", "closed", "copied"]
ABSENT = ""
"""In a list of values, each written as JSON: the member is not there."""
TAGS = ("B", "I", "O")
WORD = (Block("word", 1, 1),)
_tokens = re.compile(r"\w+|[^\w\s]").finditer


class Member(msgspec.Struct, frozen=True):
    """One member of the object, by its name, in the order in which it is written.

    values: of "constant" the one, of "closed" all, as JSON; of "copied" what stands where the input
    holds no such words (none: then the student does not know). cast: of "copied", what the words
    are made into.
    """

    name: str
    how: How
    values: tuple[str, ...] = ()
    layer: Layer | None = None
    cast: Literal["text", "lower", "int", "float"] = "text"


class Shape(msgspec.Struct, frozen=True):
    """compact: without blanks, as the teacher writes it."""

    members: tuple[Member, ...]
    compact: bool = False


class Token(NamedTuple):
    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    return [Token(m.group(), m.start(), m.end()) for m in _tokens(text)]


def seen(words: list[Token], at: int) -> str:
    """What is seen of a word: itself, its form, its neighbours; as words for a linear layer."""
    said = []
    for step in range(-2, 3):
        place = at + step
        word = words[place].text if 0 <= place < len(words) else "edge"
        named = f"{'abcde'[step + 2]}0"
        said.append(f"{named}w{_plain(word)}")
        if abs(step) <= 1:
            said.append(f"{named}s{_form(word)}")
            said.append(f"{named}e{_plain(word[-3:])}")
    return " ".join(said)


def _plain(word: str) -> str:
    return word if word[:1].isalnum() else f"p{ord(word[0])}"


def _form(word: str) -> str:
    if word.isdigit():
        return f"digits{min(len(word), 5)}"
    if not word[:1].isalpha():
        return "sign"
    return "upper" if word.isupper() else "title" if word[:1].isupper() else "low"


def cast(text: str, how: str) -> Any:
    """Raises ValueError: the words are no such number."""
    match how:
        case "int":
            return int(text)
        case "float":
            return float(text)
        case "lower":
            return text.lower()
        case _:
            return text


def names(at: int) -> str:
    """What the layer of a member is called: names of members are not names of files."""
    return f"member{at}"


class Fields:
    """Says an object of the shape. Build it by `read`."""

    def __init__(self, shape: Shape, layers: Mapping[int, Linear]) -> None:
        self.shape = shape
        self._layers = layers

    def say(self, text: str) -> tuple[str, float]:
        """(the object as text, the chance that it is right); "" where a member is not known."""
        found: dict[str, Any] = {}
        chance = 1.0
        for at, member in enumerate(self.shape.members):
            said, sure = self._member(at, member, text)
            chance *= sure
            if said is None:
                return "", chance
            if said != ABSENT:
                found[member.name] = json.loads(said)
        separators = (",", ":") if self.shape.compact else (", ", ": ")
        return json.dumps(found, ensure_ascii=False, separators=separators), chance

    def _member(self, at: int, member: Member, text: str) -> tuple[str | None, float]:
        match member.how:
            case "constant":
                return member.values[0], 1.0
            case "closed":
                chances = self._layers[at].chances(text)
                best = int(chances.argmax())
                return self._layers[at].labels[best], float(chances[best])
            case "copied":
                return self._copied(self._layers[at], member, text)

    def _copied(self, layer: Linear, member: Member, text: str) -> tuple[str | None, float]:
        words = tokens(text)
        rows = [layer.chances(seen(words, at)) for at in range(len(words))]
        begin, inside, neither = (layer.labels.index(tag) for tag in TAGS)
        starts = [at for at, row in enumerate(rows) if int(row.argmax()) == begin]
        if not starts:
            sure = prod(float(row[neither]) for row in rows)
            return (member.values[0] if member.values else None), sure
        first = max(starts, key=lambda at: float(rows[at][begin]))
        last, sure = first, float(rows[first][begin])
        while last + 1 < len(words) and int(rows[last + 1].argmax()) == inside:
            last += 1
            sure *= float(rows[last][inside])
        if last + 1 < len(words):
            sure *= 1 - float(rows[last + 1][inside])
        sure *= prod(1 - float(rows[at][begin]) for at in starts if at != first)
        try:
            value = cast(text[words[first].start : words[last].end], member.cast)
        except ValueError:
            return None, 0.0
        return json.dumps(value, ensure_ascii=False), sure


def read(shape: Shape, files: Mapping[str, bytes]) -> Fields:
    """Raises ValueError, KeyError: the files do not fit the shape."""
    layers = {
        at: linear.read(member.layer, files)
        for at, member in enumerate(shape.members)
        if member.layer is not None
    }
    for at, member in enumerate(shape.members):
        if member.how != "constant" and at not in layers:
            raise ValueError(f"the member {member.name!r} has no layer")
        if member.how == "copied" and set(layers[at].labels) != set(TAGS):
            raise ValueError(f"the member {member.name!r} is not tagged by {', '.join(TAGS)}")
    return Fields(shape, layers)
