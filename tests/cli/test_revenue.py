"""`revenue` from the outside: a seeded book gives its figures back, in words first."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell
from tests.compose.test_imports import AT, SALE

from stillhouse.compose.stores import open_store

SHARES = {
    "largest": 250,
    **{f"a{n:02d}": 15 for n in range(30)},
    **{f"b{n:02d}": 10 for n in range(30)},
}
"""in thousandths: 25 %, thirty of 1.5 %, thirty of 1 %"""


def book() -> Iterator[str]:
    """129 this year for each 100 of the year before, at USD 2.50 per million tokens."""
    for month, whole in (("2026-11", 129), ("2025-11", 100)):
        for account, part in SHARES.items():
            row = {
                "id": f"{account}-{month}",
                "at": f"{month}-15T12:00:00Z",
                "account": account,
                "model": "m",
                "usage": {"prompt_tokens": whole * part * 1000, "completion_tokens": 0},
            }
            yield json.dumps(row) + "\n"


@pytest.fixture
def seeded(shell: Shell, tmp_path: Path) -> Shell:
    with closing(open_store(shell.data, create=True)) as store:
        store.configure_prices([SALE], at=AT)
    log = tmp_path / "book.jsonl"
    log.write_text("".join(book()), "utf-8")
    shell.run("import", str(log), "--format", "stillhouse")
    return shell


def test_the_seeded_book_for_machines(seeded: Shell) -> None:
    got = seeded.one("revenue", "--month", "2026-11")
    largest = got["accounts"][0]

    assert ("322.50", "USD", "imported") == (got["total"], got["currency"], got["state"])
    assert ("largest", "1/4", "25", "80.62") == (
        largest["name"],
        largest["share"],
        largest["share_percent"],
        largest["amount"],
    )
    assert ("722.5", "173.333333") == (got["hhi"], got["hhi_without_largest"])
    assert "29" == got["year_on_year"]["percent"] == got["twelve_months"]["percent"]
    assert {"1": "25", "3": "28", "5": "31", "10": "38.5"} == got["top_percent"]
    assert (None, False) == (
        got["month_on_month"]["percent"],
        got["year_on_year"]["provisional"],
    )
    assert [("2025-11", "250.00"), ("2026-11", "322.50")] == [
        (m["month"], m["amount"]) for m in got["months"]
    ]
    assert 61 == len(got["accounts"])


def test_the_seeded_book_for_people_begins_with_a_sentence(seeded: Shell) -> None:
    shown = seeded.run("revenue", "--month", "2026-11", "--top", "3").stdout
    first, *_ = shown.splitlines()

    assert (
        "Revenue of 2026-11 is USD 322.50 (from imported logs); largest is 25.0 % of it,"
        " of 61 accounts; 29.0 % more than a year before." == first
    )
    assert "and 58 more; --top shows them" in shown
    assert "HHI 722.5 of 10,000; without the largest 173.3" in shown
    assert (
        "if largest is suspended: 25.0 % of revenue, no committed spend, 0 calls in flight" in shown
    )


def test_shares_as_a_picture(seeded: Shell, tmp_path: Path) -> None:
    file = tmp_path / "shares.svg"
    seeded.run("revenue", "--month", "2026-11", "--svg", str(file), "--top", "5")

    assert 5 == len(ET.parse(file).getroot().findall(".//{http://www.w3.org/2000/svg}rect"))
    assert "25.0 %" in file.read_text("utf-8")


def test_an_empty_month_says_so(seeded: Shell) -> None:
    assert (
        "Nobody brought in anything in 2024-01."
        == seeded.run("revenue", "--month", "2024-01").stdout.strip()
    )


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--currency", "IDR"], 1, "stillhouse fx set"),
        (["--account", "nobody"], 1, "no account nobody"),
        (["--month", "now"], 2, "not a month"),
        (["--svg", "/nowhere/x.svg"], 1, "cannot be written"),
    ],
)
def test_what_cannot_be_told_says_why(
    seeded: Shell, words: list[str], code: int, says: str
) -> None:
    month = [] if "--month" in words else ["--month", "2026-11"]

    assert says in seeded.refused("revenue", *month, *words, code=code)
