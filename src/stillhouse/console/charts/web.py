"""Accounts that are taken for one, on a circle, and what links them: strong lines are whole.

Beyond `MOST` accounts the picture would be a ball of wool: the first ones are drawn, and the rest
is said in a number.
"""

import math
from collections.abc import Sequence

from markupsafe import Markup

from stillhouse.console.charts.svg import Words, line, link, picture, tag, text

MOST = 24
Edge = tuple[int, int, str, bool]
"""(one, other, what links them, strong)"""


def web(
    names: Sequence[str],
    edges: Sequence[Edge],
    *,
    words: Words,
    more: str = "",
    width: float = 460.0,
    height: float = 300.0,
) -> Markup:
    """names: of the accounts, in the order of their numbers. more: says how many are left out."""
    shown = names[:MOST]
    middle, centre = width / 2, height / 2 - 6
    across, down = min(width / 2 - 116, 260.0), height / 2 - 40
    places = [
        (
            middle + across * math.sin(2 * math.pi * n / len(shown)),
            centre - down * math.cos(2 * math.pi * n / len(shown)),
        )
        for n in range(len(shown))
    ]
    drawn: list[Markup] = []
    for one, other, kind, strong in edges:
        if max(one, other) < len(shown):
            (x1, y1), (x2, y2) = places[one], places[other]
            shape = line(x1, y1, x2, y2, class_="edge strong" if strong else "edge")
            drawn.append(link(None, f"{shown[one]}, {shown[other]}: {kind}", shape))
    for name, (x, y) in zip(shown, places, strict=True):
        side = "middle" if abs(x - middle) < 8 else "start" if x > middle else "end"
        shift = {"start": 9, "end": -9, "middle": 0}[side]
        below = 18 if side == "middle" and y > centre else -10 if side == "middle" else 4
        drawn.append(link(None, name, tag("circle", cx=x, cy=y, r=5, class_="c1")))
        drawn.append(text(_short(name), x + shift, y + below, text_anchor=side))
    if more:
        drawn.append(text(more, middle, height - 6, class_="tick", text_anchor="middle"))
    return picture(words, *drawn, width=width, height=height, extra="web")


def _short(name: str) -> str:
    return name if len(name) <= 16 else name[:15] + "…"
