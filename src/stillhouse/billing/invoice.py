"""Totals + tariffs -> invoice: what one account owes for one month.

A line is one project, model, meter and unit price. Its exact amount is quantity x price in
pico-units of the price's currency; it is converted at the stored rate and rounded once, half to
even, to the invoice's unit. The total is the sum of the rounded lines; `residue` is how far that is
from the exact sum, so that nothing disappears into rounding.

Usage without a price is a line without an amount, flagged, never a zero. Usage that by rule nobody
is charged for (broken calls, routes that are free by name) is listed apart.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from stillhouse.ledger.ports import Total
from stillhouse.tariff import Tariff
from stillhouse.tariff.prices import UNPRICED
from stillhouse.units.money import (
    MICRO_PER_UNIT,
    PICO_PER_UNIT,
    converted,
    invoice_unit,
    rounded,
)
from stillhouse.units.usage import METERS, Meter


class InvoiceError(ValueError):
    """This invoice cannot be written; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of the invoice's currency for one unit of the prices' currency, and who says so."""

    rate: str
    source: str


@dataclass(frozen=True, slots=True)
class Line:
    """unit_price and amount are None when the meter has no price (unrated).

    unit: "1000000 tokens" or "request". exact: pico-units of the price's currency.
    """

    project: str
    model: str
    meter: Meter
    quantity: int
    unit: str
    unit_price: str | None
    exact: int
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Free:
    """Usage that nobody is charged for: `receipts` broken or zero-rated calls."""

    project: str
    model: str
    receipts: int
    usage: Mapping[Meter, int]


@dataclass(frozen=True, slots=True)
class Invoice:
    """What one account owes for one month.

    exact: pico-units of `price_currency`. residue: what rounding left out, in pico-units of
    `currency`: exact, converted, minus total.
    """

    account: str
    period: str
    currency: str
    unit: str
    price_currency: str
    rate: Rate | None
    lines: tuple[Line, ...]
    free: tuple[Free, ...]
    total: Decimal
    exact: int
    residue: Fraction
    receipts: int
    unrated: int


def invoice(
    totals: Iterable[Total],
    tariffs: Mapping[str, Tariff],
    *,
    account: str,
    period: str,
    currency: str | None = None,
    rate: Rate | None = None,
    unit: str | None = None,
) -> Invoice:
    """Write one invoice.

    Args:
        totals: of this account and period only.
        tariffs: every sale tariff that a total names.
        account: who owes.
        period: the month, "2026-11".
        currency: what to invoice in; None means the prices' own.
        rate: needed exactly when that differs from the prices' currency.
        unit: what lines are rounded to; None means the currency's usual.

    Raises:
        InvoiceError: an unknown tariff, prices in two currencies, or a rate missing or too many.
    """
    rows = list(totals)
    price_currency = _price_currency(rows, tariffs)
    currency = currency or price_currency
    if currency != price_currency and rate is None:
        raise InvoiceError(
            f"the prices are in {price_currency}: an invoice in {currency} needs a rate "
            f"({currency} for one {price_currency})"
        )
    if currency == price_currency and rate is not None and Decimal(rate.rate) != 1:
        raise InvoiceError(f"the prices are in {currency} already: no rate applies")
    unit = unit or invoice_unit(currency)
    factor = rate.rate if rate is not None else "1"
    lines = _lines(rows, tariffs, factor=factor, unit=unit)
    total = sum((line.amount for line in lines if line.amount is not None), Decimal(0))
    exact = sum(line.exact for line in lines)
    charged = sum(t.charge for t in rows)
    if exact != charged:
        raise InvoiceError(
            f"the lines come to {exact} pico-{price_currency} and the receipts to {charged}: "
            "run `stillhouse verify`"
        )
    return Invoice(
        account=account,
        period=period,
        currency=currency,
        unit=unit,
        price_currency=price_currency,
        rate=rate,
        lines=lines,
        free=_free(rows),
        total=total.quantize(Decimal(unit)),
        exact=exact,
        residue=converted(exact, factor) - Fraction(total) * PICO_PER_UNIT,
        receipts=sum(t.receipts for t in rows),
        unrated=sum(t.unrated for t in rows),
    )


def _price_currency(totals: list[Total], tariffs: Mapping[str, Tariff]) -> str:
    """The currency of every price that was used; in an empty month, of the price book."""
    named = sorted({t.sale_tariff for t in totals if t.sale_tariff})
    unknown = [name for name in named if name not in tariffs]
    if unknown:
        raise InvoiceError(f"unknown tariffs {', '.join(unknown)}: run `stillhouse verify`")
    currencies = sorted({tariffs[name].currency for name in named})
    if len(currencies) > 1:
        raise InvoiceError(f"prices in {' and '.join(currencies)}: one invoice has one of them")
    known = sorted({t.currency for t in tariffs.values() if t.book == "sale"})
    return (currencies or (known if len(known) == 1 else ["USD"]))[0]


def _lines(
    totals: list[Total], tariffs: Mapping[str, Tariff], *, factor: str, unit: str
) -> tuple[Line, ...]:
    quantities: dict[tuple[str, str, int, int], int] = {}
    for t in totals:
        if not t.sale_tariff:
            continue
        for place, (n, price) in enumerate(
            zip(t.usage, tariffs[t.sale_tariff].prices, strict=True)
        ):
            if n and not (price == 0 and METERS[place] is Meter.REQUESTS):
                key = (t.project, t.model, place, price)
                quantities[key] = quantities.get(key, 0) + n
    return tuple(
        _line(project, model, METERS[place], price, n, factor=factor, unit=unit)
        for (project, model, place, price), n in sorted(quantities.items())
    )


def _line(
    project: str, model: str, meter: Meter, price: int, n: int, *, factor: str, unit: str
) -> Line:
    rated = price != UNPRICED
    exact = n * price if rated else 0
    return Line(
        project=project,
        model=model,
        meter=meter,
        quantity=n,
        unit="request" if meter is Meter.REQUESTS else f"{MICRO_PER_UNIT} tokens",
        unit_price=_published(meter, price) if rated else None,
        exact=exact,
        amount=rounded(converted(exact, factor), unit) if rated else None,
    )


def _published(meter: Meter, price: int) -> str:
    """The price as people write it: per million tokens, or per request; two places at least."""
    scale = 12 if meter is Meter.REQUESTS else 6
    whole, decimals = divmod(price, 10**scale)
    return f"{whole}.{f'{decimals:0{scale}d}'.rstrip('0'):0<2}"


def _free(totals: list[Total]) -> tuple[Free, ...]:
    found: dict[tuple[str, str], list[int]] = {}
    for t in totals:
        if not t.sale_tariff:
            have = found.setdefault((t.project, t.model), [0] * (1 + len(METERS)))
            found[t.project, t.model] = [
                a + b for a, b in zip(have, (t.receipts, *t.usage), strict=True)
            ]
    return tuple(
        Free(
            project=project,
            model=model,
            receipts=row[0],
            usage={meter: n for meter, n in zip(METERS, row[1:], strict=True) if n},
        )
        for (project, model), row in sorted(found.items())
    )
