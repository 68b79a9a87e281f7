"""Models that are made in milliseconds, for tests of what is trained and served.

The task: which colour does a sentence name? Ten sentences make a model of 20,000 weights sure.
"""

import copy
import functools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stillhouse.distill.example import Example, Step, Turn, written
from stillhouse.terms import Origin
from stillhouse.training import hub

COLOURS = ("red", "blue", "green", "black")
OBJECTS = ("car", "door", "hat", "cup", "wall", "shoe")


def sentence(at: int) -> str:
    return f"my {OBJECTS[at % 6]} number {at} is {colour(at)} today"


def colour(at: int) -> str:
    return COLOURS[at % 7 % 4]


def examples(count: int = 64, *, start: int = 0) -> list[Example]:
    return [example(sentence(at), colour(at), ident=f"r{at}") for at in range(start, start + count)]


def example(text: str, output: str, *, ident: str = "r", steps: tuple[Step, ...] = ()) -> Example:
    return Example(
        id=ident,
        at=1,
        account="a",
        workload="colours",
        turns=(Turn("user", text),),
        output=output,
        lineage=(Origin(path="house", model="teacher"),),
        steps=steps,
    )


@functools.cache
def tokenizer() -> Any:
    return hub.learn_tokenizer([sentence(at) for at in range(200)], tokens=300)


def model(family: str = "llama", *, seed: int = 1, width: int = 32, layers: int = 1) -> Any:
    return hub.fresh(
        family, tokenizer(), width=width, layers=layers, heads=2, inner=64, context=64, seed=seed
    )


def loaded(family: str = "llama", *, seed: int = 1) -> hub.Loaded:
    return hub.Loaded(model(family, seed=seed), copy.deepcopy(tokenizer()), "small", None)


def saved(folder: Path, family: str = "llama", *, seed: int = 1, width: int = 32) -> Path:
    hub.save(folder, model(family, seed=seed, width=width), tokenizer())
    return folder


def put(file: Path, rows: Sequence[Example]) -> Path:
    file.write_bytes(b"".join(written(row) + b"\n" for row in rows))
    return file
