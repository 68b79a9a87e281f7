"""A customer checks an invoice from files alone, and is told which line does not hold."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.cli.at_the_desk import Shell
from tests.compose.sales import Sales, at

from stillhouse.cli import main
from stillhouse.units.usage import Usage

BIG = Usage(input=1_000_000, output=50_000, requests=1)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Two invoices and a proof for two receipts of the second, far from any data folder."""
    sales = Sales.found(tmp_path / "data")
    account = sales.account("acme")
    sales.sell(account, at("2026-09-27"), BIG)
    sales.sell(account, at("2026-10-27"), BIG, BIG, BIG)
    sales.close()
    shell = Shell(tmp_path / "data")
    shell.run("invoices", "settings", "--name", "Toko")
    for month in ("2026-09", "2026-10"):
        for step in ("draft", "approve", "finalise"):
            shell.run("invoices", step, "--account", "acme", "--month", month)
    folder = tmp_path / "mine"
    folder.mkdir()
    for number in ("INV-000001", "INV-000002"):
        text = shell.run("invoices", "show", number, "--json").output
        (folder / f"{number}.json").write_text(text)
    proof = shell.run("invoices", "proof", "INV-000002", "w1-2", "w1-4").output
    (folder / "proof.json").write_text(proof)
    return folder


def verify(folder: Path, *arguments: str, file: str = "INV-000002.json") -> Result:
    names = [f"{folder}/{a}" if a.endswith((".json", ".txt")) else a for a in arguments]
    return CliRunner().invoke(main, ["verify-invoice", f"{folder}/{file}", *names])


def test_an_invoice_holds_with_its_receipts_and_the_one_before(files: Path) -> None:
    (files / "ids.txt").write_text('w1-2\n{"id": "w1-4", "charge": "3.000000000000 USD"}\n')
    done = verify(
        files,
        *("--receipts", "ids.txt", "--receipts", "w1-2,w1-4"),
        *("--proof", "proof.json", "--previous", "INV-000001.json", "--json"),
    )
    told = json.loads(done.output)

    assert 0 == done.exit_code
    assert (True, 2, "9.00", []) == (told["ok"], told["proven"], told["total"], told["findings"])
    assert "2 of its 3 receipts are proven" in verify(files, "--proof", "proof.json").output


def test_a_changed_line_is_named(files: Path) -> None:
    path = files / "INV-000002.json"
    path.write_text(path.read_text().replace('"amount":"7.50"', '"amount":"7.51"'))
    done = verify(files)

    assert 1 == done.exit_code
    assert "line 1 says USD 7.51, and its parts come to 7.5" in done.output
    assert "was changed: its hash is not that of its text" in done.output


def test_a_receipt_that_is_not_proven_or_was_answered_otherwise_is_named(files: Path) -> None:
    (files / "ids.txt").write_text('{"id": "w1-4", "charge": "2.99"}\n')
    missing = verify(files, "--receipts", "w1-3", "--proof", "proof.json")
    other = verify(files, "--receipts", "ids.txt", "--proof", "proof.json")
    elsewhere = verify(files, "--proof", "proof.json", file="INV-000001.json")

    assert [1, 1, 1] == [d.exit_code for d in (missing, other, elsewhere)]
    assert "w1-3 is not in the proof" in missing.output
    assert "w1-4 was answered with the charge 2.99" in other.output
    assert "the proof is for INV-000002, not for this document" in elsewhere.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--receipts", "w1-2"), "stillhouse invoices proof INV-000002"),
        (("--proof", "nowhere.json"), "cannot be read"),
        (("--proof", "INV-000001.json"), "is not a proof"),
        (("--previous", "proof.json"), "is not an invoice"),
        (("--proof", "proof.json", "--receipts", "bad.txt"), "line 1: neither an id nor JSON"),
    ],
)
def test_files_that_are_none_are_refused(
    files: Path, arguments: tuple[str, ...], says: str
) -> None:
    (files / "bad.txt").write_text("{not json")
    done = verify(files, *arguments)

    assert 1 == done.exit_code
    assert says in done.stderr


def test_it_needs_none_of_the_large_libraries_and_no_data_folder(files: Path) -> None:
    from tests.cli.test_commands import HEAVY, modules_after  # noqa: PLC0415

    assert not set(HEAVY) & modules_after("verify-invoice", f"{files}/INV-000002.json")
