"""Dated price lists. Append-only: a new price is a new tariff with a new id.

A tariff's id is the hash of its content, so two machines that read the same price file agree on
the name that goes onto receipts, and a receipt can be re-priced from the ledger alone. What is left
at its default (no contract, standard tier, every region, any context, known since ever) is no part
of the hashed text, so a plain price keeps the name that it always had.

Two times stand on a tariff: from when it applies (`valid_from`) and from when we knew it
(`known_from`). A correction is a tariff with an old `valid_from` and a new `known_from`; what was
answered before it was known stays what it was.

A context band is a tariff of its own: `above` many input tokens, the whole call is priced by it. So
in every sum over one tariff the charge is usage x prices, whatever the bands.

Meters that nobody prices apart inherit, and the inherited price is written into the tariff so that
nothing is implied later: reasoning is billed as output, cache reads and writes and image input as
input, image output as output. Audio never inherits: it costs many times as much as text.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, NewType

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

EVER = Instant(0)
"""`known_from` of a price that is taken to have been known always."""
STANDARD = ""
"""The service tier of a call that asked for none and was served at no other."""


class Slot(NamedTuple):
    """What a price is for. Of one slot, one list of bands is in force at a time.

    account: "" is the list price of everybody, else the price agreed with one account.
    region: "" is every region that has no price of its own.
    """

    book: Book
    model: str
    account: str = ""
    region: str = ""
    batch: bool = False
    tier: str = STANDARD

    def __str__(self) -> str:
        said = f'{self.book} price of "{self.model}"'
        said += f" for {self.account}" if self.account else ""
        said += f' at service tier "{self.tier}"' if self.tier else ""
        said += " in batches" if self.batch else ""
        return said + (f' in region "{self.region}"' if self.region else "")


@dataclass(frozen=True, slots=True)
class Tariff:
    """One published price list for one model, in one band.

    prices: pico-units of `currency` per unit of each meter, in the order of METERS, or UNPRICED.
    bound_in, bound_out: the dearest priced input and output meter, for the hold.
    above: for calls with more input tokens than this, up to the next band of the same list.
    known_from: when we came to know it; 0 is since ever.
    also: service tiers that this standard price is for, too, where they have none of their own.
    ends: nothing is priced here from now on: a contract that ended, or a tier that is gone.
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
    account: str = ""
    region: str = ""
    batch: bool = False
    tier: str = STANDARD
    above: int = 0
    known_from: Instant = EVER
    also: tuple[str, ...] = ()
    ends: bool = False

    def price(self, meter: Meter) -> int | None:
        p = self.prices[METERS.index(meter)]
        return None if p == UNPRICED else p

    @property
    def by_meter(self) -> dict[Meter, int]:
        """What it prices; all inheritance is written out."""
        return {m: p for m, p in zip(METERS, self.prices, strict=True) if p != UNPRICED}

    @property
    def slot(self) -> Slot:
        return Slot(self.book, self.model, self.account, self.region, self.batch, self.tier)


def tariff(
    *,
    book: Book,
    model: str,
    valid_from: Instant,
    prices: Mapping[Meter, int],
    currency: str = "USD",
    source: str = "",
    account: str = "",
    region: str = "",
    batch: bool = False,
    tier: str = STANDARD,
    above: int = 0,
    known_from: Instant = EVER,
    also: Iterable[str] = (),
    ends: bool = False,
) -> Tariff:
    """Make a tariff from pico-units per unit of each priced meter; see above for inheritance.

    Raises:
        ValueError: it ends and prices something, or a tier other than the standard one stands for
            further tiers.
    """
    also = tuple(sorted({*also} - {tier}))
    if ends and prices:
        raise ValueError(f'the end of a price of "{model}" prices nothing')
    if tier and also:
        raise ValueError(f'only a standard price of "{model}" can stand for other service tiers')
    full = dict(prices)
    for meter, parent in INHERITS.items():
        if meter not in full and parent in full:
            full[meter] = full[parent]
    if not ends:
        full.setdefault(Meter.REQUESTS, 0)
    row = tuple(full.get(meter, UNPRICED) for meter in METERS)
    content = [book, model, currency, iso(valid_from), ",".join(map(str, row))]
    more: dict[str, object] = {
        "account": account,
        "region": region,
        "batch": batch,
        "tier": tier,
        "above": above,
        "known_from": known_from and iso(known_from),
        "also": ",".join(also),
        "ends": ends,
    }
    content += [f"{name}={value}" for name, value in more.items() if value]
    return Tariff(
        id=TariffId("t_" + hashlib.sha256("\n".join(content).encode()).hexdigest()[:16]),
        book=book,
        model=model,
        currency=currency,
        valid_from=valid_from,
        prices=row,
        bound_in=max((full[m] for m in INPUT_METERS if m in full), default=0),
        bound_out=max((full[m] for m in OUTPUT_METERS if m in full), default=0),
        per_request=full.get(Meter.REQUESTS, 0),
        source=source,
        account=account,
        region=region,
        batch=batch,
        tier=tier,
        above=above,
        known_from=known_from,
        also=also,
        ends=ends,
    )


def changed(given: Tariff, **changes: Any) -> Tariff:
    """The same tariff with other terms, and so with another name. Arguments: see `tariff`."""
    terms: dict[str, Any] = {
        name: getattr(given, name)
        for name in (
            *("book", "model", "valid_from", "currency", "source", "account", "region", "batch"),
            *("tier", "above", "known_from", "also", "ends"),
        )
    }
    return tariff(**{**terms, "prices": given.by_meter, **changes})
