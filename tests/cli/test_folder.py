"""The data folder is the one that `stillhouse serve` would use, found without reading the rest."""

import os
from pathlib import Path

import pytest

from stillhouse.cli.folder import data_folder
from stillhouse.cli.output import Failure


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def config(path: Path, data: str = "/there") -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'[server]\ndata = "{data}"\n', encoding="utf-8")
    return path


def test_without_anything_it_is_data(here: Path) -> None:
    assert Path("data") == data_folder(None, None, env={})
    config(here / "empty.toml").write_text("")
    assert here / "data" == data_folder(None, here / "empty.toml", env={})


def test_the_nearest_word_wins(here: Path) -> None:
    asked = config(here / "asked.toml", "/asked")
    env = {"STILLHOUSE_CONFIG": str(config(here / "named.toml", "/named"))}
    config(here / "stillhouse.toml", "/default")

    assert Path("/default") == data_folder(None, None, env={})
    assert Path("/named") == data_folder(None, None, env=env)
    assert Path("/asked") == data_folder(None, asked, env=env)
    env["STILLHOUSE_DATA"] = "/variable"
    assert Path("/variable") == data_folder(None, asked, env=env)
    assert Path("/option") == data_folder(Path("/option"), asked, env=env)


def test_the_whole_configuration_may_be_one_variable() -> None:
    env = {"STILLHOUSE_CONFIG": '[server]\ndata = "/inline"\n'}

    assert Path("/inline") == data_folder(None, None, env=env)


def test_a_relative_folder_starts_from_the_configuration(here: Path) -> None:
    file = config(here / "etc" / "stillhouse.toml", "books")

    assert here / "etc" / "books" == data_folder(None, file, env={})


def test_variables_in_it_are_filled_in(here: Path) -> None:
    file = config(here / "c.toml", "${BASE}/data")

    assert Path("/srv/data") == data_folder(None, file, env={"BASE": "/srv"})
    with pytest.raises(Failure, match="BASE"):
        data_folder(None, file, env={})


def test_a_mistake_elsewhere_in_the_configuration_changes_nothing(here: Path) -> None:
    file = config(here / "c.toml", "/there")
    file.write_text(file.read_text() + '[[prices]]\nmodel = 7\n[nonsense]\nx = "${NOT_SET}"\n')

    assert Path("/there") == data_folder(None, file, env={})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[server", "is not TOML"),
        ("[server]\ndata = 7", "must be text"),
        ("server = 7", "must be text"),
    ],
)
def test_a_configuration_that_cannot_say_where_is_named(
    here: Path, text: str, expected: str
) -> None:
    file = here / "c.toml"
    file.write_text(text)

    with pytest.raises(Failure, match=rf"c\.toml.*{expected}"):
        data_folder(None, file, env={})


def test_a_configuration_that_is_not_there_is_named(here: Path) -> None:
    with pytest.raises(Failure, match="cannot be read"):
        data_folder(None, here / "nowhere.toml", env={})


def test_the_environment_is_the_processs_own_unless_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "STILLHOUSE_DATA", "/from/environment")

    assert Path("/from/environment") == data_folder(None, None)
