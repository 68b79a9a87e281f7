"""Bets against "this account is like the benign ones", averaged over its streams.

The bet on a p-value is the mixture of all power calibrators (Vovk and Wang 2021),

    e(p) = (1 - p + p log p) / (p (log p)^2)          int_0^1 k p^(k-1) dk

whose mean is 1 when p is uniform. A product of such bets on independent epochs passes x with
probability 1/x at most, whenever one looks (Ville 1939); so does an average of products, however
the streams hang together, when the shares were fixed before. Epochs of one account are not
independent: what that costs is for `calibration` to say.
"""

import math

from stillhouse.guard.streams import SHARES, Kind

BET_MIN, BET_MAX = 0.5, 200.0


def bet(p: float) -> float:
    """e(p), for p in (0, 1]."""
    log_p = math.log(p)
    if log_p > -1e-3:
        return BET_MIN
    return min(BET_MAX, (1 - p + p * log_p) / (p * log_p * log_p))


class Bets:
    """Of one account. raw: the running maximum of the average's logarithm, >= 0."""

    def __init__(self) -> None:
        self.logs: dict[str, float] = {}
        self.raw = 0.0
        self._shares: dict[str, float] = {}

    def add(self, stream: str, kind: Kind, p: float) -> float:
        """Bet on one more epoch of a stream; the average's logarithm after it.

        Rounded to nine decimals, so that another machine's last bit does not matter.
        """
        self.logs[stream] = self.logs.get(stream, 0.0) + math.log(bet(p))
        self._shares[stream] = SHARES[kind]
        idle = max(0.0, 1 - math.fsum(self._shares.values()))
        high = max(0.0, *self.logs.values())
        total = idle * math.exp(-high) + math.fsum(
            share * math.exp(self.logs[name] - high) for name, share in self._shares.items()
        )
        now = round(high + math.log(total), 9)
        self.raw = max(self.raw, now)
        return now
