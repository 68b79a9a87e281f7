"""Rate-limit headers, in each dialect's names and number formats, as bytes of a header block."""

from functools import lru_cache

import msgspec

from stillhouse.units.instant import Instant, moment
from stillhouse.wire.paths import Dialect

MINUTE_MS = 60_000
ANTHROPIC = Dialect.ANTHROPIC


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
    if dialect is ANTHROPIC:
        return _anthropic(room)
    most_r, left_r = room.requests_limit, room.requests_left
    most_t, left_t = room.tokens_limit, room.tokens_left
    values: tuple[int | bytes, ...] = ()
    if most_r:
        soon = _duration((most_r - left_r) * MINUTE_MS // most_r)
        values = (left_r if left_r > 0 else 0, soon)
    if most_t:
        soon = _duration((most_t - left_t) * MINUTE_MS // most_t)
        values = (*values, left_t if left_t > 0 else 0, soon)
    return _lines(most_r, most_t) % values


def _anthropic(room: Room) -> bytes:
    lines = b""
    for name, most, left in (
        ("requests", room.requests_limit, room.requests_left),
        ("tokens", room.tokens_limit, room.tokens_left),
    ):
        if most:
            ms = min((most - left) * MINUTE_MS // most, MINUTE_MS)
            whole = moment(Instant(room.at + ms * 1000))
            lines += (
                f"anthropic-ratelimit-{name}-limit: {most}\r\n"
                f"anthropic-ratelimit-{name}-remaining: {max(0, left)}\r\n"
                f"anthropic-ratelimit-{name}-reset: {whole:%Y-%m-%dT%H:%M:%SZ}\r\n"
            ).encode()
    return lines


@lru_cache(1024)
def _lines(requests: int, tokens: int) -> bytes:
    """OpenAI's lines for these limits, but for what is left and when there is room again."""
    return b"".join(
        (
            f"x-ratelimit-limit-{name}: {most}\r\n"
            f"x-ratelimit-remaining-{name}: %d\r\n"
            f"x-ratelimit-reset-{name}: %b\r\n"
        ).encode()
        for name, most in (("requests", requests), ("tokens", tokens))
        if most
    )


@lru_cache(1024)
def _duration(ms: int) -> bytes:
    return duration(min(ms, MINUTE_MS)).encode()


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
