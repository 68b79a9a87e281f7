"""Usage x tariff -> charge: one dot product of integers, exact."""

from functools import lru_cache
from operator import mul

from stillhouse.tariff.prices import UNPRICED, Tariff
from stillhouse.units.money import Pico
from stillhouse.units.usage import METERS, Meter, Usage


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
    priced, _ = _split(tariff.prices)
    return Pico(sum(map(mul, usage, priced)))


def unpriced(usage: Usage, tariff: Tariff) -> list[Meter]:
    """Meters that were used and have no price."""
    _, gaps = _split(tariff.prices)
    return [METERS[i] for i in gaps if usage[i]]


@lru_cache(4096)
def _split(prices: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(prices with zero where there is none, places without a price): worked out once a tariff."""
    priced = tuple(0 if p == UNPRICED else p for p in prices)
    return priced, tuple(i for i, p in enumerate(prices) if p == UNPRICED)
