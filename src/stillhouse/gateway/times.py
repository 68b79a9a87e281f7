"""Limits of calls in time and number; all from the configuration's [server]."""

import msgspec


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """See docs/reference/configuration.md for each.

    max_attempts: dispatches of one call, over retries and fallbacks.
    deadline_s: one whole call.
    drain_s, drains_max: how long, and how many at once, answers are read after their client left.
    keepalive_s: silence on a stream after which its client gets a comment.
    """

    max_attempts: int
    deadline_s: float
    drain_s: float
    drains_max: int
    keepalive_s: float
