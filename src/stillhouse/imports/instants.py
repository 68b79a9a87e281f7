"""The ways in which logs write a time, as microseconds since the epoch.

Text with a zone, seconds since the epoch as a number, and, where the format's writer is known to
write UTC, text without a zone.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from stillhouse.imports.call import LineError
from stillhouse.units.instant import SECOND

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
EARLIEST: Final = 946_684_800 * SECOND  # 2000-01-01
LATEST: Final = 4_102_444_800 * SECOND  # 2100-01-01


def from_text(text: str, *, naive_is_utc: bool = False) -> int:
    """Read ISO 8601 with a zone.

    Raises:
        LineError: it is no time, names no zone, or lies outside 2000 to 2100.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise LineError(
            "no_time", "the time is not ISO 8601, like 2026-11-01T10:00:00.123Z"
        ) from None
    if moment.tzinfo is None:
        if not naive_is_utc:
            raise LineError(
                "no_time", "the time names no zone; write 2026-11-01T10:00:00Z or ...+07:00"
            )
        moment = moment.replace(tzinfo=UTC)
    return _checked((moment - _EPOCH) // _MICROSECOND)


def from_seconds(seconds: Decimal | int) -> int:
    """Read seconds since the epoch, to the microsecond."""
    exact = Decimal(seconds)
    if not exact.is_finite() or abs(exact) > LATEST:
        raise LineError("no_time", "the time is no number of seconds since 1970")
    return _checked(int(exact * SECOND))


def read(value: object, *, naive_is_utc: bool = False) -> int:
    """Read either; a float as the decimal that it was written as."""
    if isinstance(value, str):
        return from_text(value, naive_is_utc=naive_is_utc)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return from_seconds(Decimal(str(value)))
    raise LineError("no_time", "the time is neither text nor a number")


def _checked(at: int) -> int:
    if not EARLIEST <= at < LATEST:
        raise LineError("no_time", "the time is not between the years 2000 and 2100")
    return at
