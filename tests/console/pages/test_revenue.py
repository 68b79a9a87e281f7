"""Revenue: how much hangs on whom, said first; figures of what the desk answers."""

from dataclasses import replace

from tests.console.pages.conftest import Ada
from tests.console.pages.crowd import crowd
from tests.console.real import Real

from stillhouse.console.i18n import Reader
from stillhouse.console.money_views import Revenue, Share
from stillhouse.console.pages.revenue import facts, lede
from stillhouse.console.views import Days
from stillhouse.units.instant import Instant

DOLLAR = 10**12
BOOK = Revenue(
    days=Days("2026-11-01", "2026-11-30"),
    currency="USD",
    whole=1000 * DOLLAR,
    shares=(
        Share(
            account="a",
            account_name="Nusantara & Co",
            charge=250 * DOLLAR,
            cost=200 * DOLLAR,
            share_ppm=250_000,
            growth_ppm=None,
        ),
    ),
    hhi=1234,
    hhi_without_largest=567,
    month_on_month_ppm=10_000,
    year_on_year_ppm=290_000,
    months=(),
    as_of=Instant(0),
)


def test_the_largest_customer_and_the_year_are_said_first() -> None:
    said = lede(Reader("en"), BOOK)

    assert (
        '<a href="/accounts/a">Nusantara &amp; Co</a> is 25% of $1,000.00. The year grew by 29%.'
        == said
    )


def test_concentration_is_shown_with_and_without_the_largest() -> None:
    [found] = [fact for fact in facts(Reader("en"), BOOK) if fact[0] == "Concentration (HHI)"]

    assert ("Concentration (HHI)", "1,234", "567 without the largest") == found


def test_growth_of_what_is_not_finalised_says_so() -> None:
    def notes(*open_months: str) -> list[str]:
        months = ("2025-11", "2026-10", "2026-11")
        book = replace(BOOK, months=tuple((m, DOLLAR, m in open_months) for m in months))
        return [note for _, _, note in facts(Reader("en"), book)[-2:]]

    assert ["finalised invoices"] * 2 == notes()
    assert ["not all is invoiced", "finalised invoices"] == notes("2026-10")
    assert ["finalised invoices", "not all is invoiced"] == notes("2025-11")
    assert ["not all is invoiced"] * 2 == notes("2026-11")


def test_of_many_accounts_a_part_is_shown_and_the_last_row_is_the_others(
    real: Real, ada: Ada
) -> None:
    crowd(real)
    page = ada.see("/revenue")

    assert ["70 others", "$24.85", "34.2%"] == page.row("70 others")[:3]
    assert 120 == len(ada.file("/revenue?csv=shares")) - 1
    assert len(page.html) < 100_000
