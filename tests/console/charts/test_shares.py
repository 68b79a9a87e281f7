"""Shares: a strip is the whole, bars begin at the same line."""

import pytest
from tests.console.charts.drawn import Drawn

from stillhouse.console.charts.shares import Share, bars, strip
from stillhouse.console.charts.svg import Words

WORDS = Words("s", "Share by account", "two accounts")
PARTS = [Share("a long name", 3.0, "75 %", 1, "/a"), Share("b", 1.0, "25 %", 2)]


def test_a_strip_is_as_long_as_its_parts_together() -> None:
    [long], [short] = (
        Drawn(strip(PARTS, words=WORDS)).numbers("rect", "width", c) for c in ("c1", "c2")
    )

    assert pytest.approx(3, abs=0.05) == long / short
    assert pytest.approx(920, abs=4) == long + short


def test_bars_begin_at_the_same_line() -> None:
    picture = Drawn(bars(PARTS, words=WORDS))

    assert picture.numbers("rect", "x", "c1") == picture.numbers("rect", "x", "c2")
    assert {"75 %", "25 %", "b"} <= set(picture.words())


def test_an_open_period_is_hatched() -> None:
    picture = Drawn(bars(PARTS, words=WORDS, open_=True))

    assert 2 == sum(r.get("fill") == "url(#s-hatch)" for r in picture.all("rect"))
