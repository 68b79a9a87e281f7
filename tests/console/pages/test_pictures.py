"""Pictures come in two sizes with names of their own; a colour never stands for two accounts."""

from collections import Counter

from markupsafe import Markup
from tests.console.real import AT, Real

from stillhouse.console.charts.spark import spark
from stillhouse.console.charts.svg import HUES, Words
from stillhouse.console.pages.pictures import NARROW, WIDE, both, hues, units
from stillhouse.console.roles import Role, Who
from stillhouse.units.instant import DAY


def test_both_sizes_have_identifiers_of_their_own() -> None:
    seen: list[tuple[str, float]] = []

    def draw(words: Words, width: float) -> Markup:
        seen.append((words.ident, width))
        return spark([1, 2], name=words.title)

    html = both(Words("x", "title", "words"), draw)

    assert [("x", WIDE), ("x-n", NARROW)] == seen
    assert 'class="wide"' in html


def test_those_that_spend_most_have_a_colour_each_and_the_others_none(real: Real) -> None:
    for n in range(HUES + 2):
        real.parts.store.create_account(f"account-{n}", at=AT, actor="test")
    real.seal(
        real.receipts(1, account=real.bob, writer=real.writer(), at=AT - 40 * DAY, charge=10**12)
    )
    who = Who(id="m", actor="user:a@b", name="", email="a@b", role=Role.OWNER)
    found = hues(real.app.state.house.desk(who, at=real.now))
    given = Counter(hue for hue in found.values() if hue)

    assert 1 == found[real.bob.id]
    assert set(range(1, HUES + 1)) == set(given)
    assert {1} == set(given.values())


def test_money_becomes_a_length() -> None:
    assert 1.5 == units(1_500_000_000_000)
