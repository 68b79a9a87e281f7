"""The group of commands: all there, each from its own module."""

from click.testing import CliRunner
from tests.cli.at_the_desk import Shell

from stillhouse.cli import main


def test_every_command_is_there_and_says_what_it_does() -> None:
    said = CliRunner().invoke(main, ["distill", "--help"]).output

    for name in ("run", "plan", "build", "train", "evaluate", "release", "rollback", "status"):
        assert f"  {name} " in said
        assert 0 == CliRunner().invoke(main, ["distill", name, "--help"]).exit_code


def test_a_new_folder_has_no_students(shell: Shell) -> None:
    assert [] == shell.rows("distill", "status")
