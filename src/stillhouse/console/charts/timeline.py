"""One call's life: a row per attempt, a bar per stage, a mark per event, in milliseconds.

attempt 1   ├─waiting─────────┼─answer──────────────────┤
            admitted          first byte                settled
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from stillhouse.console.charts.scale import CHARACTER, Scale, fitted, ticks
from stillhouse.console.charts.svg import Words, group, hatch, line, link, picture, rect, text

ROW, AXIS, RIGHT = 44.0, 26.0, 12.0


@dataclass(frozen=True, slots=True)
class Stage:
    """From `start` to `end` (ms since admission). kind: a class: wait, answer, failed, after.

    open: it is not over.
    """

    label: str
    start: float
    end: float
    kind: str
    title: str
    open: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at one moment."""

    label: str
    at: float
    title: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One attempt."""

    label: str
    stages: tuple[Stage, ...]
    marks: tuple[Mark, ...] = ()
    href: str | None = None


def timeline(
    lanes: Sequence[Lane],
    *,
    words: Words,
    axis: Callable[[float], str],
    width: float = 920.0,
) -> Markup:
    """Draw them from zero on one axis of time."""
    ends = [s.end for lane in lanes for s in lane.stages] + [
        m.at for lane in lanes for m in lane.marks
    ]
    left = min(max((len(lane.label) for lane in lanes), default=0) * CHARACTER + 14, width * 0.3)
    steps = ticks(max([0.0, *ends]), count=5 if width > 600 else 3)
    across = Scale(0.0, steps[-1], left, width - RIGHT)
    bottom = len(lanes) * ROW + 6
    drawn = [
        group(
            *(
                line(across.at(s), 0, across.at(s), bottom, class_="grid" if s else "base")
                for s in steps
            ),
            *(
                text(
                    axis(s),
                    across.at(s),
                    bottom + 16,
                    class_="tick",
                    text_anchor="end" if s == steps[-1] else "middle" if s else "start",
                )
                for s in steps
            ),
            aria_hidden="true",
        )
    ]
    drawn += [_lane(lane, n * ROW, left, across, words.ident) for n, lane in enumerate(lanes)]
    return picture(
        words, hatch(words.ident), *drawn, width=width, height=bottom + AXIS, extra="timeline"
    )


def _lane(lane: Lane, y: float, left: float, across: Scale, ident: str) -> Markup:
    shapes = [text(fitted(lane.label, left - 8), 0, y + 21, class_="label name")]
    for stage in lane.stages:
        x, far = across.at(stage.start), across.at(stage.end)
        box = (x, y + 8, max(far - x, 1.5), 18.0)
        drawn = [rect(*box, class_=f"stage {stage.kind}", rx=1)]
        if stage.open:
            drawn.append(rect(*box, fill=f"url(#{ident}-hatch)"))
        if far - x > len(stage.label) * CHARACTER + 10:
            drawn.append(text(stage.label, x + 6, y + 21, class_=f"on-stage {stage.kind}"))
        shapes.append(link(lane.href, stage.title, *drawn))
    taken = -1e9
    for mark in lane.marks:
        x = across.at(mark.at)
        drawn = [line(x, y + 5, x, y + 29, class_="mark")]
        long = len(mark.label) * CHARACTER
        flip = x + long > across.end
        start = x - long if flip else x
        if start >= taken + 8:  # a name that would lie on another is left to its tooltip
            anchor = "end" if flip else "start"
            drawn.append(text(mark.label, x, y + 40, class_="tick", text_anchor=anchor))
            taken = start + long
        shapes.append(link(None, mark.title, *drawn))
    return group(*shapes)
