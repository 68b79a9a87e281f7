"""Prices of a data folder: look, propose, decide, quote. The CLI and the admin API ask here.

    store.known_prices -> PriceBook -> what is in force, a quote
    rows -> propose -> version -> approve -> running gateways price by it within a second

`known_at` is always about knowledge: what would have been answered then, with the prices that were
known then. `compose.rerate` says what another price would change in a month that has passed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from stillhouse.ledger.ports import ConflictError, NotFoundError, Store
from stillhouse.tariff import OverlappingPricesError, PriceBook, Tariff
from stillhouse.tariff.prices import STANDARD, Book
from stillhouse.tariff.quote import Quote
from stillhouse.tariff.quote import quote as quoted
from stillhouse.tariff.version import Change, Refused, Version, changes, differing
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Usage

__all__ = [
    "Change",
    "Proposed",
    "Quote",
    "Refused",
    "Version",
    "approve",
    "diff",
    "find",
    "in_force",
    "known",
    "list_versions",
    "propose",
    "quote",
    "reject",
    "version",
]


@dataclass(frozen=True, slots=True)
class Proposed:
    """version: None when everything is in force already. same: rows that were left out for that."""

    version: Version | None
    same: int
    refused: tuple[Refused, ...] = ()


def known(store: Store, known_at: Instant | None = None) -> PriceBook:
    """Every price of the configuration and every approved one, as known then; None: now.

    Raises ConflictError: the configuration has two prices for the same thing.
    """
    try:
        return PriceBook(store.known_prices(known_at))
    except OverlappingPricesError as error:
        raise ConflictError(str(error)) from error


def in_force(
    store: Store,
    *,
    at: Instant,
    known_at: Instant | None = None,
    model: str | None = None,
    book: Book | None = None,
    account: str | None = None,
) -> list[Tariff]:
    """Prices in force at a moment, bands apart. account: its own prices and the list's."""
    return [
        t
        for t in known(store, known_at).in_force_at(at, known_at)
        if model in {None, t.model}
        and book in {None, t.book}
        and (account is None or t.account in {"", account})
    ]


def find(store: Store, ident: str) -> Tariff:
    """Any tariff that was ever registered."""
    found = store.tariffs().get(ident)
    if found is None:
        raise NotFoundError(f"no price {ident}; `stillhouse prices list` shows those in force")
    return found


def list_versions(store: Store) -> list[Version]:
    return store.price_versions()


def version(store: Store, ident: str) -> Version:
    return store.price_version(ident)


def propose(
    store: Store,
    rows: Iterable[Tariff],
    *,
    source: str,
    refused: Iterable[Refused] = (),
    at: Instant,
    actor: str,
) -> Proposed:
    """Rows that would change nothing are left out; of nothing else, nothing is proposed."""
    rows, refused = tuple(rows), tuple(refused)
    try:
        kept = differing(rows, known(store), at=at)
    except ValueError as error:
        raise ConflictError(str(error)) from error
    same = len(rows) - len(kept)
    if not kept:
        return Proposed(None, same, refused)
    made = store.propose_prices(kept, source=source, refused=refused, at=at, actor=actor)
    return Proposed(made, same, refused)


def diff(store: Store, ident: str, *, at: Instant) -> tuple[Change, ...]:
    """What a proposed version would change now; what a decided one changed or would have."""
    found = store.price_version(ident)
    if found.state != "proposed":
        return found.changes
    return changes(found.rows, known(store), at=at)


def approve(store: Store, ident: str, *, at: Instant, actor: str) -> Version:
    return store.approve_prices(ident, at=at, actor=actor)


def reject(store: Store, ident: str, *, reason: str, at: Instant, actor: str) -> Version:
    return store.reject_prices(ident, reason=reason, at=at, actor=actor)


def quote(
    store: Store,
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
    """Quote one call. account: an id. Raises as `tariff.quote` does."""
    return quoted(
        known(store, known_at),
        usage,
        model=model,
        at=at,
        book=book,
        known_at=known_at,
        account=account,
        region=region,
        batch=batch,
        tier=tier,
    )
