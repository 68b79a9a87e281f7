"""Savings of a data folder's releases: the totals, the teacher's prices of the day, the difference.

They are told with a bill, an invoice (among its notes) and an explanation, and booked as entries of
the ledger: one for a release and month whenever its day is over and the figure is another one.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

from stillhouse.billing.saving import Moved, Saving, savings
from stillhouse.compose.stores import WholeStore
from stillhouse.distill.release import Release
from stillhouse.ledger.ports import Total
from stillhouse.tariff import PriceBook, Tariff, UnpricedModelError
from stillhouse.units.instant import DAY, Instant, instant, month_bounds, period

FAR = "9999-12-31"


def saved(
    store: WholeStore, totals: Iterable[Total], *, month: str, account: str | None = None
) -> list[Saving]:
    """Of one account (None: of all) in one month. Costs one query where nothing was released."""
    releases = store.releases(account=account)
    if not releases:
        return []
    by_id = {release.id: release for release in releases}
    book = PriceBook(store.known_prices())

    @cache
    def on(release: str, day: str) -> Sequence[Tariff]:
        return _prices(book, by_id[release], day)

    return savings(
        totals, _moved(store, releases), lambda each, day: on(each.release, day), month=month
    )


def _moved(store: WholeStore, releases: Iterable[Release]) -> list[Moved]:
    merged: dict[tuple[str, str], set[str]] = {}
    for row in store.workloads():
        if row.merged_into:
            merged.setdefault((row.account, row.merged_into), set()).add(row.id)
    return [
        Moved(
            release=r.id,
            account=r.account,
            workload=r.workload,
            workloads=frozenset({r.workload} | merged.get((r.account, r.workload), set())),
            student=r.student,
            teacher=r.deployment,
            first=period(r.began_at, "day"),
            last=FAR if r.live else period(r.moved_at, "day"),
        )
        for r in releases
    ]


def _prices(book: PriceBook, release: Release, day: str) -> list[Tariff]:
    begin = instant(datetime.fromisoformat(f"{day}T00:00:00+00:00"))
    last = Instant(begin + DAY - 1)
    found: dict[str, Tariff] = {}
    for when in (begin, last):
        try:
            offer = book.offer(
                *("sale", release.model, when),
                known_at=last,
                account=release.account,
                region=release.region,
            )
        except UnpricedModelError:
            continue
        found[offer.tariff.id] = offer.tariff
    return list(found.values())


def enter(store: WholeStore, now: Instant) -> list[Saving]:
    """Enter what this month's and the last month's releases saved until the last whole day.

    From sealed receipts alone. Returns what was entered: what is booked so already is not again.
    """
    today = period(now, "day")
    this = today[:7]
    before = period(Instant(month_bounds(this)[0] - 1), "month")
    entered: list[Saving] = []
    for month in (before, this):
        whole = [t for t in store.totals(month=month) if t.day < today]
        told = saved(store, whole, month=month)
        entered += [saving for saving in told if store.book_saving(saving, at=now)]
    return entered
