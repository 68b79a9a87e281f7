"""Prices at the desk: proposed, approved, listed, quoted."""

from decimal import Decimal

import pytest
from tests.cli.at_the_desk import Shell

SET = ("prices", "set", "--model", "m", "--input", "2.50", "--output", "10")


def test_a_price_that_was_set_and_approved_is_in_force(shell: Shell) -> None:
    made = shell.one(*SET, "--approve", "--source", "our list")
    [found] = shell.rows("prices", "list")

    assert ("approved", "our list", 1) == (made["state"], made["source"], made["rows"])
    assert ["new"] == [change["kind"] for change in made["changes"]]
    assert ("m", "sale", "2.50", "10.00") == (
        *(found["model"], found["book"]),
        *(found["prices"]["input"], found["prices"]["output"]),
    )
    assert found["valid_from"] > found["known_from"] == made["decided_at"]
    assert found == shell.one("prices", "show", found["id"])


def test_a_price_that_was_only_proposed_is_not(shell: Shell) -> None:
    made = shell.one(*SET)

    assert "proposed" == made["state"]
    assert [] == shell.rows("prices", "list")
    assert [made["id"]] == [v["id"] for v in shell.rows("prices", "versions")]
    assert [("new", {})] == [(c["kind"], c["before"]) for c in shell.rows("prices", "diff", "pv_1")]
    assert "approved" == shell.one("prices", "approve", "pv_1")["state"]
    assert 1 == len(shell.rows("prices", "list"))


def test_a_rejected_price_says_why(shell: Shell) -> None:
    shell.one(*SET)
    made = shell.one("prices", "reject", "pv_1", "--reason", "too low")

    assert ("rejected", "too low") == (made["state"], made["reason"])
    assert "was rejected" in shell.refused("prices", "approve", "pv_1")


def test_a_contract_with_bands_is_quoted_by_its_account_and_size(shell: Shell) -> None:
    shell.one("accounts", "create", "acme")
    shell.one(*SET, "--approve")
    band = "100:input=4,output=12"
    shell.one(*SET[:4], "--input", "2", "--account", "acme", "--above", band, "--approve")

    def quoted(tokens: int, *more: str) -> tuple[str, int]:
        found = shell.one("prices", "quote", "--model", "m", "--input", str(tokens), *more)
        return found["charge"], found["price"]["above_input_tokens"]

    assert ("0.000250000000", 0) == quoted(100)
    assert ("0.000200000000", 0) == quoted(100, "--account", "acme")
    assert ("0.000404000000", 100) == quoted(101, "--account", "acme")


def test_a_quote_tells_each_meter(shell: Shell) -> None:
    shell.one(*SET, "--requests", "0.01", "--cache-read", "0.25", "--approve")
    found = shell.one(
        "prices", "quote", "--model", "m", "--input", "1000", "--cache-read", "10", "--output", "3"
    )

    assert [
        ("input", "2.50"),
        ("cache_read", "0.25"),
        ("output", "10.00"),
        ("requests", "0.01"),
    ] == [(each["meter"], each["unit_price"]) for each in found["lines"]]
    assert Decimal(found["charge"]) == sum(Decimal(each["amount"]) for each in found["lines"])
    assert str(int(Decimal(found["charge"]) * 10**12)) == found["charge_pico"]


def test_a_tier_and_a_region_have_their_own_price_or_none(shell: Shell) -> None:
    shell.one(*SET, "--other-tier", "flex", "--approve")
    shell.one(*SET[:4], "--input", "5", "--tier", "priority", "--approve")
    ask = ("prices", "quote", "--model", "m", "--input", "1000000")

    assert ["2.500000000000", "5.000000000000", "2.500000000000"] == [
        shell.one(*ask, "--tier", tier)["charge"] for tier in ("default", "priority", "flex")
    ]
    assert 'service tier "scale"' in shell.refused(*ask, "--tier", "scale")
    assert "in batches" in shell.refused(*ask, "--batch")


def test_a_contract_ends_and_the_list_applies_again(shell: Shell) -> None:
    shell.one("accounts", "create", "acme")
    shell.one(*SET, "--approve")
    contract = (*SET[:4], "--account", "acme")
    shell.one(*contract, "--input", "1", "--approve")
    shell.one(*contract, "--end", "--approve")
    ask = ("prices", "quote", "--model", "m", "--account", "acme", "--input", "1000000")

    assert "2.500000000000" == shell.one(*ask)["charge"]


