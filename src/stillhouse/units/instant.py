"""Instants are integer microseconds since 1970-01-01T00:00:00Z, always UTC, never naive.

The core never reads a clock: an Instant comes in as an argument. Periods are half-open and named
by their UTC calendar: a day "2026-11-23", a week from Monday "2026-W48" (ISO 8601), a month
"2026-11", or "total".
"""

from datetime import UTC, datetime, timedelta
from typing import Literal, NewType

Instant = NewType("Instant", int)
Span = Literal["day", "week", "month", "total"]

SECOND = 1_000_000
DAY = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(moment: datetime) -> Instant:
    """Raises ValueError for a naive datetime: say which zone is meant."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; write 2026-01-01T00:00:00Z")
    return Instant((moment - _EPOCH) // timedelta(microseconds=1))


def moment(at: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


def iso(at: int) -> str:
    """Write it as 2026-11-23T20:15:00.000123Z."""
    return moment(at).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def period(at: int, span: Span) -> str:
    """The name of the period that holds this instant."""
    match span:
        case "day":
            return moment(at).strftime("%Y-%m-%d")
        case "week":
            return moment(at).strftime("%G-W%V")
        case "month":
            return moment(at).strftime("%Y-%m")
        case "total":
            return "total"


def period_end(at: int, span: Span) -> Instant:
    """The first instant after the period that holds `at`; far away for "total"."""
    now = moment(at)
    match span:
        case "day":
            return Instant((at // DAY + 1) * DAY)
        case "week":
            return Instant((at // DAY + 7 - now.weekday()) * DAY)
        case "month":
            first = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
            return instant(first)
        case "total":
            return Instant(2**62)


def days_of(name: str, span: Span) -> tuple[str, str]:
    """The first and the last day of a period by its name; texts that no day is outside of."""
    if span == "week":
        monday = datetime.strptime(f"{name}-1", "%G-W%V-%u").replace(tzinfo=UTC)
        return f"{monday:%Y-%m-%d}", f"{monday + timedelta(days=6):%Y-%m-%d}"
    return ("", "~") if span == "total" else (name, f"{name}~")


def period_of(day: str, span: Span) -> str:
    """The name of the period that holds this day, "2026-11-23"."""
    return period(instant(datetime.fromisoformat(day).replace(tzinfo=UTC)), span)


def month_bounds(month: str) -> tuple[Instant, Instant]:
    """[start, end) of "2026-11". Raises ValueError when it is not a month."""
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    start = instant(first)
    return start, period_end(start, "month")
