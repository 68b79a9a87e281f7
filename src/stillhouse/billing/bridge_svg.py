"""A bridge as a picture: from one total to the other, a bar for each effect. SVG text, pure.

The axis begins at zero, so that bars compare as amounts do. Colours are told apart in grey and by
people who see no red or green (blue up, orange down), and each bar carries its figure.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from html import escape
from textwrap import wrap
from typing import NamedTuple

WIDTH, HEIGHT = 960, 440
LEFT, RIGHT, TOP, BOTTOM = 92, 16, 92, 64
TITLE_CHARS = 100
TICKS = 4
UP, DOWN, TOTAL, INK, GRID = "#2b6cb0", "#c05621", "#4a5568", "#1a202c", "#d8dee6"


class Bar(NamedTuple):
    """A total stands on zero; another is what is added to what stood before it."""

    label: str
    amount: Fraction
    total: bool = False


def waterfall(
    bars: Sequence[Bar], *, title: str, said: Callable[[Fraction], str], axis: str
) -> str:
    """said: writes an amount. axis: what the axis counts, like "USD"."""
    spans = _spans(bars)
    ends = [Fraction(0), *(end for span in spans for end in span)]
    low, high = min(ends), max(ends)
    step = _step(high - low)
    low, high = low // step * step, max(-(-high // step), 1) * step
    plot = HEIGHT - TOP - BOTTOM

    def y(amount: Fraction) -> int:
        return TOP + round(plot * Fraction(high - amount, high - low))

    room = (WIDTH - LEFT - RIGHT) // len(bars)
    width = min(96, room * 62 // 100)
    out = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            f' font-family="system-ui, sans-serif" font-size="14" fill="{INK}">'
        ),
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *(
            f'<text x="16" y="{26 + 21 * n}" font-size="16" font-weight="600">'
            f"{escape(words)}</text>"
            for n, words in enumerate(wrap(title, TITLE_CHARS)[:2])
        ),
        (
            f'<text x="{LEFT - 10}" y="{TOP - 12}" text-anchor="end" fill="{TOTAL}">'
            f"{escape(axis)}</text>"
        ),
    ]
    tick = low
    while tick <= high:
        at = y(tick)
        ink = INK if tick == 0 else GRID
        out += [
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at}" y2="{at}" stroke="{ink}"/>',
            (
                f'<text x="{LEFT - 10}" y="{at + 5}" text-anchor="end" fill="{TOTAL}">'
                f"{escape(said(tick))}</text>"
            ),
        ]
        tick += step
    for place, (bar, (start, end)) in enumerate(zip(bars, spans, strict=True)):
        x = LEFT + room * place + (room - width) // 2
        top, bottom = y(max(start, end)), y(min(start, end))
        colour = TOTAL if bar.total else UP if bar.amount >= 0 else DOWN
        sign = "+" if bar.amount > 0 and not bar.total else ""
        if place:
            level = end if bar.total else start
            out.append(
                f'<line x1="{x - room + width}" x2="{x}" y1="{y(level)}"'
                f' y2="{y(level)}" stroke="{TOTAL}" stroke-dasharray="3 3"/>'
            )
        out += [
            (
                f'<rect x="{x}" y="{top}" width="{width}"'
                f' height="{max(bottom - top, 1)}" fill="{colour}"/>'
            ),
            (
                f'<text x="{x + width // 2}" y="{top - 8}" text-anchor="middle">'
                f"{escape(sign + said(bar.amount))}</text>"
            ),
            (
                f'<text x="{x + width // 2}" y="{HEIGHT - BOTTOM + 24}" text-anchor="middle">'
                f"{escape(bar.label)}</text>"
            ),
        ]
    return "\n".join([*out, "</svg>", ""])


def _spans(bars: Sequence[Bar]) -> list[tuple[Fraction, Fraction]]:
    spans, stood = [], Fraction(0)
    for bar in bars:
        start = Fraction(0) if bar.total else stood
        stood = start + bar.amount
        spans.append((start, stood))
    return spans


def _step(range_: Fraction) -> Fraction:
    """A round step that gives about `TICKS` lines."""
    if not range_:
        return Fraction(1)
    size = Fraction(1)
    least = Fraction(range_, TICKS)
    while size * 10 <= least:
        size *= 10
    while size > least:
        size = Fraction(size, 10)
    return next(size * m for m in (1, 2, 5, 10) if size * m >= least)
