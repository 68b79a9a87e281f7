"""Invoices: previewed, drafted, approved, finalised, credited; each file as the command line's."""

import pytest
from tests.console.pages.conftest import Ada
from tests.console.pages.crowd import crowd
from tests.console.real import AT, WHO, Real

from stillhouse.billing.settings import Issuer
from stillhouse.tariff import tariff
from stillhouse.units.instant import DAY, Instant
from stillhouse.units.usage import Meter

PICO_IN, PICO_OUT = 2_500_000, 10_000_000
TOKENS = (1_000_000, 0, 0, 0, 50_000, 0, 0, 0, 0, 0, 1)  # 2.50 + 0.50 USD


@pytest.fixture
def sold(real: Real) -> Real:
    """alice owes 6 dollars for October."""
    prices = [
        tariff(
            book=book,
            model="gpt-4o",
            valid_from=Instant(0),
            prices={Meter.INPUT: PICO_IN, Meter.OUTPUT: PICO_OUT},
        )
        for book in ("sale", "cost")
    ]
    store = real.parts.store
    store.register_tariffs(prices, at=real.now)
    store.set_issuer(Issuer(name="Stillhouse Demo"), at=real.now, actor=WHO)
    charge = TOKENS[0] * PICO_IN + TOKENS[4] * PICO_OUT
    real.seal(
        real.receipts(
            2,
            account=real.alice,
            writer=real.writer(),
            at=AT - 30 * DAY,
            usage=TOKENS,
            charge=charge,
            cost=charge,
            sale_tariff=prices[0].id,
            cost_tariff=prices[1].id,
        )
    )
    return real


def path(real: Real) -> str:
    return f"/invoices/{real.alice.id}%3A2026-10"


def test_a_month_that_is_over_asks_to_be_drafted(sold: Real, ada: Ada) -> None:
    page = ada.see("/invoices")

    assert "1 month is over and not drafted, the newest October 2026." == page.lede
    assert path(sold) in page.links


def test_it_is_shown_as_it_will_be_sent_before_anything_is_done(sold: Real, ada: Ada) -> None:
    page = ada.see(path(sold))

    assert "alice owes $6.00 for October 2026 so far; nothing is drafted yet." == page.lede
    assert "Stillhouse Demo" in page.words
    assert any(link.startswith("/calls?from=2026-10-01&to=2026-10-31") for link in page.links)


def test_it_goes_from_draft_to_final_and_never_back(sold: Real, ada: Ada) -> None:
    drafted = ada.see(ada.do(f"{path(sold)}/draft"))
    approved = ada.see(ada.do(f"{path(sold)}/approve"))
    final = ada.do(f"{path(sold)}/finalise")
    page = ada.see(final)

    assert "Is it right?" in drafted.lede
    assert "approved, not yet numbered" in approved.lede
    assert "alice was invoiced $6.00 for October 2026" in page.lede
    assert "/invoices/INV-" in final
    assert 409 == ada.refused(f"{path(sold)}/draft")


def test_its_files_are_there(sold: Real, ada: Ada) -> None:
    for step in ("draft", "approve"):
        ada.do(f"{path(sold)}/{step}")
    final = ada.do(f"{path(sold)}/finalise").partition("?")[0]
    kinds = {
        form: ada.client.get(f"{final}/file/{form}").headers["content-type"].partition(";")[0]
        for form in ("pdf", "json", "csv", "focus-csv", "beancount")
    }

    assert {
        "pdf": "application/pdf",
        "json": "application/json",
        "csv": "text/csv",
        "focus-csv": "text/csv",
        "beancount": "text/plain",
    } == kinds
    assert ada.client.get(f"{final}/file/pdf").content.startswith(b"%PDF")
    assert "no such form" in ada.see(f"{final}/file/docx", status=404).words


def test_a_finalised_invoice_is_credited_with_a_reason(sold: Real, ada: Ada) -> None:
    for step in ("draft", "approve"):
        ada.do(f"{path(sold)}/{step}")
    final = ada.do(f"{path(sold)}/finalise").partition("?")[0]
    page = ada.see(ada.do(f"{final}/credit", line="1", amount="1.00", reason="goodwill"))

    assert "alice gets" in page.lede
    assert "Credit note" in page.words


def test_an_invoice_that_is_none_is_not_found(ada: Ada) -> None:
    ada.see("/invoices/INV-9", status=404)


def test_of_many_months_a_part_is_shown_and_the_others_are_found(real: Real, ada: Ada) -> None:
    """Two months of 120 accounts, none of them drafted."""
    crowd(real)
    page = ada.see("/invoices")

    assert "120 months of accounts are over and not drafted" in page.lede
    assert "1 to 50 of 240" in page.words
    found = ada.see("/invoices?find=crowd+079+2026-11")
    assert "≈ $0.80" in next(row for row in found.rows if "crowd 079" in row)
    assert 240 == len(ada.file("/invoices?csv=invoices")) - 1
    assert len(page.html) < 100_000
