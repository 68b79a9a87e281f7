"""A document says what the receipts say: exact beneath, rounded once per line, nothing silent."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.billing.sold import (
    CHEAP,
    DEARER,
    MONTH,
    PLAIN,
    RUPIAH,
    VAT,
    exchange,
    facts,
    finalised,
    in_rupiah,
    invoice,
    rate,
    total,
    totals,
)

from stillhouse.billing.check import check
from stillhouse.billing.contract import Commitment, Contract, Discount, Prepaid
from stillhouse.billing.document import Document, to_json
from stillhouse.billing.draft import DraftError, Evidence, draft, published
from stillhouse.billing.fx import MissingRateError
from stillhouse.billing.settings import Customer, Issuer, TaxRule
from stillhouse.ledger.ports import Total
from stillhouse.units.money import PICO_PER_UNIT
from stillhouse.units.usage import Meter, Usage

BIG = Usage(input=1_000_000, output=50_000, requests=1)  # 2.50 + 0.50 USD


def agreed(**parts: object) -> dict[str, Contract]:
    return {MONTH: Contract(account="a", since="2026-01", **parts)}  # type: ignore[arg-type]


def arithmetic(document: Document) -> list[str]:
    """What the checker finds; a draft has no number."""
    return [f.what for f in check(document) if "it is a draft" not in f.what]


@given(totals, exchange, st.integers(0, 10_000), st.sampled_from(["USD", "IDR"]))
def test_lines_are_the_receipts_and_the_total_is_its_lines(
    rows: list[Total], fx: str, bp: int, currency: str
) -> None:
    made = invoice(
        *rows,
        issuer=Issuer(name="S", currency=currency, taxes=(VAT,)),
        rates=[rate(fx)],
        contracts=agreed(discounts=(Discount(bp=bp),)),
    )
    charged: Counter[tuple[str, str, str]] = Counter()
    for t in rows:
        charged[t.project, t.workload, t.model] += t.charge
    lines: Counter[tuple[str, str, str]] = Counter()
    for line in made.lines:
        lines[line.project, line.workload, line.model] += int(line.exact_pico)
    amounts = [Fraction(Decimal(line.amount or "0")) for line in made.lines]
    nets = Fraction(10_000 - bp, 10_000) * sum(charged.values())
    nets *= Fraction(Decimal(fx)) if currency == "IDR" else 1

    assert +charged == +lines
    assert Fraction(Decimal(made.subtotal)) == sum(amounts)
    assert nets == (Fraction(Decimal(made.residue)) + sum(amounts)) * PICO_PER_UNIT
    assert [] == arithmetic(made)


@given(totals, st.randoms())
def test_the_same_facts_give_the_same_bytes_in_any_order(rows: list[Total], by: Random) -> None:
    shuffled = list(rows)
    by.shuffle(shuffled)

    assert to_json(invoice(*rows)) == to_json(invoice(*shuffled))


def test_25_million_dollars_and_400_billion_rupiah_in_one_month_are_exact() -> None:
    dollars = total(Usage(input=10_000_000_000_000), receipts=5_000_000_000)
    rupiah = total(Usage(input=8_000_000_000_000), RUPIAH)
    both = invoice(dollars, rupiah, issuer=in_rupiah(), rates=[rate("16100.25")])

    assert "25000000.00" == invoice(dollars).total
    assert "25000000000000000000" == invoice(dollars).lines[0].exact_pico
    assert ["402506250000", "400000000000"] == [line.amount for line in both.lines]
    assert str(4 * 10**23) == both.lines[1].exact_pico
    assert "802506250000" == both.total
    assert [] == arithmetic(both)


def test_a_line_is_a_project_workload_model_price_list_and_meter() -> None:
    made = invoice(
        total(BIG, workload="chat"),
        total(BIG, workload="chat", key="k2", day="2026-11-01"),
        total(BIG, DEARER, workload="chat"),
        total(Usage(input=7, requests=4), CHEAP, project="q"),
    )

    assert {
        ("Ads", "", "input", "7", "0.000001", "0.00"),
        ("Ads", "", "requests", "4", "0.00025", "0.00"),
        ("Feed", "chat", "input", "2000000", "2.50", "5.00"),
        ("Feed", "chat", "output", "100000", "10.00", "1.00"),
        ("Feed", "chat", "input", "1000000", "3.00", "3.00"),
        ("Feed", "chat", "output", "50000", "10.00", "0.50"),
    } == {
        (e.project_name, e.workload, e.meter, e.quantity, e.unit_price, e.amount)
        for e in made.lines
    }
    assert [2, 2] == [e.receipts for e in made.lines if e.tariff == PLAIN.id]
    assert list(range(1, 7)) == [e.id for e in made.lines]


def test_use_without_a_price_is_a_line_without_an_amount() -> None:
    made = invoice(
        total(Usage(input=1_000_000, audio_in=9)),
        evidence=Evidence(unrated=1, estimated={(MONTH, _key(Meter.INPUT)): 4}),
    )
    audio = made.lines[1]

    assert ("9", None, None) == (audio.quantity, audio.unit_price, audio.amount)
    assert ("2.50", 1, "4") == (made.total, made.unrated, made.lines[0].estimated)
    assert [] == arithmetic(made)


def _key(meter: Meter) -> tuple[str, str, str, str, Meter]:
    return ("p", "", "m", PLAIN.id, meter)


def test_what_was_imported_from_other_logs_is_never_invoiced() -> None:
    assert () == invoice(total(BIG, key="import:abc")).lines


def test_what_nobody_is_charged_for_has_no_line() -> None:
    assert () == invoice(total(BIG, None)).lines


def test_prices_in_two_currencies_need_a_currency_and_a_rate() -> None:
    rows = (total(BIG), total(BIG, RUPIAH))
    with pytest.raises(DraftError, match="IDR and USD"):
        invoice(*rows)
    with pytest.raises(MissingRateError):
        invoice(*rows, issuer=in_rupiah())

    made = invoice(*rows, issuer=in_rupiah(), rates=[rate()])

    assert {("USD", "16100"), ("IDR", "1")} == {(e.price_currency, e.rate) for e in made.lines}
    assert "106350" == made.total


def test_a_price_list_that_nobody_knows_is_refused() -> None:
    with pytest.raises(DraftError, match="t_gone"):
        invoice(replace(total(BIG), sale_tariff="t_gone"))


def test_totals_that_are_not_their_prices_are_refused() -> None:
    with pytest.raises(DraftError, match="stillhouse verify"):
        invoice(replace(total(BIG), charge=1))


def test_late_use_is_a_correction_with_its_old_month_and_that_months_discount() -> None:
    october = total(BIG, day="2026-10-05")
    old = finalised(draft(facts(october, period="2026-10")))
    more = replace(october, usage=tuple(2 * n for n in october.usage), charge=2 * october.charge)
    made = invoice(
        replace(more, receipts=2),
        total(BIG),
        documents=[old],
        contracts={
            "2026-10": Contract(account="a", since="2026-01", discounts=(Discount(bp=1_000),))
        },
    )

    assert [
        ("usage", MONTH, "2.50", 0, 1),
        ("usage", MONTH, "0.50", 0, 1),
        ("correction", "2026-10", "2.25", 1_000, 1),
        ("correction", "2026-10", "0.45", 1_000, 1),
    ] == [(e.kind, e.period, e.amount, e.discount_bp, e.receipts) for e in made.lines]
    assert [] == arithmetic(made)


def test_a_minimum_fills_the_month_up_and_corrections_do_not_count() -> None:
    made = invoice(total(BIG), contracts=agreed(minimum="100"))
    enough = invoice(total(BIG), contracts=agreed(minimum="3"))

    assert [("minimum", "97.00")] == [(e.kind, e.amount) for e in made.lines[2:]]
    assert ("100.00", "3.00") == (made.total, enough.total)
    assert [] == arithmetic(made)


def test_commitments_are_drawn_before_credits_and_the_invoice_ends_at_zero() -> None:
    parts = agreed(
        commitments=(
            Commitment(id="later", amount="50", start="2026-01-01", end="2027-06-01"),
            Commitment(id="sooner", amount="1", start="2026-01-01", end="2027-01-01"),
        ),
        prepaid=(Prepaid(id="cash", amount="10", bought="2026-01-01"),),
    )
    made = invoice(total(BIG), contracts=parts)

    assert [("sooner", "-1.00"), ("later", "-2.00")] == [(e.item, e.amount) for e in made.lines[2:]]
    assert "0.00" == made.total
    assert [] == arithmetic(made)


def test_what_was_drawn_before_is_not_there_again_until_it_is_credited() -> None:
    parts = agreed(prepaid=(Prepaid(id="cash", amount="4", bought="2026-01-01"),))
    october = {"2026-10": parts[MONTH]}
    old = finalised(draft(facts(total(BIG, day="2026-10-05"), period="2026-10", contracts=october)))
    made = invoice(total(BIG), documents=[old], contracts=parts)

    assert ("0.00", "2.00") == (old.total, made.total)
    assert "1000000000000" == made.lines[-1].quantity
    assert "pico-USD" == made.lines[-1].unit


def test_the_rest_of_a_commitment_is_owed_at_its_end_unless_it_was_paid_before() -> None:
    unpaid = Commitment(id="c", amount="100", start="2026-01-01", end="2026-12-01", paid=False)
    paid = Commitment(id="c", amount="100", start="2026-01-01", end="2026-12-01")
    owed = invoice(total(BIG), contracts=agreed(commitments=(unpaid,)))
    gone = invoice(total(BIG), contracts=agreed(commitments=(paid,)))

    assert [("commitment", "0.00"), ("shortfall", "97.00")] == [
        (e.kind, e.amount) for e in owed.lines[2:]
    ]
    assert "100.00" == owed.total
    assert [("commitment", "-3.00"), ("shortfall", "0.00")] == [
        (e.kind, e.amount) for e in gone.lines[2:]
    ]
    assert [[], []] == [arithmetic(owed), arithmetic(gone)]


def test_draws_in_another_currency_never_make_a_total_negative() -> None:
    made = invoice(
        total(Usage(input=1_234_567, output=7)),
        issuer=in_rupiah(),
        rates=[rate("16100.25")],
        contracts=agreed(prepaid=(Prepaid(id="cash", amount="1000", bought="2026-01-01"),)),
    )

    assert "0" == made.total
    assert [] == arithmetic(made)


def test_taxes_are_by_group_and_rounded_once() -> None:
    only_usage = TaxRule(name="Levy", rate_bp=500, kinds=("usage",))
    made = invoice(
        total(BIG),
        issuer=Issuer(name="S", taxes=(VAT, only_usage)),
        contracts=agreed(minimum="100"),
    )

    assert [("100.00", "11.00"), ("3.00", "0.15")] == [(t.base, t.amount) for t in made.taxes]
    assert "111.15" == made.total


def test_an_account_can_be_invoiced_in_another_currency_than_its_issuer() -> None:
    made = invoice(total(BIG), customer=Customer(currency="IDR", name="PT Acme"), rates=[rate()])

    assert ("IDR", "48300", "PT Acme") == (made.currency, made.total, made.customer.name)


def test_an_empty_month_has_a_document_of_nothing() -> None:
    made = invoice()

    assert ((), "0.00", "0", "USD") == (made.lines, made.total, made.residue, made.currency)


def test_prices_are_written_as_people_write_them() -> None:
    assert ("2.50", "0.000001") == (published(2_500_000, ""), published(1, ""))
    assert "0.00025" == published(250_000_000, "request")
