"""A student answers what it was trained for, and everything else says why it does not."""

import json
from typing import Any

import msgspec
import numpy as np
import pytest

from stillhouse.distill.answer import Answer, Reason, Student, student
from stillhouse.distill.artefact import DamagedError, Data, Manifest, described
from stillhouse.distill.example import Turn
from stillhouse.distill.intake import Intake, learned
from stillhouse.distill.linear import Block, Layer, write

SYSTEM = "Is it spam?"
LAYER = Layer("w", ("ham", "spam"), (0.0, 0.0), 0.5, (Block("word", 1, 1),))
FILES = write(
    LAYER, [["cheap", "thanks"]], np.ones(2), np.array([[-1, 1], [1, -1]], dtype=np.float32)
)
INTAKE = learned([[Turn("system", SYSTEM), Turn("user", f"Comment: {n}")] for n in "abcdef"])


def manifest(**changes: Any) -> Manifest:
    made = Manifest(
        kind="classifier",
        form="linear",
        workload="w",
        intake=INTAKE,
        files={n: described(d) for n, d in FILES.items()},
        data=Data("", 1),
        taught=(),
        judged=(),
        labels=LAYER.labels,
        model=msgspec.to_builtins(LAYER),
        threshold=0.9,
    )
    return msgspec.structs.replace(made, **changes)


def body(text: str, system: str = SYSTEM, **more: Any) -> bytes:
    turns = [{"role": "system", "content": system}, {"role": "user", "content": text}]
    return json.dumps({"messages": turns, **more}).encode()


def pupil() -> Student:
    return student(manifest(), FILES)


def test_a_sure_answer_is_kept_and_an_unsure_one_is_left_to_the_teacher() -> None:
    sure = pupil().answer(body("Comment: cheap followers"))

    assert ("spam", True, "") == (sure.text, sure.kept, sure.reason)
    assert sure.confidence == pytest.approx(1 / (1 + np.exp(-4)))
    assert Answer("ham", 0.5, kept=False, reason="low_confidence") == pupil().answer(
        body("Comment: hello")
    )


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (body("Comment: cheap", system="Translate."), "another_task"),
        (body("Poem: cheap"), "another_task"),
        (body("Comment: cheap", tools=[{"type": "function"}]), "not_plain"),
        (b"{", "not_plain"),
    ],
)
def test_what_it_was_not_trained_for_is_never_answered(request_: bytes, reason: Reason) -> None:
    assert Answer("", 0.0, kept=False, reason=reason) == pupil().answer(request_)


def test_a_student_that_is_not_served_in_process_says_so() -> None:
    with pytest.raises(DamagedError, match="served by a provider"):
        student(manifest(form="causal"), {})


def test_files_that_do_not_fit_are_damage() -> None:
    with pytest.raises(DamagedError, match="do not fit"):
        student(manifest(), {})
    with pytest.raises(DamagedError, match="do not fit"):
        student(manifest(model={"name": "w"}), FILES)
    broken = FILES | {"w.weights.npy": b"not numpy"}
    with pytest.raises(DamagedError, match="do not fit"):
        student(manifest(), broken)


def test_an_empty_answer_is_never_kept() -> None:
    class Mute:
        def say(self, text: str) -> tuple[str, float]:
            return "", 1.0

    assert not Student(intake=Intake(), model=Mute(), threshold=0).read("x").kept
