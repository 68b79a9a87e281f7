"""Between two currencies by the stored rates, in whichever direction somebody stored them. Exact.

For reports. A document converts by the one policy and direction that its account agreed to
(`billing.fx`); a report takes what there is: month's end, then average, then fixed, of the month
asked for or the nearest before it.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from stillhouse.billing.fx import MissingRateError, StoredRate, choose
from stillhouse.billing.settings import POLICIES


class Rates:
    """stored: in the order in which they were stored."""

    def __init__(self, stored: Iterable[StoredRate]) -> None:
        self._stored = list(stored)
        self._known: dict[tuple[str, str, str], Fraction] = {}

    def of(self, base: str, quote: str, month: str) -> Fraction:
        """Units of `quote` for one `base`.

        Raises:
            MissingRateError: neither direction is stored, by any policy; it says how to store one.
        """
        if base == quote:
            return Fraction(1)
        key = (base, quote, month)
        if key not in self._known:
            self._known[key] = self._look(base, quote, month)
        return self._known[key]

    def _look(self, base: str, quote: str, month: str) -> Fraction:
        for policy in POLICIES:
            for one, other in ((base, quote), (quote, base)):
                try:
                    found = choose(
                        self._stored,
                        base=one,
                        quote=other,
                        policy=policy,
                        period=month,
                        provisional=True,
                    )
                except MissingRateError:
                    continue
                rate = Fraction(Decimal(found.rate))
                return rate if one == base else Fraction(1, rate)
        raise MissingRateError(base, quote, POLICIES[0], month)
