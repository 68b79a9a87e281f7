"""Points by two measures: across how ready something is (0 to 1), upwards what it would bring.

What may be is a filled point, what may not be a hollow one, so that colour never speaks alone. The
names of the points that bring most stand beside them, where there is room.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from stillhouse.console.charts.columns import grid
from stillhouse.console.charts.scale import CHARACTER, Scale, fitted, ticks
from stillhouse.console.charts.svg import Words, line, link, picture, tag, text

BOTTOM, TOP, RIGHT = 40.0, 14.0, 16.0
NAMED = 6
RADIUS = 6.0
HEIGHT_OF_NAME = 15.0


@dataclass(frozen=True, slots=True)
class Point:
    """x: 0 to 1. y >= 0, in the axis's unit. tone: good, amber or red; title: what it says."""

    name: str
    x: float
    y: float
    tone: str
    title: str
    href: str | None = None


def scatter(
    points: Sequence[Point],
    *,
    words: Words,
    axis: Callable[[float], str],
    share: Callable[[float], str],
    across: str,
    width: float = 920.0,
    height: float = 300.0,
    left: float = 64.0,
) -> Markup:
    """axis, share: write a value upwards, and across. across: what that axis measures."""
    steps = ticks(max([0.0, *(p.y for p in points)]))
    upward = Scale(0.0, steps[-1], height - BOTTOM, TOP)
    along = Scale(0.0, 1.0, left, width - RIGHT)
    drawn = [grid(steps, upward, axis, left, width - RIGHT)]
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = along.at(part)
        drawn.append(line(x, height - BOTTOM, x, height - BOTTOM + 4, class_="base"))
        anchor = "end" if part == 1.0 else "middle"
        drawn.append(text(share(part), x, height - BOTTOM + 17, class_="tick", text_anchor=anchor))
    drawn.append(
        text(across, (left + width - RIGHT) / 2, height - 6, class_="tick", text_anchor="middle")
    )
    taken: list[tuple[float, float, float]] = []
    for number, p in enumerate(sorted(points, key=lambda p: -p.y)):
        x, y = along.at(min(max(p.x, 0.0), 1.0)), upward.at(p.y)
        shape = tag("circle", cx=x, cy=y, r=RADIUS, class_=f"point {p.tone}")
        drawn.append(link(p.href, p.title, shape))
        if number < NAMED:
            drawn += _name(p, x, y, left, width, taken)
    return picture(words, *drawn, width=width, height=height, extra="scatter")


def _name(
    p: Point, x: float, y: float, left: float, width: float, taken: list[tuple[float, float, float]]
) -> list[Markup]:
    """Beside its point, to the side with more room; none where another name stands already."""
    right = x < (left + width) / 2
    room = (width - x if right else x - left) - 2 * RADIUS
    name = fitted(p.name, min(room, 190.0))
    long = len(name) * CHARACTER
    start = x + RADIUS + 5 if right else x - RADIUS - 5 - long
    if any(
        abs(y - other) < HEIGHT_OF_NAME and start < end and begin < start + long
        for begin, end, other in taken
    ):
        return []
    taken.append((start, start + long, y))
    at, anchor = (x + RADIUS + 5, "start") if right else (x - RADIUS - 5, "end")
    return [text(name, at, y - 7, class_="tick", text_anchor=anchor, aria_hidden="true")]
