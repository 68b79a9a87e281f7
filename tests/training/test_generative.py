"""The pipeline's way in: rows and settings -> a student, or why none can be made of them."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.training import small

from stillhouse.training import generative
from stillhouse.training.fitting import Fitted, Settings, UnfitError

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
ROWS, LATER = small.examples(60), small.examples(30, start=60)


def fit(
    folder: Path, train: Any = ROWS, valid: Any = LATER, **extra: Any
) -> tuple[Fitted, list[float]]:
    moved: list[float] = []
    settings = Settings(seed=1, threads=1, target=0.9, extra=extra)
    folder.mkdir(exist_ok=True)
    return generative.fit(train, valid, settings=settings, folder=folder, moved=moved.append), moved


def test_a_new_small_student_learns_and_says_when_it_is_sure(tmp_path: Path) -> None:
    found, moved = fit(tmp_path / "s", epochs=25, batch=16, rate=6e-3, smoke_prompts=0)

    assert ("generative", "causal", "") == (found.kind, found.form, found.base)
    assert set(found.files) == {p.name for p in (tmp_path / "s").iterdir()}
    assert {"model.safetensors", "tokenizer.json", "causal.json"} <= set(found.files)
    assert 30 == found.metrics["valid"]
    assert found.metrics["agreement"] > 0.5
    assert 0 < found.threshold <= 1.1
    assert (1.0, sorted(moved)) == (moved[-1], moved)
    assert ["s"] == [p.name for p in tmp_path.iterdir()]


def test_a_named_base_is_told_and_long_answers_have_no_threshold(tmp_path: Path) -> None:
    base = small.saved(tmp_path / "base")
    long = [msgspec.structs.replace(row, output=f"it is {row.output} " * 5) for row in ROWS]
    found, _ = fit(
        tmp_path / "s", long, long[:9], base=str(base), epochs=1, max_tokens=64, smoke_prompts=0
    )

    assert found.base.startswith("base@")
    assert 0.0 == found.threshold
    assert {"valid", "agreement", "stopped"} == found.metrics.keys()


def test_rows_set_apart_must_be_enough_to_show_the_target(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    settings = Settings(
        seed=1, threads=1, target=0.9, apart=True, extra={"epochs": 1, "smoke_prompts": 0}
    )
    with pytest.raises(UnfitError, match="holds 30 calls of this task, and 76 are the least"):
        generative.fit(ROWS, LATER, settings=settings, folder=tmp_path / "s", moved=print)


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ({"base": "someone/model"}, "40 hex digits"),
        ({"epoch": 2}, "epoch: unknown"),
        ({"max_tokens": 8, "smoke_prompts": 0}, "over max_tokens"),
        ({"objective": "top-k", "teacher_tokenizer": "0" * 64}, "sequence"),
    ],
)
def test_what_cannot_be_trained_says_what_to_do(tmp_path: Path, extra: Any, says: str) -> None:
    with pytest.raises(UnfitError, match=says):
        fit(tmp_path / "s", **extra)
