"""A waterfall: each step begins where the one before it ended."""

import pytest
from tests.console.charts.drawn import Drawn

from stillhouse.console.charts.svg import Words
from stillhouse.console.charts.waterfall import Step, waterfall

WORDS = Words("w", "Why it changed", "from October to November")
STEPS = [
    Step("October", 10.0, "10", "October: 10", total=True),
    Step("volume", 6.0, "+6", "volume"),
    Step("price", -4.0, "-4", "price"),
    Step("November", 12.0, "12", "November: 12", total=True, open=True),
]


def test_steps_go_on_where_the_last_one_ended() -> None:
    picture = Drawn(waterfall(STEPS, words=WORDS, axis=str))
    [more], [less] = (picture.numbers("rect", "y", kind) for kind in ("more", "less"))
    _, last = picture.numbers("rect", "y", "whole")
    [fall] = picture.numbers("rect", "height", "less")

    assert pytest.approx(more) == less
    assert pytest.approx(last) == less + fall


def test_a_period_that_is_not_over_is_hatched() -> None:
    picture = Drawn(waterfall(STEPS, words=WORDS, axis=str))

    assert 1 == sum(r.get("fill") == "url(#w-hatch)" for r in picture.all("rect"))
