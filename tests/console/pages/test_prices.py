"""Prices: proposed, shown as a difference, approved; a quote by the bill's arithmetic."""

from tests.console.pages.conftest import Ada
from tests.console.real import Real

from stillhouse.units.instant import SECOND, Instant


def propose(ada: Ada, **prices: str) -> str:
    return ada.do("/prices", model="newest", book="sale", **prices).partition("?")[0]


def test_a_proposed_price_changes_nothing_until_it_is_approved(real: Real, ada: Ada) -> None:
    version = propose(ada, input="2.50", output="10.00")
    before = ada.see("/prices")
    page = ada.see(version)

    assert "Nothing is in force until somebody approves it" in page.lede
    assert "1 version of prices waits for approval." == before.lede
    ada.do(f"{version}/approve")
    real.now = Instant(real.now + SECOND)
    assert ["newest", "sale", "2.50"] == ada.see("/prices").row("newest")[:3]


def test_a_rejected_price_is_kept_as_rejected(ada: Ada) -> None:
    version = propose(ada, input="2.50", output="10.00")
    page = ada.see(ada.do(f"{version}/reject", reason="too dear"))

    assert "The prices were rejected." in page.words


def test_a_quote_is_what_the_bill_would_say(real: Real, ada: Ada) -> None:
    ada.do(propose(ada, input="2.50", output="10.00") + "/approve")
    real.now = Instant(real.now + SECOND)
    page = ada.see("/prices/quote?model=newest&input=1000000&output=1000")

    assert "One such call to newest costs $2.51" in page.lede
    assert "whole numbers" in ada.see("/prices/quote?model=newest&input=x", status=422).words


def test_a_price_that_is_none_changes_nothing(ada: Ada) -> None:
    assert 409 == ada.refused("/prices", model="newest", book="sale", input="cheap")


def test_a_model_from_a_refused_call_is_filled_in(ada: Ada) -> None:
    assert 'value="o4-mini"' in ada.see("/prices/new?model=o4-mini").html
