"""What a month will have come to at its end, and how wrong such forecasts were. Pure.

    forecast = what the month's days came to so far + what is expected of each day to come

Three ways to expect a day; each looks at the last days that are over, at most four weeks of them:

    level      their mean
    recent     the mean of the last seven
    weekday    the mean, times what this day of the week has been to the mean: its ratio over the
               days that were seen, drawn towards 1 as if `PRIOR` more ordinary ones had been seen

Which of them is used, and how wrong it is, is found by going back: every earlier window of the same
shape (as many days gone, as many to come) is forecast from what was known then and compared with
what it came to. At each the way is chosen that had erred least until there, so the error that is
printed is of forecasts that were really possible, choice included. With fewer than `WINDOWS_MIN`
such windows there is no error to print, and the forecast says so.

Days are whole UTC days. Today's part counts as it is, or as expected if that is more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from statistics import median

LOOK_BACK, RECENT, PRIOR = 28, 7, 2
HISTORY_MIN = 3
"""complete days without which nothing is expected of any other"""
WINDOWS_MIN = 8
WINDOWS_MAX = 120
"""the newest; so that years of history cost no more than months"""
Week = Sequence[Fraction]
"""Amounts expected of the next seven days; the days after them are like these."""
Way = Callable[[Sequence[Fraction]], Week]
"""Amounts of the days that are over, newest last -> what to expect."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of one month, in the amounts' own unit.

    so_far: up to now. days: what is expected of each day from today. expected: at the month's end.
    way: how. windows: how many earlier ones were forecast to learn the errors, which are shares of
    what the window came to: the middle one, and the one that nine of ten stay below; None: too few.
    """

    so_far: Fraction
    expected: Fraction
    days: tuple[tuple[date, Fraction], ...]
    way: str
    windows: int
    error: Fraction | None
    error_high: Fraction | None


def forecast(daily: Mapping[date, Fraction | int], *, today: date) -> Forecast | None:
    """Of the month that holds `today`; None when too few days are over.

    daily: amounts by day; a day that is not there had none. History begins with the first day that
    is there.
    """
    if not daily:
        return None
    first, start = min(daily), today.replace(day=1)
    amounts = [
        Fraction(daily.get(first + timedelta(n), 0)) for n in range(max(0, (today - first).days))
    ]
    if len(amounts) < HISTORY_MIN:
        return None
    month_end = (start + timedelta(32)).replace(day=1)
    gone, to_come = (today - start).days, (month_end - today).days
    errors, way, windows = _tried(amounts, gone, to_come)
    week = WAYS[way](amounts)
    days = [(today + timedelta(n), week[n % 7]) for n in range(to_come)]
    part = Fraction(daily.get(today, 0))
    days[0] = (today, max(days[0][1], part))
    before = sum(amounts[len(amounts) - gone :] if gone <= len(amounts) else amounts, Fraction(0))
    enough = windows >= WINDOWS_MIN
    return Forecast(
        so_far=before + part,
        expected=before + sum((amount for _, amount in days), Fraction(0)),
        days=tuple(days),
        way=way,
        windows=windows,
        error=median(errors) if enough else None,
        error_high=sorted(errors)[-(-9 * len(errors) // 10) - 1] if enough else None,
    )


def _tried(amounts: Sequence[Fraction], gone: int, to_come: int) -> tuple[list[Fraction], str, int]:
    """Relative errors of the forecasts of earlier windows, and the way that erred least."""
    sums = dict.fromkeys(WAYS, 0)
    errors: list[Fraction] = []
    way = "weekday" if len(amounts) >= 2 * RECENT else "level"
    last = len(amounts) - to_come
    for at in range(max(gone, HISTORY_MIN, last - WINDOWS_MAX + 1), last + 1):
        begun = sum(amounts[at - gone : at], Fraction(0))
        actual = begun + sum(amounts[at : at + to_come], Fraction(0))
        if not actual:
            continue
        found = {}
        for name, expect in WAYS.items():
            week = expect(amounts[:at])
            coming = sum((week[n] * len(range(n, to_come, 7)) for n in range(7)), Fraction(0))
            found[name] = Fraction(abs(begun + coming - actual), actual)
        errors.append(found[way])
        for name, error in found.items():
            sums[name] += round(error * 10**6)  # in ppm, or denominators would grow
        way = min(sums, key=lambda name: (sums[name], name != way))
    return errors, way, len(errors)


def _level(amounts: Sequence[Fraction]) -> Week:
    return [_mean(amounts[-LOOK_BACK:])] * 7


def _recent(amounts: Sequence[Fraction]) -> Week:
    return [_mean(amounts[-RECENT:])] * 7


def _weekday(amounts: Sequence[Fraction]) -> Week:
    seen = amounts[-LOOK_BACK:]
    mean = _mean(seen)
    ahead = [seen[(len(seen) + n) % 7 :: 7] for n in range(7)]
    return [Fraction(sum(days, Fraction(0)) + PRIOR * mean, len(days) + PRIOR) for days in ahead]


def _mean(amounts: Sequence[Fraction]) -> Fraction:
    return Fraction(sum(amounts, Fraction(0)), len(amounts))


WAYS: dict[str, Way] = {"level": _level, "recent": _recent, "weekday": _weekday}
