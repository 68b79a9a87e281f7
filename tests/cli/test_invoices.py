"""A month closed, credited and proven by typing, and every refusal in one sentence."""

import json
from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell
from tests.compose.sales import Sales, at

from stillhouse.units.usage import Usage

BIG = Usage(input=1_000_000, output=50_000, requests=1)
OF = ("--account", "acme", "--month", "2026-10")


@pytest.fixture
def sold(tmp_path: Path) -> Shell:
    sales = Sales.found(tmp_path)
    sales.sell(sales.account("acme"), at("2026-10-27"), BIG, BIG)
    sales.close()
    shell = Shell(tmp_path)
    shell.run("invoices", "settings", "--name", "Toko", "--tax", "PPN=1100")
    return shell


def close(shell: Shell) -> None:
    for step in ("draft", "approve", "finalise"):
        shell.run("invoices", step, *OF)


def test_a_month_is_closed_step_by_step(sold: Shell) -> None:
    drafted = sold.run("invoices", "draft", *OF).output
    approved = sold.one("invoices", "approve", *OF)
    done = sold.one("invoices", "finalise", *OF)
    [row] = sold.rows("invoices", "list")

    assert "draft: acme" in drafted
    assert "Total USD 6.66" in drafted
    assert ("approved", "finalised") == (approved["state"], done["state"])
    assert ("INV-000001", "6.66") == (row["number"], row["total"])
    assert done == sold.one("invoices", "finalise", *OF) == row


def test_a_shown_document_is_its_file(sold: Shell) -> None:
    close(sold)
    document = sold.one("invoices", "show", "INV-000001")

    assert document == sold.one("invoices", "show", *OF)
    assert ["5.00", "1.00"] == [line["amount"] for line in document["lines"]]
    assert "PPN (1100 bp on 6.00) USD 0.66" in sold.run("invoices", "show", "INV-000001").output


def test_lines_are_credited_by_amount_quantity_or_whole(sold: Shell) -> None:
    close(sold)
    part = ("invoices", "credit", "INV-000001", "--line", "1=1.00", "--quantity", "2=25000")
    note = sold.one(*part, "--reason", "agreed")

    assert ("INV-000002", "-1.39") == (note["number"], note["total"])
    assert note == sold.one(*part, "--reason", "agreed")
    assert "has USD 4.00 left, not 5.00" in sold.refused(
        "invoices", "credit", "INV-000001", "--line", "1=5.00", "--reason", "more"
    )
    sold.run("invoices", "credit", "INV-000001", "--reason", "rest", "--reopen")
    assert "credited USD 6.66" in sold.run("invoices", "show", "INV-000001").output
    close(sold)
    assert "INV-000004" == sold.rows("invoices", "list")[-1]["number"]


def test_a_proof_is_printed_for_ids_and_files_of_ids(sold: Shell, tmp_path: Path) -> None:
    close(sold)
    (tmp_path / "ids").write_text("w1-2\n\n")
    proof = json.loads(sold.run("invoices", "proof", "INV-000001", f"{tmp_path}/ids").output)

    assert ["w1-2"] == [each["receipt"]["id"] for each in proof["receipts"]]
    assert "w1-9: not among" in sold.refused("invoices", "proof", "INV-000001", "w1-9")
    assert "no receipt's id" in sold.refused("invoices", "proof", "INV-000001", "seven")


def test_settings_are_shown_set_and_differ_by_account(sold: Shell) -> None:
    sold.run("invoices", "settings", "--account", "acme", "--currency", "idr", "--tax", "none")
    own = sold.one("invoices", "settings", "--account", "acme")
    issuer = sold.one("invoices", "settings")

    assert ("IDR", [], None) == (own["currency"], own["taxes"], own["unit"])
    assert ("Toko", ["PPN=1100"]) == (issuer["name"], issuer["taxes"])
    assert "(as the issuer)" in sold.run("invoices", "settings", "--account", "acme").output
    assert "no rate from USD to IDR" in sold.refused("invoices", "draft", *OF)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("approve", *OF), 1, "has no draft to approve"),
        (("finalise", *OF), 1, "has no draft"),
        (("show", "INV-000009"), 1, "no document INV-000009"),
        (("show",), 2, "NUMBER, or --account and --month"),
        (("draft", "--account", "acme", "--month", "May"), 2, "not a month"),
        (("draft", "--account", "nobody", "--month", "2026-10"), 1, "nobody"),
        (("credit", "INV-000009", "--reason", "x"), 1, "no document"),
        (("credit", "INV-000009", "--line", "one", "--reason", "x"), 2, "is not ID or ID=AMOUNT"),
        (("settings", "--tax", "PPN"), 2, "NAME=BASIS_POINTS"),
        (("settings", "--currency", "rupiah"), 1, "ISO 4217"),
        (("settings", "--account", "acme", "--prefix", "X"), 2, "--prefix is an issuer's"),
        (("settings", "--account", "acme", "--issuer", "nobody"), 1, "no issuer is called"),
        (("settings", "--issuer", "other", "--name", "Other"), 1, "another prefix"),
    ],
)
def test_refusals_say_what_to_do(
    sold: Shell, arguments: tuple[str, ...], code: int, says: str
) -> None:
    assert says in sold.refused("invoices", *arguments, code=code)


def test_a_month_of_all_accounts_is_closed_by_three_commands(sold: Shell) -> None:
    of_all = ("--all", "--month", "2026-10")
    assert "is prepared: 1 segments" in sold.run("invoices", "prepare", *of_all[1:]).output
    assert "is prepared: 0 segments" in sold.run("invoices", "prepare", *of_all[1:]).output
    assert "nothing to do\n" == sold.run("invoices", "finalise", *of_all).output
    sold.run("invoices", "draft", *of_all)
    assert "is not approved" in sold.run("invoices", "finalise", *of_all, code=1).output
    sold.run("invoices", "approve", *of_all)
    done = sold.run("invoices", "finalise", *of_all).output

    assert "INV-000001 USD 6.66" in done
    assert "1 finalised" in done
    assert [("finalised", "INV-000001", "")] == [
        (row["state"], row["number"], row["error"])
        for row in sold.rows("invoices", "finalise", *of_all)
    ]
    sold.run("invoices", "draft", "--month", "2026-10", code=2)
