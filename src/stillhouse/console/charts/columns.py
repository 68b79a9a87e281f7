"""A value each day as stacked columns; the open day is hatched, the days to come are dashed.

        ┌──┐          ╎  the error of an estimate: from low to high
   ┌──┐ │▒▒│  ┌╌╌┐ ┌╌╌┐
   │  │ │▒▒│  ╎  ╎ ╎  ╎   dashed: estimated
───┴──┴─┴──┴──┴╌╌┴─┴╌╌┴── from zero, always
   9    10    11   12
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from stillhouse.console.charts.scale import Scale, thinned, ticks
from stillhouse.console.charts.svg import (
    Words,
    group,
    hatch,
    hue,
    line,
    link,
    picture,
    rect,
    text,
)

GAP = 0.28
"""Part of a column's place that is left empty."""
BOTTOM, TOP, RIGHT = 24.0, 14.0, 4.0


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a column. value >= 0, in the axis's unit; title: what it says when asked."""

    value: float
    hue: int
    title: str
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One day. open: not over, so its height is no result yet; expected: what it may become."""

    label: str
    parts: tuple[Part, ...]
    open: bool = False
    expected: float = 0.0

    @property
    def value(self) -> float:
        return sum(part.value for part in self.parts)


@dataclass(frozen=True, slots=True)
class Estimate:
    """One day to come: between low and high, most likely middle."""

    label: str
    low: float
    middle: float
    high: float
    title: str


def columns(
    days: Sequence[Column],
    estimates: Sequence[Estimate] = (),
    *,
    words: Words,
    axis: Callable[[float], str],
    width: float = 920.0,
    height: float = 240.0,
    left: float = 64.0,
) -> Markup:
    """Draw them. `axis` writes a value of the axis; left: pixels for those texts."""
    steps = ticks(
        max([0.0, *(max(d.value, d.expected) for d in days), *(e.high for e in estimates)])
    )
    upward = Scale(0.0, steps[-1], height - BOTTOM, TOP)
    count = max(len(days) + len(estimates), 1)
    place = (width - left - RIGHT) / count
    every = thinned(count, width - left - RIGHT)
    drawn = [grid(steps, upward, axis, left, width - RIGHT)]
    for number, day in enumerate(days):
        drawn.append(_column(day, left + number * place, place, upward, words.ident))
    for number, estimate in enumerate(estimates, start=len(days)):
        drawn.append(_estimate(estimate, left + number * place, place, upward))
    labels = [d.label for d in days] + [e.label for e in estimates]
    drawn += [
        text(label, left + (n + 0.5) * place, height - 7, class_="tick", text_anchor="middle")
        for n, label in enumerate(labels)
        if n % every == 0
    ]
    return picture(words, hatch(words.ident), *drawn, width=width, height=height, extra="columns")


def grid(
    steps: Sequence[float], upward: Scale, axis: Callable[[float], str], left: float, right: float
) -> Markup:
    drawn = []
    for step in steps:
        y = upward.at(step)
        drawn.append(line(left, y, right, y, class_="base" if step == 0 else "grid"))
        drawn.append(text(axis(step), left - 8, y + 4, class_="tick", text_anchor="end"))
    return group(*drawn, aria_hidden="true")


def _column(day: Column, x: float, place: float, upward: Scale, ident: str) -> Markup:
    inset, broad = place * GAP / 2, place * (1 - GAP)
    drawn, below = [], 0.0
    if day.expected > day.value:
        top = upward.at(day.expected)
        drawn.append(rect(x + inset, top, broad, upward.at(0.0) - top, class_="estimate"))
    for part in day.parts:
        if part.value <= 0:
            continue
        top, bottom = upward.at(below + part.value), upward.at(below)
        box = (x + inset, top, broad, bottom - top)
        shapes = [rect(*box, class_=hue(part.hue))]
        if day.open:
            shapes.append(rect(*box, fill=f"url(#{ident}-hatch)"))
        drawn.append(link(part.href, part.title, *shapes))
        below += part.value
    return group(*drawn)


def _estimate(day: Estimate, x: float, place: float, upward: Scale) -> Markup:
    inset, broad = place * GAP / 2, place * (1 - GAP)
    top, ground = upward.at(day.middle), upward.at(0.0)
    low, high = upward.at(day.low), upward.at(day.high)
    return link(
        None,
        day.title,
        rect(x + inset, high, broad, low - high, class_="band"),
        rect(x + inset, top, broad, ground - top, class_="estimate"),
    )
