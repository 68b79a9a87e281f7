"""The settings of a causal run: one TOML document, and words on the command line over it.

    python -m stillhouse.training.causal RUN.toml [--epochs 3] [--seed 2]

Every setting is printed with its origin (default, file or command line) before anything is done,
and stands on the card. An unknown key, a wrong type or a value out of range is told, all at once.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, get_args

Objective = Literal["sequence", "top-k", "on-policy"]
OverLength = Literal["refuse", "drop"]


class BadSettingsError(ValueError):
    """What the operator wrote cannot be run; every mistake is listed."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One run. Paths are taken from where the command runs."""

    base: str  # a folder, or the name of a hub's model: what the student starts from
    data: str  # examples, one JSON line each (`stillhouse.distill.example`)
    out: str  # the folder of the student; it appears whole or not at all
    revision: str = ""  # of a hub's base: its full commit hash
    objective: Objective = "sequence"
    teacher: str = ""  # on-policy: a local teacher, folder or hub's name
    teacher_revision: str = ""
    teacher_tokenizer: str = ""  # top-k: SHA-256 of the tokenizer that the traffic was made with
    template: Mapping[str, Any] = dataclasses.field(
        default_factory=dict
    )  # chat template's settings
    seed: int = 0
    epochs: float = 3.0
    batch: int = 32  # rows of a step in each process
    accumulate: int = 1  # steps whose gradients are one update
    rate: float = 2e-5  # peak; of LoRA some ten times that of all weights
    warmup: float = 0.05  # share of the updates
    weight_decay: float = 0.0
    max_tokens: int = 2048  # of a row, prompt and answer; nothing is cut
    over_length: OverLength = "refuse"
    lora_rank: int = 0  # 0: all weights are trained
    lora_alpha: int = 32
    bfloat16: bool = False  # autocast; the weights stay as they were loaded
    checkpointing: bool = False  # activations are computed twice and not kept
    beta: float = 1.0  # on-policy: 0 forward, 1 reverse Kullback-Leibler divergence
    temperature: float = 1.0  # on-policy: of what the student says
    answer_tokens: int = 256  # on-policy: most tokens of what the student says
    smoke_prompts: int = 20  # rehearsed before the run; 0 leaves the rehearsal out
    smoke_steps: int = 60
    smoke_rate: float = 0.0  # 0: the run's own rate, ten times over
    save_every: int = 200  # updates between checkpoints
    threads: int = 0  # of torch on the CPU; 0: as torch likes


_LEAST: Final[Mapping[str, float]] = {
    "epochs": 0.001, "batch": 1, "accumulate": 1, "rate": 1e-9, "warmup": 0, "weight_decay": 0,
    "max_tokens": 2, "lora_rank": 0, "lora_alpha": 1, "beta": 0, "temperature": 0.01,
    "answer_tokens": 1, "smoke_prompts": 0, "smoke_steps": 1, "smoke_rate": 0, "save_every": 1,
    "threads": 0, "seed": 0,
}  # fmt: skip
_MOST: Final[Mapping[str, float]] = {"warmup": 1, "beta": 1, "temperature": 2, "rate": 1}
_CHOICES: Final = {"objective": get_args(Objective), "over_length": get_args(OverLength)}


def resolve(
    written: Mapping[str, Any], said: Mapping[str, Any]
) -> tuple[Config, Mapping[str, str]]:
    """A file's keys and the command line's -> the run, and where each setting came from.

    Raises:
        BadSettingsError: with every mistake.
    """
    names = {item.name: item for item in dataclasses.fields(Config)}
    given = {**written, **said}
    wrong = [f"{name}: unknown; settings are {', '.join(names)}" for name in given.keys() - names]
    wrong += [
        f"{name}: is needed"
        for name, item in names.items()
        if name not in given
        and item.default is dataclasses.MISSING
        and item.default_factory is dataclasses.MISSING
    ]
    taken = {}
    for name in given.keys() & names:
        value, kind = given[name], kind_of(name)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            wrong.append(f"{name}: {value!r} is no {'table' if kind is dict else kind.__name__}")
        elif name in _CHOICES and value not in _CHOICES[name]:
            wrong.append(f"{name}: {value!r} is none of {', '.join(_CHOICES[name])}")
        elif not _LEAST.get(name, -math.inf) <= _size(value) <= _MOST.get(name, math.inf):
            wrong.append(f"{name}: {value} is out of range")
        taken[name] = value
    objective = taken.get("objective", "sequence")
    if objective == "on-policy" and not taken.get("teacher"):
        wrong.append('teacher: is needed by objective = "on-policy"')
    if objective == "top-k" and not (taken.get("teacher_tokenizer") or taken.get("teacher")):
        wrong.append(
            'teacher_tokenizer: is needed by objective = "top-k" (SHA-256 of the tokenizer that '
            "the traffic was made with), or teacher, a folder that holds it"
        )
    if wrong:
        raise BadSettingsError(
            "The run's settings cannot be used:\n" + "\n".join(sorted(f"- {w}" for w in wrong))
        )
    origins = {
        name: "command line" if name in said else "file" if name in written else "default"
        for name in names
    }
    return Config(**taken), origins


def _size(value: Any) -> float:
    return value if isinstance(value, int | float) else 0.0


def kind_of(name: str) -> type:
    """str, int, float, bool, or dict for a table."""
    kinds = {
        "str": str,
        "int": int,
        "float": float,
        "bool": bool,
        "Objective": str,
        "OverLength": str,
    }
    written = {item.name: str(item.type) for item in dataclasses.fields(Config)}[name]
    return kinds.get(written, dict)


def from_command_line(words: Sequence[str] | None = None) -> tuple[Config, Mapping[str, str]]:
    """`RUN.toml [--setting value ...]`.

    Raises:
        BadSettingsError: with every mistake.
    """
    parser = argparse.ArgumentParser(prog="stillhouse.training.causal", description=__doc__)
    parser.add_argument("run", type=Path, metavar="RUN.toml")
    for item in dataclasses.fields(Config):
        kind = kind_of(item.name)
        if kind is not dict:
            parser.add_argument(
                "--" + item.name.replace("_", "-"),
                type=(lambda word: word == "true") if kind is bool else kind,
            )
    said = {k: v for k, v in vars(parser.parse_args(words)).items() if v is not None}
    file = said.pop("run")
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as cause:
        raise BadSettingsError(f"{file} cannot be read: {cause}.") from cause
    return resolve(written, said)


def printed(config: Config, origins: Mapping[str, str]) -> str:
    return "\n".join(
        f"{item.name:18} {getattr(config, item.name)!s:40} ({origins.get(item.name, 'default')})"
        for item in dataclasses.fields(config)
    )
