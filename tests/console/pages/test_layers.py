"""What is drawn of each layer and the rest sum to the whole exactly, whatever runs through."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from stillhouse.console.charts.flow import REST
from stillhouse.console.house import Desk
from stillhouse.console.pages.layers import runs
from stillhouse.console.views import Days, Dimension, Sum, Sums
from stillhouse.units.instant import Instant

LAYERS: tuple[Dimension, ...] = ("account", "workload", "model")
DAYS = Days("2026-11-01", "2026-11-30")
Paths = Mapping[tuple[str, str, str], int]
PATHS = st.dictionaries(
    st.tuples(st.sampled_from("abcde"), st.sampled_from("vwxyz"), st.sampled_from("mno")),
    st.integers(1, 2**70),
    min_size=1,
    max_size=30,
)


class Sold:
    """A desk that knows sums of these paths and nothing else."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths

    def sums(
        self,
        by: Sequence[Dimension],
        days: Days,
        *,
        only: Mapping[Dimension, str | Collection[str]],
        limit: int | None = None,
    ) -> Sums:
        found: dict[tuple[str, ...], int] = defaultdict(int)
        for path, charge in self.paths.items():
            named = dict(zip(LAYERS, path, strict=True))
            if all(named[name] in kept for name, kept in only.items()):
                found[tuple(named[name] for name in by)] += charge
        order = sorted(found, key=lambda keys: (-found[keys], keys))
        rows = tuple(Sum(keys=keys, charge=found[keys]) for keys in order[:limit])
        whole = Sum(charge=sum(found.values()))
        return Sums(
            by=tuple(by),
            days=days,
            currency="USD",
            rows=rows,
            whole=whole,
            as_of=Instant(0),
            still_open=True,
        )


def told(paths: Paths, most: int) -> dict[tuple[str, ...], int]:
    return runs(cast("Desk", Sold(paths)), LAYERS, DAYS, {}, most=most)


@given(PATHS, st.integers(2, 6))
def test_it_is_what_folding_every_path_gives(paths: Paths, most: int) -> None:
    kept = []
    for layer in range(3):
        sums: dict[str, int] = defaultdict(int)
        for path, charge in paths.items():
            sums[path[layer]] += charge
        order = sorted(sums, key=lambda name: (-sums[name], name))
        kept.append(order if len(order) <= most else order[: most - 1])
    folded: dict[tuple[str, ...], int] = defaultdict(int)
    for path, charge in paths.items():
        folded[tuple(n if n in kept[at] else REST for at, n in enumerate(path))] += charge

    assert folded == told(paths, most)


@given(PATHS, st.integers(2, 4))
def test_nothing_is_lost_and_no_layer_has_more_names_than_may_be_shown(
    paths: Paths, most: int
) -> None:
    found = told(paths, most)

    assert sum(paths.values()) == sum(found.values())
    assert all(most >= len({path[layer] for path in found}) for layer in range(3))
