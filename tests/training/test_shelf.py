"""The shelf: put in whole, found by id or its beginning."""

from pathlib import Path

import pytest
from tests import students as toy

from stillhouse.distill.artefact import DamagedError
from stillhouse.training.shelf import everyone, find, named, put, shelf


def shelved(data: Path) -> Path:
    manifest = toy.written(data / "made")
    return put(manifest, data / "made", data)


def test_what_was_put_is_found(tmp_path: Path) -> None:
    place = shelved(tmp_path)

    assert place == shelf(tmp_path) / toy.manifest().id
    assert place == find(tmp_path, place.name[:6]) == named(tmp_path, place.name)
    assert place == find(tmp_path, str(place))
    assert place == shelved(tmp_path)


def test_a_whole_name_goes_before_one_that_begins_with_it(tmp_path: Path) -> None:
    for name in ("comments", "comments-2", "comments.part"):
        toy.written(shelf(tmp_path) / name)

    assert ["comments", "comments-2"] == [place.name for place in everyone(tmp_path)]
    assert "comments" == named(tmp_path, "comments").name


def test_a_half_written_student_is_not_on_the_shelf(tmp_path: Path) -> None:
    manifest = toy.written(tmp_path / "made")
    (tmp_path / "made" / next(iter(toy.FILES))).unlink()
    with pytest.raises(FileNotFoundError):
        put(manifest, tmp_path / "made", tmp_path)

    assert [] == list(shelf(tmp_path).iterdir())


def test_a_name_that_nothing_or_too_much_begins_with_is_refused(tmp_path: Path) -> None:
    shelved(tmp_path)
    other = toy.written(tmp_path / "other", threshold=0.1)
    put(other, tmp_path / "other", tmp_path)
    for none in ("zzz", "*", "[a-f]"):
        with pytest.raises(DamagedError, match="no student"):
            find(tmp_path, none)
    with pytest.raises(DamagedError, match="2 students"):
        find(tmp_path, "")
