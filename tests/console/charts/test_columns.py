"""Columns: heights are sums, from zero; the open day is hatched and the days to come dashed."""

import pytest
from tests.console.charts.drawn import Drawn

from stillhouse.console.charts.columns import Column, Estimate, Part, columns
from stillhouse.console.charts.svg import Words

WORDS = Words("spend", "Spend by day", "two accounts")
DAYS = [
    Column("1", (Part(30.0, 1, "a: 30", "/calls?day=1"), Part(10.0, 2, "b: 10"))),
    Column("2", (Part(20.0, 1, "a: 20"),), open=True),
]


def drawn(*estimates: Estimate) -> Drawn:
    return Drawn(columns(DAYS, estimates, words=WORDS, axis=lambda v: f"{v:g}"))


def test_heights_are_to_each_other_as_the_values() -> None:
    first, third = drawn().numbers("rect", "height", "c1")
    [second] = drawn().numbers("rect", "height", "c2")

    assert pytest.approx([1 / 3, 2 / 3], abs=0.001) == [second / first, third / first]


def test_parts_stand_on_each_other() -> None:
    picture = drawn()
    [top, _], [height, _] = (picture.numbers("rect", a, "c1") for a in ("y", "height"))
    [above] = picture.numbers("rect", "y", "c2")
    [rise] = picture.numbers("rect", "height", "c2")

    assert pytest.approx(top) == above + rise
    assert pytest.approx(216, abs=0.01) == top + height


def test_only_the_open_day_is_hatched() -> None:
    hatched = [r for r in drawn().all("rect") if r.get("fill") == "url(#spend-hatch)"]

    assert 1 == len(hatched)


def test_an_estimate_shows_its_error() -> None:
    picture = drawn(Estimate("3", 10.0, 20.0, 40.0, "about 20"))
    [band] = picture.numbers("rect", "height", "band")
    [middle] = picture.numbers("rect", "height", "estimate")

    assert pytest.approx(band / 30) == middle / 20
    assert "about 20" in picture.titles()


def test_a_piece_leads_to_what_it_is_the_sum_of() -> None:
    assert ["/calls?day=1"] == drawn().links()


def test_nothing_at_all_is_still_an_axis() -> None:
    picture = Drawn(columns([], words=WORDS, axis=str))

    assert ["0.0", "1.0"] == picture.words()
    assert [] == list(picture.styles())
