"""A layer over an encoder's vectors: learned, answered by numpy, not taken where it is no use."""

from pathlib import Path
from typing import Any

import pytest

from stillhouse.distill.answer import Model, model
from stillhouse.distill.artefact import Data, Manifest
from stillhouse.distill.example import Example, Turn
from stillhouse.distill.intake import Intake
from stillhouse.training import base, sentences
from stillhouse.training.fitting import Fitted, Settings, UnfitError

pytest.importorskip("sklearn", reason="pip install 'stillhouse[train]'")
if base.folder() is None:
    pytest.skip("pip install 'stillhouse[encoder]'", allow_module_level=True)

PAIRS = [
    *(
        (f"I lost my {thing} in the {place}", "lost")
        for thing in ("card", "phone", "wallet")
        for place in ("bus", "park", "shop", "street", "train", "hotel", "gym")
    ),
    *(
        (f"what does a {thing} cost in {place}", "price")
        for thing in ("coffee", "ticket", "room")
        for place in ("Rome", "Oslo", "Lima", "Delhi", "Tokyo", "Cairo", "Paris")
    ),
]


def rows(pairs: list[tuple[str, str]]) -> list[Example]:
    return [
        Example(f"c{n}", n, "a", "w", (Turn("user", text),), label, (), input=text)
        for n, (text, label) in enumerate(pairs)
    ]


def served(made: Fitted, said: dict[str, Any], folder: Path) -> Model:
    manifest = Manifest(
        kind="classifier",
        form="encoder",
        workload="w",
        intake=Intake(),
        files={},
        data=Data("", 1),
        taught=(),
        judged=(),
        model=said,
    )
    return model(manifest, {name: (folder / name).read_bytes() for name in made.files})


def test_it_knows_words_that_the_rows_do_not_hold(tmp_path: Path) -> None:
    made = sentences.fit(rows(PAIRS), settings=Settings(target=0.8), folder=tmp_path)
    student = served(made, made.model, tmp_path)

    assert base.BASE == made.base
    assert {"sentences.weights.npy", "labels.weights.npy"} < set(made.files)
    assert made.metrics["accuracy"] > 0.9
    assert "lost" == student.say("my umbrella went missing at the airport")[0]
    assert "price" == student.say("how expensive is a taxi")[0]

    alone = {k: v for k, v in made.model.items() if k not in {"words", "heat"}}
    vectors = served(made, alone, tmp_path)
    unlike = ("hello", "what was lost in Rome", "the price of my phone")

    assert "price" == vectors.say("how expensive is a taxi")[0]  # as students were made before
    assert [vectors.say(t) for t in unlike] != [student.say(t) for t in unlike]


def test_where_words_do_as_well_it_is_not_taken() -> None:
    assert not sentences.chosen(rows(PAIRS), "auto", may=True, seed=0)
    assert not sentences.chosen(rows(PAIRS), "auto", may=False, seed=0)
    assert not sentences.chosen(rows(PAIRS), "linear", may=True, seed=0)
    assert sentences.chosen(rows(PAIRS), "encoder", may=True, seed=0)


def test_a_language_that_it_does_not_know_is_refused_by_name_and_passed_over_by_auto() -> None:
    some = rows(
        [(f"saya kehilangan {n} barang di pasar kemarin", "a" if n % 2 else "b") for n in range(60)]
    )
    with pytest.raises(UnfitError, match="English"):
        sentences.chosen(some, "encoder", may=True, seed=0)

    assert not sentences.chosen(some, "auto", may=True, seed=0)


def test_what_is_kept_is_chosen_on_rows_set_apart(tmp_path: Path) -> None:
    asked = rows([*PAIRS] * 2)
    made = sentences.fit(rows(PAIRS), settings=Settings(target=0.8), folder=tmp_path, apart=asked)
    student = served(made, made.model, tmp_path)
    sure = [student.say(text)[1] >= made.threshold for text, _ in PAIRS]

    assert 84 == made.metrics["chosen_on"]
    assert made.metrics["kept"] > 0.9
    assert sum(sure) / len(sure) == pytest.approx(made.metrics["kept"])  # as it is served
