"""The picture of a bridge is well-formed, stands on zero and says every figure."""

from fractions import Fraction
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.billing.bridge_svg import HEIGHT, WIDTH, Bar, waterfall

SVG = "{http://www.w3.org/2000/svg}"
STEPS = [
    Bar("October", Fraction(100), total=True),
    Bar("volume", Fraction(40)),
    Bar("price", Fraction(-15)),
    Bar("November", Fraction(125), total=True),
]


def drawn(bars: list[Bar]) -> ET.Element:
    return ET.fromstring(waterfall(bars, title="a < b", said=str, axis="USD"))


def boxes(root: ET.Element) -> list[tuple[float, float]]:
    """(top, bottom) of each bar."""
    rects = root.findall(f"{SVG}rect")[1:]
    return [(float(r.attrib["y"]), float(r.attrib["y"]) + float(r.attrib["height"])) for r in rects]


def test_bars_stand_on_zero_and_steps_hang_on_the_one_before() -> None:
    october, volume, price, november = boxes(drawn(STEPS))

    assert october[1] == pytest.approx(november[1], abs=0.2)
    assert volume[1] == pytest.approx(october[0], abs=0.2)
    assert price[0] == pytest.approx(volume[0], abs=0.2)
    assert price[1] == pytest.approx(november[0], abs=0.2)
    assert abs((october[1] - october[0]) / 100 - (november[1] - november[0]) / 125) < 0.02


def test_every_label_and_figure_is_there() -> None:
    words = {t.text for t in drawn(STEPS).iter(f"{SVG}text")}

    assert {"October", "volume", "price", "November", "+40", "-15", "125", "USD", "0"} <= words
    assert "a < b" == drawn(STEPS).findtext(f"{SVG}title")


@given(st.lists(st.fractions(-(10**20), 10**20), min_size=1, max_size=8))
def test_whatever_the_amounts_nothing_leaves_the_picture(amounts: list[Fraction]) -> None:
    bars = [Bar("x", amount, total=not n) for n, amount in enumerate(amounts)]
    for top, bottom in boxes(drawn(bars)):
        assert -1 <= top <= bottom <= HEIGHT + 1
    assert f"0 0 {WIDTH} {HEIGHT}" == drawn(bars).attrib["viewBox"]
