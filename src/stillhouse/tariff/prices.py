"""Dated price lists. Append-only: a new price is a new tariff with a new id.

A tariff's id is the hash of its content, so two machines that read the same price file agree on
the name that goes onto receipts, and a receipt can be re-priced from the ledger alone.

Meters that nobody prices apart inherit, and the inherited price is written into the tariff so that
nothing is implied later: reasoning is billed as output, cache reads and writes and image input as
input, image output as output. Audio never inherits: it costs many times as much as text.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NewType

from stillhouse.units.instant import Instant, iso
from stillhouse.units.usage import INPUT_METERS, METERS, OUTPUT_METERS, Meter

Book = Literal["sale", "cost"]
"""What we bill a customer (sale), or what the provider bills us (cost)."""
TariffId = NewType("TariffId", str)

UNPRICED = -1
"""In `Tariff.prices`: this meter has no price. Never zero: unpriced is not free."""

INHERITS = {
    Meter.CACHE_READ: Meter.INPUT,
    Meter.CACHE_WRITE: Meter.INPUT,
    Meter.CACHE_WRITE_1H: Meter.CACHE_WRITE,
    Meter.IMAGE_IN: Meter.INPUT,
    Meter.REASONING: Meter.OUTPUT,
    Meter.IMAGE_OUT: Meter.OUTPUT,
}


class UnpricedModelError(LookupError):
    """No price for this model in this book at this time."""

    def __init__(self, book: Book, model: str, at: Instant) -> None:
        self.book, self.model, self.at = book, model, at
        super().__init__(f'no {book} price for model "{model}" at {iso(at)}')


@dataclass(frozen=True, slots=True)
class Tariff:
    """One published price list for one model.

    prices: pico-units of `currency` per unit of each meter, in the order of METERS, or UNPRICED.
    bound_in, bound_out: the dearest priced input and output meter, for the hold.
    """

    id: TariffId
    book: Book
    model: str
    currency: str
    valid_from: Instant
    prices: tuple[int, ...]
    bound_in: int
    bound_out: int
    per_request: int
    source: str = ""

    def price(self, meter: Meter) -> int | None:
        p = self.prices[METERS.index(meter)]
        return None if p == UNPRICED else p


def tariff(
    *,
    book: Book,
    model: str,
    valid_from: Instant,
    prices: Mapping[Meter, int],
    currency: str = "USD",
    source: str = "",
) -> Tariff:
    """Make a tariff from pico-units per unit of each priced meter; see above for inheritance."""
    full = dict(prices)
    for meter, parent in INHERITS.items():
        if meter not in full and parent in full:
            full[meter] = full[parent]
    full.setdefault(Meter.REQUESTS, 0)
    row = tuple(full.get(meter, UNPRICED) for meter in METERS)
    content = "\n".join([book, model, currency, iso(valid_from), ",".join(map(str, row))])
    return Tariff(
        id=TariffId("t_" + hashlib.sha256(content.encode()).hexdigest()[:16]),
        book=book,
        model=model,
        currency=currency,
        valid_from=valid_from,
        prices=row,
        bound_in=max((full[m] for m in INPUT_METERS if m in full), default=0),
        bound_out=max((full[m] for m in OUTPUT_METERS if m in full), default=0),
        per_request=full[Meter.REQUESTS],
        source=source,
    )


class PriceBook:
    """Every known tariff, by book and model and time."""

    def __init__(self, tariffs: Iterable[Tariff] = ()) -> None:
        self.by_id: dict[str, Tariff] = {}
        self._timeline: dict[tuple[Book, str], list[Tariff]] = {}
        for t in sorted(tariffs, key=lambda t: t.valid_from):
            self.by_id[t.id] = t
            self._timeline.setdefault((t.book, t.model), []).append(t)

    def at(self, book: Book, model: str, when: Instant) -> Tariff:
        """The tariff in force. Price time is admission time: one rule, in the contract.

        Raises:
            UnpricedModelError: nothing is in force; refuse the call, never bill at zero.
        """
        rows = self._timeline.get((book, model), [])
        found = bisect_right(rows, when, key=lambda t: t.valid_from)
        if found == 0:
            raise UnpricedModelError(book, model, when)
        return rows[found - 1]

    def valid_until(self, book: Book, model: str, when: Instant) -> Instant:
        """When the answer of `at` may next change; far away when nothing is announced."""
        rows = self._timeline.get((book, model), [])
        found = bisect_right(rows, when, key=lambda t: t.valid_from)
        return rows[found].valid_from if found < len(rows) else Instant(2**62)
