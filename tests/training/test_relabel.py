"""Errors at random are corrected, clean labels are left alone, and renamed ones are found."""

import json
import random

import pytest
from msgspec.structs import replace
from tests.training.recorded import WORDS, comment

from stillhouse.distill.example import Example, Turn
from stillhouse.training import relabel
from stillhouse.training.relabel import relabelled, relabelled_members, renamed

pytest.importorskip("sklearn", reason="pip install 'stillhouse[train]'")


def rows(many: int, seed: int = 0) -> list[Example]:
    rng = random.Random(seed)
    made = []
    for n in range(many):
        label = rng.choice(list(WORDS))
        text = comment(rng, label)
        made.append(
            Example(f"c{n}", n, "a", "w", (Turn("user", text),), label, (), gold=label, input=text)
        )
    return made


def wrong(some: list[Example], share: float, seed: int = 1) -> list[Example]:
    rng = random.Random(seed)
    return [
        replace(row, output=rng.choice(sorted(set(WORDS) - {row.output})))
        if rng.random() < share
        else row
        for row in some
    ]


def right(some: list[Example]) -> float:
    return sum(row.output == row.gold for row in some) / len(some)


def test_labels_that_are_wrong_at_random_are_corrected_and_remembered() -> None:
    noisy = wrong(rows(500), 0.4)
    made = relabelled(noisy, seed=0)

    assert right(noisy) < 0.65
    assert right(made.rows) > 0.85
    assert made.relabelled == sum(row.corrected is not None for row in made.rows)
    assert all(row.lineage == old.lineage for row, old in zip(made.rows, noisy, strict=True))


def test_where_a_fifth_leaves_it_open_all_of_them_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    noisy = wrong(rows(400, seed=3), 0.3)
    made = relabelled(noisy, seed=0)
    monkeypatch.setattr(relabel, "WORTH", 1.0)  # nothing is ever left open
    early = relabelled(noisy, seed=0)

    assert early.rows == noisy
    assert right(noisy) < 0.75
    assert right(made.rows) > 0.95


def test_clean_labels_are_left_as_they_were() -> None:
    clean = rows(500)

    assert clean == relabelled(clean, seed=0).rows


def objects(some: list[Example], *, compact: bool = False) -> list[Example]:
    """The label as one member of an object, beside one that is copied and one that is constant."""
    blanks = (",", ":") if compact else (", ", ": ")
    return [
        replace(
            row,
            input=f"{row.input} number {row.at}",
            output=json.dumps({"v": 1, "label": row.output, "at": row.at}, separators=blanks),
        )
        for row in some
    ]


@pytest.mark.parametrize("compact", [False, True])
def test_a_member_that_is_wrong_at_random_is_corrected_and_the_others_stay(
    *, compact: bool
) -> None:
    noisy = objects(wrong(rows(500), 0.4), compact=compact)
    made = relabelled_members(noisy, seed=0)
    found = [json.loads(row.output) for row in made.rows]

    assert sum(one["label"] == row.gold for one, row in zip(found, noisy, strict=True)) > 425
    assert [(1, row.at) for row in noisy] == [(one["v"], one["at"]) for one in found]
    assert all(compact == ('": ' not in row.output) for row in made.rows)
    changed = [(old, new) for old, new in zip(noisy, made.rows, strict=True) if old != new]
    assert made.relabelled == len(changed) > 100
    assert all(old.output == new.corrected for old, new in changed)


def test_members_that_are_right_are_left_as_they_were() -> None:
    clean = objects(rows(500))

    assert clean == relabelled_members(clean, seed=0).rows


def test_too_few_rows_are_left_alone() -> None:
    few = wrong(rows(100), 0.5)

    assert few == relabelled(few, seed=0).rows


def test_renamed_labels_get_their_new_names_and_what_was_given_up_goes() -> None:
    old = [
        replace(row, output={"spam": "SPAM-V1", "insult": "abuse"}.get(row.output, row.output))
        for row in rows(300)
    ]
    made = renamed([*old, *rows(300, seed=5)])

    assert 0 == made.old
    assert made.renamed > 80
    assert set(WORDS) == {row.output for row in made.rows}
    assert 1.0 == right(made.rows)
    assert "SPAM-V1 is spam" in made.notes[0]


def test_labels_that_nothing_replaced_are_taken_away() -> None:
    rng = random.Random(3)
    old = [
        replace(row, output=f"old-{rng.choice('xyz')}") if row.output == "spam" else row
        for row in rows(300)
    ]
    made = renamed([*old, *rows(300, seed=5)])

    assert made.old > 20
    assert set(WORDS) == {row.output for row in made.rows}
    assert "given up" in made.notes[1]


def test_without_a_change_nothing_is_said() -> None:
    made = renamed(rows(300))

    assert (0, 0, ()) == (made.renamed, made.old, made.notes)
