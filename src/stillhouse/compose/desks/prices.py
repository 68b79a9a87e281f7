"""Prices at the console's desk: `compose.prices` in the words of its pages."""

from collections.abc import Mapping
from typing import cast

from stillhouse.compose import prices
from stillhouse.compose.desks.parts import CURRENCY, Part
from stillhouse.compose.rerate import rerate
from stillhouse.console.money_views import PriceChange, PriceRow, PriceVersion, Quote, Rerating
from stillhouse.console.views import Days
from stillhouse.ledger.ports import ConflictError, NotFoundError
from stillhouse.tariff import tariff
from stillhouse.tariff.charge import UnpricedMeterError
from stillhouse.tariff.plain import published
from stillhouse.tariff.prices import Book, Tariff
from stillhouse.tariff.version import WHEN_APPROVED, Change, Version
from stillhouse.units.instant import Instant, month_bounds, period
from stillhouse.units.money import InexactAmountError, pico, pico_per_token
from stillhouse.units.usage import Meter, Usage

PPM = 1_000_000


class PricesPart(Part):
    def prices(self, *, model: str = "", book: str = "") -> list[PriceRow]:
        """In force now, a row for each meter."""
        found = prices.in_force(
            self.parts.store,
            at=self.at,
            model=model or None,
            book=cast("Book | None", book or None),
        )
        return [row for t in found for row in _rows(t)]

    def price_versions(self) -> list[PriceVersion]:
        """Newest first, without their changes."""
        return [_version(v, ()) for v in reversed(prices.list_versions(self.parts.store))]

    def price_version(self, ident: str) -> PriceVersion:
        found = prices.version(self.parts.store, ident)
        changes = prices.diff(self.parts.store, ident, at=self.at)
        return _version(found, _changes(changes, self._charged()))

    def propose_price(
        self, model: str, *, book: str, unit_prices: Mapping[str, str], valid_from: Instant
    ) -> PriceVersion:
        if not unit_prices:
            raise ConflictError("a price names at least one meter; give input and output")
        given = {Meter(name): _price(Meter(name), text) for name, text in unit_prices.items()}
        row = tariff(
            book=cast("Book", book),
            model=model,
            valid_from=WHEN_APPROVED if valid_from <= self.at else valid_from,
            prices=given,
            source=f"the console, {self.who.actor}",
        )
        made = prices.propose(
            self.parts.store,
            [row],
            source=f"the console, {self.who.actor}",
            at=self.at,
            actor=self.who.actor,
        )
        if made.version is None:
            raise ConflictError(f"these prices of {model} are in force already; nothing to propose")
        return self.price_version(made.version.id)

    def approve_prices(self, ident: str) -> PriceVersion:
        prices.approve(self.parts.store, ident, at=self.at, actor=self.who.actor)
        return self.price_version(ident)

    def reject_prices(self, ident: str, *, reason: str) -> PriceVersion:
        prices.reject(self.parts.store, ident, reason=reason, at=self.at, actor=self.who.actor)
        return self.price_version(ident)

    def quote(self, model: str, usage: Mapping[str, int], *, at: Instant | None = None) -> Quote:
        counts = Usage(**{Meter(name).value: n for name, n in usage.items()})
        moment = self.at if at is None else at
        try:
            found = prices.quote(self.parts.store, counts, model=model, at=moment)
        except (LookupError, UnpricedMeterError) as error:
            raise NotFoundError(str(error)) from error
        return Quote(
            model=model,
            at=moment,
            lines=tuple(
                (q.meter.value, q.quantity, published(q.meter, q.price), q.amount)
                for q in found.lines
            ),
            charge=found.charge,
            currency=found.tariff.currency,
        )

    def rerate(self, ident: str) -> Rerating:
        """Of this month and the one before: what is open, and what may have been invoiced."""
        month = period(self.at, "month")
        before = period(month_bounds(month)[0] - 1, "month")
        found = [
            rerate(self.parts.data, self.parts.store, month=m, version=ident, at=self.at)
            for m in (before, month)
        ]
        names = self.parts.directory().accounts
        return Rerating(
            receipts=sum(r.changed for r in found),
            before=sum(r.before for r in found),
            after=sum(r.after for r in found),
            currency=found[-1].currency,
            invoices=tuple(
                (p.number, names[p.account].name, p.currency, p.amount)
                for r in found
                for p in r.proposals
            ),
        )

    def _charged(self) -> dict[str, int]:
        """This month's charges by model."""
        month = period(self.at, "month")
        rows = self.parts.newest.sums(["model"], Days(f"{month}-01", f"{month}-31"), only={})
        return {row.keys[0]: row.charge for row in rows}


def _price(meter: Meter, text: str) -> int:
    try:
        return pico(text) if meter is Meter.REQUESTS else pico_per_token(text)
    except InexactAmountError as error:
        raise ConflictError(f"the price of {meter.value}: {error}") from None


def _unit(meter: Meter) -> str:
    return "request" if meter is Meter.REQUESTS else "1000000 tokens"


def _rows(t: Tariff) -> list[PriceRow]:
    details = {
        name: value
        for name, value in (
            ("tier", t.tier),
            ("region", t.region),
            ("batch", "yes" if t.batch else ""),
            ("above_input_tokens", str(t.above) if t.above else ""),
        )
        if value
    }
    return [
        PriceRow(
            id=t.id,
            book=t.book,
            model=t.model,
            meter=meter.value,
            unit=_unit(meter),
            unit_price=published(meter, price),
            currency=t.currency,
            valid_from=t.valid_from,
            known_from=t.known_from or None,
            source=t.source,
            account=t.account,
            details=details,
        )
        for meter, price in t.by_meter.items()
    ]


def _version(v: Version, changes: tuple[PriceChange, ...]) -> PriceVersion:
    return PriceVersion(
        id=v.id,
        state=v.state,
        source=v.source,
        made_by=v.author,
        made_at=v.proposed_at,
        decided_by=v.decided_by,
        decided_at=v.decided_at,
        rows=len(v.rows),
        refused=tuple(f"{r.what}: {r.reason}" for r in v.refused),
        changes=changes,
    )


def _changes(found: tuple[Change, ...], charged: Mapping[str, int]) -> tuple[PriceChange, ...]:
    """Meter by meter; what stays the same is left out."""
    rows = []
    for change in found:
        for name in sorted(change.before.keys() | change.after.keys()):
            before, after = change.before.get(name), change.after.get(name)
            if before == after:
                continue
            meter = Meter(name)
            rows.append(
                PriceChange(
                    model=change.model,
                    meter=name,
                    book=change.book,
                    unit=_unit(meter),
                    before=None if before is None else published(meter, before),
                    after=None if after is None else published(meter, after),
                    ppm=(after - before) * PPM // before if before and after is not None else None,
                    currency=change.currency or CURRENCY,
                    affected=charged.get(change.model, 0),
                )
            )
    return tuple(rows)
