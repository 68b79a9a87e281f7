"""Every document's FOCUS rows keep the specification, and broken files are seen."""

import csv
import io
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from tests.billing.exports.documents import alone, documents, made, usage
from tests.billing.exports.focus_specification import COLUMNS, MANDATORY, Cells, violations

from stillhouse.billing.document import Document
from stillhouse.billing.exports.exact import ExportError
from stillhouse.billing.exports.focus import Cost, focus_rows
from stillhouse.billing.exports.focus_columns import focus_csv


def table(*documents: Document) -> tuple[list[str], list[Cells]]:
    """Header and rows as a reader of the CSV has them: an empty cell is null."""
    text = focus_csv(row for each in documents for row in focus_rows(each))
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    named = [dict(zip(header, row, strict=True)) for row in rows]
    return header, [{name: cell or None for name, cell in row.items()} for row in named]


def payable(*documents: Document) -> dict[str, str]:
    return {each.number: each.total for each in documents if each.number}


def invoice() -> Document:
    return made(
        [
            usage("gpt-4o", "input", 4_938_271, "2.50", discount_bp=500, project="prj_1"),
            usage("gpt-4o", "cache_read", 1_200_000, "1.25", workload="classify comments"),
            usage("gpt-4o", "output", 777_777, "10.00", kind="correction", period="2026-10"),
            usage("gpt-4o", "", 3600 * 24, "4", unit="unit-hour", kind="capacity", item="cap_1"),
            usage("gpt-4o", "", 1800, "4", unit="unit-hour", kind="capacity_unused"),
            alone("shortfall", "120.50"),
            alone("prepaid", "-20"),
        ],
        number="INV-1",
        issued_at="2026-12-01T00:00:00Z",
        taxes=[("VAT", 1100)],
    )


def test_the_specification_has_57_columns_of_which_21_are_mandatory() -> None:
    assert (57, 21) == (len(COLUMNS), len(MANDATORY))


@given(documents())
def test_every_document_keeps_the_specification(document: Document) -> None:
    header, rows = table(document)

    assert [] == violations(header, rows, payable(document))
    assert set(COLUMNS) <= set(header)
    assert len(document.lines) + len(document.taxes) == len(rows)


@given(documents())
def test_what_is_billed_is_what_is_payable(document: Document) -> None:
    rows = focus_rows(document)

    assert Fraction(document.total) == sum(Fraction(str(row["BilledCost"])) for row in rows)


def test_a_wrong_sum_is_seen() -> None:
    header, rows = table(invoice())
    broken = [dict(rows[0]) | {"BilledCost": "11.74"}, *rows[1:]]

    assert [] == violations(header, rows, payable(invoice()))
    assert ["invoice INV-1"] == [v[:13] for v in violations(header, broken, payable(invoice()))]


@pytest.mark.parametrize("column", sorted(MANDATORY))
def test_a_missing_column_is_seen(column: str) -> None:
    header, rows = table(invoice())
    header.remove(column)
    broken = [{name: cell for name, cell in row.items() if name != column} for row in rows]

    assert f"{column} is missing" in violations(header, broken, payable(invoice()))


@pytest.mark.parametrize("column", [name for name, c in COLUMNS.items() if c.allowed])
def test_a_value_that_is_not_allowed_is_seen(column: str) -> None:
    header, rows = table(invoice())
    broken = [dict(rows[0]) | {column: "Tokens"}, *rows[1:]]

    assert f"row 1: {column} is 'Tokens'" in violations(header, broken, payable(invoice()))


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        ({"SkuId": None}, "SkuId of a Usage is null"),
        ({"ListCost": "99.0"}, "ListCost is not ListUnitPrice x PricingQuantity"),
        ({"ConsumedQuantity": None}, "ConsumedQuantity is null"),
        ({"ConsumedUnit": None}, "ConsumedUnit and ConsumedQuantity"),
        ({"ListUnitPrice": "-2.5"}, "ListUnitPrice is negative"),
        ({"BillingPeriodEnd": "2026-12-01"}, "BillingPeriodEnd is no UTC time"),
        ({"Tags": '{"a": {"b": 1}}'}, "Tags is no flat JSON object"),
        ({"BillingCurrency": "Rp"}, "BillingCurrency is 'Rp'"),
        ({"SubAccountName": None}, "SubAccountName and SubAccountId"),
        ({"CapacityReservationStatus": "Used"}, "CapacityReservationStatus without"),
    ],
)
def test_a_broken_rule_is_seen(change: dict[str, str | None], seen: str) -> None:
    header, rows = table(invoice())
    broken = [dict(rows[0]) | change, *rows[1:]]

    assert any(seen in each for each in violations(header, broken, payable(invoice())))


