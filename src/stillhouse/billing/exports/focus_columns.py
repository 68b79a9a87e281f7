"""The columns of our FOCUS 1.2 files: the specification's 57 in its order, then ours.

A row has every column; what does not apply is None. In CSV None is an empty cell, a decimal always
has a point (a checker takes "1" for a whole number and refuses it), and times are ISO 8601 in UTC.
FOCUS files are read by programs, so no cell is changed for a spreadsheet's sake; the plain CSV of
lines is the one to open there.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from stillhouse.billing.exports.exact import PLACES
from stillhouse.units.instant import Instant, moment

VERSION = "1.2"
Kind = Literal["string", "decimal", "datetime", "integer", "boolean"]
Value = str | Decimal | Instant | int | bool | None
Row = dict[str, Value]

COLUMNS: dict[str, Kind] = {
    "AvailabilityZone": "string",
    "BilledCost": "decimal",
    "BillingAccountId": "string",
    "BillingAccountName": "string",
    "BillingAccountType": "string",
    "BillingCurrency": "string",
    "BillingPeriodEnd": "datetime",
    "BillingPeriodStart": "datetime",
    "CapacityReservationId": "string",
    "CapacityReservationStatus": "string",
    "ChargeCategory": "string",
    "ChargeClass": "string",
    "ChargeDescription": "string",
    "ChargeFrequency": "string",
    "ChargePeriodEnd": "datetime",
    "ChargePeriodStart": "datetime",
    "CommitmentDiscountCategory": "string",
    "CommitmentDiscountId": "string",
    "CommitmentDiscountName": "string",
    "CommitmentDiscountQuantity": "decimal",
    "CommitmentDiscountStatus": "string",
    "CommitmentDiscountType": "string",
    "CommitmentDiscountUnit": "string",
    "ConsumedQuantity": "decimal",
    "ConsumedUnit": "string",
    "ContractedCost": "decimal",
    "ContractedUnitPrice": "decimal",
    "EffectiveCost": "decimal",
    "InvoiceId": "string",
    "InvoiceIssuerName": "string",
    "ListCost": "decimal",
    "ListUnitPrice": "decimal",
    "PricingCategory": "string",
    "PricingCurrency": "string",
    "PricingCurrencyContractedUnitPrice": "decimal",
    "PricingCurrencyEffectiveCost": "decimal",
    "PricingCurrencyListUnitPrice": "decimal",
    "PricingQuantity": "decimal",
    "PricingUnit": "string",
    "ProviderName": "string",
    "PublisherName": "string",
    "RegionId": "string",
    "RegionName": "string",
    "ResourceId": "string",
    "ResourceName": "string",
    "ResourceType": "string",
    "ServiceCategory": "string",
    "ServiceName": "string",
    "ServiceSubcategory": "string",
    "SkuId": "string",
    "SkuMeter": "string",
    "SkuPriceDetails": "string",
    "SkuPriceId": "string",
    "SubAccountId": "string",
    "SubAccountName": "string",
    "SubAccountType": "string",
    "Tags": "string",
    "x_DocumentKind": "string",
    "x_LineId": "integer",
    "x_LineKind": "string",
    "x_Model": "string",
    "x_Meter": "string",
    "x_TokenDirection": "string",
    "x_CacheAction": "string",
    "x_TokenSource": "string",
    "x_EstimatedQuantity": "decimal",
    "x_Workload": "string",
    "x_ContractItem": "string",
    "x_DiscountBasisPoints": "integer",
    "x_Unpriced": "boolean",
    "x_ReceiptCount": "integer",
    "x_ReceiptRoot": "string",
    "x_ExchangeRate": "decimal",
    "x_ExchangeRateSource": "string",
    "x_ExchangeRateDate": "string",
    "x_CorrectsInvoiceId": "string",
    "x_CorrectsLineId": "integer",
    "x_UpstreamCost": "decimal",
    "x_UpstreamCurrency": "string",
}


def row(fields: Mapping[str, Value]) -> Row:
    """Every column in its order. A field that is no column is our own mistake."""
    unknown = fields.keys() - COLUMNS.keys()
    if unknown:
        raise KeyError(f"no such column: {', '.join(sorted(unknown))}")
    return {name: fields.get(name) for name in COLUMNS}


def focus_csv(rows: Iterable[Row]) -> str:
    """RFC 4180 with CRLF line ends."""
    out = io.StringIO(newline="")
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for each in rows:
        table.writerow([_cell(COLUMNS[name], value) for name, value in each.items()])
    return out.getvalue()


def _cell(kind: Kind, value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            whole, _, decimals = f"{value:.{PLACES}f}".partition(".")
            return f"{whole}.{decimals.rstrip('0') or '0'}"
        case int() if kind == "datetime":
            return moment(value).strftime("%Y-%m-%dT%H:%M:%SZ")
        case _:
            return str(value)
