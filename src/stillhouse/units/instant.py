"""Instants are integer microseconds since 1970-01-01T00:00:00Z, always UTC, never naive.

The core never reads a clock: an Instant comes in as an argument. Periods are half-open and named
by their UTC calendar: a day "2026-11-23", a month "2026-11", or "total".
"""

from datetime import UTC, datetime, timedelta
from typing import Literal, NewType

Instant = NewType("Instant", int)
Span = Literal["day", "month", "total"]

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
        case "month":
            first = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
            return instant(first)
        case "total":
            return Instant(2**62)


def month_bounds(month: str) -> tuple[Instant, Instant]:
    """[start, end) of "2026-11". Raises ValueError when it is not a month."""
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    start = instant(first)
    return start, period_end(start, "month")