def test_the_same_price_again_is_not_proposed(shell: Shell) -> None:
    shell.one(*SET, "--approve")

    assert "the price in force already" in shell.refused(*SET)
    assert 1 == len(shell.rows("prices", "versions"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*SET[:4],), "at least one price"),
        ((*SET, "--input", "2.5000001"), "more decimals"),
        ((*SET, "--input", "-1"), "negative"),
        ((*SET, "--input", "abc"), "not a decimal number"),
        ((*SET, "--end"), "--end prices nothing"),
        ((*SET, "--tier", "auto"), "auto is no tier"),
        ((*SET, "--tier", "flex", "--other-tier", "x"), "only a standard price"),
        ((*SET, "--above", "x"), "write it like"),
        ((*SET, "--above", "5:smell=1"), "no meter is called smell"),
        ((*SET, "--above", "5:input=1", "--above", "5:input=2"), "given twice"),
        ((*SET, "--valid-from", "yesterday"), "no time with a zone"),
        ((*SET, "--valid-from", "2026-01-01T00:00"), "no time with a zone"),
        (("prices", "quote", "--model", "m", "--input", "-1"), "not in the range"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(
    shell: Shell, words: tuple[str, ...], said: str
) -> None:
    shell.one("accounts", "create", "acme")

    assert said in shell.refused(*words, code=2)
    assert [] == shell.rows("prices", "versions")


def test_what_is_not_there_is_said_to_be_missing(shell: Shell) -> None:
    shell.one("accounts", "create", "acme")

    assert "no account nobody" in shell.refused(*SET, "--account", "nobody")
    assert "no price version pv_7" in shell.refused("prices", "approve", "pv_7")
    assert "no price t_x" in shell.refused("prices", "show", "t_x")
    assert 'no sale price for model "m"' in shell.refused("prices", "quote", "--model", "m")


def test_a_later_price_of_the_same_moment_is_a_correction_and_the_old_answer_stays(
    shell: Shell,
) -> None:
    dated = ("--valid-from", "2026-01-01", "--approve")
    first = shell.one(*SET, *dated)
    shell.one(*SET[:4], "--input", "3", *dated)
    ask = ("prices", "quote", "--model", "m", "--input", "1000000", "--at", "2026-06-01")

    assert "3.000000000000" == shell.one(*ask)["charge"]
    assert "2.500000000000" == shell.one(*ask, "--known-at", first["decided_at"])["charge"]
    assert "no sale price" in shell.refused(*ask, "--known-at", "2026-01-01")


def test_tables_are_for_people(shell: Shell) -> None:
    shell.one(*SET, "--approve")
    listed = shell.run("prices", "list").stdout
    shown = shell.run("prices", "set", "--model", "m", "--input", "3", "--output", "10").stdout

    assert "2.50" in listed
    assert "reasoning" not in listed, "what inherits is not repeated"
    assert "input 2.50 -> 3.00" in shown
    assert "output" not in shown.splitlines()[1], "only what changes"
    assert "stillhouse prices approve pv_2" in shown


def test_an_import_proposes_what_would_change_and_says_what_it_left_out(shell: Shell) -> None:
    words = ("prices", "import", "--provider", "openai", "--model", "gpt-5.4", "--book", "cost")
    made = shell.one(*words)
    shell.one("prices", "approve", made["id"])
    again = shell.one(*words)

    assert ("proposed", 0) == (made["state"], made["same"])
    assert {("", False, 0), ("", False, 272_000), ("flex", False, 0), ("", True, 0)} <= {
        (c["tier"], c["batch"], c["above_input_tokens"]) for c in made["changes"]
    }
    assert ["gpt-5.4", "web_searches_kcount is not metered here: that price is left out"] in (
        made["refused"]
    )
    assert (None, made["rows"]) == (again["id"], again["same"])
    assert made["source"] in {row["source"] for row in shell.rows("prices", "list")}
    assert "web_searches_kcount" in shell.run(*words[:-2], "--book", "sale").stdout


def test_an_import_with_a_markup_is_a_sale_list(shell: Shell) -> None:
    words = ("--provider", "openai", "--model", "gpt-4o", "--book", "sale", "--markup-bp", "1500")
    shell.one("prices", "approve", shell.one("prices", "import", *words)["id"])
    ask = ("prices", "quote", "--model", "gpt-4o", "--input", "1000000")

    assert "2.875000000000" == shell.one(*ask)["charge"]


def test_an_import_that_cannot_be_meant_is_refused(shell: Shell) -> None:
    words = ("prices", "import", "--book", "cost")

    assert "--provider" in shell.refused(*words)
    assert "leaves no price" in shell.refused(*words, "--markup-bp", "-10000", code=2)
    assert "--valid-from" in shell.refused(
        *words, "--history", "--valid-from", "2026-01-01", code=2
    )
