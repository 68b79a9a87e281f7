"""Invoices: exact beneath, rounded once per line, and nothing that was used is silently zero."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillhouse.billing.invoice import Invoice, InvoiceError, Rate, invoice
from stillhouse.ledger.ports import Total
from stillhouse.tariff import Tariff, tariff
from stillhouse.tariff.charge import charge_priced, unpriced
from stillhouse.units.instant import Instant
from stillhouse.units.money import PICO_PER_UNIT
from stillhouse.units.usage import METERS, Meter, Usage


def priced(model: str, currency: str = "USD", **prices: int) -> Tariff:
    return tariff(
        book="sale",
        model=model,
        valid_from=Instant(0),
        prices={Meter(name): price for name, price in prices.items()},
        currency=currency,
    )


PLAIN = priced("m", input=2_500_000, output=10_000_000)
CHEAP = priced("n", input=1, output=3, requests=250_000_000)
BOOK: dict[str, Tariff] = {t.id: t for t in (PLAIN, CHEAP)}


def total(usage: Usage, t: Tariff | None = PLAIN, **changes: str) -> Total:
    words = {
        "day": "2026-11-27",
        "account": "a",
        "project": "p",
        "key": "k",
        "deployment": "d",
        "model": t.model if t else "m",
        "sale_tariff": t.id if t else "",
        "cost_tariff": "",
    }
    return Total(
        **{**words, **changes},
        receipts=1,
        usage=tuple(usage),
        charge=charge_priced(usage, t) if t else 0,
        cost=0,
        unrated=1 if t and unpriced(usage, t) else 0,
    )


def billed(*totals: Total, currency: str | None = None, rate: Rate | None = None) -> Invoice:
    return invoice(totals, BOOK, account="a", period="2026-11", currency=currency, rate=rate)


def test_twenty_million_dollars_are_322_billion_rupiah_exactly() -> None:
    usage = Usage(input=8_000_000_000_000)
    dollars = billed(total(usage))
    rupiah = billed(total(usage), currency="IDR", rate=Rate("16100", "a bank, 2026-11-30"))

    assert (dollars.total, rupiah.total) == (Decimal("20000000.00"), Decimal(322_000_000_000))
    assert dollars.residue == rupiah.residue == 0
    assert dollars.exact == rupiah.exact == 20_000_000 * PICO_PER_UNIT
    assert dollars.exact > 2**63


def test_a_line_is_one_project_model_meter_and_price() -> None:
    made = billed(
        total(Usage(input=1_000_000, output=3)),
        total(Usage(input=500_000), day="2026-11-28", key="k2"),
        total(Usage(input=7), project="q"),
        total(Usage(input=7, requests=4), CHEAP),
    )

    assert [
        (e.project, e.model, e.meter.value, e.quantity, e.unit_price, str(e.amount))
        for e in made.lines
    ] == [
        ("p", "m", "input", 1_500_000, "2.50", "3.75"),
        ("p", "m", "output", 3, "10.00", "0.00"),
        ("p", "n", "input", 7, "0.000001", "0.00"),
        ("p", "n", "requests", 4, "0.00025", "0.00"),
        ("q", "m", "input", 7, "2.50", "0.00"),
    ]
    assert made.receipts == 4


def test_a_price_change_makes_a_line_of_its_own() -> None:
    dearer = priced("m", input=3_000_000)
    totals = [total(Usage(input=1_000_000)), total(Usage(input=1_000_000), dearer)]
    made = invoice(totals, {**BOOK, dearer.id: dearer}, account="a", period="2026-11")

    assert [e.unit_price for e in made.lines] == ["2.50", "3.00"]


def test_usage_without_a_price_is_shown_and_not_zero() -> None:
    made = billed(total(Usage(input=1_000_000, audio_in=9)))
    [audio] = [e for e in made.lines if e.meter is Meter.AUDIO_IN]

    assert (audio.quantity, audio.unit_price, audio.amount) == (9, None, None)
    assert (1, Decimal("2.50")) == (made.unrated, made.total)


def test_what_nobody_pays_for_is_listed_apart() -> None:
    made = billed(total(Usage(input=5, requests=1), None))

    assert ((), Decimal("0.00")) == (made.lines, made.total)
    assert [(f.project, f.model, f.receipts, f.usage) for f in made.free] == [
        ("p", "m", 1, {Meter.INPUT: 5, Meter.REQUESTS: 1})
    ]


usages = st.lists(st.integers(0, 10**13), min_size=11, max_size=11).map(lambda n: Usage(*n))
rates = st.decimals("0.0001", "99999", places=4).map(str)


@given(st.lists(st.tuples(usages, st.sampled_from([PLAIN, CHEAP]))), rates)
def test_the_total_is_the_rounded_lines_and_the_residue_is_all_that_is_left(
    used: list[tuple[Usage, Tariff]], rate: str
) -> None:
    totals = [total(usage, t) for usage, t in used]
    made = billed(*totals, currency="IDR", rate=Rate(rate, "test"))
    amounts = [e.amount for e in made.lines if e.amount is not None]

    assert made.exact == sum(t.charge for t in totals)
    assert made.total == sum(amounts, Decimal(0))
    assert made.total == made.total.to_integral_value()
    assert Fraction(made.exact) * Fraction(rate) == (
        Fraction(made.total) * PICO_PER_UNIT + made.residue
    )
    assert abs(made.residue) * 2 <= len(amounts) * PICO_PER_UNIT


@given(st.lists(st.tuples(usages, st.sampled_from([PLAIN, CHEAP])), min_size=1))
def test_lines_are_quantity_times_price_and_come_to_what_receipts_say(
    used: list[tuple[Usage, Tariff]],
) -> None:
    totals = [total(usage, t) for usage, t in used]
    quantities = [sum(t.usage[i] for t in totals) for i in range(len(METERS))]
    made = billed(*totals)

    for i, meter in enumerate(METERS):
        shown = sum(e.quantity for e in made.lines if e.meter is meter)
        assert shown in ([quantities[i]] if meter is not Meter.REQUESTS else range(shown + 1))


def test_an_invoice_in_another_currency_needs_a_rate() -> None:
    with pytest.raises(InvoiceError, match="needs a rate"):
        billed(total(Usage(input=1)), currency="IDR")
    with pytest.raises(InvoiceError, match="no rate applies"):
        billed(total(Usage(input=1)), currency="USD", rate=Rate("2", "test"))


def test_prices_in_two_currencies_are_not_added() -> None:
    euros = priced("e", currency="EUR", input=1)
    with pytest.raises(InvoiceError, match="EUR and USD"):
        invoice(
            [total(Usage(input=1)), total(Usage(input=1), euros)],
            {**BOOK, euros.id: euros},
            account="a",
            period="2026-11",
        )


def test_a_total_that_its_tariff_does_not_explain_is_refused() -> None:
    good = total(Usage(input=1))
    bad = Total(**{**{n: getattr(good, n) for n in good.__slots__}, "charge": good.charge + 1})
    with pytest.raises(InvoiceError, match="verify"):
        billed(bad)
    with pytest.raises(InvoiceError, match="unknown tariffs"):
        billed(total(Usage(input=1), sale_tariff="t_unknown"))


def test_a_month_without_calls_is_an_invoice_of_zero() -> None:
    made = billed(currency="IDR", rate=Rate("16100", "test"))

    assert (Decimal(0), "IDR", ()) == (made.total, made.currency, made.lines)
