"""A trend in a table's cell: a line, its last point marked. From zero, like every axis here.

It stands beside the numbers that it is drawn from, so it has a name and no description.
"""

from collections.abc import Sequence

from markupsafe import Markup

from stillhouse.console.charts.scale import Scale
from stillhouse.console.charts.svg import hue, path, tag


def spark(
    values: Sequence[float],
    *,
    name: str,
    number: int = 1,
    open_: bool = False,
    width: float = 96.0,
    height: float = 22.0,
) -> Markup:
    """Draw it. open_: the last value is of a period that is not over, so its way there is dashed.

    number: the colour, as everywhere.
    """
    across = Scale(0.0, max(len(values) - 1, 1), 3.0, width - 4)
    upward = Scale(0.0, max([0.0, *values]) or 1.0, height - 3, 3.0)
    points = [(across.at(n), upward.at(v)) for n, v in enumerate(values)]
    solid = points[:-1] if open_ else points
    shapes = []
    if len(solid) > 1:
        shapes.append(tag("path", d=path(*solid), class_=f"line {hue(number)}"))
    if open_ and len(points) > 1:
        shapes.append(tag("path", d=path(*points[-2:]), class_=f"line dashed {hue(number)}"))
    if points:
        x, y = points[-1]
        shapes.append(tag("circle", cx=x, cy=y, r=2.2, class_=hue(number)))
    return tag(
        "svg",
        *shapes,
        xmlns="http://www.w3.org/2000/svg",
        class_="spark",
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
        aria_label=name,
    )
