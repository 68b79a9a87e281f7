"""Every way of writing a time gives the same instant, and none is guessed."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.imports import instants
from stillhouse.imports.call import LineError
from stillhouse.units.instant import instant, iso

moments = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30))  # noqa: DTZ001
offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(moments, offsets)
def test_a_time_with_any_offset_is_its_instant(moment: datetime, zone: timezone) -> None:
    there = moment.replace(tzinfo=zone)

    assert instant(there) == instants.from_text(there.isoformat())


@given(moments)
def test_seconds_and_text_agree_to_the_microsecond(moment: datetime) -> None:
    at = instant(moment.replace(tzinfo=UTC))

    assert at == instants.read(iso(at))
    assert at // 1000 == instants.read(at // 1000 / 1000) // 1000
    assert at // 1_000_000 * 1_000_000 == instants.read(at // 1_000_000)


def test_a_time_without_a_zone_is_taken_only_where_its_writer_is_known() -> None:
    with pytest.raises(LineError, match="names no zone"):
        instants.from_text("2026-11-01 10:00:00")

    assert instants.from_text("2026-11-01T10:00:00Z") == instants.read(
        "2026-11-01 10:00:00", naive_is_utc=True
    )


@pytest.mark.parametrize(
    "value",
    ["yesterday", "", "1999-12-31T23:59:59Z", "2100-01-01T00:00:00Z", -1, 10**30, True, None, [1]],
)
def test_what_is_no_time_of_a_call_is_refused(value: object) -> None:
    with pytest.raises(LineError) as caught:
        instants.read(value)

    assert "no_time" == caught.value.reason
