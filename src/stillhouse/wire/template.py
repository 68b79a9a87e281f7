r"""What a body's template is: a short keyed hash that all calls of one task share.

The skeleton of a body is what stays the same from call to call:

    instructions    the first message, when it is a system or developer message; or `system` or
                    `instructions`; of parts, the first. Its first 4 KiB, variable parts masked
    opening words   when there are none: of the first user message, what stands before the first
                    delimiter (a colon, a line's end, a quotation mark, a tag), if that comes
                    within 160 bytes; of a longer text without one, the first three words; of a
                    shorter text without one, nothing: it is all variable
    tools           their names, in alphabetical order
    format          the response format with its schema, unless it is plain text

A body with nothing of all this has no template: "". `masks` says what counts as variable.

The hash is keyed (BLAKE2b), so that nobody without this folder's key can find out by trying whether
a known prompt was sent; the skeleton itself is not kept.

Every call passes here, so what was read once is remembered: bodies that agree outside their
messages (`Asked.shape`, or the very text) and in the leading bytes that the skeleton was read from
have the same skeleton, whatever follows. `Templates` finds those bytes again and reads no JSON.
Memory is bounded; when it is full it is forgotten, which changes no answer.
"""

import re
from collections.abc import Iterator
from hashlib import blake2b
from json import dumps, loads
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw

from stillhouse.wire.bodies import ABSENT
from stillhouse.wire.masks import masked
from stillhouse.wire.paths import Surface
from stillhouse.wire.request import Asked, Shape
from stillhouse.wire.spans import members

PREFIX = "t:"
"""How the id of a found template begins; no declared name can."""
ID_BYTES = 6
INSTRUCTION_BYTES = 4096
WINDOW_BYTES = 160
WORDS_WITHOUT_DELIMITER = 3
LEADS_MAX, OPENED_MAX, WORDS_MAX, SHAPES_MAX, OUTER_BYTES_MAX = (
    32,
    4,
    1024,
    2048,
    1 << 16,
)
MEMORY_BYTES_MAX = 16 << 20
"""of leading bytes that are remembered in all"""

TURNS = {
    Surface.CHAT: "messages",
    Surface.MESSAGES: "messages",
    Surface.COUNT_TOKENS: "messages",
    Surface.RESPONSES: "input",
    Surface.COMPLETIONS: "prompt",
}
"""The member that holds the turns. Embeddings have none: what they embed is data."""
INSTRUCTING = frozenset({"system", "developer"})

_ARRAY_OF_OBJECTS = re.compile(rb"\[[ \t\n\r]*(?=\{)")
_ARRAY_OF_TEXT = re.compile(rb'\[[ \t\n\r]*"')
_PIECE = re.compile(rb'(?:[^"\\]++|\\(?:u[0-9a-fA-F]{4}|[^u]))*+', re.DOTALL)
_BLANKS = re.compile(rb"(?: |\\[nrt])++")
_MARKS = bytes.maketrans(b'`"<\\\xef', b":::::")
_few_words = re.compile(rb"(?:[^ ]*+ ){%d}" % WORDS_WITHOUT_DELIMITER).match
_delimiter = re.compile(
    rb'[`"]|<(?:[a-zA-Z_]{1,32}>)?|:(?=[ "\\])|\xef\xbc\x9a|\\(?:[nrt"]|uff1a)'
).match


class Outer(msgspec.Struct, gc=False):
    """What is read from a body around its turns."""

    system: Raw = ABSENT
    instructions: Raw = ABSENT
    tools: Raw = ABSENT
    functions: Raw = ABSENT
    response_format: Raw = ABSENT
    output_config: Raw = ABSENT
    output_format: Raw = ABSENT
    text: Raw = ABSENT


class Opening(NamedTuple):
    """Where the first turn's text begins. seen: how far its role and that were read from."""

    role: str
    at: int
    seen: int


NEVER = (b"\xff", "")
"""No body begins like this: it is not UTF-8."""


class Leads:
    """Bodies of one outer shape, by what their turns begin with.

    known: (leading bytes, id). recent: the same of the last call. opened: leading bytes up to a
    first text whose opening words decide; words: those -> id.
    """

    __slots__ = ("known", "opened", "recent", "rest", "stands", "words")

    def __init__(self, stands: str, rest: str) -> None:
        """stands: instructions from outside the turns. rest: tools and format."""
        self.stands = stands
        self.rest = rest
        self.known: list[tuple[bytes, str]] = []
        self.recent = NEVER
        self.opened: list[bytes] = []
        self.words: dict[bytes, str] = {}


_outer = msgspec.json.Decoder(Outer).decode


