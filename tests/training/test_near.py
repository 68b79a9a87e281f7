"""Texts that nearly repeat each other are found, and on real data as many as others found."""

import csv
from pathlib import Path

import pytest

from stillhouse.training.near import Near, leaks

pytest.importorskip("datasketch", reason="pip install 'stillhouse[train]'")
BANKING = Path(__file__).parents[2].parent / "shared/data/banking77"


def test_what_nearly_repeats_is_near_and_what_does_not_is_not() -> None:
    near = Near()

    assert not near.seen("where is my new card, i have waited two weeks for it")
    assert near.seen("where is my new card? i have waited two weeks for it")
    assert not near.seen("please tell me how to change my pin in the app")


def test_groups_are_apart() -> None:
    near = Near()
    near.add("the same text", "one")

    assert (True, False) == (near.has("the same text", "one"), near.has("the same text", "two"))


def test_a_text_of_one_letter_is_near_itself() -> None:
    near = Near()

    assert [False, True] == [near.seen("a"), near.seen("a")]


def test_the_leaks_of_a_well_known_split_are_found() -> None:
    if not BANKING.exists():
        pytest.skip("../shared/data/banking77 is not here: the split is not in the project")
    texts = {}
    for part in ("train", "test"):
        with (BANKING / f"{part}.csv").open(encoding="utf-8") as file:
            texts[part] = [row["text"] for row in csv.DictReader(file)]

    assert (6, 219) == leaks(texts["train"], texts["test"])
