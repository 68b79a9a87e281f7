"""Usage x tariff -> charge: one dot product of integers, exact."""

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
    return Pico(sum(map(mul, usage, tariff.prices)))


def charge_priced(usage: Usage, tariff: Tariff) -> Pico:
    """The part of a charge that has prices; the rest stays *unrated* on the receipt, flagged."""
    return Pico(sum(n * p for n, p in zip(usage, tariff.prices, strict=True) if p != UNPRICED))


def unpriced(usage: Usage, tariff: Tariff) -> list[Meter]:
    return [
        meter
        for meter, n, p in zip(METERS, usage, tariff.prices, strict=True)
        if p == UNPRICED and n
    ]
