"""A document as FOCUS 1.2 rows, from the seller's side: a row per line and per tax.

FOCUS is the FinOps Open Cost and Usage Specification (https://focus.finops.org, version 1.2 of 29
May 2025). All 57 of its columns are written; ours begin with x_, as it asks. The sum of BilledCost
per InvoiceId is what the invoice asks to be paid, exactly.

    ListCost = exact    ContractedCost = exact less the line's discount    BilledCost = its amount

so the two first say what the price and the discount come to, and the third what rounding made of
it. A line that stands on its amount alone (a minimum, a shortfall) is one unit at that price; what
was paid before and drawn now is a Credit. Prices, quantities and costs before rounding have 18
decimals; few need more (a price converted at a long rate, thirds of an hour) and those are rounded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from stillhouse.billing.document import Document, Line, LineKind, Tax
from stillhouse.billing.exports.exact import (
    check,
    discounted,
    fixed,
    listed,
    net,
    priced,
    total,
    written,
)
from stillhouse.billing.exports.focus_columns import Row, Value, row
from stillhouse.billing.exports.focus_sku import Unit, described, sku, unit_of
from stillhouse.units.instant import Instant, instant, month_bounds

_CATEGORY: dict[LineKind, str] = {
    "usage": "Usage",
    "capacity": "Usage",
    "capacity_unused": "Usage",
    "covered": "Usage",
    "correction": "Usage",
    "minimum": "Purchase",
    "shortfall": "Purchase",
    "other": "Purchase",
    "commitment": "Credit",
    "prepaid": "Credit",
    "saving": "Credit",
    "credit": "Adjustment",  # of a line of usage: Usage
}
_FREQUENCY: dict[LineKind, str] = {"minimum": "Recurring"}
_CORRECTS: frozenset[LineKind] = frozenset({"correction", "credit"})
SERVICE = "Large language models"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a provider billed us for a line."""

    amount: Decimal
    currency: str


def focus_rows(document: Document, upstream: Mapping[int, Cost] | None = None) -> list[Row]:
    """The rows of one document, in the order of its lines, then its taxes.

    Args:
        document: finalised, or a draft: its rows have no InvoiceId.
        upstream: what lines cost us, by id. It is not the customer's to see: leave it out of files
            that are sent to them.

    Raises:
        ExportError: the document does not add up.
    """
    check(document)
    common = _common(document)
    rows = [
        row(common | _line(document, line, (upstream or {}).get(line.id)))
        for line in document.lines
    ]
    return [*rows, *(row(common | each) for each in _taxes(document, rows))]


def _common(document: Document) -> dict[str, Value]:
    issuer = document.issuer.name.strip() or document.issuer.id
    return {
        "BillingAccountId": document.customer.id,
        "BillingAccountName": document.customer.name.strip() or document.customer.id,
        "BillingAccountType": "Account",
        "BillingCurrency": document.currency,
        "BillingPeriodStart": _instant(document.start),
        "BillingPeriodEnd": _instant(document.end),
        "InvoiceId": document.number or None,
        "InvoiceIssuerName": issuer,
        "ProviderName": issuer,
        "PublisherName": issuer,
        "ServiceCategory": "AI and Machine Learning",
        "ServiceSubcategory": "Generative AI",
        "ServiceName": SERVICE,
        "x_DocumentKind": document.kind,
        "x_ReceiptRoot": document.receipts.root or None,
    }


def _line(document: Document, line: Line, cost: Cost | None) -> dict[str, Value]:
    category = _category(line)
    start, end = _period(document, line.period)
    amount = Decimal(line.amount or "0")
    fields: dict[str, Value] = {
        "ChargeCategory": category,
        "ChargeClass": "Correction" if line.kind in _CORRECTS else None,
        "ChargeDescription": described(line),
        "ChargeFrequency": "Usage-Based" if category == "Usage" else _frequency(line),
        "ChargePeriodStart": start,
        "ChargePeriodEnd": end,
        "BilledCost": amount,
        "EffectiveCost": amount,
        "PricingCurrency": line.price_currency,
        "PricingCurrencyEffectiveCost": fixed(discounted(line)),
        "SubAccountId": line.project or None,
        "SubAccountName": (line.project_name.strip() or line.project) if line.project else None,
        "SubAccountType": "Project" if line.project else None,
    }
    if category in {"Usage", "Purchase"}:
        fields |= sku(line) | _prices(line, category) | _capacity(document, line)
    else:
        fields |= {"ListCost": amount, "ContractedCost": amount}
    return fields | _ours(document, line, cost)


def _category(line: Line) -> str:
    return "Usage" if line.kind == "credit" and line.meter else _CATEGORY[line.kind]


def _frequency(line: Line) -> str:
    return _FREQUENCY.get(line.kind, "One-Time")


