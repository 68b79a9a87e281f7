"""Flow: no money is lost on its way through the layers, nor by putting small ones together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.console.charts.drawn import Drawn

from stillhouse.console.charts.flow import REST, Node, Run, flow, folded
from stillhouse.console.charts.svg import Words

WORDS = Words("f", "What is it for", "accounts to models")
names = st.sampled_from("abcdefghij")
runs = st.lists(
    st.builds(Run, st.tuples(names, names, names), st.integers(1, 10**6).map(float)), min_size=1
)


@given(runs, st.integers(2, 6))
def test_putting_small_ones_together_keeps_the_sum_and_the_limit(
    given: list[Run], most: int
) -> None:
    kept = folded(given, most=most)

    assert pytest.approx(sum(r.value for r in given)) == sum(r.value for r in kept)
    assert all(len({r.path[layer] for r in kept}) <= most for layer in range(3))


@given(runs)
def test_every_layer_is_as_high_as_the_others(given: list[Run]) -> None:
    kept = folded(given, most=5)
    drawn = Drawn(picture(kept))
    heights: dict[float, float] = {}
    for bar in drawn.all("rect"):
        x = float(bar.get("x", "0"))
        heights[x] = heights.get(x, 0.0) + float(bar.get("height", "0"))
    first = max(heights.values())

    # A node is never thinner than a pixel, so that it can be seen.
    assert all(pytest.approx(first, abs=6) == height for height in heights.values())


def test_the_rest_comes_last() -> None:
    kept = folded([Run((name, "w"), 10.0 - n) for n, name in enumerate("abcdef")], most=3)
    drawn = Drawn(picture(kept, layers=2))
    words = [word.strip() for word in drawn.words()]

    assert ["a", "b", REST] == [w for w in words if w in {"a", "b", REST}]


def picture(kept: list[Run], *, layers: int = 3) -> str:
    nodes = {
        (layer, run.path[layer]): Node(run.path[layer], run.path[layer])
        for run in kept
        for layer in range(layers)
    }
    return flow(kept, nodes, layers=["x", "y", "z"][:layers], words=WORDS).replace("\0", "")


REST = REST.replace("\0", "")
