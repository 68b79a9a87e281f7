"""A run goes on from its newest whole checkpoint, and only if it is the same run."""

from pathlib import Path

from stillhouse.training.resume import begin, last_checkpoint


def checkpoint(work: Path, number: int, state: str = "{}") -> Path:
    made = work / f"checkpoint-{number}"
    made.mkdir(parents=True)
    (made / "trainer_state.json").write_text(state)
    return made


def test_a_new_run_has_nothing_to_go_on_from(tmp_path: Path) -> None:
    assert None is begin(tmp_path / "w", "key")
    assert None is begin(tmp_path / "w", "key")


def test_an_equal_run_goes_on_from_the_newest_that_is_whole(tmp_path: Path) -> None:
    work = tmp_path / "w"
    begin(work, "key")
    checkpoint(work, 90)
    newest = checkpoint(work, 100)
    torn = checkpoint(work, 200, '{"half')
    (work / "checkpoint-300").mkdir()

    assert newest == begin(work, "key")
    assert not torn.exists()
    assert newest == last_checkpoint(work)


def test_another_run_starts_afresh(tmp_path: Path) -> None:
    work = tmp_path / "w"
    begin(work, "key")
    old = checkpoint(work, 5)

    assert None is begin(work, "other")
    assert not old.exists()
