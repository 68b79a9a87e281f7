"""Why a sum changed: from one total to another, a step for each reason. The steps sum exactly.

███               ┌──┐
███  ┌──┐ ···┌──┐ │██│
███··│+ │····│- │·│██│
Oct  volume  mix   Nov
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from stillhouse.console.charts.columns import grid
from stillhouse.console.charts.scale import Scale, fitted, ticks
from stillhouse.console.charts.svg import Words, hatch, line, link, picture, rect, text

BOTTOM, TOP, RIGHT = 26.0, 22.0, 4.0


@dataclass(frozen=True, slots=True)
class Step:
    """A total (`total=True`: drawn from zero) or what is added to the step before."""

    label: str
    value: float
    said: str
    title: str
    total: bool = False
    open: bool = False
    href: str | None = None


def waterfall(
    steps: Sequence[Step],
    *,
    words: Words,
    axis: Callable[[float], str],
    width: float = 920.0,
    height: float = 260.0,
    left: float = 64.0,
) -> Markup:
    """Draw them side by side."""
    spans, reached = [], 0.0
    for step in steps:
        before = 0.0 if step.total else reached
        reached = step.value if step.total else reached + step.value
        spans.append((before, reached))
    marks = ticks(max([0.0, *(v for span in spans for v in span)]))
    upward = Scale(0.0, marks[-1], height - BOTTOM, TOP)
    place = (width - left - RIGHT) / max(len(steps), 1)
    drawn = [grid(marks, upward, axis, left, width - RIGHT)]
    for number, (step, (before, after)) in enumerate(zip(steps, spans, strict=True)):
        x = left + number * place
        top, bottom = upward.at(max(before, after)), upward.at(min(before, after))
        kind = "whole" if step.total else "more" if after >= before else "less"
        box = (x + place * 0.15, top, place * 0.7, max(bottom - top, 1.0))
        shapes = [rect(*box, class_=f"step {kind}")]
        if step.open:
            shapes.append(rect(*box, fill=f"url(#{words.ident}-hatch)"))
        shapes.append(
            text(step.said, x + place / 2, top - 6, class_="label amount", text_anchor="middle")
        )
        shapes.append(
            text(
                fitted(step.label, place - 4),
                x + place / 2,
                height - 8,
                class_="tick",
                text_anchor="middle",
            )
        )
        drawn.append(link(step.href, step.title, *shapes))
        if number + 1 < len(steps):
            y = upward.at(after)
            drawn.append(line(x + place * 0.85, y, x + place * 1.15, y, class_="join"))
    return picture(words, hatch(words.ident), *drawn, width=width, height=height, extra="steps")
