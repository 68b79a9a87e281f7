"""Teacher and students from scratch on one GPU: `python -m recipes.single_gpu.plan --help`.

**Not run on a GPU.** Its parts are those of `bench.language_distill`, which runs on a CPU; with
`--toy` this does too, in a minute, and teaches nothing.

One corpus of several tasks, its task named in the prompt: intents of CLINC150 and Banking77, moods
of SmSA and EmoT (Indonesian). The teacher (45 M weights) learns from half A and answers half B;
students of 3 M and 0.7 M learn from what it said. Told for each: accuracy on the official test
sets, share of the teacher's kept, answers a second in batches of 64.

    estimate, bfloat16:  teacher 30 epochs, 6 minutes; each student 30 epochs, 1 to 2 minutes
    students: 2 sizes x {gold 10 %, sequence, top-20, on-policy} x 2 seeds       about 15 minutes

SNIPS (utterance -> JSON) belongs to the plan and is not among our data; it is left out.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import itertools
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch

from stillhouse.distill.example import Example, Step, Turn, written
from stillhouse.terms import Origin
from stillhouse.training import causal, hub, vocabulary
from stillhouse.training.conversation import messages, template
from stillhouse.training.settings import resolve
from stillhouse.training.speaking import Wish, answers


class Pair(NamedTuple):
    text: str  # the task's name, and the text
    gold: str


@dataclass(frozen=True, slots=True)
class Plan:
    teacher: dict[str, int]
    students: dict[str, dict[str, int]]
    tokens: int
    context: int
    epochs: float
    seeds: int
    rows: int | None  # of each half and of the test; None: all
    settings: dict[str, Any]


FULL = Plan(
    teacher={"width": 512, "layers": 12, "heads": 8, "inner": 1408},
    students={
        "3M": {"width": 192, "layers": 4, "heads": 6, "inner": 512},
        "0.7M": {"width": 96, "layers": 3, "heads": 4, "inner": 256},
    },
    tokens=4096,
    context=384,
    epochs=30,
    seeds=2,
    rows=None,
    settings={"batch": 256, "rate": 1e-3, "bfloat16": True, "max_tokens": 384},
)
TOY = Plan(
    teacher={"width": 32, "layers": 1, "heads": 2, "inner": 64},
    students={"toy": {"width": 16, "layers": 1, "heads": 2, "inner": 32}},
    tokens=600,
    context=384,
    epochs=1,
    seeds=1,
    rows=60,
    settings={"batch": 32, "rate": 3e-3, "max_tokens": 384, "smoke_prompts": 0, "threads": 1},
)
TOP = 20
ARMS = ("gold-10", "sequence", "top-20", "on-policy")


def main(data: Path, out: Path, plan: Plan) -> list[dict[str, Any]]:
    """Run the plan; a line for the teacher and for each student, also in out/figures.json."""
    train, test = corpus(data)
    rng = random.Random(0)
    rng.shuffle(train)
    half_a, half_b = train[::2][: plan.rows], train[1::2][: plan.rows]
    test = rng.sample(test, min(len(test), plan.rows or len(test)))
    few = rng.sample(train[: 2 * len(half_a)], len(train[: 2 * len(half_a)]) // 10)
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = hub.learn_tokenizer(
        itertools.chain.from_iterable([pair.text, pair.gold] for pair in half_a), tokens=plan.tokens
    )
    put(out / "gold-a", half_a)
    put(out / "gold-few", few)

    def trained(name: str, base: str, rows: str, **more: Any) -> Path:
        given = {**plan.settings, "base": str(out / base), "data": str(out / rows)}
        given |= {"out": str(out / name), "epochs": plan.epochs, **more}
        causal.main(*resolve(given, {}))
        return out / name

    begin(out / "teacher-base", tokenizer, plan.teacher, plan, seed=0)
    teacher = trained("teacher", "teacher-base", "gold-a")
    (out / "traffic").write_bytes(b"".join(spoken(teacher, half_b)))
    figures = [measured(teacher, test) | {"arm": "teacher", "size": "teacher", "seed": 0}]
    digest = vocabulary.digest(tokenizer)
    settings: dict[str, dict[str, Any]] = {
        "gold-10": {"rows": "gold-few", "epochs": plan.epochs * len(half_a) / max(1, len(few))},
        "sequence": {"rows": "traffic"},
        "top-20": {"rows": "traffic", "objective": "top-k", "teacher_tokenizer": digest},
        "on-policy": {
            "rows": "traffic", "objective": "on-policy", "teacher": str(teacher),
            "epochs": max(1.0, plan.epochs / 10), "answer_tokens": 24,
        },
    }  # fmt: skip
    for seed, size in itertools.product(range(plan.seeds), plan.students):
        begin(out / f"{size}-base", tokenizer, plan.students[size], plan, seed=seed)
        for arm in ARMS:
            base = f"{size}-sequence-{seed}" if arm == "on-policy" else f"{size}-base"
            folder = trained(f"{size}-{arm}-{seed}", base, seed=seed, **settings[arm])
            figures.append(measured(folder, test) | {"arm": arm, "size": size, "seed": seed})
    (out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")
    return figures


def corpus(data: Path) -> tuple[list[Pair], list[Pair]]:
    """Training and test rows of all tasks."""
    train: list[Pair] = []
    test: list[Pair] = []
    with gzip.open(data / "clinc150" / "data_full.json.gz") as file:
        clinc = json.load(file)
    for part, rows in (("train", train), ("test", test)):
        rows += [Pair(f"intent: {text}", name(label)) for text, label in clinc[part]]
        with (data / "banking77" / f"{part}.csv").open(newline="") as file:
            rows += [
                Pair(f"banking: {line['text']}", name(line["category"]))
                for line in csv.DictReader(file)
            ]
        smsa = unzipped(data / "indonlu" / f"smsa-{part}.tsv.gz")
        rows += [
            Pair(f"sentimen: {text}", label)
            for text, label in csv.reader(smsa, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]
        emot = csv.DictReader(unzipped(data / "indonlu" / f"emot-{part}.csv.gz"))
        rows += [Pair(f"emosi: {line['tweet']}", line["label"]) for line in emot]
    return train, test


def name(label: str) -> str:
    return label.replace("_", " ").lower()


def unzipped(file: Path) -> io.StringIO:
    return io.StringIO(gzip.decompress(file.read_bytes()).decode("utf-8"))


def begin(folder: Path, tokenizer: Any, sizes: dict[str, int], plan: Plan, *, seed: int) -> None:
    model = hub.fresh("llama", tokenizer, **sizes, context=plan.context, seed=seed)
    hub.save(folder, model, tokenizer)


def row(at: int, text: str, output: str, steps: Sequence[Step] = ()) -> Example:
    return Example(
        id=f"r{at}", at=at, account="plan", workload="plan", turns=(Turn("user", text),),
        output=output, lineage=(Origin(path="house", model="teacher"),), steps=tuple(steps),
    )  # fmt: skip


def put(file: Path, rows: Sequence[Pair]) -> None:
    file.write_bytes(
        b"".join(written(row(at, text, gold)) + b"\n" for at, (text, gold) in enumerate(rows))
    )


def said(folder: Path, rows: Sequence[Pair], **wish: Any) -> tuple[hub.Loaded, list[Any], float]:
    """Answers in batches of 64, and how many a second."""
    loaded = hub.load(str(folder))
    model = loaded.model.eval()
    if torch.cuda.is_available():
        model = model.to("cuda", torch.bfloat16)
    how = template(model, loaded.tokenizer, {})
    prompts = [how.opening(messages(row(0, pair.text, ""))) for pair in rows]
    began = time.monotonic()
    told = answers(model, prompts, Wish(limit=24, **wish), stops=how.stops, batch=64)
    return loaded, told, len(rows) / (time.monotonic() - began)


def spoken(teacher: Path, half: Sequence[Pair]) -> Iterator[bytes]:
    """What a log would hold of the teacher's answers: text, and the likeliest tokens."""
    loaded, told, _ = said(teacher, half, top=TOP)
    word = [data.decode(errors="replace") for data in vocabulary.spell(loaded.tokenizer)]
    for mark, number in loaded.tokenizer.get_added_vocab().items():
        word[number] = mark
    for at, (pair, tokens) in enumerate(zip(half, told, strict=True)):
        steps = [
            Step(word[token.id], tuple((word[i], nats) for i, nats in token.top))
            for token in tokens
            if token.finish != "stop"
        ]
        output = "".join(step.token for step in steps)
        if output.strip():
            yield written(row(at, pair.text, output, steps)) + b"\n"


def measured(folder: Path, test: Sequence[Pair]) -> dict[str, Any]:
    loaded, told, rate = said(folder, test)
    texts = [
        loaded.tokenizer.decode([t.id for t in tokens if t.finish != "stop"]) for tokens in told
    ]
    right = sum(text == pair.gold for text, pair in zip(texts, test, strict=True))
    card = msgspec.json.decode((folder / causal.CARD).read_bytes())
    return {
        "accuracy": right / len(test),
        "answers_per_s": round(rate),
        "parameters": card["parameters"],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="of all data sets")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--toy", action="store_true")
    given = parser.parse_args()
    for figure in main(given.data, given.out, TOY if given.toy else FULL):
        print(json.dumps(figure))