def _prices(line: Line, category: str) -> dict[str, Value]:
    """Quantities and unit prices. A line without a unit price is one unit at its exact amount."""
    rate = Fraction(line.rate)
    less = Fraction(10_000 - line.discount_bp, 10_000)
    unit = unit_of(line)
    alone = line.unit_price is None and line.amount is not None
    if alone:
        price, quantity = abs(priced(line)), Fraction(-1 if priced(line) < 0 else 1)
        unit = Unit("Units", "Units", Fraction(1))
    else:
        price, quantity = (
            Fraction(line.unit_price or "0"),
            Fraction(line.quantity) * unit.of_smallest,
        )
    fields: dict[str, Value] = {
        "PricingCategory": "Standard",
        "PricingQuantity": fixed(quantity),
        "PricingUnit": unit.pricing,
        "ListUnitPrice": fixed(price * rate),
        "ContractedUnitPrice": fixed(price * rate * less),
        "PricingCurrencyListUnitPrice": fixed(price),
        "PricingCurrencyContractedUnitPrice": fixed(price * less),
        "ListCost": fixed(listed(line)),
        "ContractedCost": fixed(net(line)),
    }
    if category == "Usage":
        consumed = quantity if alone or unit.consumed != unit.smallest else Fraction(line.quantity)
        unused = line.kind == "capacity_unused"
        fields |= {
            "ConsumedQuantity": Decimal(0) if unused else fixed(consumed),
            "ConsumedUnit": unit.consumed,
        }
    return fields


def _capacity(document: Document, line: Line) -> dict[str, Value]:
    """Provisioned capacity is a capacity reservation: charged by the hour, used or not."""
    if line.kind not in {"capacity", "capacity_unused"}:
        return {}
    name = line.item or line.model or "capacity"
    return {
        "CapacityReservationId": f"{document.customer.id}/capacity/{name}",
        "CapacityReservationStatus": "Used" if line.kind == "capacity" else "Unused",
    }


def _ours(document: Document, line: Line, cost: Cost | None) -> dict[str, Value]:
    fx = next((fx for fx in document.fx if fx.base == line.price_currency), None)
    refers = line.refers
    return {
        "x_LineId": line.id,
        "x_LineKind": line.kind,
        "x_Workload": line.workload or None,
        "x_ContractItem": line.item or None,
        "x_DiscountBasisPoints": line.discount_bp,
        "x_Unpriced": line.amount is None,
        "x_ReceiptCount": line.receipts,
        "x_EstimatedQuantity": fixed(Fraction(line.estimated)),
        "x_TokenSource": _source(line),
        "x_ExchangeRate": fixed(Fraction(line.rate)),
        "x_ExchangeRateSource": fx.source if fx else None,
        "x_ExchangeRateDate": fx.date if fx else None,
        "x_CorrectsInvoiceId": refers.number if refers else None,
        "x_CorrectsLineId": refers.line if refers else None,
        "x_UpstreamCost": cost.amount if cost else None,
        "x_UpstreamCurrency": cost.currency if cost else None,
    }


def _source(line: Line) -> str | None:
    """Who counted the tokens."""
    estimated, quantity = Fraction(line.estimated), abs(Fraction(line.quantity))
    if not line.meter or not quantity:
        return None
    if not estimated:
        return "Reported"
    return "Estimated" if abs(estimated) >= quantity else "Mixed"


def _taxes(document: Document, rows: list[Row]) -> Iterator[dict[str, Value]]:
    """Taxes are charges on charges: each of their costs comes from the same cost of those."""
    for tax in document.taxes:
        amount = Decimal(tax.amount)
        on = _taxed(tax, document, rows)
        rate = Fraction(tax.rate_bp, 10_000)
        yield {
            "ChargeCategory": "Tax",
            "ChargeDescription": f"{tax.name} {written(rate * 100)} %".strip(),
            "ChargeFrequency": "One-Time",
            "ChargePeriodStart": _instant(document.start),
            "ChargePeriodEnd": _instant(document.end),
            "BilledCost": amount,
            "EffectiveCost": amount,
            "ListCost": fixed(_sum(on, "ListCost") * rate),
            "ContractedCost": fixed(_sum(on, "ContractedCost") * rate),
            "PricingCurrency": document.currency,
            "PricingCurrencyEffectiveCost": amount,
            "x_LineKind": "tax",
        }


def _taxed(tax: Tax, document: Document, rows: list[Row]) -> list[Row]:
    return [
        each
        for each, line in zip(rows, document.lines, strict=True)
        if not tax.kinds or line.kind in tax.kinds
    ]


def _sum(rows: list[Row], column: str) -> Fraction:
    return total(f"{each[column]:f}" for each in rows)


def _instant(text: str) -> Instant:
    return instant(datetime.fromisoformat(text))


def _period(document: Document, month: str) -> tuple[Instant, Instant]:
    """When a line's usage was: in the document's own month, the part that it covers."""
    if month == document.period:
        return _instant(document.start), _instant(document.end)
    return month_bounds(month)
