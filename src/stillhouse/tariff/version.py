"""Price rows that are decided on together: proposed, then approved or rejected, once.

    proposed --approve--> approved      its tariffs are in force from then on, or from later
             --reject---> rejected      nothing was ever in force

A row is a tariff that nobody relies on yet. Every row gets the moment of approval as its
`known_from`, because before that moment nobody knew the price: what was answered earlier stays what
it was. One that begins `WHEN_APPROVED` gets a `valid_from` that is `NOTICE` later: by then every
gateway has seen it, so that all of them change at one instant and no call is priced by an old list
that a new one had replaced.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from stillhouse.tariff.book import Bands, PriceBook, lists
from stillhouse.tariff.plain import to_plain
from stillhouse.tariff.prices import Slot, Tariff, changed
from stillhouse.units.instant import Instant
from stillhouse.units.usage import METERS

State = Literal["proposed", "approved", "rejected"]
Kind = Literal["new", "changed", "same", "ends", "gone"]
WHEN_APPROVED = Instant(0)
"""`valid_from` of a row that begins when it is approved."""
NOTICE = 500_000
"""Microseconds; gateways look for approved prices twenty times a second."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What a source says and cannot be taken: which row, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """One band of one slot, before and after. gone: its list is replaced by one without it.

    before, after: pico-units per unit by meter; empty where there is no price.
    """

    kind: Kind
    slot: str
    book: str
    model: str
    account: str
    tier: str
    above: int
    currency: str
    valid_from: Instant
    before: Mapping[str, int]
    after: Mapping[str, int]
    replaces: str = ""
    """the tariff that was in force"""
    batch: bool = False
    region: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """`rows` as proposed. changes: against what was in force when it was proposed or decided on."""

    number: int
    state: State
    author: str
    proposed_at: Instant
    source: str
    hash: str
    rows: tuple[Tariff, ...]
    refused: tuple[Refused, ...]
    changes: tuple[Change, ...]
    decided_by: str = ""
    decided_at: Instant | None = None
    reason: str = ""

    @property
    def id(self) -> str:
        return f"pv_{self.number}"


def content_hash(rows: Iterable[Tariff], source: str) -> str:
    """The same rows from the same source have the same hash, in whatever order."""
    texts = sorted(json.dumps(to_plain(row), sort_keys=True) for row in rows)
    return hashlib.sha256("\n".join([source, *texts]).encode()).hexdigest()


def settled_rows(rows: Iterable[Tariff], at: Instant) -> tuple[Tariff, ...]:
    """The tariffs that an approval at this moment puts in force.

    Raises:
        OverlappingPricesError, MissingBandError: the rows contradict each other.
    """
    made = tuple(
        changed(
            row,
            known_from=at,
            valid_from=Instant(at + NOTICE) if row.valid_from == WHEN_APPROVED else row.valid_from,
        )
        for row in rows
    )
    lists(made)
    return made


def changes(rows: Iterable[Tariff], book: PriceBook, *, at: Instant) -> tuple[Change, ...]:
    """What approving these rows at this moment would change, band by band.

    Each list is held against the one of the same slot that is in force when it begins, by what is
    known now. A contract that a list price stands behind is "new": it is no change of the list.
    """
    found: list[Change] = []
    ours: dict[Slot, Bands] = {}
    made = lists(settled_rows(rows, at))
    for slot, valid, known in sorted(made):
        bands, theirs = made[slot, valid, known], book.in_force(slot, valid, at)
        earlier = ours.get(slot)
        if earlier and (theirs is None or earlier[0].valid_from >= theirs[0].valid_from):
            theirs = None if earlier[0].ends else earlier
        ours[slot] = bands
        before = {t.above: t for t in theirs or ()}
        after = {t.above: t for t in bands}
        for above in sorted(before.keys() | after.keys()):
            old, new = before.get(above), after.get(above)
            here = new if new is not None else bands[0]
            found.append(
                Change(
                    kind=_kind(old, new),
                    slot=str(slot),
                    book=slot.book,
                    model=slot.model,
                    account=slot.account,
                    tier=slot.tier,
                    above=above,
                    currency=here.currency,
                    valid_from=valid,
                    before=_prices(old),
                    after=_prices(new),
                    replaces="" if old is None else old.id,
                    batch=slot.batch,
                    region=slot.region,
                )
            )
    return tuple(sorted(found, key=_order))


def differing(rows: Iterable[Tariff], book: PriceBook, *, at: Instant) -> tuple[Tariff, ...]:
    """The rows without the lists that say what is in force anyway."""
    rows = tuple(rows)
    made = settled_rows(rows, at)
    told = {
        (change.slot, change.valid_from)
        for change in changes(rows, book, at=at)
        if change.kind != "same"
    }
    return tuple(
        row for row, t in zip(rows, made, strict=True) if (str(t.slot), t.valid_from) in told
    )


def _order(c: Change) -> tuple[object, ...]:
    return c.book, c.model, c.account, c.region, c.batch, c.tier, c.valid_from, c.above


def _kind(old: Tariff | None, new: Tariff | None) -> Kind:
    if new is None:
        return "gone"
    if new.ends:
        return "same" if old is None else "ends"
    if old is None:
        return "new"
    same = (old.prices, old.currency, old.also) == (new.prices, new.currency, new.also)
    return "same" if same else "changed"


def _prices(given: Tariff | None) -> dict[str, int]:
    if given is None:
        return {}
    by = given.by_meter
    return {meter.value: by[meter] for meter in METERS if meter in by}


def change_to_plain(change: Change) -> dict[str, Any]:
    """For JSON; prices are decimal text."""
    return {
        "kind": change.kind,
        "slot": change.slot,
        "book": change.book,
        "model": change.model,
        "account": change.account,
        "tier": change.tier,
        "above": change.above,
        "currency": change.currency,
        "valid_from": change.valid_from,
        "before": {meter: str(price) for meter, price in change.before.items()},
        "after": {meter: str(price) for meter, price in change.after.items()},
        "replaces": change.replaces,
        "batch": change.batch,
        "region": change.region,
    }


def change_from_plain(value: Mapping[str, Any]) -> Change:
    rest = {name: value[name] for name in value if name not in {"before", "after"}}
    return Change(
        before={meter: int(price) for meter, price in value["before"].items()},
        after={meter: int(price) for meter, price in value["after"].items()},
        **rest,
    )
