"""`stillhouse members`: invite, list, change, end; tokens for scripts."""

from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell

from stillhouse.compose.way_in import open_register
from stillhouse.tenants.people import digest
from stillhouse.units.instant import Instant


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path / "data")
    made.run("accounts", "create", "alice")
    return made


def join(shell: Shell, url: str, email: str) -> None:
    register = open_register(shell.data)
    [*_, newest] = sorted(register.links("invitation"), key=lambda link: link.created_at)
    register.use_link(
        digest(url.partition("token=")[2]),
        email=email,
        name="",
        at=Instant(newest.created_at + 1),
    )
    register.close()


def test_an_invited_member_is_listed_changed_and_ended(shell: Shell) -> None:
    for role, email in (("owner", "ada@example.com"), ("billing", "bo@example.com")):
        join(shell, shell.one("members", "invite", "--role", role)["url"], email)
    changed = shell.one(
        "members", "set", "bo@example.com", "--role", "member", "--account", "alice"
    )
    ended = shell.one("members", "end", "bo@example.com")

    assert ["owner", "member"] == [m["role"] for m in shell.rows("members", "list")]
    assert 1 == len(changed["accounts"])
    assert ended["ended_at"]
    assert "last owner" in shell.refused("members", "end", "ada@example.com")


def test_a_token_is_shown_once_and_ends(shell: Shell) -> None:
    made = shell.one("members", "tokens", "create", "bot", "--role", "reviewer", "--expires", "1d")
    listed = shell.run("members", "tokens", "list", "--json").stdout
    shell.run("members", "tokens", "revoke", made["id"])

    assert made["secret"].startswith("sh-admin-")
    assert made["secret"] not in listed
    assert ["ended"] == [t["state"] for t in shell.rows("members", "tokens", "list")]


def test_a_role_that_contradicts_its_accounts_is_refused(shell: Shell) -> None:
    assert "at least one account" in shell.refused("members", "invite", "--role", "member")
    assert "sees every account" in shell.refused(
        "members", "invite", "--role", "owner", "--account", "alice"
    )
