"""A timeline: stages where they were in time, and no two names on each other."""

import pytest
from tests.console.charts.drawn import Drawn

from stillhouse.console.charts.svg import Words
from stillhouse.console.charts.timeline import Lane, Mark, Stage, timeline

WORDS = Words("t", "One call", "two attempts")
LANE = Lane(
    "attempt 1",
    (Stage("waiting", 0, 200, "wait", "200 ms"), Stage("answer", 200, 1000, "answer", "800 ms")),
    (Mark("admitted", 0, "at 0"), Mark("held", 1, "at 1"), Mark("settled", 1000, "at 1000")),
)


def test_stages_are_as_long_as_they_took() -> None:
    picture = Drawn(timeline([LANE], words=WORDS, axis=str))
    [wait], [answer] = (picture.numbers("rect", "width", kind) for kind in ("wait", "answer"))

    assert pytest.approx(4) == answer / wait


def test_a_name_without_room_is_left_to_its_tooltip() -> None:
    picture = Drawn(timeline([LANE], words=WORDS, axis=str))

    assert "held" not in picture.words()
    assert {"at 0", "at 1", "at 1000"} <= set(picture.titles())
