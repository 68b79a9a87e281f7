"""Usage x tariff -> charge: one dot product of integers, exact."""

from collections.abc import Callable
from functools import lru_cache
from operator import itemgetter, mul
from typing import Any

from stillhouse.tariff.prices import UNPRICED, Tariff
from stillhouse.units.money import Pico
from stillhouse.units.usage import METERS, Meter, Plain, Usage


class UnpricedMeterError(LookupError):
    """A meter was used that the tariff does not price."""

    def __init__(self, tariff: Tariff, meters: list[Meter]) -> None:
        self.tariff, self.meters = tariff, meters
        names = ", ".join(meters)
        super().__init__(f'the {tariff.book} price of "{tariff.model}" names no price for {names}')


def charge(usage: Usage, tariff: Tariff) -> Pico:
    """Price one receipt, exactly.

    Raises:
        UnpricedMeterError: some used meter has no price. Refuse or flag; never bill at zero.
    """
    missing = unpriced(usage, tariff)
    if missing:
        raise UnpricedMeterError(tariff, missing)
    return charge_priced(usage, tariff)


def charge_priced(usage: Usage, tariff: Tariff) -> Pico:
    """The part of a charge that has prices; the rest stays *unrated* on the receipt, flagged."""
    return rate(usage, tariff)[0]


def rate(usage: Usage, tariff: Tariff) -> tuple[Pico, bool]:
    """(`charge_priced`, whether anything used is `unpriced`), in one step for the hot path."""
    amount: Any  # a Pico; to call it costs more than the sum
    if type(usage) is Plain:
        prices = tariff.prices
        price_in, price_out = prices[0], prices[4]
        if price_in >= 0 <= price_out:
            amount = usage[0] * price_in + usage[4] * price_out + tariff.per_request
            return amount, False
    priced, of_gaps = _split(tariff.prices)
    amount = sum(map(mul, usage, priced))
    return amount, any(of_gaps(usage))


def unpriced(usage: Usage, tariff: Tariff) -> list[Meter]:
    """Meters that were used and have no price."""
    rows = zip(METERS, tariff.prices, usage, strict=True)
    return [meter for meter, price, count in rows if count and price == UNPRICED]


@lru_cache(4096)
def _split(prices: tuple[int, ...]) -> tuple[tuple[int, ...], Callable[[Usage], tuple[int, ...]]]:
    """(prices with zero where there is none, what takes the counts without a price)."""
    priced = tuple(0 if p == UNPRICED else p for p in prices)
    gaps = [i for i, p in enumerate(prices) if p == UNPRICED]
    return priced, itemgetter(*gaps, gaps[0]) if gaps else _none


def _none(_: Usage) -> tuple[int, ...]:
    return ()
