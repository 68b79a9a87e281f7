"""A contract comes from a file, is kept as a version, and is refused with the file's name."""

from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell

GOOD = """
since = "2026-10"
minimum = "1000"
discounts = [{ bp = 500 }, { model = "gpt-4o", bp = 1000 }]
[[capacity]]
id = "ptu-1"
model = "gpt-4o"
units = 10
unit_price = "1.00"
tokens_per_unit_hour = 150000
start = "2026-10-01T00:00:00Z"
[[prepaid]]
id = "topup-1"
amount = "250"
bought = "2026-10-05"
"""


def test_a_contract_is_kept_once_and_listed(acme: Shell, tmp_path: Path) -> None:
    file = tmp_path / "contract.toml"
    file.write_text(GOOD)
    command = ("contracts", "set", str(file), "--account", "Acme")
    first, again = acme.one(*command), acme.one(*command)
    [row] = acme.rows("contracts", "list")

    assert (True, False) == (first["new"], again["new"])
    assert ("1000", 500) == (row["minimum"], row["discounts"][0]["bp"])
    assert "ptu-1 topup-1" in acme.run("contracts", "list", "--account", "Acme").output


def test_json_is_read_as_well(acme: Shell, tmp_path: Path) -> None:
    file = tmp_path / "contract.json"
    file.write_text('{"since": "2026-10", "minimum": "5"}')

    assert "5" == acme.one("contracts", "set", str(file), "--account", "Acme")["minimum"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("since = ", "neither TOML nor JSON"),
        ('since = "soon"', "no month"),
        ("minimum = 5", "minimum"),
        ('since = "2026-10"\nminimum = "much"', "the minimum"),
        ('since = "2026-10"\ncurrency = "dollars"', "ISO 4217"),
    ],
)
def test_a_file_that_is_no_contract_is_refused(
    acme: Shell, tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "contract.toml"
    file.write_text(text)

    assert says in acme.refused("contracts", "set", str(file), "--account", "Acme")
    assert [] == acme.rows("contracts", "list")


def test_a_file_that_is_not_there_is_named(acme: Shell) -> None:
    assert "nowhere.toml cannot be read" in acme.refused(
        "contracts", "set", "nowhere.toml", "--account", "Acme"
    )