class Templates:
    """Finds the template of each body. key: this data folder's own; ids differ from key to key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._forget()

    def _forget(self) -> None:
        self._size = 0
        self._shapes: dict[Shape | None, Leads] = {}
        self._outers: dict[tuple[bytes, bytes], Leads] = {}

    def find(self, surface: Surface, body: bytes, asked: Asked) -> str:
        """The id of the body's template, like "t:1f3a9c0de4b2"; "" when it has none.

        asked: what `request.read` made of this very body.
        """
        leads = self._shapes.get(asked.shape)
        if leads is None:
            return self._elsewhere(surface, body, asked)
        start = asked.turns_at
        lead, ident = leads.recent
        if body.startswith(lead, start):
            return ident
        known = _recalled(leads, body, start)
        if known is None:
            return self._inside(leads, body, start, len(body) - asked.turns_after)
        return known

    def _elsewhere(self, surface: Surface, body: bytes, asked: Asked) -> str:
        """Of a shape that was not met yet or is too wide to be kept."""
        start, end = asked.turns_at, len(body) - asked.turns_after
        if not start:
            name = TURNS.get(surface)
            if name is None:
                return ""
            nowhere = (len(body), len(body))
            spans = [(m.value, m.end) for m in members(body) if m.key == name]
            start, end = spans[-1] if spans else nowhere
        if asked.shape is not None:
            leads = self._shapes[asked.shape] = self._around(body, start, end)
            return self._inside(leads, body, start, end)
        outer = body[:start], body[end:]
        found = self._outers.get(outer)
        if found is not None:
            known = _recalled(found, body, start)
            return self._inside(found, body, start, end) if known is None else known
        leads = self._around(body, start, end)
        size = len(body) - (end - start)
        if size <= OUTER_BYTES_MAX:
            self._make_room(size)
            self._outers[outer] = leads
        return self._inside(leads, body, start, end)

    def _make_room(self, size: int) -> None:
        full = len(self._shapes) + len(self._outers) >= SHAPES_MAX
        if full or self._size + size > MEMORY_BYTES_MAX:
            self._forget()
        self._size += size

    def _around(self, body: bytes, start: int, end: int) -> Leads:
        self._make_room(0)
        outer = _outer(body[:start] + b"null" + body[end:] if start < end else body)
        stands = _instructions(outer.system) or _instructions(outer.instructions)
        return Leads(stands, f"{_tools(outer)}\x1f{_format(outer)}")

    def _inside(self, leads: Leads, body: bytes, start: int, end: int) -> str:
        if leads.stands:
            return self._learn(leads, b"", "instructions", leads.stands)
        opening = _opening(body, start, end)
        if opening is None:
            return self._ident(leads, "", "")
        role, at, seen = opening
        if role in INSTRUCTING:
            piece = _PIECE.match(body, at, at + INSTRUCTION_BYTES)
            stop = at if piece is None else piece.end()
            whole = body[stop : stop + 1] == b'"'
            seen = max(seen, stop + 1 if whole else at + INSTRUCTION_BYTES)
            lead = body[start : min(seen, end)]
            return self._learn(leads, lead, "instructions", masked(_text(body[at:stop])))
        if role != "user":
            return self._ident(leads, "", "")
        raw, stop = _opening_words(body, at)
        ident = leads.words.get(raw)
        if ident is None:
            ident = self._ident(leads, "words", masked(_text(raw)))
        if seen == at:  # nothing behind the words was needed to know that a user said them
            self._make_room(len(raw))
            if len(leads.words) >= WORDS_MAX:
                leads.words.clear()
            leads.words[raw] = ident
            opened = body[start:at]
            if opened not in leads.opened and len(leads.opened) < OPENED_MAX:
                leads.opened.append(opened)
            if stop:
                self._keep(leads, body[start:stop], ident)
        return ident

    def _learn(self, leads: Leads, lead: bytes, kind: str, text: str) -> str:
        ident = self._ident(leads, kind, text)
        self._keep(leads, lead, ident)
        return ident

    def _keep(self, leads: Leads, lead: bytes, ident: str) -> None:
        leads.recent = (lead, ident)
        if leads.recent not in leads.known:
            self._make_room(len(lead))
            if len(leads.known) >= LEADS_MAX:
                leads.known.pop()
            leads.known.insert(0, leads.recent)

    def _ident(self, leads: Leads, kind: str, text: str) -> str:
        if not text and leads.rest == "\x1f":
            return ""
        skeleton = f"{kind if text else ''}\x1f{text}\x1f{leads.rest}"
        data = skeleton.encode("utf-8", "replace")
        return PREFIX + blake2b(data, key=self._key, digest_size=ID_BYTES).hexdigest()


def _recalled(leads: Leads, body: bytes, start: int) -> str | None:
    for known in leads.known:
        if body.startswith(known[0], start):
            leads.recent = known
            return known[1]
    for opened in leads.opened:
        if body.startswith(opened, start):
            at = start + len(opened)
            raw, stop = _opening_words(body, at)
            ident = leads.words.get(raw)
            if ident is not None and not stop:
                leads.recent = (body[start : at + WINDOW_BYTES], ident)
            return ident
    return None


def _opening_words(body: bytes, at: int) -> tuple[bytes, int]:
    """The raw bytes of the text at `at` that count as its opening words, delimiter included.

    Also how far the body was read, where it is short of the window and says it all: a body that
    begins alike has the same words.
    """
    window = body[at : at + WINDOW_BYTES]
    place = window.translate(_MARKS).find(b":")
    while place >= 0:
        found = _delimiter(body, at + place)
        if found is None:  # a colon in an address, an escaped letter
            place = window.translate(_MARKS).find(b":", place + 1)
            continue
        what = found.group()
        if what == b'"':
            return b"", found.end()  # its own end: it is short, and all of it variable
        if not place:
            blanks = _BLANKS.match(body, at)
            if blanks is not None:
                return _opening_words(body, blanks.end())
        # Of "<" alone, what follows was read to see that it is no tag.
        return body[at : found.end()], 0 if what == b"<" else found.end() + 1
    words = _few_words(window)
    return (b"" if words is None else words.group()), 0


def _opening(body: bytes, start: int, end: int) -> Opening | None:
    """Where the text of the first turn begins, for turns of any surface; None: it has none."""
    if body[start : start + 1] == b'"':
        return Opening("user", start + 1, start + 1)
    many = _ARRAY_OF_TEXT.match(body, start, end)
    if many is not None:
        return Opening("user", many.end(), many.end())
    found = _ARRAY_OF_OBJECTS.match(body, start, end)
    if found is None:
        return None
    role, at, seen = "", -1, start
    for member in members(body, found.end()):
        if member.key == "role":
            role = _string(body[member.value : member.end])
            seen = max(seen, member.end)
        elif member.key == "content":
            at = _text_at(body, member.value)
        if role and at >= 0:
            break
    return Opening(role, at, max(seen, at)) if at >= 0 else None


def _text_at(body: bytes, at: int) -> int:
    """Where the text of a message's content begins: a string, or a first part with one."""
    if body[at : at + 1] == b'"':
        return at + 1
    found = _ARRAY_OF_OBJECTS.match(body, at)
    if found is not None:
        for member in members(body, found.end()):
            if member.key == "text" and body[member.value : member.value + 1] == b'"':
                return member.value + 1
    return -1


