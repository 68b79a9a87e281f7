"""The audit log: every change with who made it, in a chain that is proved on the page."""

from tests.console.pages.conftest import Ada
from tests.console.real import Real


def test_every_change_is_there_with_who_made_it(real: Real, ada: Ada) -> None:
    ada.do("/accounts", name="newcomer")
    page = ada.see("/audit")

    assert "each proved by the one after it" in page.lede
    newest = next(row for row in page.rows if "newcomer" in " ".join(row))
    assert ["user:ada@example.com", "account made"] == newest[2:4]
    assert "✓ proved" == newest[-1]


def test_it_is_filtered_by_who_and_what(real: Real, ada: Ada) -> None:
    ada.do("/accounts", name="newcomer")
    page = ada.see("/audit?kind=account&actor=user:ada@example.com")

    assert 2 == len(page.rows)


def test_no_digest_of_a_secret_fills_the_page(real: Real, ada: Ada) -> None:
    assert "digest" not in ada.see("/audit").words


def test_an_instant_is_shown_as_a_time(real: Real, ada: Ada) -> None:
    ada.once("/invitations", role="reviewer")
    [row] = ada.see("/audit?kind=link").rows[1:2]

    assert "expires_at 26 Nov 2026, 12:00 UTC" in " ".join(row)


def test_every_receipt_is_verified_on_demand(real: Real, ada: Ada) -> None:
    page = ada.see("/audit/verify")

    assert "0 receipts: nothing is lost, doubled or mispriced." == page.lede
