"""Objects are learned member by member, and what cannot be learned is named."""

import json
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stillhouse.distill.example import Example, Turn
from stillhouse.distill.fields import Shape, read
from stillhouse.training.extraction import fit
from stillhouse.training.fitting import Fitted, Settings, UnfitError

pytest.importorskip("sklearn", reason="pip install 'stillhouse[train]'")
NAMES = [
    a + b for a in ("An", "Bu", "Ci", "De", "Ek", "Fa") for b in ("na", "di", "tra", "wi", "lo")
]


def rows(many: int = 300, **more: Any) -> list[Example]:
    rng = random.Random(0)
    made = []
    for n in range(many):
        who, guests, meal = (
            rng.choice(NAMES) + rng.choice(NAMES),
            rng.randint(2, 99),
            rng.choice(["lunch", "dinner"]),
        )
        text = rng.choice(
            [
                f"book {meal} for {guests} people under {who} please",
                f"table for {guests} guests, name {who}, {meal}",
            ]
        )
        said = {"action": "book", "meal": meal, "guests": guests, "name": who}
        said |= {key: value(n) for key, value in more.items()}
        made.append(
            Example(f"c{n}", n, "a", "w", (Turn("user", text),), json.dumps(said), (), input=text)
        )
    return made


def fitted(folder: Path, some: list[Example]) -> Fitted:
    folder.mkdir(exist_ok=True)
    return fit(some, [], settings=Settings(target=0.9), folder=folder)


def test_members_are_constant_closed_or_copied(tmp_path: Path) -> None:
    made = fitted(tmp_path, rows())
    files = {name: (tmp_path / name).read_bytes() for name in made.files}
    student = read(msgspec.convert(made.model, Shape), files)
    text, sure = student.say("book dinner for 12 people under Zoraya please")

    assert {"action": "constant", "meal": "closed", "guests": "copied", "name": "copied"} == (
        made.metrics["members"]
    )
    assert {"action": "book", "meal": "dinner", "guests": 12, "name": "Zoraya"} == json.loads(text)
    assert made.metrics["accuracy"] > 0.9
    assert sure > 0.3


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    one, other = (fitted(tmp_path / name, rows(120)) for name in "ab")

    assert one == other
    for name in one.files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_member_that_cannot_be_learned_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnfitError, match="the values of 'summary' are ever new"):
        fitted(tmp_path, rows(60, summary=lambda n: f"summary number {n}"))


def test_what_is_no_object_and_too_few_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnfitError, match="no JSON object"):
        fitted(tmp_path, [msgspec.structs.replace(r, output="yes") for r in rows(60)])
    with pytest.raises(UnfitError, match="10 rows are left"):
        fitted(tmp_path, rows(10))


def test_what_is_kept_is_chosen_on_rows_set_apart(tmp_path: Path) -> None:
    wrong = [msgspec.structs.replace(row, output='{"action": "leave"}') for row in rows(80)]
    made = [
        fit(rows(120), valid, settings=Settings(target=0.8, apart=True), folder=tmp_path)
        for valid in (rows(80), wrong)
    ]

    assert made[0].metrics["kept"] > 0.5 > made[1].metrics["kept"] == 0
    assert [80, 80] == [one.metrics["chosen_on"] for one in made]
