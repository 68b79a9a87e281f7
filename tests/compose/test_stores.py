"""A data folder opens where there is one, and is made only when that was asked for."""

from contextlib import closing
from pathlib import Path

import pytest

from stillhouse.compose.stores import DATABASE, open_store
from stillhouse.ledger.ports import NotFoundError, UnavailableError


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    data = tmp_path / "some" / "data"
    open_store(data, create=True).close()

    assert 0o700 == data.stat().st_mode & 0o777
    assert [DATABASE] == [file.name for file in data.iterdir()]


def test_nothing_is_made_unless_asked_for(tmp_path: Path) -> None:
    for missing in (tmp_path / "data", tmp_path):
        with pytest.raises(NotFoundError, match="stillhouse accounts create"):
            open_store(missing)

    assert [] == list(tmp_path.iterdir())


def test_what_one_wrote_the_next_one_reads(tmp_path: Path) -> None:
    with closing(open_store(tmp_path, create=True)) as store:
        writer = store.register_writer(at=0)  # type: ignore[arg-type]
    for create in (False, True):
        with closing(open_store(tmp_path, create=create)) as store:
            assert {writer: False} == store.writers()


def test_a_folder_that_cannot_be_made_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(UnavailableError, match="name another one with --data"):
        open_store(tmp_path / "file", create=True)
