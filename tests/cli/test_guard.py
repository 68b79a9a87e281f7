"""The group: what `guard` can do, each found when it is used."""

from click.testing import CliRunner

from stillhouse.cli import main


def test_every_command_is_told() -> None:
    said = CliRunner().invoke(main, ["guard", "--help"]).stdout

    for name in ("cases", "show", "decide", "appeal", "answer", "replay", "notices"):
        assert name in said
