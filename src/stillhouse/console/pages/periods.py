"""Which days a page is about: a month, or from one day to another. UTC days, both ends included.

A month that is not over is compared with the same days of the month before, never with all of it.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from stillhouse.console.views import Days
from stillhouse.units.instant import Instant, moment, month_bounds

EARLIEST = "2020-01"


@dataclass(frozen=True, slots=True)
class Month:
    """name: "2026-11". days: those that have begun. last: of the whole month."""

    name: str
    days: Days
    last: str
    open: bool

    @property
    def number_of_days(self) -> int:
        return int(self.days.last[8:])


def today(at: Instant) -> str:
    return moment(at).date().isoformat()


def month_of(asked: str, at: Instant) -> Month:
    """The month that was asked for, else the one that we are in.

    Raises:
        ValueError: it is not a month, or has not begun.
    """
    now = today(at)
    if not asked:
        return _month(now[:7], now)
    try:
        month_bounds(asked)
        date.fromisoformat(f"{asked}-01")
    except ValueError:
        raise ValueError(f"{asked!r} is not a month; write it as 2026-11") from None
    if asked > now[:7]:
        raise ValueError(f"{asked} has not begun; choose a month up to {now[:7]}")
    return _month(asked, now)


def _month(name: str, now: str) -> Month:
    last = f"{name}-{monthrange(int(name[:4]), int(name[5:]))[1]:02d}"
    return Month(name, Days(f"{name}-01", min(last, now)), last, open=now <= last)


def before(name: str) -> str:
    """The month before this one."""
    return (date.fromisoformat(f"{name}-01") - timedelta(days=1)).isoformat()[:7]


def after(name: str) -> str:
    return (date.fromisoformat(f"{name}-01") + timedelta(days=31)).isoformat()[:7]


def whole_days(month: Month) -> Days | None:
    """Those days of it that are over, for a fair comparison; None on the first of a month."""
    if not month.open:
        return month.days
    if month.number_of_days == 1:
        return None
    yesterday = date.fromisoformat(month.days.last) - timedelta(days=1)
    return Days(month.days.first, yesterday.isoformat())


def alike(month: Month) -> Days:
    """As many whole days of the month before; all of them when the month is over."""
    name = before(month.name)
    length = monthrange(int(name[:4]), int(name[5:]))[1]
    ended = whole_days(month)
    until = min(int(ended.last[8:]) if ended else 1, length) if month.open else length
    return Days(f"{name}-01", f"{name}-{until:02d}")


def every_day(days: Days) -> list[str]:
    first, last = date.fromisoformat(days.first), date.fromisoformat(days.last)
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def days_of(first: str, last: str, at: Instant, *, back: int = 6) -> Days:
    """The days that were asked for; without any, today and so many days back.

    Raises:
        ValueError: one of them is not a day, or they are the wrong way round.
    """
    now = today(at)
    try:
        end = date.fromisoformat(last or now)
        start = date.fromisoformat(first) if first else end - timedelta(days=back)
    except ValueError:
        raise ValueError("a day is written as 2026-11-23; correct the address") from None
    if start > end:
        raise ValueError(f"{start} is after {end}; swap the two days")
    return Days(start.isoformat(), end.isoformat())


def bounds(days: Days) -> tuple[Instant, Instant]:
    """[start, end) of these days."""
    first, last = date.fromisoformat(days.first), date.fromisoformat(days.last)
    day = 86_400_000_000
    start = date(1970, 1, 1)
    return Instant((first - start).days * day), Instant(((last - start).days + 1) * day)


def chosen_months(month: Month, at: Instant, *, count: int = 4) -> list[str]:
    """Months to choose from, newest first, with the chosen one among them."""
    names: list[str] = []
    name = today(at)[:7]
    while len(names) < count:
        names.append(name)
        name = before(name)
    if month.name not in names:
        names[-1] = month.name
    return names
