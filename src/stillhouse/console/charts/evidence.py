"""Evidence over calls: an e-value on a logarithmic axis, with the threshold of each level across.

The axis says that it is logarithmic. The line is what was known at each call; it may fall.
"""

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup

from stillhouse.console.charts.scale import Scale, ticks
from stillhouse.console.charts.svg import Words, line, link, path, picture, tag, text

BOTTOM, TOP, RIGHT = 26.0, 14.0, 12.0


def evidence(
    points: Sequence[tuple[int, float]],
    thresholds: Sequence[tuple[str, float]],
    *,
    words: Words,
    count: Callable[[int], str],
    calls: str,
    width: float = 920.0,
    height: float = 260.0,
    left: float = 96.0,
) -> Markup:
    """points: (calls, e-value > 0), by calls. thresholds: (level's name, e-value), lowest first.

    count: a number as its reader writes it. calls: what the axis below counts.
    """
    known = [(n, max(e, 1e-3)) for n, e in points if not math.isnan(e)]
    most = max([10 * thresholds[-1][1], *(min(e, 1e300) for _, e in known)])
    least = min([1.0, *(e for _, e in known)])
    upward = Scale(math.log10(least), math.log10(most), height - BOTTOM, TOP)
    steps = ticks(float(max([1, *(n for n, _ in known)])))
    across = Scale(0.0, steps[-1], left, width - RIGHT)
    drawn: list[Markup] = []
    for name, e in thresholds:
        y = upward.at(math.log10(e))
        drawn.append(line(left, y, width - RIGHT, y, class_="threshold"))
        drawn.append(
            text(f"{name} {count(int(e))}", left - 8, y + 4, class_="tick", text_anchor="end")
        )
    base = upward.at(math.log10(least))
    drawn.append(line(left, base, width - RIGHT, base, class_="base"))
    drawn += [
        text(count(int(step)), across.at(step), height - 8, class_="tick", text_anchor="middle")
        for step in steps
    ]
    drawn.append(text(calls, width - RIGHT, height - BOTTOM - 6, class_="tick", text_anchor="end"))
    track = [(across.at(0.0), upward.at(0.0))]
    track += [(across.at(float(n)), upward.at(math.log10(min(e, 1e300)))) for n, e in known]
    drawn.append(tag("path", d=path(*track), class_="line c1"))
    for (x, y), (n, e) in zip(track[1:], known, strict=True):
        said = f"{count(n)} {calls}: e = {e:,.4g}"
        drawn.append(link(None, said, tag("circle", cx=x, cy=y, r=3.5, class_="c1")))
    return picture(words, *drawn, width=width, height=height, extra="evidence")
