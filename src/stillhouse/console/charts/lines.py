"""Series over time as lines or stacked areas, with a band for what is not certain.

A series is solid where it is known and dashed where it is estimated (`known` points, then the
rest). The band lies between `low` and `high` of the estimated part. A limit is drawn across.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from stillhouse.console.charts.columns import grid
from stillhouse.console.charts.scale import Scale, thinned, ticks
from stillhouse.console.charts.svg import Words, hue, line, link, path, picture, tag, text

BOTTOM, TOP, RIGHT = 24.0, 14.0, 8.0


@dataclass(frozen=True, slots=True)
class Series:
    """values: one per label; from the one numbered `known` on they are estimates.

    low, high: the band of the estimated values, one per estimated value.
    """

    name: str
    hue: int
    values: tuple[float, ...]
    known: int | None = None
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


def lines(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    words: Words,
    axis: Callable[[float], str],
    limit: tuple[float, str] | None = None,
    width: float = 920.0,
    height: float = 240.0,
    left: float = 64.0,
) -> Markup:
    """Draw them from zero. limit: a value not to be passed, and what it is called."""
    tops = [0.0, *(v for s in series for v in (*s.values, *s.high))]
    steps = ticks(max(tops) if limit is None else max(*tops, limit[0]))
    upward = Scale(0.0, steps[-1], height - BOTTOM, TOP)
    across = Scale(0.0, max(len(labels) - 1, 1), left, width - RIGHT)
    drawn = [grid(steps, upward, axis, left, width - RIGHT)]
    drawn += [_series(s, across, upward) for s in series]
    if limit is not None:
        y = upward.at(limit[0])
        drawn.append(line(left, y, width - RIGHT, y, class_="limit"))
        drawn.append(text(limit[1], left + 6, y - 5, class_="tick"))
    drawn += _labels(labels, across, width - left - RIGHT, height)
    return picture(words, *drawn, width=width, height=height, extra="lines")


def areas(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    words: Words,
    axis: Callable[[float], str],
    width: float = 920.0,
    height: float = 240.0,
    left: float = 64.0,
) -> Markup:
    """The same, stacked: the first at the bottom."""
    sums = [sum(s.values[n] for s in series) for n in range(len(labels))]
    steps = ticks(max([0.0, *sums]))
    upward = Scale(0.0, steps[-1], height - BOTTOM, TOP)
    across = Scale(0.0, max(len(labels) - 1, 1), left, width - RIGHT)
    drawn = [grid(steps, upward, axis, left, width - RIGHT)]
    below = [0.0] * len(labels)
    for one in series:
        above = [b + v for b, v in zip(below, one.values, strict=True)]
        edge = [(across.at(n), upward.at(v)) for n, v in enumerate(above)]
        back = [(across.at(n), upward.at(v)) for n, v in enumerate(below)]
        shape = path(*edge, *reversed(back)) + "Z"
        drawn.append(link(None, one.name, tag("path", d=shape, class_=f"area {hue(one.hue)}")))
        below = above
    drawn += _labels(labels, across, width - left - RIGHT, height)
    return picture(words, *drawn, width=width, height=height, extra="areas")


def _series(one: Series, across: Scale, upward: Scale) -> Markup:
    points = [(across.at(n), upward.at(v)) for n, v in enumerate(one.values)]
    known = len(points) if one.known is None else one.known
    shapes = []
    if one.high:
        first = len(points) - len(one.high)
        top = [(across.at(first + n), upward.at(v)) for n, v in enumerate(one.high)]
        low = [(across.at(first + n), upward.at(v)) for n, v in enumerate(one.low)]
        joint = points[first - 1 : first] if first else []
        shape = path(*joint, *top, *reversed(low)) + "Z"
        shapes.append(tag("path", d=shape, class_=f"band {hue(one.hue)}"))
    if known > 1:
        shapes.append(tag("path", d=path(*points[:known]), class_=f"line {hue(one.hue)}"))
    if known < len(points):
        rest = points[max(known - 1, 0) :]
        shapes.append(tag("path", d=path(*rest), class_=f"line dashed {hue(one.hue)}"))
    if len(points) == 1:
        (x, y) = points[0]
        shapes.append(tag("circle", cx=x, cy=y, r=3, class_=hue(one.hue)))
    return link(None, one.name, *shapes)


def _labels(labels: Sequence[str], across: Scale, width: float, height: float) -> list[Markup]:
    every = thinned(len(labels), width)
    return [
        text(
            label,
            across.at(n),
            height - 7,
            class_="tick",
            text_anchor="start" if n == 0 else "end" if n == len(labels) - 1 else "middle",
        )
        for n, label in enumerate(labels)
        if n % every == 0
    ]
