"""`stillhouse demo` before it begins: it takes no folder that holds something."""

from pathlib import Path

from click.testing import CliRunner

from stillhouse.cli import main


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "mine.txt"
    kept.write_text("mine")

    done = CliRunner().invoke(main, ["demo", "--folder", str(tmp_path)])

    assert done.exit_code == 1
    assert "not empty" in done.output
    assert [kept] == list(tmp_path.iterdir())
