"""A preview of re-rating: a month's charges by other prices, without changing anything.

    totals, sealed and not -> which need a cut -> those again from receipts -> differences

Where every total's calls would get one price, no receipt is read. The prices to rate by are those
known now, those known on a day, or those known now with a proposed version added.
"""

from collections.abc import Sequence
from pathlib import Path

from stillhouse.billing.document import Document, from_json
from stillhouse.billing.rerating import (
    Cuts,
    Piece,
    RerateError,
    Rerating,
    cuts,
    day_start,
    differences,
    rerating,
    whole,
)
from stillhouse.compose.books import Books
from stillhouse.compose.stores import WholeStore
from stillhouse.ledger.ports import ConflictError
from stillhouse.tariff import MissingBandError, OverlappingPricesError, PriceBook, Tariff
from stillhouse.tariff.version import settled_rows
from stillhouse.units.instant import Instant, month_bounds

CURRENCY = "USD"


def rerate(
    data: Path,
    store: WholeStore,
    *,
    month: str,
    account: str | None = None,
    known_at: Instant | None = None,
    version: str | None = None,
    at: Instant,
) -> Rerating:
    """What a month's charges would be; see `billing.rerating`.

    account: an id; None: all. known_at: by what was known then. version: as if approved now.

    Raises:
        NotFoundError: there is no such version.
        ConflictError: the version contradicts what is in force, or the record contradicts itself.
    """
    tariffs = store.tariffs()
    book = _book(store, known_at=known_at, version=version, at=at)
    books = Books(data, store)
    totals = [t for t in books.totals(account=account, month=month) if t.sale_tariff]
    for t in totals:
        if t.sale_tariff not in tariffs:
            raise ConflictError(f"unknown tariff {t.sale_tariff}: run `stillhouse verify`")
    cut = cuts(totals, tariffs, book, known_at)
    pieces = whole([t for t in totals if t.sale_tariff not in cut.tariffs], tariffs)
    if cut.tariffs:
        pieces += _cut(books, cut, tariffs, month=month, account=account)
    try:
        found, unpriced = differences(pieces, tariffs, book, known_at)
    except RerateError as error:
        raise ConflictError(str(error)) from error
    documents = _documents(store, account) if any(d.prices for d in found) else []
    currencies = {tariffs[t.sale_tariff].currency for t in totals}
    return rerating(
        found, unpriced, documents, month=month, currency=min(currencies, default=CURRENCY)
    )


def _book(
    store: WholeStore, *, known_at: Instant | None, version: str | None, at: Instant
) -> PriceBook:
    known = store.known_prices(known_at)
    try:
        added: Sequence[Tariff] = ()
        if version is not None:
            found = store.price_version(version)
            added = () if found.state == "approved" else settled_rows(found.rows, at)
        return PriceBook([*known, *added])
    except (OverlappingPricesError, MissingBandError) as error:
        raise ConflictError(str(error)) from error


def _cut(
    books: Books,
    cut: Cuts,
    tariffs: dict[str, Tariff],
    *,
    month: str,
    account: str | None,
) -> list[Piece]:
    """The concerned totals again, from receipts, apart by moment and input."""
    start, end = month_bounds(month)
    moments, edges = sorted(cut.moments), sorted(cut.edges)
    with books.audit(month) as audit:
        parts = audit.cut(
            tariffs=cut.tariffs,
            start=start,
            end=end,
            account=account,
            moments=moments,
            edges=edges,
        )
    return [
        Piece(
            t,
            max([day_start(t.day), *moments[:after]]),
            max([tariffs[t.sale_tariff].above + 1, *(edge + 1 for edge in edges[:above])]),
        )
        for after, above, t in parts
    ]


def _documents(store: WholeStore, account: str | None) -> list[tuple[str, Document]]:
    return [(each.account, from_json(each.text)) for each in store.documents(account=account)]
