"""Overview: one sentence of numbers, the picture, the table; a lesson where there is nothing."""

import re

from tests.console.pages.conftest import Ada
from tests.console.pages.crowd import CENT, crowd
from tests.console.real import AT, Real

from stillhouse.units.instant import DAY

DEAR = 10**12


def sell(real: Real) -> None:
    """alice: 4 dollars last month, 6 in this one; bob: 2 in each."""
    writer = real.writer()
    for account, back, count in (
        (real.alice, 35, 4), (real.alice, 2, 6), (real.bob, 35, 2), (real.bob, 2, 2),
    ):  # fmt: skip
        at = AT - back * DAY
        real.seal(real.receipts(count, account=account, writer=writer, at=at, charge=DEAR))


def test_an_empty_house_is_told_how_to_begin(ada: Ada) -> None:
    page = ada.see("/")

    assert "Nothing was called yet" in page.lede
    assert "curl -sS http://127.0.0.1:8080/v1/chat/completions" in page.words
    assert "stillhouse import" in page.words


def test_the_sentence_says_how_much_how_it_grew_and_because_of_whom(real: Real, ada: Ada) -> None:
    sell(real)

    assert (
        "November so far: $8.00, 33% above the same days of October, because alice grew by 50%."
        == ada.see("/").lede
    )


def test_every_figure_is_a_door_to_what_it_is_the_sum_of(real: Real, ada: Ada) -> None:
    sell(real)
    page = ada.see("/")

    assert f"/calls?from=2026-11-01&to=2026-11-23&account={real.alice.id}" in page.links
    assert f"/calls?from=2026-11-21&to=2026-11-21&account={real.bob.id}" in page.links
    assert ["alice", "$6.00", "75.0%", "+50%"] == page.row("alice")[:4]


def test_a_month_that_is_over_is_said_to_be_over(real: Real, ada: Ada) -> None:
    sell(real)

    assert "October: $6.00" in ada.see("/?month=2026-10").lede


def test_the_page_is_said_in_the_readers_language(real: Real, ada: Ada) -> None:
    sell(real)
    page = ada.see("/", language="id")

    assert "November sejauh ini: US$8,00, 33% di atas hari yang sama pada Oktober" in page.lede


def test_its_tables_are_files_with_exact_amounts(real: Real, ada: Ada) -> None:
    sell(real)
    head, first, *_ = ada.file("/?csv=accounts")

    assert head.startswith("account,account_id,spend_pico,spend,currency,share_ppm")
    assert first.startswith(f"alice,{real.alice.id},6000000000000,6.000000000000,USD,750000")


def test_a_month_that_is_none_says_how_to_write_one(ada: Ada) -> None:
    assert "write it as 2026-11" in ada.see("/?month=x", status=422).words
    assert "has not begun" in ada.see("/?month=2027-01", status=422).words


def test_of_many_accounts_some_are_shown_and_the_last_row_is_the_others_exactly(
    real: Real, ada: Ada
) -> None:
    many = crowd(real)
    page = ada.see("/")
    table = page.html.split('<table id="accounts"')[1].split("</table>")[0]
    shown = [int(v) for v in re.findall(r'data-value="(-?\d+)"', table.split("<tfoot>")[0])][::5]

    assert 50 == table.split("<tfoot>")[0].count("<th scope=row")
    assert sum(n + 1 for n in range(len(many))) * CENT == sum(shown) + 70 * 71 // 2 * CENT
    assert ["70 others", "$24.85", "34.2%"] == page.row("70 others")[:3]
    assert "/?month=2026-11&start=50" not in page.links
    assert "/?start=50" in page.links
    assert len(page.html) < 250_000


def test_the_others_are_found_sorted_and_in_the_file(real: Real, ada: Ada) -> None:
    many = crowd(real)

    assert "$0.030" in ada.see("/?find=crowd+002").row("crowd 002")
    assert ["crowd 000", "crowd 001"] == [
        row[0] for row in ada.see("/?sort=spend_pico").rows if row and row[0].startswith("crowd")
    ][:2]
    assert len(many) == len(ada.file("/?csv=accounts")) - 1


def test_a_day_of_many_accounts_is_drawn_as_high_as_its_sum(real: Real, ada: Ada) -> None:
    """The seven dearest of 120 have $8.19 of $72.60 between them."""
    crowd(real)

    assert "113 others, 21 Nov 2026: $64.41" in ada.see("/").html
