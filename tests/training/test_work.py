"""A stage is there whole or not at all, whatever happens while it is made."""

import errno
from pathlib import Path

import pytest

from stillhouse.training.work import BusyError, FullError, Work, file_hash, key_of


def test_a_stage_that_is_done_is_found_by_its_key_alone(tmp_path: Path) -> None:
    work = Work(tmp_path / "run")
    with work.making("train", "k1") as (folder, found):
        (folder / "w").write_bytes(b"x")
        found["n"] = 3

    assert {"n": 3} == work.done("train", "k1")
    assert work.done("train", "k2") is None
    assert work.done("other", "k1") is None
    assert b"x" == (work.at("train") / "w").read_bytes()


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (OSError(errno.ENOSPC, "full"), FullError),
        (PermissionError(errno.EACCES, "no"), PermissionError),
    ],
)
def test_what_breaks_leaves_nothing_of_the_stage(
    tmp_path: Path, error: BaseException, raised: type[BaseException]
) -> None:
    work = Work(tmp_path)

    def broken() -> None:
        with work.making("train", "k") as (folder, _):
            (folder / "w").write_bytes(b"x")
            raise error

    with pytest.raises(raised):
        broken()

    assert [] == list(tmp_path.iterdir())


def test_a_stage_made_anew_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    work = Work(tmp_path)
    for key in ("k1", "k2"):
        with work.making("train", key) as (folder, _):
            (folder / key).touch()

    assert ["done.json", "k2"] == sorted(p.name for p in work.at("train").iterdir())


def test_two_processes_do_not_work_on_one_run(tmp_path: Path) -> None:
    with Work(tmp_path).alone(), pytest.raises(BusyError), Work(tmp_path).alone():
        pass


def test_a_damaged_note_is_no_stage(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "done.json").write_text("[")

    assert Work(tmp_path).done("train", "k") is None


def test_keys_are_of_values_and_hashes_of_bytes(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"abc")

    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    assert key_of("a", "b") != key_of("ab")
    assert 3 == file_hash(tmp_path / "f").bytes
