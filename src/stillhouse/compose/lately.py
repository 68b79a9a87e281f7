"""Answers that take long to work out, kept until what they hang on has changed, or for a while.

    question, state ─► kept for this state, and not too old ─► the same answer
                       else ─► worked out, by one who asks; the others wait for him

The state is whatever the answer hangs on that is cheap to ask: where the ledger stands, which
settings are in force. What is not in it (calls that are not sealed yet, files) is as old as the
answer, `seconds` at most; so an answer says of when it is.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class _Kept(NamedTuple, Generic[T]):
    state: Hashable
    at: float
    answer: T


class Lately(Generic[T]):
    """The newest answers of one kind. Several threads may ask."""

    def __init__(
        self, *, seconds: float, most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._seconds, self._most, self._clock = seconds, most, clock
        self._lock = threading.Lock()
        self._kept: dict[Hashable, _Kept[T]] = {}

    def ask(self, question: Hashable, state: Hashable, work_out: Callable[[], T]) -> T:
        """What `work_out` raises is not kept."""
        with self._lock:
            known = self._kept.pop(question, None)
            if known is None or known.state != state or self._clock() - known.at > self._seconds:
                known = _Kept(state, self._clock(), work_out())
            self._kept[question] = known  # the one asked last goes last
            if len(self._kept) > self._most:
                del self._kept[next(iter(self._kept))]
            return known.answer
