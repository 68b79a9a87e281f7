"""What kind of answers a workload gets, from a sample that holds no text.

    closed labels   nearly all answers are short, and are ever the same few
    fixed JSON      nearly all are JSON of the same few shapes (names and types, no values)
    free text       neither

Of an answer that was looked at, a sample keeps a keyed hash of its words when it is short, a keyed
hash of its shape when it is JSON, and counts. Hashes are of this data folder alone, bounded in
number, and say only whether two answers were the same.

With fewer than `ENOUGH` answers looked at, the kind is unknown. That labels are a closed set is
judged by how many were seen only once: by Good and Turing, the share of such answers is about the
chance that the next one is new (I. J. Good, Biometrika 40, 1953).
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import blake2b
from typing import Any, Literal

Kind = Literal["unknown", "closed labels", "fixed JSON", "free text"]
ENOUGH = 40
NEARLY_ALL = Fraction(19, 20)
LABEL_CHARS = 48
LABELS_MAX, SHAPES_MAX = 64, 16
FEW_SHAPES = 4
DEPTH_MAX = 4


@dataclass(slots=True)
class Sample:
    """Of one workload. looked: answers looked at. asked_json: calls that asked for JSON.

    labels, shapes: hash -> how often; of more than are kept, only `more_labels`, `more_shapes`.
    """

    looked: int = 0
    asked_json: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    shapes: Counter[str] = field(default_factory=Counter)
    more_labels: int = 0
    more_shapes: int = 0

    def see(self, text: str, *, asked_json: bool, key: bytes) -> None:
        """Look at one answer. key: of the data folder."""
        self.looked += 1
        self.asked_json += asked_json
        found = _json(text)
        if found is not None:
            self.more_shapes += _count(self.shapes, _hashed(_shape(found), key), SHAPES_MAX)
        elif len(text) <= LABEL_CHARS:
            label = " ".join(text.lower().split()).strip(" .!\"'`*")
            self.more_labels += _count(self.labels, _hashed(label, key), LABELS_MAX)

    def merge(self, other: "Sample") -> None:
        self.looked += other.looked
        self.asked_json += other.asked_json
        self.more_labels += other.more_labels
        self.more_shapes += other.more_shapes
        for mine, theirs, most in (
            (self.labels, other.labels, LABELS_MAX),
            (self.shapes, other.shapes, SHAPES_MAX),
        ):
            for name, times in theirs.items():
                if name in mine or len(mine) < most:
                    mine[name] += times
                elif mine is self.labels:
                    self.more_labels += times
                else:
                    self.more_shapes += times

    def written(self) -> str:
        return json.dumps(
            {
                "looked": self.looked,
                "asked_json": self.asked_json,
                "labels": self.labels,
                "shapes": self.shapes,
                "more_labels": self.more_labels,
                "more_shapes": self.more_shapes,
            },
            separators=(",", ":"),
        )

    @classmethod
    def read(cls, text: str) -> "Sample":
        said: Mapping[str, Any] = json.loads(text)
        return cls(
            looked=said["looked"],
            asked_json=said["asked_json"],
            labels=Counter(said["labels"]),
            shapes=Counter(said["shapes"]),
            more_labels=said["more_labels"],
            more_shapes=said["more_shapes"],
        )


@dataclass(frozen=True, slots=True)
class Output:
    """kind, with the size of its set: labels, or shapes of JSON; 0 where there is none."""

    kind: Kind
    size: int = 0
    looked: int = 0


def kind(sample: Sample) -> Output:
    if sample.looked < ENOUGH:
        return Output("unknown", 0, sample.looked)
    shaped = sum(sample.shapes.values())
    if shaped >= NEARLY_ALL * sample.looked:
        few = sample.shapes.most_common(FEW_SHAPES)
        covered = sum(times for _, times in few)
        if covered >= NEARLY_ALL * sample.looked:
            return Output("fixed JSON", len(sample.shapes), sample.looked)
    short = sum(sample.labels.values())
    once = sum(times == 1 for times in sample.labels.values())
    if short >= NEARLY_ALL * sample.looked and once <= (1 - NEARLY_ALL) * short:
        return Output("closed labels", len(sample.labels), sample.looked)
    return Output("free text", 0, sample.looked)


def _count(counts: Counter[str], name: str, most: int) -> int:
    """1 when there was no room to count it."""
    if name not in counts and len(counts) >= most:
        return 1
    counts[name] += 1
    return 0


def _hashed(text: str, key: bytes) -> str:
    return blake2b(text.encode("utf-8", "replace"), key=key, digest_size=6).hexdigest()


def _json(text: str) -> dict[str, Any] | list[Any] | None:
    text = text.strip()
    if text.startswith("```"):
        text = text.strip("`").removeprefix("json").strip()
    if not text.startswith(("{", "[")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _shape(value: object, depth: int = 0) -> str:
    """Names and kinds of values, not the values; of a list, the shapes that are in it."""
    if depth >= DEPTH_MAX:
        return "."
    match value:
        case dict():
            inner = (f"{name}:{_shape(each, depth + 1)}" for name, each in sorted(value.items()))
            return "{" + ",".join(inner) + "}"
        case list():
            return "[" + ",".join(sorted({_shape(each, depth + 1) for each in value})) + "]"
        case None | bool() | int() | float():
            return "v"
        case _:
            return "s"
