"""Bets against "this account is like the benign ones", averaged over its streams and manners.

The bet on a p-value is the mixture of all power calibrators (Vovk and Wang 2021),

    e(p) = (1 - p + p log p) / (p (log p)^2)          int_0^1 k p^(k-1) dk

whose mean is 1 when p is uniform. A product of such bets on independent epochs passes x with
probability 1/x at most, whenever one looks (Ville 1939); so does an average of products, however
the streams hang together, when the shares were fixed before. Epochs of one account are not
independent: what that costs is for `calibration` to say.

An odd but honest account stays odd, so a product over a whole life would convict whoever lives long
enough. A stream's product is therefore of its last `SPAN` epochs: what is shown is shown within
five hundred calls, or not.
"""

import math
from collections import deque
from collections.abc import Mapping

from stillhouse.guard.finding import MANNERS, Manner
from stillhouse.guard.streams import SHARES, Kind

BET_MIN, BET_MAX = 0.5, 200.0
SPAN = 10
"""Epochs of one stream that are multiplied."""


def bet(p: float) -> float:
    """e(p), for p in (0, 1]."""
    log_p = math.log(p)
    if log_p > -1e-3:
        return BET_MIN
    return min(BET_MAX, (1 - p + p * log_p) / (p * log_p * log_p))


class Bets:
    """Of one account: on each stream, in each manner.

    raw: the running maximum of the average's logarithm, >= 0. leading: the stream and the manner
    that were ahead then; None while nothing speaks for collecting.
    """

    def __init__(self) -> None:
        self.logs: dict[tuple[str, Manner], float] = {}
        self.raw = 0.0
        self.leading: tuple[str, Manner] | None = None
        self._last: dict[tuple[str, Manner], deque[float]] = {}
        self._shares: dict[tuple[str, Manner], float] = {}

    def add(self, stream: str, kind: Kind, found: Mapping[Manner, float]) -> float:
        """Bet on one more epoch of a stream; the average's logarithm after it.

        found: p by manner. Rounded to nine decimals, so that another machine's last bit does not
        matter.
        """
        for manner, p in found.items():
            name = (stream, manner)
            last = self._last.setdefault(name, deque(maxlen=SPAN))
            last.append(math.log(bet(p)))
            self.logs[name] = math.fsum(last)
            self._shares[name] = SHARES[kind] / len(MANNERS)
        idle = max(0.0, 1 - math.fsum(self._shares.values()))
        high = max(0.0, *self.logs.values())
        total = idle * math.exp(-high) + math.fsum(
            share * math.exp(self.logs[name] - high) for name, share in self._shares.items()
        )
        now = round(high + math.log(total), 9)
        if now > self.raw:
            self.raw = now
            self.leading = max(sorted(self.logs), key=lambda name: self.logs[name])
        return now
