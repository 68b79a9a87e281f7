"""A call + the price book -> both halves of its receipt.

A call is priced by the sale and cost tariffs in force when it was made. Without a sale tariff it is
*unrated*: it names `NO_PRICE`, a price list that prices nothing, so that no later reader takes it
for free, and `verify` finds in it what it finds in every receipt: charge = usage x prices.
"""

from typing import NamedTuple

from stillhouse.imports.call import Call
from stillhouse.ledger.receipt import FLAG_INCONSISTENT, FLAG_UNRATED, Close, Open
from stillhouse.ledger.rules import settle
from stillhouse.tariff import Book, PriceBook, Tariff, UnpricedModelError, tariff
from stillhouse.tenants.key import IMPORTED
from stillhouse.units.instant import Instant
from stillhouse.units.usage import Usage

NO_PRICE = tariff(
    book="sale", model="(no price)", valid_from=Instant(0), prices={}, ends=True, source="import"
)
"""The sale tariff of imported calls that nothing prices. No call is of its model."""
DEPLOYMENT = "import"
_BEYOND = 2**40


class _Found(NamedTuple):
    """Answers of the price book and how long they hold; bands: they depend on the input too."""

    since: int
    until: int
    sale: Tariff | None
    cost: Tariff | None
    bands: bool


class Priced:
    """Prices calls; the price book is asked again only when its answer may have changed."""

    def __init__(self, prices: PriceBook) -> None:
        self.prices = prices
        self._found: dict[tuple[str, str, bool, str], _Found] = {}

    def halves(
        self, call: Call, *, seq: int, account: str, project: str, workload: str
    ) -> tuple[Open, Close]:
        """account, project: ids in this house. workload: as declared, or of the template."""
        sale, cost = self.at(call, account)
        settled = settle(
            call.outcome,
            call.status,
            call.usage if call.witness == "reported" else None,
            lambda: call.usage,
            0,
            sale or NO_PRICE,
            cost,
            call.free,
        )
        flags = settled.flags | (FLAG_INCONSISTENT if call.inconsistent else 0)
        if sale is None and call.outcome == "completed" and not call.free:
            flags |= FLAG_UNRATED
        # By place: with names, these two take longer than everything else here together.
        opened = Open(
            seq,
            seq,  # its own first attempt
            call.at,
            account,
            project,
            f"{IMPORTED}{call.key or '-'}",
            DEPLOYMENT,
            call.provider,
            call.model,
            call.surface.value,
            call.stream,
            0,  # nothing was held
            (sale or NO_PRICE).id,
            "" if cost is None else cost.id,
            (),
            0,
            workload,
            call.cohort,
        )
        closed = Close(
            seq,
            call.at + call.latency_us,
            call.first_byte_us,
            call.latency_us,
            call.status,
            call.outcome,
            settled.witness,
            flags,
            settled.usage,
            settled.charge,
            settled.cost,
        )
        return opened, closed

    def at(self, call: Call, account: str) -> tuple[Tariff | None, Tariff | None]:
        """The sale and cost tariffs in force; None where nothing prices this call."""
        name = (call.model, account, call.batch, call.tier)
        found = self._found.get(name)
        if found is None or not found.since <= call.at < found.until:
            found = self._found[name] = self._look(call, account)
        if not found.bands:
            return found.sale, found.cost
        tokens_in = Usage(*call.usage).tokens_in
        return self._ask("sale", call, account, tokens_in), self._ask("cost", call, "", tokens_in)

    def _look(self, call: Call, account: str) -> _Found:
        asked: tuple[tuple[Book, str], ...] = (("sale", account), ("cost", ""))
        small = [self._ask(book, call, payer, 0) for book, payer in asked]
        large = [self._ask(book, call, payer, _BEYOND) for book, payer in asked]
        until = min(self.prices.valid_until(b, call.model, Instant(call.at)) for b, _ in asked)
        bands = any(one is not other for one, other in zip(small, large, strict=True))
        return _Found(call.at, until, small[0], small[1], bands)

    def _ask(self, book: Book, call: Call, account: str, tokens_in: int) -> Tariff | None:
        try:
            return self.prices.at(
                book,
                call.model,
                Instant(call.at),
                account=account,
                batch=call.batch,
                tier=call.tier,
                tokens_in=tokens_in,
            )
        except UnpricedModelError:
            return None
