"""What was put answers, and nothing that was changed does."""

import json
from pathlib import Path

import pytest
from tests import students as toy

from stillhouse.distill.artefact import DamagedError
from stillhouse.training.shelf import put
from stillhouse.training.students import manifest_of, ready


def shelved(data: Path) -> Path:
    manifest = toy.written(data / "made")
    return put(manifest, data / "made", data)


def test_what_was_put_answers(tmp_path: Path) -> None:
    manifest, answer = ready(shelved(tmp_path))

    assert manifest.id == toy.manifest().id
    assert "spam" == answer(toy.body(toy.SURE)).text


def test_a_changed_file_answers_nothing(tmp_path: Path) -> None:
    place = shelved(tmp_path)
    name = next(iter(toy.FILES))
    (place / name).write_bytes(b"[]")
    with pytest.raises(DamagedError, match="is not what"):
        ready(place)
    (place / name).unlink()
    with pytest.raises(DamagedError, match="is missing"):
        ready(place)


def test_a_folder_without_a_manifest_is_none(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="cannot be read"):
        manifest_of(tmp_path)
    (tmp_path / "student.json").write_text(json.dumps({}))
    with pytest.raises(DamagedError, match="no manifest"):
        manifest_of(tmp_path)
