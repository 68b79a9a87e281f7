"""Rate-limit headers in the names and number formats that the official clients know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.units.instant import Instant
from stillhouse.wire.paths import Dialect
from stillhouse.wire.rates import Room, duration, rate_headers

AT = Instant(1_764_000_000_000_000)
BOTH = Room(500, 499, 200_000, -5, AT)
TOKENS = Room(0, 0, 200_000, -5, AT)


@pytest.mark.parametrize("dialect", [Dialect.OPENAI, Dialect.AZURE])
def test_openai_and_azure_have_the_same_names(dialect: Dialect) -> None:
    expected = (
        b"x-ratelimit-limit-requests: 500\r\n"
        b"x-ratelimit-remaining-requests: 499\r\n"
        b"x-ratelimit-reset-requests: 120ms\r\n"
        b"x-ratelimit-limit-tokens: 200000\r\n"
        b"x-ratelimit-remaining-tokens: 0\r\n"
        b"x-ratelimit-reset-tokens: 1m0s\r\n"
    )

    assert expected == rate_headers(dialect, BOTH)


def test_anthropic_says_when_and_not_how_long() -> None:
    expected = (
        b"anthropic-ratelimit-tokens-limit: 200000\r\n"
        b"anthropic-ratelimit-tokens-remaining: 0\r\n"
        b"anthropic-ratelimit-tokens-reset: 2025-11-24T16:01:00Z\r\n"
    )

    assert expected == rate_headers(Dialect.ANTHROPIC, TOKENS)


def test_what_is_not_limited_has_no_header() -> None:
    assert rate_headers(Dialect.OPENAI, Room(0, 0, 0, 0, AT)) == b""


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (-1, "0s"),
        (0, "0s"),
        (2, "2ms"),
        (120, "120ms"),
        (1000, "1s"),
        (8640, "8.64s"),
        (59_999, "59.999s"),
        (86_400, "1m26.4s"),
        (360_000, "6m0s"),
        (3_600_000, "1h0m0s"),
        (90_061_000, "25h1m1s"),
    ],
)
def test_durations_are_written_as_openai_writes_them(ms: int, text: str) -> None:
    assert text == duration(ms)


UNITS = {"h": 3_600_000, "m": 60_000, "s": 1000}


@given(st.integers(1, 10**9))
def test_a_duration_is_exact(ms: int) -> None:
    text = duration(ms)
    if text.endswith("ms"):
        assert f"{ms}ms" == text
        return
    total, number = 0, ""
    for char in text:
        if char in UNITS:
            whole, _, places = number.partition(".")
            total += int(whole) * UNITS[char] + int(f"{places:0<3}") * UNITS[char] // 1000
            number = ""
        else:
            number += char

    assert ms == total
