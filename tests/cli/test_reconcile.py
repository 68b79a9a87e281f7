"""`reconcile` from the outside: import, compare with a threshold, margin."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell
from tests.compose.test_reconcile import BIG, HEAD, sell
from tests.worker.house import House

IMPORT = ("reconcile", "import")
CSV = ("--format", "csv", "--source", "stub", "--timezone", "UTC")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shell]:
    """One call that costs USD 6 and is charged 7.50."""
    house = House.found(tmp_path / "data")
    sell(house, BIG)
    yield Shell(house.data)
    house.close()


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    path = tmp_path / "bill.csv"
    path.write_text(HEAD + "2026-11-27,m,input,2,USD\n2026-11-27,m,output,4.01,USD\n", "utf-8")
    return path


def test_a_statement_is_kept_once(shop: Shell, statement: Path) -> None:
    got = shop.one(*IMPORT, str(statement), *CSV)
    again = shop.run(*IMPORT, str(statement), *CSV).stdout

    assert {
        "statement": 1,
        "source": "stub",
        "lines": 2,
        "skipped": 0,
        "first": "2026-11-27",
        "last": "2026-11-27",
        "amounts": {"USD": "6.01"},
    } == got
    assert "imported before; nothing changed" in again


def test_a_months_comparison_for_machines_and_people(shop: Shell, statement: Path) -> None:
    shop.run(*IMPORT, str(statement), *CSV)
    got = shop.one("reconcile", "--month", "2026-11")
    shown = shop.run("reconcile", "--month", "2026-11").stdout

    assert ("6", "6.01", "-0.01", False) == (
        got["ours"],
        got["theirs"],
        got["difference"],
        got["below_threshold"],
    )
    assert ("99.833611", ["day", "model", "meter"]) == (got["capture_percent"], got["grain"])
    assert {
        "day": "2026-11-27",
        "model": "m",
        "meter": "output",
        "ours": "4",
        "theirs": "4.01",
        "difference": "-0.01",
        "capture": "99.75 %",
    } == got["rows"][1]
    assert shown.startswith(
        "stub says USD 6.01 for 2026-11; our receipts account for 99.83 % of it,"
        " at least the 99.50 % that are asked for."
    )
    assert "1 of 2 rows differ" in shown


def test_below_the_threshold_is_exit_code_1(shop: Shell, statement: Path) -> None:
    shop.run(*IMPORT, str(statement), *CSV)
    words = ("reconcile", "--month", "2026-11", "--threshold", "99.9", "--json")
    got = json.loads(shop.run(*words, code=1).stdout)

    assert got["below_threshold"]


def test_margin(shop: Shell) -> None:
    got = shop.one("reconcile", "margin", "--month", "2026-11")
    shown = shop.run("reconcile", "margin", "--month", "2026-11").stdout

    assert ("acme", "m", "7.5", "6", "1.5", "20.0 %") == (
        got["account_name"],
        got["model"],
        got["charge"],
        got["cost"],
        got["margin"],
        got["rate"],
    )
    assert shown.startswith("Margin of 2026-11: USD 1.5 (7.5 less 6), 20.0 % of the charges.")


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--month", "2026-11"], 1, "no statement of 2026-11"),
        (["--month", "soon"], 2, "not a month"),
        (["--threshold", "all"], 2, "no percentage"),
        (["--model", "x"], 2, "no pair"),
        (["import", "nowhere.csv", *CSV], 1, "cannot be read"),
        (["import", "x.csv", "--format", "csv", "--column", "x"], 2, "no pair"),
        (["margin", "--month", "2026-11", "--currency", "eur"], 1, "stillhouse fx set USD EUR"),
    ],
)
def test_what_cannot_be_done_says_why(shop: Shell, words: list[str], code: int, says: str) -> None:
    assert says in shop.refused("reconcile", *words, code=code)
