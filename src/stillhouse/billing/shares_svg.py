"""Shares as a picture: one bar a line, largest first, in one SVG file that needs nothing else.

Lengths are whole tenths of a pixel of exact shares. Colours hold on white and on black; the text
is text, so that a screen reader and a search find it.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDTH, ROW, NAMES, SAID = 860, 26, 220, 90
NAME_LENGTH_MAX = 30


class Bar(NamedTuple):
    """said: the share as it is written."""

    name: str
    share: Fraction
    said: str


def draw(bars: Sequence[Bar], *, title: str) -> str:
    """The file's text."""
    height = ROW * (len(bars) + 2)
    top = max((bar.share for bar in bars), default=Fraction(0)) or Fraction(1)
    room = 10 * (WIDTH - NAMES - SAID)
    rows = []
    for n, bar in enumerate(bars, 1):
        y = ROW * n + 12
        long = max(round(bar.share * room * Fraction(1, top)), 10)
        name = bar.name if len(bar.name) <= NAME_LENGTH_MAX else bar.name[:29] + "…"
        rows.append(
            f"<g><title>{escape(bar.name)}: {escape(bar.said)}</title>"
            f'<text x="{NAMES - 10}" y="{y + 14}" text-anchor="end">{escape(name)}</text>'
            f'<rect x="{NAMES}" y="{y}" width="{_tenths(long)}" height="{ROW - 8}" rx="2"/>'
            f'<text x="{_tenths(10 * NAMES + long + 80)}" y="{y + 14}">{escape(bar.said)}</text>'
            "</g>"
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
        f' width="{WIDTH}" height="{height}" role="img" font-family="system-ui, sans-serif"'
        f' font-size="13" fill="#5b6b7b"><title>{escape(title)}</title>'
        f'<text x="0" y="20" font-size="15">{escape(title)}</text>'
        f"<g>{''.join(rows)}</g><style>rect {{ fill: #2f7f86 }}</style></svg>\n"
    )


def _tenths(n: int) -> str:
    return f"{n // 10}.{n % 10}"
