"""Calls: searched by address, counted from totals, given out as a file; and what is in flight."""

from tests.console.pages.conftest import Ada
from tests.console.real import AT, Real

from stillhouse.units.instant import DAY


def test_the_sentence_counts_all_that_match_not_only_the_page(real: Real, ada: Ada) -> None:
    writer = real.writer()
    real.seal(real.receipts(120, account=real.alice, writer=writer, at=AT, charge=10**10))
    page = ada.see("/calls")

    assert "120 calls from 17 Nov to 23 Nov 2026, $1.20 in all." == page.lede
    assert 100 == sum(row[0].startswith("23 Nov") for row in page.rows if row)
    [older] = [link for link in page.links if "before=" in link]
    assert 20 == sum(row[0].startswith("23 Nov") for row in ada.see(older).rows if row)


def test_filters_stand_in_the_address_and_can_be_taken_off(real: Real, ada: Ada) -> None:
    writer = real.writer()
    real.seal(real.receipts(2, account=real.alice, writer=writer))
    real.seal(real.receipts(3, account=real.bob, writer=writer))
    page = ada.see(f"/calls?account={real.bob.id}")

    assert page.lede.startswith("3 calls")
    assert "/calls?from=2026-11-17&to=2026-11-23" in page.links


def test_only_what_did_not_end_well(real: Real, ada: Ada) -> None:
    writer = real.writer()
    real.seal(real.receipts(2, account=real.alice, writer=writer))
    real.seal(real.receipts(1, account=real.alice, writer=writer, outcome="refused", status=429))
    page = ada.see("/calls?problems=1")

    assert "1 call from 17 Nov to 23 Nov 2026 that matches." == page.lede
    assert "refused by provider 429" in page.words


def test_the_search_field_knows_receipts_and_names(real: Real, ada: Ada) -> None:
    [receipt] = real.receipts(1, account=real.alice, writer=real.writer())
    real.seal([receipt])
    answer = ada.client.get(f"/calls?q={receipt.id}", follow_redirects=False)

    assert f"/calls/{receipt.id}" == answer.headers["location"]
    assert "Account: alice" in ada.see("/calls?q=ALICE").words
    assert "Nothing here is called “nobody”" in ada.see("/calls?q=nobody").words


def test_the_file_has_every_call_and_its_exact_charge(real: Real, ada: Ada) -> None:
    real.seal(real.receipts(130, account=real.alice, writer=real.writer(), at=AT - DAY))
    head, *rows = ada.file("/calls?csv=calls")

    assert 130 == len(rows)
    assert "charge" in head.split(",")
    assert "0.000001000000" in rows[0]


def test_what_is_in_flight_is_shown_with_its_age(real: Real, ada: Ada) -> None:
    flying = real.receipts(1, account=real.alice, writer=real.writer(), at=AT - 90_000_000)
    with real.journal([], flying=flying):
        page = ada.see("/calls/flying")

    assert "1 call is in flight, for 90 s." == page.lede
    assert "alice" in page.words
    assert "No call is in flight" in ada.see("/calls/flying").lede
