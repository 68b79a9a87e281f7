"""`explain` from the outside: one sentence first, tables that add up, a picture, JSON."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell
from tests.compose.sales import Sales, at

from stillhouse.units.usage import Usage


@pytest.fixture
def sales(shell: Shell) -> Iterator[Sales]:
    made = Sales.found(shell.data)
    account = made.account("Acme")
    for month, calls in (("2026-09", 100), ("2026-10", 131)):
        usage = Usage(input=400_000, requests=1)
        made.sell(account, at(f"{month}-05"), *[usage] * calls, workload="comment-triage")
        made.sell(account, at(f"{month}-06"), *[usage] * 100, workload="chat")
    yield made
    made.close()


@pytest.mark.usefixtures("sales")
def test_the_first_line_says_how_much_more_and_because_of_what(shell: Shell) -> None:
    said = shell.run("explain", "--month", "2026-10", "--account", "Acme").stdout.splitlines()

    assert (
        "October 2026 for Acme: USD 231.00, 16 % above September 2026,"
        " because comment-triage grew by 31 %."
    ) == said[0]
    assert any("comment-triage" in row and "+31 %" in row for row in said)
    assert any(row.startswith("volume") and row.endswith("+31.00") for row in said)


@pytest.mark.usefixtures("sales")
def test_machines_get_amounts_that_add_up(shell: Shell) -> None:
    for by in ("workload", "project", "model", "cohort", "key", "account"):
        got = shell.one("explain", "--month", "2026-10", "--by", by)
        parts, effects = got["parts"], got["bridge"]["effects"]

        assert Decimal(got["amount"]) == sum(Decimal(p["amount"]) for p in parts)
        assert Decimal(got["amount"]) - Decimal(got["before"]) == sum(
            map(Decimal, effects.values())
        )
        assert (by, "2026-09", True) == (got["by"], got["against"], got["complete"])


@pytest.mark.usefixtures("sales")
def test_the_picture_says_what_the_table_says(shell: Shell, tmp_path: Path) -> None:
    picture = tmp_path / "why.svg"
    shell.run("explain", "--month", "2026-10", "--svg", str(picture))
    words = {t.text for t in ET.fromstring(picture.read_text()).iter() if t.text}

    assert {"Sep 2026", "Oct 2026", "200.00", "volume", "+31.00", "231.00"} <= words
    refused = shell.refused("explain", "--month", "2026-10", "--svg", str(tmp_path))
    assert "cannot write" in refused


@pytest.mark.usefixtures("sales")
def test_another_currency_needs_a_rate_and_says_how_to_give_it(shell: Shell) -> None:
    month = ("explain", "--month", "2026-10")
    assert "--fx" in shell.refused(*month, "--currency", "IDR")
    assert "--currency" in shell.refused(*month, "--fx", "5", code=2)
    assert "--fx-against needs" in shell.refused(*month, "--fx-against", "5", code=2)
    said = shell.run(*month, "--currency", "idr", "--fx", "16100", "--fx-against", "16000").stdout

    assert "October 2026: IDR 3,719,100, 16 % above" in said
    assert "rate of exchange" in said


@pytest.mark.usefixtures("sales")
def test_what_shrank_what_is_new_and_what_there_is_nothing_to_compare_with(shell: Shell) -> None:
    down = shell.run("explain", "--month", "2026-09", "--against", "2026-10").stdout
    first = shell.run("explain", "--month", "2026-09").stdout
    gone = shell.run("explain", "--month", "2026-11").stdout

    assert "below October 2026, because comment-triage shrank by 24 %." in down
    assert "nothing was billed in August 2026 to compare it with." in first
    assert "100 % below" in gone
    assert "nothing was billed in 2026-12" in shell.refused(
        "explain", "--month", "2026-12", "--against", "2025-01"
    )
    assert "no account" in shell.refused("explain", "--account", "nobody")
    assert "not a month" in shell.refused("explain", "--month", "11", code=2)
