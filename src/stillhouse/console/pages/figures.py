"""Figures that pages share: growth, concentration, sums by one key. Whole numbers only."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from stillhouse.console.i18n import MILLION
from stillhouse.console.views import Sum
from stillhouse.units.usage import INPUT_METERS, METERS, OUTPUT_METERS, Meter

SAME_PPM = 5000
"""half a percent: less than that is no change"""
METERS_IN = tuple(n for n, meter in enumerate(METERS) if meter in INPUT_METERS)
METERS_OUT = tuple(n for n, meter in enumerate(METERS) if meter in OUTPUT_METERS)
_REQUESTS = METERS.index(Meter.REQUESTS)


@dataclass(frozen=True, slots=True)
class Change:
    """ppm: None when there was nothing before."""

    difference: int
    ppm: int | None
    direction: Literal["up", "down", "same", "new"]


def growth_ppm(now: int, before: int) -> int | None:
    return (now - before) * MILLION // before if before else None


def change_between(now: int, before: int) -> Change:
    ppm = growth_ppm(now, before)
    if ppm is None:
        return Change(now - before, None, "new")
    if abs(ppm) < SAME_PPM:
        return Change(now - before, ppm, "same")
    return Change(now - before, ppm, "up" if ppm > 0 else "down")


def hhi(parts: Iterable[int]) -> int:
    """Herfindahl-Hirschman index in points: squared percentages, summed."""
    known = [part for part in parts if part > 0]
    whole = sum(known)
    return sum(part * part for part in known) * 10_000 // (whole * whole) if whole else 0


def by_key(rows: Iterable[Sum], place: int) -> dict[str, int]:
    """Charges by the key at this place."""
    found: dict[str, int] = {}
    for row in rows:
        found[row.keys[place]] = found.get(row.keys[place], 0) + row.charge
    return found


def tokens(usage: tuple[int, ...]) -> int:
    """All tokens of all meters; requests are not tokens."""
    return sum(usage) - (usage[_REQUESTS] if len(usage) > _REQUESTS else 0)


def counted(usage: tuple[int, ...], meters: tuple[int, ...]) -> int:
    """The sum over these meters; a receipt from before a meter existed has none of it."""
    return sum(usage[n] for n in meters if n < len(usage))


def rate(calls: int, seconds: int) -> Decimal:
    return Decimal(calls) / max(seconds, 1)
