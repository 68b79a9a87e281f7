"""A spark has a name, and its way to an open period is dashed."""

from tests.console.charts.drawn import Drawn

from stillhouse.console.charts.spark import spark


def test_a_spark_is_named() -> None:
    root = Drawn(spark([1, 2, 3], name="grew from 1 to 3")).root

    assert ("img", "grew from 1 to 3") == (root.get("role"), root.get("aria-label"))


def test_the_way_to_an_open_period_is_dashed() -> None:
    closed, still_open = (Drawn(spark([1, 2, 3], name="n", open_=o)) for o in (False, True))

    assert (0, 1) == (len(closed.all("path", "dashed")), len(still_open.all("path", "dashed")))


def test_nothing_is_drawn_of_nothing() -> None:
    picture = Drawn(spark([], name="no calls"))

    assert ([], []) == (picture.all("path"), picture.all("circle"))
