"""More accounts than a page shows, each with one call of its own price."""

from collections.abc import Sequence

from msgspec.structs import replace
from tests.console.real import AT, WHO, Real

from stillhouse.ledger.receipt import Receipt
from stillhouse.tenants import Account
from stillhouse.units.instant import DAY, Instant

COUNT = 120
CENT = 10**10


def crowd(real: Real, *, count: int = COUNT) -> Sequence[Account]:
    """Account n of `count` (from 0) spends n + 1 cents in this month and one cent in the last."""
    store = real.parts.store
    made = [store.create_account(f"crowd {n:03d}", at=AT, actor=WHO) for n in range(count)]
    for charge, at in ((1, AT - 35 * DAY), (0, AT - 2 * DAY)):
        writer = real.writer()
        receipts = real.receipts(count, account=real.alice, writer=writer, at=Instant(at))
        real.seal(
            [
                Receipt(
                    writer,
                    replace(r.open, account=account.id, workload=f"task {n % 60}"),
                    replace(r.close, charge=(charge or n + 1) * CENT),
                )
                for n, (r, account) in enumerate(zip(receipts, made, strict=True))
            ]
        )
    return made
