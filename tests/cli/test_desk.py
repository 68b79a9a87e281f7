"""Every command on the store: same options, same errors, same author."""

import getpass
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell

from stillhouse.cli.desk import actor
from stillhouse.compose.stores import DATABASE


def test_a_folder_is_made_by_the_first_account_and_by_nothing_else(shell: Shell) -> None:
    said = shell.refused("accounts", "list")
    assert f"Error: no Stillhouse data in {shell.data}" in said
    assert "stillhouse accounts create" in said
    assert not shell.data.exists()
    shell.run("accounts", "create", "Acme")

    assert 0o700 == shell.data.stat().st_mode & 0o777


def test_a_command_works_while_another_process_has_the_database_open(acme: Shell) -> None:
    with closing(sqlite3.connect(acme.data / DATABASE)) as other:
        other.execute("SELECT count(*) FROM accounts").fetchone()

        assert "Beta" == acme.one("accounts", "create", "Beta")["name"]
        assert 2 == other.execute("SELECT count(*) FROM accounts").fetchone()[0]


def test_a_broken_database_is_an_error_with_a_way_out(shell: Shell) -> None:
    shell.data.mkdir()
    (shell.data / DATABASE).write_bytes(b"nonsense" * 1000)
    said = shell.refused("accounts", "list")

    assert "file is not a database; restore it from a backup" in said
    assert "Traceback" not in said


def test_the_author_is_the_systems_user(acme: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("no such user")

    assert f"cli:{getpass.getuser()}" == acme.rows("entries")[0]["actor"]
    monkeypatch.setattr(getpass, "getuser", nameless)
    assert f"cli:{os.getuid()}" == actor()


def test_the_folder_may_come_from_the_environment_or_a_configuration(
    acme: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Shell(acme.data)
    config = tmp_path / "c.toml"
    config.write_text('[server]\ndata = "data"\n')
    from click.testing import CliRunner  # noqa: PLC0415 # without the shell's own --data

    from stillhouse.cli import main  # noqa: PLC0415

    expected = elsewhere.run("accounts", "list", "--json").stdout
    for arguments, env in (
        (["--config", str(config)], {}),
        ([], {"STILLHOUSE_DATA": str(acme.data)}),
        ([], {"STILLHOUSE_CONFIG": str(config)}),
    ):
        blank = {"STILLHOUSE_DATA": "", "STILLHOUSE_CONFIG": ""}
        found = CliRunner().invoke(
            main, ["accounts", "list", "--json", *arguments], env=blank | env
        )

        assert expected == found.stdout
