"""How money runs through layers: account -> workload -> model. The width of a ribbon is money.

    ████▒▒▒▒▒▒▒▒▒▒▒████▒▒▒▒▒▒▒▒▒▒▒████
    ████▒▒▒▒▒▒▒▒▒▒▒████▒▒▒▒▒▒▒▒▒▒▒████   a node's height is the sum of what runs through it,
    ██▒▒▒▒▒▒▒▒▒▒▒▒▒██▒▒▒▒▒▒▒▒▒▒▒▒▒██     so every layer has the same height: nothing is lost

Small ones of a layer are put together as "the rest", which comes last; the others are ordered by
money. Ribbons take the colour of their first layer, so that an account can be followed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from stillhouse.console.charts.scale import fitted
from stillhouse.console.charts.svg import (
    Words,
    group,
    hue,
    link,
    picture,
    plain,
    rect,
    tag,
    text,
)

NODE = 12.0
GAP = 6.0
TOP = 26.0
NAME = 15.0
"""height of a name; a thinner node gets as much place all the same"""
REST = "\0rest"
"""Name of the node that holds what is too small to be shown alone."""


@dataclass(frozen=True, slots=True)
class Run:
    """So much money, and the name of its node in each layer."""

    path: tuple[str, ...]
    value: float


@dataclass(frozen=True, slots=True)
class Node:
    """What a node is called, what it says when asked, where it leads and its colour."""

    label: str
    title: str
    amount: str = ""
    href: str | None = None
    hue: int = 0


@dataclass(frozen=True, slots=True)
class _Box:
    top: float
    height: float


def folded(runs: Sequence[Run], *, most: int) -> list[Run]:
    """The same money with at most `most` nodes a layer; smaller ones become `REST`."""
    depth = len(runs[0].path) if runs else 0
    kept: list[set[str]] = []
    for layer in range(depth):
        sums: dict[str, float] = defaultdict(float)
        for run in runs:
            sums[run.path[layer]] += run.value
        order = sorted(sums, key=lambda name: (-sums[name], name))
        kept.append(set(order if len(order) <= most else order[: most - 1]))
    merged: dict[tuple[str, ...], float] = defaultdict(float)
    for run in runs:
        where = tuple(name if name in kept[layer] else REST for layer, name in enumerate(run.path))
        merged[where] += run.value
    return [Run(where, value) for where, value in merged.items() if value > 0]


def flow(
    runs: Sequence[Run],
    nodes: Mapping[tuple[int, str], Node],
    *,
    layers: Sequence[str],
    words: Words,
    width: float = 920.0,
    height: float = 420.0,
    label: float = 150.0,
) -> Markup:
    """Draw runs that are already folded.

    nodes: (layer, name) -> what to say. layers: a heading each. label: pixels for names on the
    right of the last layer; names of the others stand on the ribbons behind them.
    """
    sums = [_sums(runs, layer) for layer in range(len(layers))]
    unit = min((_unit(s, height - TOP - 4) for s in sums), default=1.0)
    boxes = [_stacked(s, unit, height) for s in sums]
    steps = (width - label - NODE) / max(len(layers) - 1, 1)
    xs = [n * steps for n in range(len(layers))]
    drawn = _ribbons(runs, nodes, boxes, xs, unit)
    for layer, heading in enumerate(layers):
        drawn.append(text(heading, xs[layer], 12, class_="tick heading"))
        room = (label if layer == len(layers) - 1 else steps) - NODE - 14
        for name, box in boxes[layer].items():
            drawn.append(_node(nodes[layer, name], xs[layer], box, room))
    return picture(words, *drawn, width=width, height=height, extra="flow")


def _sums(runs: Sequence[Run], layer: int) -> dict[str, float]:
    """Ordered by money; the rest last."""
    found: dict[str, float] = defaultdict(float)
    for run in runs:
        found[run.path[layer]] += run.value
    return dict(sorted(found.items(), key=lambda kv: (kv[0] == REST, -kv[1], kv[0])))


def _unit(sums: Mapping[str, float], room: float) -> float:
    """Pixels for one unit of money, so that this layer fits with a place for every name."""
    total = sum(sums.values()) or 1.0
    free = room - GAP * (len(sums) - 1)
    unit = free / total
    for _ in range(len(sums)):  # each round finds those that are thinner than their name
        thin = [v for v in sums.values() if v * unit < NAME]
        rest = total - sum(thin)
        unit = (free - NAME * len(thin)) / rest if rest else unit
    return max(unit, 0.0)


def _stacked(sums: Mapping[str, float], unit: float, height: float) -> dict[str, _Box]:
    places = {name: max(value * unit, NAME) for name, value in sums.items()}
    spare = height - TOP - 4 - sum(places.values())
    gap = min(spare / (len(sums) - 1), GAP * 3) if len(sums) > 1 else 0.0
    boxes, top = {}, TOP
    for name, value in sums.items():
        high = value * unit
        boxes[name] = _Box(top + (places[name] - high) / 2, high)
        top += places[name] + gap
    return boxes


def _ribbons(
    runs: Sequence[Run],
    nodes: Mapping[tuple[int, str], Node],
    boxes: Sequence[Mapping[str, _Box]],
    xs: Sequence[float],
    unit: float,
) -> list[Markup]:
    places = [{name: number for number, name in enumerate(layer)} for layer in boxes]
    drawn = []
    for layer in range(len(boxes) - 1):
        # Ribbons leave in the order of their targets and arrive in that of their sources, so that
        # as few as possible cross.
        starts = _packed(runs, layer, layer + 1, places, boxes[layer], unit)
        ends = _packed(runs, layer + 1, layer, places, boxes[layer + 1], unit)
        for run in runs:
            ends_at, thick = ends[run.path], run.value * unit
            said = " → ".join(nodes[n, name].title for n, name in enumerate(run.path))
            shape = _ribbon(xs[layer] + NODE, starts[run.path], xs[layer + 1], ends_at, thick)
            colour = hue(nodes[0, run.path[0]].hue)
            drawn.append(link(None, said, tag("path", d=shape, class_=f"ribbon {colour}")))
    return drawn


def _packed(
    runs: Sequence[Run],
    layer: int,
    other: int,
    places: Sequence[Mapping[str, int]],
    boxes: Mapping[str, _Box],
    unit: float,
) -> dict[tuple[str, ...], float]:
    """Where each run's ribbon touches its node of `layer`, packed in the order of `other`."""
    free = {name: box.top for name, box in boxes.items()}
    tops = {}
    for run in sorted(
        runs,
        key=lambda r: (places[other][r.path[other]], [places[n][x] for n, x in enumerate(r.path)]),
    ):
        tops[run.path] = free[run.path[layer]]
        free[run.path[layer]] += run.value * unit
    return tops


def _ribbon(x1: float, y1: float, x2: float, y2: float, thick: float) -> str:
    bend = (x1 + x2) / 2
    p = [plain(float(v)) for v in (x1, y1, bend, y2, x2, y1 + thick, y2 + thick)]
    start, top, middle, end, right, low, far = p
    return (
        f"M{start} {top}C{middle} {top} {middle} {end} {right} {end}"
        f"V{far}C{middle} {far} {middle} {low} {start} {low}Z"
    )


def _node(node: Node, x: float, box: _Box, room: float) -> Markup:
    middle = box.top + box.height / 2
    amount = f" {node.amount}" if node.amount else ""
    name = fitted(node.label, room - len(amount) * 6.6)
    words = group(
        tag(
            "text",
            tag("tspan", name, class_="name"),
            tag("tspan", amount, class_="amount"),
            x=x + NODE + 6,
            y=middle + 4,
            class_="label",
        )
    )
    bar = rect(x, box.top, NODE, max(box.height, 1.0), class_=hue(node.hue), rx=1)
    return link(node.href, f"{node.title} {node.amount}".strip(), bar, words)
