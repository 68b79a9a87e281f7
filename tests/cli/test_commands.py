"""The list of commands: complete, and quick because nothing is imported before it is used."""

import subprocess
import sys

import pytest
from click.testing import CliRunner

from stillhouse import __version__
from stillhouse.cli import COMMANDS, main

HEAVY = ("duckdb", "pyarrow", "onnxruntime", "numpy", "pydantic", "starlette", "uvloop", "rich")


def modules_after(*arguments: str) -> set[str]:
    code = (
        "import sys; from click.testing import CliRunner; from stillhouse.cli import main;"
        f" r = CliRunner().invoke(main, {list(arguments)!r}); assert not r.exit_code, r.output;"
        " print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_help_lists_every_command_and_imports_none() -> None:
    result = CliRunner().invoke(main, ["--help"])
    loaded = modules_after("--help")

    assert all(f"  {name} " in result.output for name in main.lazy)
    assert {"accounts", "projects", "keys", "budgets", "limits", "entries"} <= set(COMMANDS)
    assert not {module for module in loaded if module.startswith("stillhouse.cli.")}


def test_a_small_command_waits_for_no_large_library(tmp_path: object) -> None:
    loaded = modules_after("accounts", "create", "Acme", "--json", "--data", f"{tmp_path}/data")

    assert set() == loaded & set(HEAVY)


@pytest.mark.parametrize("name", sorted(main.lazy))
def test_every_command_can_be_imported_and_explains_itself(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])

    assert 0 == result.exit_code
    assert f"Usage: main {name}" in result.output


def test_a_word_that_is_no_command_is_wrong_usage() -> None:
    result = CliRunner().invoke(main, ["acounts"])

    assert 2 == result.exit_code
    assert "No such command 'acounts'" in result.stderr


def test_the_version_is_that_of_the_package() -> None:
    assert f"stillhouse, version {__version__}\n" == CliRunner().invoke(main, ["--version"]).output