def _text(piece: bytes) -> str:
    """The text that these bytes of a JSON string say; an end in the middle of a letter is cut."""
    text = piece.decode("utf-8", "ignore")
    if text.endswith('"') and not text.endswith('\\"'):
        text = text[:-1]
    try:
        return str(loads(f'"{text}"', strict=False))
    except ValueError:  # cut inside an escape
        return text


def _string(raw: bytes) -> str:
    return str(loads(raw)) if raw[:1] == b'"' else ""


def _instructions(raw: Raw) -> str:
    """Of a string, or of the first part of several."""
    value = _decoded(raw)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = value[0].get("text")
    if not isinstance(value, str):
        return ""
    return masked(value.encode("utf-8", "replace")[:INSTRUCTION_BYTES].decode("utf-8", "ignore"))


def _tools(outer: Outer) -> str:
    return ",".join(sorted({*_names(outer.tools), *_names(outer.functions)}))


def _names(raw: Raw) -> Iterator[str]:
    value = _decoded(raw)
    for tool in value if isinstance(value, list) else ():
        if isinstance(tool, dict):
            inner = tool.get("function")
            named = inner if isinstance(inner, dict) else tool
            yield str(named.get("name") or named.get("type") or "")


def _format(outer: Outer) -> str:
    for value in (
        _decoded(outer.response_format),
        _inner(outer.text),
        _inner(outer.output_config),
        _decoded(outer.output_format),
    ):
        if isinstance(value, dict) and value.get("type") != "text":
            return dumps(value, sort_keys=True, ensure_ascii=False)
    return ""


def _inner(raw: Raw) -> Any:
    value = _decoded(raw)
    return value.get("format") if isinstance(value, dict) else None


def _decoded(raw: Raw) -> Any:
    """Raises nothing: a body was read whole before, so each member is JSON."""
    return msgspec.json.decode(raw)
