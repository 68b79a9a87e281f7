"""Rate-limit headers, in each dialect's names and number formats, as bytes of a header block."""

from functools import lru_cache

import msgspec

from stillhouse.units.instant import Instant, moment
from stillhouse.wire.paths import Dialect


MINUTE_MS = 60_000


class Room(msgspec.Struct, frozen=True, gc=False):
    """What is left of the tightest request and token limit at admission. A limit of 0: none.

    Left may be below zero: one call larger than the whole limit passes while nothing else runs.
    """

    requests_limit: int
    requests_left: int
    tokens_limit: int
    tokens_left: int
    at: Instant


def rate_headers(dialect: Dialect, room: Room) -> bytes:
    """Header lines, each ended by CRLF; empty when nothing is limited."""
    lines = b""
    most, left = room.requests_limit, room.requests_left
    if most:
        reset_ms = (most - left) * MINUTE_MS // most
        lines = _lines(dialect, "requests", most, left, reset_ms, room.at)
    most, left = room.tokens_limit, room.tokens_left
    if most:
        reset_ms = (most - left) * MINUTE_MS // most
        lines += _lines(dialect, "tokens", most, left, reset_ms, room.at)
    return lines


def _lines(dialect: Dialect, name: str, most: int, left: int, reset_ms: int, at: Instant) -> bytes:
    """reset_ms: until the limit is whole again."""
    if left < 0:
        left = 0
    if reset_ms > MINUTE_MS:
        reset_ms = MINUTE_MS
    if dialect is not Dialect.ANTHROPIC:
        return _OPENAI[name] % (most, left, _duration(reset_ms))
    whole = moment(at + reset_ms * 1000).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        f"anthropic-ratelimit-{name}-limit: {most}\r\n"
        f"anthropic-ratelimit-{name}-remaining: {left}\r\n"
        f"anthropic-ratelimit-{name}-reset: {whole}\r\n"
    ).encode()


_OPENAI = {
    name: (
        f"x-ratelimit-limit-{name}: %d\r\n"
        f"x-ratelimit-remaining-{name}: %d\r\n"
        f"x-ratelimit-reset-{name}: %b\r\n"
    ).encode()
    for name in ("requests", "tokens")
}


@lru_cache(1024)
def _duration(ms: int) -> bytes:
    return duration(ms).encode()


def duration(ms: int) -> str:
    """As OpenAI writes them: 0s, 120ms, 8.64s, 6m0s, 1h0m0s."""
    if ms <= 0:
        return "0s"
    if ms < 1000:
        return f"{ms}ms"
    seconds, rest = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{seconds}.{rest:03d}".rstrip("0").rstrip(".") + "s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text
