"""Links to other months of the same page."""

from dataclasses import dataclass

from stillhouse.console.i18n import Reader
from stillhouse.console.pages.links import address
from stillhouse.console.pages.periods import Month, before, chosen_months
from stillhouse.units.instant import Instant


@dataclass(frozen=True, slots=True)
class Option:
    label: str
    href: str
    here: bool


def months_to_choose(
    reader: Reader, month: Month, at: Instant, path: str, **rest: str
) -> list[Option]:
    """A few months, newest first, and a step further back."""
    names = chosen_months(month, at)
    options = [
        Option(
            reader.month(name) if name == month.name else reader.month_short(name),
            address(path, {"month": name}, **rest),
            name == month.name,
        )
        for name in names
    ]
    back = before(min(names))
    options.append(Option("…", address(path, {"month": back}, **rest), here=False))
    return options
