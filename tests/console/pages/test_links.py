"""Addresses: only what was given, and nothing that breaks out of its place."""

from stillhouse.console.pages import links


def test_values_that_are_empty_are_left_out() -> None:
    assert "/calls?from=2026-11-01&to=2026-11-30&account=a" == links.calls(
        "2026-11-01", "2026-11-30", account="a", model=""
    )
    assert "/for?month=2026-11" == links.purpose("2026-11")


def test_an_identifier_stays_one_part_of_the_path() -> None:
    assert "/accounts/a%2Fb%3Fc" == links.account("a/b?c")
    assert "/invoices/acct_1%3A2026-10" == links.invoice("acct_1:2026-10")
    assert "/calls/w7-1" == links.call("w7-1")
    assert "/prices/versions/v_1" == links.version("v_1")
