"""Accounts and projects from the command line."""

import pytest
from tests.cli.at_the_desk import Shell


def test_an_account_is_created_once_and_its_json_is_the_agreed_one(shell: Shell) -> None:
    made = shell.one("accounts", "create", "Acme")
    said = shell.refused("accounts", "create", "Acme")

    assert {"id": made["id"], "name": "Acme"} == made
    assert f"Error: an account called Acme exists: {made['id']}\n" == said
    assert [made["id"]] == [row["id"] for row in shell.rows("accounts", "list")]


@pytest.mark.parametrize(
    ("verb", "standing"),
    [("suspend", "suspended"), ("restrict", "restricted"), ("restore", "active")],
)
def test_standing_changes_by_name_or_id_with_a_reason(
    acme: Shell, verb: str, standing: str
) -> None:
    ident = acme.rows("accounts", "list")[0]["id"]
    for who in ("Acme", ident):
        told = acme.one("accounts", verb, who, "--reason", "because")

        assert {
            "id": ident,
            "name": "Acme",
            "standing": standing,
            "reason": "because",
            "payment": False,
        } == told
    assert [told] == acme.rows("accounts", "list")
    assert "because" == acme.rows("entries")[-1]["body"]["reason"]


def test_standing_never_changes_without_a_reason(acme: Shell) -> None:
    assert "Missing option '--reason'" in acme.refused("accounts", "suspend", "Acme", code=2)
    assert "needs a reason" in acme.refused("accounts", "suspend", "Acme", "--reason", " ")
    assert "active" == acme.rows("accounts", "list")[0]["standing"]


def test_an_account_that_is_not_there_is_named_with_the_way_to_find_it(acme: Shell) -> None:
    said = acme.refused("accounts", "suspend", "Amce", "--reason", "x")

    assert "Error: no account Amce; `stillhouse accounts list` shows them all\n" == said


def test_of_a_payment_reference_a_hash_is_kept_that_is_the_same_for_who_pays_alike(
    acme: Shell,
) -> None:
    acme.run("accounts", "create", "Beta", "--payment", "pm_71f4")
    acme.run("accounts", "create", "Gamma", "--payment", "pm_0000")
    told = acme.one("accounts", "set", "Acme", "--payment", "pm_71f4")
    kept = [e["body"]["payment"] for e in acme.rows("entries") if e["kind"] == "payment"]

    assert told["payment"] is True
    assert kept[0] == kept[2] != kept[1]
    for file in acme.data.iterdir():
        assert b"pm_71f4" not in (file.read_bytes() if file.is_file() else b"")
    assert acme.one("accounts", "set", "Acme", "--payment", "")["payment"] is False
    assert "printable" in acme.refused("accounts", "set", "Acme", "--payment", " pm")
    assert "printable" in acme.refused("accounts", "create", "Delta", "--payment", "a\tb")
    assert "Delta" not in [row["name"] for row in acme.rows("accounts", "list")]


def test_projects_belong_to_an_account(acme: Shell) -> None:
    acme.run("accounts", "create", "Beta")
    web = acme.one("projects", "create", "web", "--account", "Acme")
    other = acme.one("projects", "create", "web", "--account", "Beta")

    assert {"id", "name", "account"} == set(web)
    assert [web["id"]] == [row["id"] for row in acme.rows("projects", "list", "--account", "Acme")]
    assert {web["id"], other["id"]} == {row["id"] for row in acme.rows("projects", "list")}
    assert "web exists" in acme.refused("projects", "create", "web", "--account", "Acme")


def test_people_see_tables(acme: Shell) -> None:
    acme.run("accounts", "suspend", "Acme", "--reason", "unpaid since May")
    header, row = acme.run("accounts", "list").stdout.splitlines()

    assert ["id", "name", "standing", "reason"] == header.split()
    assert row.rstrip().endswith("Acme  suspended  unpaid since May")
