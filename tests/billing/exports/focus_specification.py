"""FOCUS 1.2 as a table and rules, written from its text, to judge a file by.

Sources: FinOps Open Cost and Usage Specification 1.2, https://focus.finops.org/focus-specification,
specification/columns/*.md and attributes/*.md of the repository FinOps-Open-Cost-and-Usage-Spec/
FOCUS_Spec at v1.2; its MUST rules as listed, column by column, in Microsoft's conformance report
for 1.2 (learn.microsoft.com/cloud-computing/finops/focus/conformance-full-report, whose ids like
BCo8 are quoted below). Read November 2026. Cells are texts, None is null.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Literal

Cells = Mapping[str, str | None]
MATCH = Fraction(1, 10**9)
"""How far a product may be from a cost (CnC8, LC8): prices and quantities have 18 decimals."""


@dataclass(frozen=True)
class Column:
    """level: M mandatory, C conditional, R recommended. null: may be null somewhere."""

    level: Literal["M", "C", "R"]
    null: bool
    kind: Literal["String", "Decimal", "DateTime", "Json"] = "String"
    allowed: frozenset[str] | None = None


def one_of(*values: str) -> frozenset[str]:
    return frozenset(values)


USED = one_of("Used", "Unused")
COLUMNS = {
    "AvailabilityZone": Column("R", null=True),
    "BilledCost": Column("M", null=False, kind="Decimal"),
    "BillingAccountId": Column("M", null=False),
    "BillingAccountName": Column("M", null=True),
    "BillingAccountType": Column("C", null=False),
    "BillingCurrency": Column("M", null=False),
    "BillingPeriodEnd": Column("M", null=False, kind="DateTime"),
    "BillingPeriodStart": Column("M", null=False, kind="DateTime"),
    "CapacityReservationId": Column("C", null=True),
    "CapacityReservationStatus": Column("C", null=True, allowed=USED),
    "ChargeCategory": Column(
        "M", null=False, allowed=one_of("Usage", "Purchase", "Tax", "Credit", "Adjustment")
    ),
    "ChargeClass": Column("M", null=True, allowed=one_of("Correction")),
    "ChargeDescription": Column("M", null=True),
    "ChargeFrequency": Column(
        "R", null=False, allowed=one_of("One-Time", "Recurring", "Usage-Based")
    ),
    "ChargePeriodEnd": Column("M", null=False, kind="DateTime"),
    "ChargePeriodStart": Column("M", null=False, kind="DateTime"),
    "CommitmentDiscountCategory": Column("C", null=True, allowed=one_of("Spend", "Usage")),
    "CommitmentDiscountId": Column("C", null=True),
    "CommitmentDiscountName": Column("C", null=True),
    "CommitmentDiscountQuantity": Column("C", null=True, kind="Decimal"),
    "CommitmentDiscountStatus": Column("C", null=True, allowed=USED),
    "CommitmentDiscountType": Column("C", null=True),
    "CommitmentDiscountUnit": Column("C", null=True),
    "ConsumedQuantity": Column("C", null=True, kind="Decimal"),
    "ConsumedUnit": Column("C", null=True),
    "ContractedCost": Column("M", null=False, kind="Decimal"),
    "ContractedUnitPrice": Column("C", null=True, kind="Decimal"),
    "EffectiveCost": Column("M", null=False, kind="Decimal"),
    "InvoiceId": Column("R", null=True),
    "InvoiceIssuerName": Column("M", null=False),
    "ListCost": Column("M", null=False, kind="Decimal"),
    "ListUnitPrice": Column("C", null=True, kind="Decimal"),
    "PricingCategory": Column(
        "C", null=True, allowed=one_of("Standard", "Dynamic", "Committed", "Other")
    ),
    "PricingCurrency": Column("C", null=False),
    "PricingCurrencyContractedUnitPrice": Column("C", null=True, kind="Decimal"),
    "PricingCurrencyEffectiveCost": Column("C", null=False, kind="Decimal"),
    "PricingCurrencyListUnitPrice": Column("C", null=True, kind="Decimal"),
    "PricingQuantity": Column("M", null=True, kind="Decimal"),
    "PricingUnit": Column("M", null=True),
    "ProviderName": Column("M", null=False),
    "PublisherName": Column("M", null=False),
    "RegionId": Column("C", null=True),
    "RegionName": Column("C", null=True),
    "ResourceId": Column("C", null=True),
    "ResourceName": Column("C", null=True),
    "ResourceType": Column("C", null=True),
    "ServiceCategory": Column(
        "M",
        null=False,
        allowed=one_of(
            *("AI and Machine Learning", "Analytics", "Business Applications", "Compute"),
            *("Databases", "Developer Tools", "Multicloud", "Identity", "Integration"),
            *("Internet of Things", "Management and Governance", "Media", "Migration", "Mobile"),
            *("Networking", "Security", "Storage", "Web", "Other"),
        ),
    ),
    "ServiceName": Column("M", null=False),
    "ServiceSubcategory": Column(
        "R",
        null=False,
        allowed=one_of(  # of the category AI and Machine Learning (SvS5)
            *("AI Platforms", "Bots", "Generative AI", "Machine Learning"),
            *("Natural Language Processing", "Other (AI and Machine Learning)"),
        ),
    ),
    "SkuId": Column("C", null=True),
    "SkuMeter": Column("C", null=True),
    "SkuPriceDetails": Column("C", null=True, kind="Json"),
    "SkuPriceId": Column("C", null=True),
    "SubAccountId": Column("C", null=True),
    "SubAccountName": Column("C", null=True),
    "SubAccountType": Column("C", null=True),
    "Tags": Column("C", null=True, kind="Json"),
}
MANDATORY = frozenset(name for name, column in COLUMNS.items() if column.level == "M")
_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")  # Numeric Format
_PASCAL = re.compile(r"(x_)?[A-Z][A-Za-z0-9]{0,49}")  # Column Naming: CNO1, CNO2
WITH_ID = {  # null exactly when its id is: BAT3, CDC2, CDT3, RgN3, RsT3, SbAN3, SbAT3
    "BillingAccountType": "BillingAccountId",
    "CommitmentDiscountCategory": "CommitmentDiscountId",
    "CommitmentDiscountType": "CommitmentDiscountId",
    "RegionName": "RegionId",
    "ResourceType": "ResourceId",
    "SubAccountName": "SubAccountId",
    "SubAccountType": "SubAccountId",
    "ConsumedUnit": "ConsumedQuantity",  # CU4
    "PricingUnit": "PricingQuantity",  # PU4
    "CommitmentDiscountUnit": "CommitmentDiscountQuantity",  # CDU4
}
PRICED = (  # null for Tax, not null for Usage and Purchase that correct nothing
    *("SkuId", "SkuPriceId", "ListUnitPrice", "ContractedUnitPrice", "PricingCategory"),
    *("PricingQuantity", "PricingCurrencyListUnitPrice", "PricingCurrencyContractedUnitPrice"),
)
PRODUCTS = {"ListCost": "ListUnitPrice", "ContractedCost": "ContractedUnitPrice"}


def violations(
    header: Sequence[str], rows: Sequence[Cells], payable: Mapping[str, str]
) -> list[str]:
    """Every rule that the file breaks. payable: what each invoice asks to be paid, by its id."""
    found = [f"{name} is missing" for name in sorted(MANDATORY - set(header))]
    found += [f"{name} is no column of 1.2 and no x_ one" for name in header if not known(name)]
    for place, row in enumerate(rows, 1):
        found += [f"row {place}: {broken}" for broken in [*_cells(row), *_rules(row)]]
    for ident in sorted({row.get("InvoiceId") or "" for row in rows} | payable.keys()):
        billed = sum(number(row, "BilledCost") for row in rows if row.get("InvoiceId") == ident)
        if ident and billed != Fraction(payable.get(ident, "0")):  # BCo8
            found.append(f"invoice {ident}: BilledCost comes to {billed}, not {payable.get(ident)}")
    return found


def known(name: str) -> bool:
    return bool(_PASCAL.fullmatch(name)) and (name in COLUMNS or name.startswith("x_"))


def number(row: Cells, name: str) -> Fraction:
    text = row.get(name)
    return Fraction(text) if text and _DECIMAL.fullmatch(text) else Fraction(0)


def _cells(row: Cells) -> Iterator[str]:
    for name, column in COLUMNS.items():
        value = row.get(name)
        if name not in row:
            continue
        if value is None:
            if not column.null:
                yield f"{name} is null"
        elif column.allowed is not None and value not in column.allowed:
            yield f"{name} is {value!r}"
        elif column.kind == "Decimal" and not _DECIMAL.fullmatch(value):
            yield f"{name} is no decimal: {value!r}"
        elif column.kind == "DateTime" and not _is_time(value):
            yield f"{name} is no UTC time: {value!r}"
        elif column.kind == "Json" and not _is_flat(value):
            yield f"{name} is no flat JSON object: {value!r}"
        elif value == "" or (name.endswith("Currency") and not re.fullmatch("[A-Z]{3}", value)):
            yield f"{name} is {value!r}"


def _is_time(text: str) -> bool:
    try:
        return text.endswith("Z") and datetime.fromisoformat(text).utcoffset() == timedelta(0)
    except ValueError:
        return False


def _is_flat(text: str) -> bool:
    """Key-Value Format: string keys; values are numbers, strings, booleans or null."""
    read = json.loads(text)
    return isinstance(read, dict) and not any(isinstance(v, dict | list) for v in read.values())


def _rules(row: Cells) -> Iterator[str]:
    category, corrects = row.get("ChargeCategory"), row.get("ChargeClass") == "Correction"
    sold = category in {"Usage", "Purchase"} and not corrects
    for name in PRICED:
        if category == "Tax" and row.get(name) is not None:
            yield f"{name} of a tax"
        if sold and row.get(name) is None:
            yield f"{name} of a {category} is null"
    for name, ident in WITH_ID.items():
        if (row.get(name) is None) != (row.get(ident) is None):
            yield f"{name} and {ident} are not null together"
    if category == "Purchase" and row.get("ChargeFrequency") == "Usage-Based":  # CFr5
        yield "a Purchase is Usage-Based"
    yield from _consumed(row, category, corrects=corrects)
    yield from _reserved(row, category)
    yield from _costs(row, category, corrects=corrects)
    if row.get("SkuPriceId") is None and row.get("SkuPriceDetails") is not None:  # SkPD3.1
        yield "SkuPriceDetails without SkuPriceId"
    if row.get("SkuId") is None and row.get("SkuMeter") is not None:  # SkM4.1
        yield "SkuMeter without SkuId"
    for key in json.loads(row.get("SkuPriceDetails") or "{}"):
        if not key.startswith("x_"):  # SkPD3.10; we write none of the properties that 1.2 defines
            yield f"SkuPriceDetails: {key}"
    for edge in ("BillingPeriod", "ChargePeriod"):
        if (row.get(f"{edge}Start") or "") >= (row.get(f"{edge}End") or ""):
            yield f"{edge} ends before it begins"


def _consumed(row: Cells, category: str | None, *, corrects: bool) -> Iterator[str]:
    """CQ3."""
    consumed, unused = row.get("ConsumedQuantity"), row.get("CommitmentDiscountStatus") == "Unused"
    if (category != "Usage" or unused) and consumed is not None:
        yield f"ConsumedQuantity of {category}"
    if category == "Usage" and not unused and not corrects and consumed is None:
        yield "ConsumedQuantity is null"


def _reserved(row: Cells, category: str | None) -> Iterator[str]:
    """CRS2 and C2."""
    for kind in ("CapacityReservation", "CommitmentDiscount"):
        ident, status = row.get(f"{kind}Id"), row.get(f"{kind}Status")
        if ident is None and status is not None:
            yield f"{kind}Status without {kind}Id"
        if ident is not None and category == "Usage" and status is None:
            yield f"{kind}Status is null"


def _costs(row: Cells, category: str | None, *, corrects: bool) -> Iterator[str]:
    """CnC7, CnC8, LC7, LC8, EC8, CnUP5, LUP5."""
    for cost, price in PRODUCTS.items():
        if row.get(price) is None:
            if category in {"Credit", "Adjustment"} and number(row, cost) != number(
                row, "BilledCost"
            ):
                yield f"{cost} is not BilledCost"
            continue
        if number(row, price) < 0:
            yield f"{price} is negative"
        product = number(row, price) * number(row, "PricingQuantity")
        off = abs(product - number(row, cost))
        if not corrects and off > MATCH * max(Fraction(1), abs(product)):
            yield f"{cost} is not {price} x PricingQuantity: {off}"
    if category == "Credit" and number(row, "EffectiveCost") != number(row, "BilledCost"):
        yield "EffectiveCost of a Credit is not BilledCost"
