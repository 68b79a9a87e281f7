"""What one call would be charged, by the function that the bill uses.

The tariff is looked up as a call's is, its band by the input that is asked about, and the amount is
`charge`: so a quote is the charge of that call, to the pico-unit.
"""

from dataclasses import dataclass

from stillhouse.tariff.book import PriceBook
from stillhouse.tariff.charge import charge
from stillhouse.tariff.prices import STANDARD, Book, Tariff
from stillhouse.units.instant import Instant
from stillhouse.units.money import Pico
from stillhouse.units.usage import METERS, Meter, Usage


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """amount: quantity x price, exact. price: pico-units of the tariff's currency per unit."""

    meter: Meter
    quantity: int
    price: int
    amount: int


@dataclass(frozen=True, slots=True)
class Quote:
    """tariff: by which a receipt of this call would be priced. charge: the sum of the lines."""

    tariff: Tariff
    lines: tuple[QuoteLine, ...]
    charge: Pico


def quote(
    prices: PriceBook,
    usage: Usage,
    *,
    model: str,
    at: Instant,
    book: Book = "sale",
    known_at: Instant | None = None,
    account: str = "",
    region: str = "",
    batch: bool = False,
    tier: str = STANDARD,
) -> Quote:
    """Price one call that is admitted at this moment.

    Raises:
        UnpricedModelError: there is no price for it.
        UnpricedMeterError: the price names none for a meter that is used.
    """
    found = prices.at(
        book,
        model,
        at,
        known_at=known_at,
        account=account,
        region=region,
        batch=batch,
        tier=tier,
        tokens_in=usage.tokens_in,
    )
    owed = charge(usage, found)
    lines = tuple(
        QuoteLine(meter, n, price, n * price)
        for meter, n, price in zip(METERS, usage, found.prices, strict=True)
        if n and (price or meter is not Meter.REQUESTS)
    )
    return Quote(found, lines, owed)
