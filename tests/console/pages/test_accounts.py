"""Accounts: who pays and what he spends; standing with what is at stake, before the button."""

from tests.console.pages.conftest import Ada
from tests.console.pages.crowd import crowd
from tests.console.real import AT, Real


def test_accounts_are_listed_dearest_first(real: Real, ada: Ada) -> None:
    real.seal(real.receipts(3, account=real.bob, writer=real.writer(), at=AT, charge=10**12))
    page = ada.see("/accounts")

    assert "2 accounts. All may call." == page.lede
    assert ["bob", "alice"] == [row[0] for row in page.rows[1:3]]
    assert "$3.00" in page.row("bob")


def test_an_account_is_made_and_shown(ada: Ada) -> None:
    there = ada.do("/accounts", name="Kopi & Kita")
    page = ada.see(there)

    assert "The account was made" in page.words
    assert ["Kopi & Kita"] == page.headings


def test_the_same_name_twice_is_told_and_changes_nothing(ada: Ada) -> None:
    assert 409 == ada.refused("/accounts", name="alice")


def test_a_project_is_added(real: Real, ada: Ada) -> None:
    there = ada.do(f"/accounts/{real.alice.id}/projects", name="studio")

    assert "studio" in ada.see(there).words


def test_what_is_at_stake_is_shown_before_anybody_suspends(real: Real, ada: Ada) -> None:
    writer = real.writer()
    real.seal(real.receipts(3, account=real.alice, writer=writer, at=AT, charge=10**12))
    real.seal(real.receipts(1, account=real.bob, writer=writer, at=AT, charge=10**12))
    page = ada.see(f"/accounts/{real.alice.id}/standing")

    assert "alice is 75.0% of the charges of November 2026: $3.00." == page.lede
    assert "To undo it" in page.words


def test_a_suspended_account_says_why_and_can_be_set_back(real: Real, ada: Ada) -> None:
    path = f"/accounts/{real.alice.id}/standing"
    page = ada.see(ada.do(path, standing="suspended", reason="unpaid"))

    assert "Reason: unpaid" in page.words
    assert "1 suspended" in ada.see("/accounts").lede
    assert "active" in ada.see(ada.do(path, standing="active", reason="paid")).words
    assert 422 == ada.refused(path, standing="gone", reason="x")


def test_an_account_that_is_none_is_not_found(ada: Ada) -> None:
    assert "no such account" in ada.see("/accounts/acct_none", status=404).words


def test_of_many_accounts_a_part_is_shown_and_the_last_row_is_the_others(
    real: Real, ada: Ada
) -> None:
    """120 of a crowd, alice and bob; the 70 cheapest of the crowd spent 1 to 70 cents."""
    crowd(real)
    page, next_page = ada.see("/accounts"), ada.see("/accounts?start=50")

    assert "122 accounts. All may call." == page.lede
    assert ["72 others", "", "$24.85"] == page.row("72 others")[:3]
    assert "crowd 069" == next_page.rows[1][0]
    assert "crowd 000" in ada.see("/accounts?find=CROWD+000").words
    assert 122 == len(ada.file("/accounts?csv=accounts")) - 1
    assert len(page.html) < 100_000
