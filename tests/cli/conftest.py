"""A shell on an empty data folder, and one where there is an account."""

from pathlib import Path

import pytest
from tests.cli.at_the_desk import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")


@pytest.fixture
def acme(shell: Shell) -> Shell:
    shell.run("accounts", "create", "Acme")
    return shell
