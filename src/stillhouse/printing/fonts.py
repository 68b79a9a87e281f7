"""Which font can draw which character, and what is drawn where none can.

Bitstream Vera comes with reportlab: it is embedded, so that a page looks the same everywhere, its
figures all have one width, and it covers Western European languages. For the rest, in this order:

1. fonts that the operator gives (TrueType, as bytes): embedded too;
2. the plain letter under an accent that Vera lacks;
3. Chinese, Japanese and Korean by the fonts that PDF readers bring for them, not embedded;
4. "[?]" for a run of anything else, and a note on the page, since the attached document has it.

A page says when letters were changed or left to the reader, and gives the ids of projects with such
names. Bytes depend on the text and the given fonts.
"""

import hashlib
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

REGULAR, BOLD = "Vera", "VeraBd"
UNKNOWN = "[?]"
_RUN = re.compile(rf"{re.escape(UNKNOWN)}( ?{re.escape(UNKNOWN)})+")
_JAPANESE, _CHINESE, _KOREAN = "HeiseiKakuGo-W5", "STSong-Light", "HYGothic-Medium"
_FILES = {REGULAR: "Vera.ttf", BOLD: "VeraBd.ttf"}
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


class UnreadableFontError(ValueError):
    """A font that was given is no TrueType font that can be embedded."""


class Fonts:
    """What one document is drawn with; it remembers what it could not draw.

    plain: some character became another or "[?]". borrowed: some is left to the reader's fonts.
    """

    def __init__(self, given: Sequence[bytes] = ()) -> None:
        self.plain = False
        self.borrowed = False
        for name, file in _FILES.items():
            _register(name, file)
        self._given = [_given(font) for font in given]

    def runs(self, text: str, *, bold: bool = False) -> Iterator[tuple[str, str]]:
        """The text in parts, each with the name of the font that draws it."""
        vera = BOLD if bold else REGULAR
        seen = unicodedata.normalize("NFC", " ".join(text.split()))
        japanese = any("\u3040" <= c <= "\u30ff" for c in seen)
        parts = [
            part
            for c in seen
            if c == " " or unicodedata.category(c) not in _HIDDEN
            for part in self._drawn(c, vera, japanese=japanese)
        ]
        for font, same in groupby(parts, key=lambda part: part[0]):
            joined = "".join(letters for _, letters in same)
            yield font, _RUN.sub(UNKNOWN, joined)

    def markup(self, text: str, *, bold: bool = False) -> str:
        """The text for reportlab's Paragraph."""
        base = BOLD if bold else REGULAR
        return "".join(
            escape(part) if font == base else f'<font name="{font}">{escape(part)}</font>'
            for font, part in self.runs(text, bold=bold)
        ) or ("&nbsp;" if text else "")

    def whole(self, text: str) -> bool:
        """Whether every reader sees every letter of it."""
        before = self.plain, self.borrowed
        self.plain = self.borrowed = False
        list(self.runs(text))
        found = not (self.plain or self.borrowed)
        self.plain, self.borrowed = before
        return found

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """How wide it is drawn, in points."""
        return sum(
            float(pdfmetrics.stringWidth(part, font, size))
            for font, part in self.runs(text, bold=bold)
        )

    def _drawn(self, c: str, vera: str, *, japanese: bool) -> list[tuple[str, str]]:
        if _has(vera, c):
            return [(vera, c)]
        for name in self._given:
            if _has(name, c):
                return [(name, c)]
        base = unicodedata.normalize("NFD", c)[0]
        if base != c and _has(vera, base):
            self.plain = True
            return [(vera, base)]
        borrowed = _borrowed(c, japanese=japanese)
        if borrowed:
            self.borrowed = True
            if borrowed not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(UnicodeCIDFont(borrowed))
            return [(borrowed, c)]
        if unicodedata.combining(c):
            return []
        self.plain = True
        return [(vera, UNKNOWN)]


def _register(name: str, file: str | io.BytesIO) -> None:
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, file))


def _given(font: bytes) -> str:
    name = f"Given{hashlib.sha256(font).hexdigest()[:12]}"
    try:
        _register(name, io.BytesIO(font))
    except (TTFError, ValueError, IndexError) as error:
        raise UnreadableFontError(
            f"not a TrueType font that can be embedded ({error}); give a .ttf file"
        ) from error
    return name


def _has(name: str, c: str) -> bool:
    return ord(c) in pdfmetrics.getFont(name).face.charToGlyph


def _borrowed(c: str, *, japanese: bool) -> str | None:
    """The reader's font for it: by Unicode block, in the plane that those fonts know."""
    if "\u3040" <= c <= "\u30ff":
        return _JAPANESE
    if "\uac00" <= c <= "\ud7a3" or "\u3131" <= c <= "\u318e":
        return _KOREAN
    if "\u4e00" <= c <= "\u9fff" or "\u3001" <= c <= "\u3011" or "\uff01" <= c <= "\uff5e":
        return _JAPANESE if japanese else _CHINESE
    return None
