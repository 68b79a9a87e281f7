"""Lines through points of two measures, both axes from zero: what one costs as the other grows.

A point that matters (a break-even) is marked by a line down to its place across.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from stillhouse.console.charts.columns import grid
from stillhouse.console.charts.scale import Scale, ticks
from stillhouse.console.charts.svg import Words, hue, line, link, path, picture, tag, text

BOTTOM, TOP, RIGHT = 40.0, 14.0, 16.0
DOTS_MAX = 12


@dataclass(frozen=True, slots=True)
class Track:
    """points: (across >= 0, upward >= 0), by the first. titles: what each point says, or none."""

    name: str
    hue: int
    points: tuple[tuple[float, float], ...]
    dashed: bool = False
    titles: tuple[str, ...] = ()


def tracks(
    found: Sequence[Track],
    *,
    words: Words,
    axis: Callable[[float], str],
    count: Callable[[float], str],
    across: str,
    mark: tuple[float, str] | None = None,
    top: float = 0.0,
    width: float = 920.0,
    height: float = 260.0,
    left: float = 64.0,
) -> Markup:
    """axis, count: write a value upwards and across. mark: a place across, and what it is called.

    top: what the axis upwards reaches at least.
    """
    steps = ticks(max([top, *(y for t in found for _, y in t.points)]))
    places = ticks(max([0.0, *(x for t in found for x, _ in t.points)]))
    upward = Scale(0.0, steps[-1], height - BOTTOM, TOP)
    along = Scale(0.0, places[-1], left, width - RIGHT)
    drawn = [grid(steps, upward, axis, left, width - RIGHT)]
    every = 2 if width < 500 and len(places) > 4 else 1
    drawn += [
        text(
            count(place),
            along.at(place),
            height - BOTTOM + 17,
            class_="tick",
            text_anchor="end" if place == places[-1] else "middle",
        )
        for n, place in enumerate(places)
        if n % every == 0
    ]
    drawn.append(
        text(across, (left + width - RIGHT) / 2, height - 6, class_="tick", text_anchor="middle")
    )
    if mark is not None:
        x = along.at(mark[0])
        drawn.append(line(x, TOP, x, height - BOTTOM, class_="threshold"))
        right = x < (left + width) / 2
        drawn.append(
            text(
                mark[1],
                x + 6 if right else x - 6,
                TOP + 10,
                class_="tick",
                text_anchor="start" if right else "end",
            )
        )
    drawn += [_track(t, along, upward) for t in found if t.points]
    return picture(words, *drawn, width=width, height=height, extra="tracks")


def _track(one: Track, along: Scale, upward: Scale) -> Markup:
    points = [(along.at(x), upward.at(y)) for x, y in one.points]
    kind = f"line dashed {hue(one.hue)}" if one.dashed else f"line {hue(one.hue)}"
    shapes = [tag("path", d=path(*points), class_=kind)] if len(points) > 1 else []
    drawn = [link(None, one.name, *shapes)]
    if len(points) <= DOTS_MAX:
        titles = one.titles or (one.name,) * len(points)
        drawn += [
            link(None, said, tag("circle", cx=x, cy=y, r=3.5, class_=hue(one.hue)))
            for (x, y), said in zip(points, titles, strict=True)
        ]
    return tag("g", *drawn)
