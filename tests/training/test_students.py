"""The shelf: put in whole, found by id, and nothing that was changed answers."""

import json
from pathlib import Path

import pytest
from tests import students as toy

from stillhouse.distill.artefact import DamagedError
from stillhouse.training.students import find, manifest_of, put, ready, shelf


def shelved(data: Path) -> Path:
    manifest = toy.written(data / "made")
    return put(manifest, data / "made", data)


def test_what_was_put_is_found_and_answers(tmp_path: Path) -> None:
    place = shelved(tmp_path)
    manifest, answer = ready(find(tmp_path, place.name[:6]))

    assert place == shelf(tmp_path) / manifest.id == find(tmp_path, str(place))
    assert "spam" == answer(toy.body(toy.SURE)).text
    assert place == shelved(tmp_path)


def test_a_changed_file_answers_nothing(tmp_path: Path) -> None:
    place = shelved(tmp_path)
    name = next(iter(toy.FILES))
    (place / name).write_bytes(b"[]")
    with pytest.raises(DamagedError, match="is not what"):
        ready(place)
    (place / name).unlink()
    with pytest.raises(DamagedError, match="is missing"):
        ready(place)


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
    with pytest.raises(DamagedError, match="no student"):
        find(tmp_path, "zzz")
    with pytest.raises(DamagedError, match="2 students"):
        find(tmp_path, "")


def test_a_folder_without_a_manifest_is_none(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="cannot be read"):
        manifest_of(tmp_path)
    (tmp_path / "student.json").write_text(json.dumps({}))
    with pytest.raises(DamagedError, match="no manifest"):
        manifest_of(tmp_path)
