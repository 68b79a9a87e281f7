"""`stillhouse console link`: a way in for whoever has the machine."""

from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell

from stillhouse.compose.way_in import open_register
from stillhouse.tenants.people import digest
from stillhouse.units.instant import SECOND


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path / "data")
    made.run("accounts", "create", "alice")
    return made


def test_the_link_opens_and_only_its_digest_is_kept(shell: Shell) -> None:
    told = shell.one("console", "link", "--minutes", "5")
    token = told["url"].partition("token=")[2]
    register = open_register(shell.data)
    [link] = register.links("sign_in")
    register.close()

    assert told["url"].startswith("http://127.0.0.1:8081/sign-in?token=")
    assert 300 * SECOND == link.expires_at - link.created_at
    assert link.made_by.startswith("cli:")
    for file in shell.data.iterdir():
        assert token.encode() not in file.read_bytes()
    assert digest(token) != token.encode()


def test_without_a_service_it_says_so(shell: Shell) -> None:
    said = shell.run("console", "link").stdout

    assert "The service does not run" in said
    assert "makes you the owner" in said


def test_a_member_who_is_not_there_is_said(shell: Shell) -> None:
    assert "no member ada" in shell.refused("console", "link", "--member", "ada")
