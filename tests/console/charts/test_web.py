"""The picture of linked accounts: on a circle, strong lines whole, never a ball of wool."""

from tests.console.charts.drawn import Drawn

from stillhouse.console.charts.svg import Words
from stillhouse.console.charts.web import MOST, web

WORDS = Words("w", "Links", "three accounts")


def test_each_account_has_its_place_and_each_link_its_words() -> None:
    picture = Drawn(
        web(
            ["acme", "bravo", "charlie"],
            [(0, 1, "payment", True), (1, 2, "pivot", False)],
            words=WORDS,
        )
    )

    assert ["acme", "bravo", "charlie"] == picture.words()
    assert 1 == len(picture.all("line", "strong"))
    assert 2 == len(picture.all("line", "edge"))
    assert "acme, bravo: payment" in picture.titles()


def test_beyond_the_limit_the_rest_is_a_number() -> None:
    names = [f"account-{n}" for n in range(MOST + 5)]
    picture = Drawn(web(names, [(0, MOST + 1, "payment", True)], words=WORDS, more="and 5 more"))

    assert MOST == len(picture.all("circle"))
    assert [] == picture.all("line", "edge")
    assert "and 5 more" in picture.words()


def test_names_are_escaped_and_cut() -> None:
    picture = Drawn(web(["<b>&", "x" * 40], [], words=WORDS))

    assert ["<b>&", "x" * 15 + "…"] == picture.words()