def test_a_line_of_tokens_reads_as_a_person_would_write_it() -> None:
    [first, cached, late, used, unused, shortfall, prepaid, tax] = table(invoice())[1]

    assert ("Usage", None, "4938271.0", "Tokens") == _of(first, "ChargeCategory", "ChargeClass") + (
        _of(first, "ConsumedQuantity", "ConsumedUnit")
    )
    assert ("4.938271", "1000000 Tokens") == _of(first, "PricingQuantity", "PricingUnit")
    assert ("2.5", "2.375") == _of(first, "ListUnitPrice", "ContractedUnitPrice")
    assert ("12.3456775", "11.728393625") == _of(first, "ListCost", "ContractedCost")
    assert "11.73" == first["BilledCost"]
    assert ("Input", "None") == _of(first, "x_TokenDirection", "x_CacheAction")
    assert ("Input", "Read") == _of(cached, "x_TokenDirection", "x_CacheAction")
    assert '{"stillhouse/workload": "classify comments"}' == cached["Tags"]
    assert ("Correction", "2026-10-01T00:00:00Z") == _of(late, "ChargeClass", "ChargePeriodStart")
    assert ("Used", "24.0", "Unit-Hours") == _of(
        used, "CapacityReservationStatus", "ConsumedQuantity", "ConsumedUnit"
    )
    assert ("Unused", "0.0", "0.5") == _of(
        unused, "CapacityReservationStatus", "ConsumedQuantity", "PricingQuantity"
    )
    assert ("Purchase", "120.5", "1.0") == _of(
        shortfall, "ChargeCategory", "ListUnitPrice", "PricingQuantity"
    )
    assert ("Credit", "-20.0", "-20.0") == _of(prepaid, "ChargeCategory", "BilledCost", "ListCost")
    assert ("Tax", "VAT 11 %") == _of(tax, "ChargeCategory", "ChargeDescription")


def _of(row: Cells, *names: str) -> tuple[str | None, ...]:
    return tuple(row[name] for name in names)


def test_prices_and_billing_in_two_currencies_name_the_rate() -> None:
    line = usage("gpt-4o", "input", 10**6, "2.50", rate="16100")
    [row] = table(made([line], unit="1", currency="IDR"))[1]

    assert ("USD", "2.5", "40250.0") == _of(
        row, "PricingCurrency", "PricingCurrencyListUnitPrice", "ListUnitPrice"
    )
    assert ("IDR", "40250.0", "16100.0") == _of(
        row, "BillingCurrency", "BilledCost", "x_ExchangeRate"
    )


def test_a_meter_that_nobody_priced_bills_nothing_and_says_so() -> None:
    [row] = table(made([usage("new-model", "input", 5, None)]))[1]

    assert ("0.0", "true", "5.0") == _of(row, "BilledCost", "x_Unpriced", "ConsumedQuantity")
    assert "no price was set" in (row["ChargeDescription"] or "")


def test_a_draft_has_no_invoice_id() -> None:
    assert None is table(made([usage("gpt-4o", "input", 5, "1")]))[1][0]["InvoiceId"]


def test_our_own_cost_is_written_only_when_it_is_given() -> None:
    document = made([usage("gpt-4o", "input", 10**6, "2.50")])
    [known] = focus_rows(document, {1: Cost(Decimal("2.10"), "USD")})
    [unknown] = focus_rows(document)

    assert (Decimal("2.10"), "USD") == (known["x_UpstreamCost"], known["x_UpstreamCurrency"])
    assert None is unknown["x_UpstreamCost"]


def test_four_hundred_billion_rupiah_keep_every_digit() -> None:
    line = usage("gpt-4o", "output", 25 * 10**11 + 1, "10.00", rate="16123.4567")
    document = made([line], unit="1", currency="IDR", number="INV-9", issued_at="2026-12-01")
    header, [row] = table(document)

    assert [] == violations(header, [row], payable(document))
    assert Fraction("403086417500.161234567") == Fraction(row["ListCost"] or "")


def test_nothing_is_written_of_a_document_that_does_not_add_up() -> None:
    with pytest.raises(ExportError, match="the total says 1"):
        focus_rows(msgspec.structs.replace(made([]), total="1"))
