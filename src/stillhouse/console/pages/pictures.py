"""Charts twice: one for wide screens, one for narrow ones, so that words stay as large as words.

The style sheet shows one of the two; the other is hidden from everybody, screen readers included.
"""

from collections.abc import Callable
from dataclasses import replace

from markupsafe import Markup

from stillhouse.console.charts.svg import HUES, Words
from stillhouse.console.house import Desk
from stillhouse.console.pages.figures import by_key
from stillhouse.console.pages.periods import before, month_of, today
from stillhouse.console.views import Days

WIDE, NARROW = 1040.0, 350.0
BEGINNING = "1970-01-01"


def both(words: Words, draw: Callable[[Words, float], Markup], *, wide: float = WIDE) -> Markup:
    """draw(words, width) -> picture."""
    narrow = replace(words, ident=f"{words.ident}-n")
    return Markup('<div class="wide">{}</div><div class="narrow">{}</div>').format(
        draw(words, wide), draw(narrow, NARROW)
    )


def hues(desk: Desk) -> dict[str, int]:
    """A colour for each account: the same on every page, and different for those that matter.

    The eight that had spent most when this month began have one each; the others are "the rest" in
    colour too. So a colour never stands for two accounts, and holds for the whole month.
    """
    month = before(today(desk.at)[:7])
    ended = month_of(month, desk.at).last
    spent = by_key(desk.sums(["account"], Days(BEGINNING, ended)).rows, 0)
    known = list(desk.directory().accounts)
    order = sorted(known, key=lambda ident: -spent.get(ident, 0))  # equals stay as they came
    return {ident: place if place <= HUES else 0 for place, ident in enumerate(order, start=1)}


def units(pico: int) -> float:
    """Pico-units as units of the currency: for the length of a bar, never for a sum."""
    return pico / 1e12
