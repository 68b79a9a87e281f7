"""SVG elements, written safely: text is escaped unless it already is markup.

Coordinates are pixels of the picture's own box; two decimals are more than a screen shows.
"""

from dataclasses import dataclass

from markupsafe import Markup, escape

_RESERVED = {"class_": "class", "for_": "for"}

HUES = 8
"""Colours that stand for things: classes c1 to c8. c0 is the rest, put together."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a chart is called: its title, and a description that says what is to be seen.

    ident: unique in the page; the narrow picture of the same chart adds to it.
    """

    ident: str
    title: str
    description: str


def tag(name: str, /, *children: str, **attributes: object) -> Markup:
    """One element. None leaves an attribute out; `class_` is class, `text_anchor` text-anchor."""
    written = "".join(
        f' {_named(key)}="{escape(plain(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(escape(child) for child in children)
    if not inside:
        return Markup(f"<{name}{written}/>")  # noqa: S704 - every part is escaped above
    return Markup(f"<{name}{written}>{inside}</{name}>")  # noqa: S704 - the same


def group(*children: str, **attributes: object) -> Markup:
    return tag("g", *children, **attributes)


def text(words: str, x: float, y: float, **attributes: object) -> Markup:
    return tag("text", words, x=x, y=y, **attributes)


def rect(x: float, y: float, width: float, height: float, **attributes: object) -> Markup:
    """A rectangle; nothing is ever narrower than nothing."""
    return tag("rect", x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), **attributes)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: object) -> Markup:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)


def link(href: str | None, title: str, *children: str) -> Markup:
    """What the children stand for, as a door to it; without an address only their tooltip."""
    named = tag("title", title)
    if href is None:
        return group(named, *children)
    # Not in the order of the Tab key: the table under the chart has the same links, in words.
    return tag("a", named, *children, href=href, tabindex="-1")


def hatch(ident: str) -> Markup:
    """The pattern of what is not finished: lines of the surface's colour over the own colour."""
    stroke = line(0, 0, 0, 6, class_="hatch-line")
    return tag(
        "defs",
        tag(
            "pattern",
            stroke,
            id=f"{ident}-hatch",
            width=6,
            height=6,
            patternUnits="userSpaceOnUse",
            patternTransform="rotate(45)",
        ),
    )


def picture(
    words: Words, *children: str, width: float, height: float, extra: str | None = None
) -> Markup:
    """The whole chart. Its title and description are its name for a screen reader."""
    title, description = f"{words.ident}-title", f"{words.ident}-desc"
    return tag(
        "svg",
        tag("title", words.title, id=title),
        tag("desc", words.description, id=description),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        class_=f"chart {extra}" if extra else "chart",
        viewBox=f"0 0 {plain(width)} {plain(height)}",
        width=width,
        height=height,
        role="group",
        aria_labelledby=title,
        aria_describedby=description,
    )


def hue(number: int) -> str:
    """The class of this colour; the rest of the palette is used again, never run out of."""
    return "c0" if number <= 0 else f"c{(number - 1) % HUES + 1}"


def path(*points: tuple[float, float]) -> str:
    """Straight lines through these points."""
    return "M" + "L".join(f"{plain(x)} {plain(y)}" for x, y in points)


def _named(key: str) -> str:
    if key in _RESERVED:
        return _RESERVED[key]
    return key.replace("_", "-")


def plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return str(value)
