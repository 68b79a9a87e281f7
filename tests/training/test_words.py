"""A classifier learns what is there to learn, the same each time, and refuses what cannot be."""

from pathlib import Path

import msgspec
import pytest

from stillhouse.distill.example import Example, Turn
from stillhouse.distill.linear import Layer, read
from stillhouse.distill.threshold import NEVER
from stillhouse.training.fitting import Fitted, Settings, UnfitError
from stillhouse.training.words import fit

pytest.importorskip("sklearn", reason="pip install 'stillhouse[train]'")


def rows(*pairs: tuple[str, str]) -> list[Example]:
    return [
        Example(f"c{n}", n, "a", "w", (Turn("user", text),), label, (), input=text)
        for n, (text, label) in enumerate(pairs)
    ]


PAIRS = [
    (f"{word} {thing} {n}", label)
    for n in range(10)
    for word, label in (("lost my", "lost"), ("where is my", "where"), ("block my", "block"))
    for thing in ("card", "pin", "transfer")
]


def fitted(folder: Path) -> Fitted:
    folder.mkdir()
    return fit(rows(*PAIRS), settings=Settings(target=0.9), folder=folder)


def test_it_learns_and_its_files_answer_alike(tmp_path: Path) -> None:
    made = fitted(tmp_path / "a")
    files = {name: (tmp_path / "a" / name).read_bytes() for name in made.files}
    student = read(msgspec.convert(made.model, Layer), files)
    chances = student.chances("where is my new card")

    assert ("block", "lost", "where") == made.labels == student.labels
    assert "where" == student.labels[int(chances.argmax())]
    assert made.metrics["accuracy"] > 0.95
    assert made.metrics["kept"] > 0.9
    assert [22, 45, 72] == [n for n, _ in made.metrics["curve"]]


def test_what_is_kept_is_chosen_on_rows_set_apart(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    asked = rows(*[(f"lost my card {n}", "Lost") for n in range(80)])
    strange = rows(*[(f"lost my card {n}", "none of these") for n in range(80)])
    made = [
        fit(rows(*PAIRS), settings=Settings(target=0.9), folder=tmp_path / name, apart=apart)
        for name, apart in (("a", asked), ("b", strange))
    ]

    assert (1.0, 80) == (made[0].metrics["kept"], made[0].metrics["chosen_on"])
    assert (NEVER, 0.0) == (made[1].threshold, made[1].metrics["kept"])
    with pytest.raises(UnfitError, match="76 are the least"):
        fit(rows(*PAIRS), settings=Settings(target=0.9), folder=tmp_path / "a", apart=asked[:75])


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = fitted(tmp_path / "a"), fitted(tmp_path / "b")

    assert one == other
    for name in one.files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        (PAIRS[:30], "30 rows are left"),
        ([(text, "same") for text, _ in PAIRS], "nothing to tell apart"),
        ([("?", label) for _, label in PAIRS], "no words to learn from"),
    ],
)
def test_what_cannot_be_learned_says_why(
    tmp_path: Path, pairs: list[tuple[str, str]], why: str
) -> None:
    with pytest.raises(UnfitError, match=why):
        fit(rows(*pairs), settings=Settings(), folder=tmp_path)


def test_two_labels_are_told_apart_too(tmp_path: Path) -> None:
    pairs = [p for p in PAIRS if p[1] != "block"]
    made = fit(rows(*pairs), settings=Settings(), folder=tmp_path)
    files = {name: (tmp_path / name).read_bytes() for name in made.files}
    student = read(msgspec.convert(made.model, Layer), files)

    assert ["lost", "where"] == [
        student.labels[int(student.chances(t).argmax())] for t in ("lost my pin", "where is my pin")
    ]
