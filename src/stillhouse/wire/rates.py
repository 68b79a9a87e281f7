"""Rate-limit headers, in each dialect's names and number formats, as bytes of a header block."""

from functools import lru_cache

import msgspec

from stillhouse.units.instant import Instant, moment
from stillhouse.wire.paths import Dialect


class Rate(msgspec.Struct, frozen=True, gc=False):
    """One limit as it stands at admission. reset_ms: until it is whole again."""

    limit: int
    remaining: int
    reset_ms: int


def rate_headers(
    dialect: Dialect, *, requests: Rate | None, tokens: Rate | None, at: Instant
) -> bytes:
    """Header lines, each ended by CRLF; empty when nothing is limited."""
    lines = b""
    for name, rate in (("requests", requests), ("tokens", tokens)):
        if rate is None:
            continue
        left = max(0, rate.remaining)
        if dialect is Dialect.ANTHROPIC:
            whole = moment(at + rate.reset_ms * 1000).strftime("%Y-%m-%dT%H:%M:%SZ")
            lines += (
                f"anthropic-ratelimit-{name}-limit: {rate.limit}\r\n"
                f"anthropic-ratelimit-{name}-remaining: {left}\r\n"
                f"anthropic-ratelimit-{name}-reset: {whole}\r\n"
            ).encode()
        else:
            lines += _OPENAI[name] % (rate.limit, left, _duration(rate.reset_ms))
    return lines


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
