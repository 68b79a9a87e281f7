"""Parts of a whole, without a pie: one strip of 100 %, or bars that begin at the same line."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from stillhouse.console.charts.scale import CHARACTER, fitted
from stillhouse.console.charts.svg import Words, group, hatch, hue, link, picture, rect, tag, text

ROW = 28.0
STRIP = 26.0


@dataclass(frozen=True, slots=True)
class Share:
    """A part: value in the unit of the whole; said: how the value is written."""

    label: str
    value: float
    said: str
    hue: int
    href: str | None = None


def strip(
    parts: Sequence[Share],
    *,
    words: Words,
    width: float = 920.0,
    open_: bool = False,
) -> Markup:
    """One bar that is the whole; a name stands on its part where there is room for it."""
    total = sum(part.value for part in parts) or 1.0
    drawn, x = [], 0.0
    for part in parts:
        broad = part.value / total * width
        box = (x, 0.0, max(broad - 1.5, 0.5), STRIP)
        shapes = [rect(*box, class_=hue(part.hue))]
        if open_:
            shapes.append(rect(*box, fill=f"url(#{words.ident}-hatch)"))
        if broad > 60 and not open_:
            name = fitted(part.label, broad - 16)
            shapes.append(text(name, x + 8, STRIP / 2 + 4, class_="on-colour"))
        drawn.append(link(part.href, f"{part.label}: {part.said}", *shapes))
        x += broad
    return picture(words, hatch(words.ident), *drawn, width=width, height=STRIP, extra="strip")


def bars(
    parts: Sequence[Share],
    *,
    words: Words,
    width: float = 920.0,
    open_: bool = False,
) -> Markup:
    """A bar each, from the same line; names on the left, values at the end."""
    names = min(max((len(p.label) for p in parts), default=0) * CHARACTER + 16, width * 0.34)
    said = max((len(p.said) for p in parts), default=0) * CHARACTER + 14
    top = max((p.value for p in parts), default=0.0) or 1.0
    drawn = []
    for number, part in enumerate(parts):
        y = number * ROW
        long = part.value / top * (width - names - said)
        box = (names, y + 5, max(long, 1.0), ROW - 10)
        shapes = [
            text(fitted(part.label, names - 12), 0, y + ROW / 2 + 4, class_="label name"),
            rect(*box, class_=hue(part.hue), rx=1),
        ]
        if open_:
            shapes.append(rect(*box, fill=f"url(#{words.ident}-hatch)"))
        shapes.append(
            text(part.said, names + max(long, 1.0) + 8, y + ROW / 2 + 4, class_="label amount")
        )
        drawn.append(link(part.href, f"{part.label}: {part.said}", *shapes))
    height = max(len(parts), 1) * ROW
    return picture(
        words, hatch(words.ident), group(*drawn), width=width, height=height, extra="bars"
    )


def meter(spent: float, taken: float, *, name: str, kind: str = "", width: float = 110.0) -> Markup:
    """How much of a limit is used: spent solid, set aside lighter. Both as parts of 1.

    kind: a class for what needs a person: amber, red.
    """
    first, second = (min(max(part, 0.0), 1.0) * width for part in (spent, taken))
    return tag(
        "svg",
        rect(0, 0, width, 8, class_="track", rx=2),
        rect(0, 0, second, 8, class_=f"taken {kind}".strip(), rx=2),
        rect(0, 0, first, 8, class_=f"spent {kind}".strip(), rx=2),
        xmlns="http://www.w3.org/2000/svg",
        class_="meter",
        viewBox=f"0 0 {width:g} 8",
        width=width,
        height=8,
        role="img",
        aria_label=name,
    )
