"""Which failures deserve another attempt, and when. Pure.

One attempt budget and one deadline cover a whole call; the call keeps both (gateway.call).
"""

from stillhouse.wire.deployment import DECLINED

RETRYABLE = frozenset({500, 502, 503, 529})
"""The provider's own trouble: the same deployment may succeed a moment later."""
FALLS_BACK = RETRYABLE | {408, DECLINED, 429, 504}
"""Goes on to the next deployment when there is one; 429 is otherwise the client's to wait out."""
BACKOFF_S = 0.2


def worth_another(status: int, *, next_leg: bool) -> bool:
    """Whether an attempt that ended so may be repeated. No connection is 502, silence is 504."""
    return status in (FALLS_BACK if next_leg else RETRYABLE)


def pause_s(attempt: int, *, next_leg: bool) -> float:
    """Another deployment is tried at once; the same one after a growing pause."""
    return 0.0 if next_leg else BACKOFF_S * 2**attempt
