"""A preview at the desk: what it says to machines and to people, and that it is one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell
from tests.worker.house import COST, SALE, House

from stillhouse.units.instant import Instant

ASK = ("prices", "rerate", "--month", "2026-11")
SET = ("prices", "set", "--model", "m", "--output", "10", "--cache-read", "1.25")


@pytest.fixture
def called(tmp_path: Path) -> Iterator[Shell]:
    """One call: 10 in and 2 out, for 0.000045 dollars."""
    house = House.found(tmp_path / "data")
    house.store.configure_prices([SALE, COST], at=Instant(1))
    house.gateway().call()
    house.gateways[0].journal.flush()
    yield Shell(house.data)
    house.close()


def test_the_same_prices_change_nothing(called: Shell) -> None:
    found = called.one(*ASK)

    assert (1, 0, "0.000000000000", [], []) == (
        *(found["receipts"], found["changed"], found["difference"]),
        *(found["charges"], found["proposals"]),
    )
    assert "0 would be priced otherwise" in called.run(*ASK).stdout


def test_a_proposed_version_says_what_it_would_move(called: Shell) -> None:
    made = called.one(*SET, "--input", "2", "--valid-from", "2026-11-01")
    found = called.one(*ASK, "--version", made["id"], "--account", "acme")
    people = called.run(*ASK, "--version", made["id"]).stdout

    assert ("0.000045000000", "0.000040000000", "-0.000005000000") == (
        *(found["before"], found["after"]),
        found["difference"],
    )
    assert [("2026-11-27", 1, "-0.000005000000")] == [
        (c["day"], c["receipts"], c["difference"]) for c in found["charges"]
    ]
    assert [("correction", None, "-5000000")] == [
        (p["kind"], p["number"], p["lines"][0]["exact_pico"]) for p in found["proposals"]
    ]
    assert "1 would be priced otherwise: USD 0.000045 -> 0.00004, -0.000005" in people
    assert "next invoice" in people
    assert 0 == called.one(*ASK)["changed"]


def test_what_was_known_then_is_asked_apart_from_a_version(called: Shell) -> None:
    both = ("--known-at", "2026-11-01", "--version", "pv_1")

    assert "one at a time" in called.refused(*ASK, *both, code=2)
    assert "no price version pv_1" in called.refused(*ASK, "--version", "pv_1")
    assert "not a month" in called.refused("prices", "rerate", "--month", "2026-13", code=2)
    assert "no account nobody" in called.refused(*ASK, "--account", "nobody")
