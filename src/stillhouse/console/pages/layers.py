"""The dearest of each layer, what runs between them, and the rest, without asking for all of it.

A house has thousands of accounts, workloads and models; a picture shows a few of each. What runs
through the others is never added up: it is the sum of the layer less that of the dearest, layer by
layer, in whole numbers, so that what is drawn sums to the whole exactly.

    any, any    ─► a, any   rest, any = any, any - sum(a, any)
                ─► a, b     a, rest   = a, any - sum(a, b)   ...
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

from stillhouse.console.charts.flow import REST
from stillhouse.console.house import Desk
from stillhouse.console.views import Days, Dimension

Only = Mapping[Dimension, str]


def runs(
    desk: Desk, layers: Sequence[Dimension], days: Days, only: Only, *, most: int
) -> dict[tuple[str, ...], int]:
    """Charges by path, at most `most` names a layer, the last of them `REST` when there are more.

    only: keeps one id of a dimension; it narrows every layer.
    """
    kept: dict[Dimension, list[str]] = {}
    for layer in layers:
        dearest = desk.sums([layer], days, only=only, limit=most + 1).rows
        names = [row.keys[0] for row in dearest]
        kept[layer] = names if len(names) <= most else names[: most - 1]
    known: dict[tuple[str | None, ...], int] = {}
    for size in range(len(layers) + 1):
        for some in combinations(range(len(layers)), size):
            by = [layers[n] for n in some]
            narrowed = {**only, **{layer: kept[layer] for layer in by}}
            if not by:
                known[(None,) * len(layers)] = desk.sums([], days, only=only).whole.charge
                continue
            for row in desk.sums(by, days, only=narrowed).rows:
                at = dict(zip(some, row.keys, strict=True))
                known[tuple(at.get(n) for n in range(len(layers)))] = row.charge
    return {path: charge for path, charge in _folded(known, len(layers)).items() if charge > 0}


def _folded(known: Mapping[tuple[str | None, ...], int], depth: int) -> dict[tuple[str, ...], int]:
    """None in a path means any; take off the named ones, and what is left is the rest."""
    now = dict(known)
    for layer in range(depth):
        then: dict[tuple[str | None, ...], int] = {}
        for path, charge in now.items():
            name = path[layer]
            if name is not None:
                then[path] = charge
            rest = (*path[:layer], REST, *path[layer + 1 :])
            then[rest] = then.get(rest, 0) + (charge if name is None else -charge)
        now = then
    return {tuple(str(name) for name in path): charge for path, charge in now.items()}
