"""What students are worth: each figure through the whole pipeline, from a log to `evaluate`.

    python -m bench.distill banking clinc corrupted teachers indonesian million [--seeds 3]

Data are real and public (`../shared/data`); the teacher is simulated by their gold labels, or by
labels that are spoiled in a known way. A seed draws the order of the calls and what is spoiled.
Each line that is printed is a JSON object; accuracies are on the official test sets, which no stage
saw. CPU seconds are of this process; the machine may be busy.
"""

import argparse
import csv
import gzip
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from stillhouse.compose.terms import shipped
from stillhouse.distill.example import as_label
from stillhouse.training import judging, students
from stillhouse.training.crossed import codes_of, crossed
from stillhouse.training.fitting import UnfitError
from stillhouse.training.near import leaks
from stillhouse.training.stages import House, Order, Run
from stillhouse.training.words import Features, layer
from stillhouse.units.instant import SECOND, Instant, iso

DATA = Path(__file__).parents[1].parent / "shared" / "data"
Pair = tuple[str, str]
START = 1_788_000_000 * SECOND
BANKING = "Which of the bank's intents is this message? Answer with the intent alone."


class Choice(NamedTuple):
    seeds: range
    forms: list[str]


def banking(part: str) -> list[Pair]:
    with (DATA / "banking77" / f"{part}.csv").open(encoding="utf-8") as file:
        return [(row["text"], row["category"]) for row in csv.DictReader(file)]


def clinc(part: str) -> list[Pair]:
    with gzip.open(DATA / "clinc150" / "data_full.json.gz") as file:
        return [(text, label) for text, label in json.load(file)[part]]


def smsa(part: str) -> list[Pair]:
    with gzip.open(DATA / "indonlu" / f"smsa-{part}.tsv.gz", "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    return [(row[0], row[1]) for row in rows if len(row) == 2]


def line(number: int, text: str, answer: str, system: str, **more: Any) -> str:
    call = {
        "id": f"c{number}",
        "at": iso(START + number * 60 * SECOND),
        "account": "bank",
        "provider": "builtin",
        "model": "builtin",
        "workload": "desk",
        "request": {
            "model": "builtin",
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": f"Message: {text}"},
            ],
        },
        "response": {"choices": [{"message": {"content": answer}, "finish_reason": "stop"}]},
        "usage": {"prompt_tokens": 60, "completion_tokens": 5},
    }
    return json.dumps(call | more) + "\n"


def log(path: Path, rows: Iterable[tuple[str, str, str]]) -> Path:
    """rows: (text, answer, instructions)."""
    with path.open("w", encoding="utf-8") as file:
        for number, (text, answer, system) in enumerate(rows):
            file.write(line(number, text, answer, system))
    return path


def calls(path: Path, pairs: Iterable[Pair], system: str) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for number, (text, gold) in enumerate(pairs):
            file.write(line(number, text, gold, system, gold=gold))
    return path


def shuffled(pairs: list[Pair], seed: int) -> list[Pair]:
    rows = list(pairs)
    random.Random(seed).shuffle(rows)
    return rows


def tell(**said: Any) -> None:
    print(json.dumps(said), flush=True)


def trained(source: Path, data: Path, **asked: Any) -> Run:
    order = Order(
        source=source,
        log="stillhouse",
        workload="desk",
        key=b"k" * 32,
        now=Instant(time.time_ns() // 1000),
        **({"form": "linear", "student": "classifier"} | asked),
    )
    run = Run(order, House(data=data, registry=shipped(), price=lambda _: None))
    run.until("card")
    return run


def asked(run: Run, test: Path) -> dict[str, Any]:
    manifest, answer = students.ready(run.publish())
    return judging.evaluated(
        list(judging.calls_of(test)), answer, labels=manifest.labels, delta=0.02
    )


def short(found: dict[str, Any]) -> dict[str, Any]:
    names = ("accuracy", "kept", "accuracy_kept", "calls_per_second")
    return {name: found[name] for name in names}


def one(
    name: str,
    rows: Iterable[tuple[str, str, str]],
    test: list[Pair],
    system: str,
    seed: int,
    apart: list[Pair] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Train on a log of these rows and ask the test; in a folder that is thrown away.

    apart: what the threshold is chosen on, where it is not chosen out of fold.
    """
    with tempfile.TemporaryDirectory(prefix="distill-") as folder:
        place = Path(folder)
        if apart is not None:
            options["validation"] = calls(place / "validation.jsonl", apart, system)
        before = time.process_time()
        run = trained(log(place / "log.jsonl", rows), place / "data", seed=seed, **options)
        took = time.process_time() - before
        found = asked(run, calls(place / "test.jsonl", test, system))
        curate, expected = run.found["curate"], run.found["train"]["metrics"]
        tell(
            bench=name,
            seed=seed,
            threshold=run.found["train"]["threshold"],
            chosen={k: expected.get(k) for k in ("chosen_on", "kept", "accuracy_kept")},
            **{k: v for k, v in options.items() if k in {"form", "raw"}},
            **short(found),
            out_of_scope=found["out_of_scope"],
            in_scope_kept=found["in_scope"]["kept"],
            in_scope_accuracy_kept=found["in_scope"]["accuracy_kept"],
            learned=curate["learned"],
            funnel=curate["funnel"],
            changed=curate["changed"],
            cpu_s=round(took, 1),
        )
    return found


def with_prompt(pairs: Iterable[Pair], system: str) -> list[tuple[str, str, str]]:
    return [(text, label, system) for text, label in pairs]


def bench_banking(asked_for: Choice) -> None:
    train, test = banking("train"), banking("test")
    same, near = leaks([t for t, _ in train], [t for t, _ in test])
    tell(bench="leaks of the official split", exact=same, near=near)
    for form in asked_for.forms:
        for seed in asked_for.seeds:
            rows = with_prompt(shuffled(train, seed), BANKING)
            one("banking77", rows, test, BANKING, seed, form=form)


def bench_clinc(asked_for: Choice) -> None:
    """What is kept is chosen on the official validation set, with what it has out of scope."""
    system = "Name the intent of the utterance."
    test = [*clinc("test"), *clinc("oos_test")]
    apart = [*clinc("val"), *clinc("oos_val")]
    for form in asked_for.forms:
        for seed in asked_for.seeds:
            rows = with_prompt(shuffled(clinc("train"), seed), system)
            one("clinc150 cascade", rows, test, system, seed, form=form, apart=apart)


def wrong(pairs: list[Pair], share: float, seed: int) -> list[Pair]:
    rng = random.Random(seed)
    labels = sorted({label for _, label in pairs})
    return [
        (t, rng.choice([x for x in labels if x != label]) if rng.random() < share else label)
        for t, label in pairs
    ]


def renamed(pairs: list[Pair]) -> list[Pair]:
    """The older half by the names of an older schema."""
    half = len(pairs) // 2
    return [(t, f"Intent.{y.title()}" if n < half else y) for n, (t, y) in enumerate(pairs)]


TASKS: dict[str, Callable[[str], str]] = {
    "Which language is this message in?": lambda _: "english",
    "How urgent is this message? low, medium or high.": lambda t: (
        "high" if "!" in t else "medium" if "?" in t else "low"
    ),
    "Is the customer polite? yes or no.": lambda t: "yes" if "please" in t.lower() else "no",
    "Is this one sentence or several?": lambda t: "several" if t.count(".") > 1 else "one",
}


def foreign(pairs: list[Pair], seed: int) -> list[tuple[str, str, str]]:
    """Four other services ask about the same messages, under the same workload: 80 %."""
    rng = random.Random(seed)
    rows = with_prompt(pairs, BANKING)
    for system, answer in TASKS.items():
        rows += [(text, answer(text), system) for text, _ in pairs]
    rng.shuffle(rows)
    return rows


def elsewhere(pairs: list[Pair], seed: int) -> list[tuple[str, str, str]]:
    """80 % of the calls are of other services about other things."""
    others = [
        *with_prompt(clinc("train"), "Name the intent of the utterance."),
        *with_prompt(smsa("train"), "Sentimen komentar ini?"),
    ]
    rng = random.Random(seed)
    rng.shuffle(others)
    rows = [*with_prompt(pairs, BANKING), *others[: 4 * len(pairs)]]
    rng.shuffle(rows)
    return rows


def bench_corrupted(asked_for: Choice) -> None:
    train, test = banking("train"), banking("test")
    for seed in asked_for.seeds:
        pairs = shuffled(train, seed)
        arms = {
            "clean": with_prompt(pairs, BANKING),
            "half of the labels wrong": with_prompt(wrong(pairs, 0.5, seed), BANKING),
            "schema renamed midway": with_prompt(renamed(pairs), BANKING),
            "80 % other tasks": foreign(pairs[:4000], seed),
            "80 % other services": elsewhere(pairs[:4000], seed),
        }
        for name, rows in arms.items():
            task = task_of(BANKING)
            got = [
                one(name, rows, test, BANKING, seed, raw=raw, task="" if raw else task)
                for raw in (False, True)
            ]
            gain = 100 * (got[0]["accuracy"] - got[1]["accuracy"])
            tell(bench=f"{name}: curated less raw, points", seed=seed, gain=round(gain, 1))


def task_of(system: str) -> str:
    """The template's id, which an operator would read off `plan`."""
    from stillhouse.training.logs import Reader  # noqa: PLC0415 - for one bench

    read = Reader("stillhouse", key=b"k" * 32).read
    return read(line(0, "x", "y", system).encode()).example.task


WRONG = 0.17
"""Of the labels of a teacher that is right 83 times in a hundred."""


def near_class(pairs: list[Pair], seed: int) -> list[Pair]:
    """Some labels become the nearest other label, by the words of their names."""
    labels = sorted({y for _, y in pairs})
    words = {label: set(label.split("_")) for label in labels}
    near = {
        y: max((x for x in labels if x != y), key=lambda x: (len(words[y] & words[x]), x))
        for y in labels
    }
    rng = random.Random(seed)
    return [(t, near[y] if rng.random() < WRONG else y) for t, y in pairs]


def ambiguous(pairs: list[Pair], seed: int) -> list[Pair]:
    """The texts that words tell apart least get the label that they are most taken for."""
    names, codes = codes_of([y for _, y in pairs])
    texts = [t for t, _ in pairs]

    def fits(x: Any, known: Any) -> Any:
        weights, bias = layer(x, known, len(names))
        return lambda other: np.asarray(other @ weights + bias)

    scores = crossed(Features(texts).of(texts), codes, fits, seed=seed)
    rows = np.arange(len(codes))
    own = scores[rows, codes].copy()
    scores[rows, codes] = -np.inf
    taken = scores.argmax(axis=1)
    margin = own - scores[rows, taken]
    unclear = set(np.argsort(margin)[: round(WRONG * len(pairs))].tolist())
    return [(t, names[taken[n]] if n in unclear else y) for n, (t, y) in enumerate(pairs)]


def bench_teachers(asked_for: Choice) -> None:
    """What curation is worth by the shape of the teacher's errors; gain: over raw, in points."""
    train, test = banking("train"), banking("test")
    for seed in asked_for.seeds:
        pairs = shuffled(train, seed)
        for name, rows in (
            ("teacher 83 %, errors at random", wrong(pairs, WRONG, seed)),
            ("teacher 83 %, errors in near classes", near_class(pairs, seed)),
            ("teacher 83 %, errors where it is ambiguous", ambiguous(pairs, seed)),
        ):
            right = sum(a == b for a, b in zip(rows, pairs, strict=True)) / len(pairs)
            got = [
                one(name, with_prompt(rows, BANKING), test, BANKING, seed, raw=raw)["accuracy"]
                for raw in (False, True)
            ]
            gain = round(100 * (got[0] - got[1]), 1)
            tell(bench=f"{name}: curated less raw", seed=seed, gain=gain, teacher=round(right, 4))


def bench_indonesian(asked_for: Choice) -> None:
    system = "Sentimen komentar ini: positive, neutral atau negative?"
    for seed in asked_for.seeds:
        rows = with_prompt(shuffled(smsa("train"), seed), system)
        try:
            one("smsa", rows, smsa("test"), system, seed, form="encoder")
        except UnfitError as error:
            tell(bench="smsa", seed=seed, form="encoder", refused=str(error))
        one("smsa", rows, smsa("test"), system, seed, form="auto")
        one("smsa, by validation", rows, smsa("test"), system, seed, apart=smsa("valid"))


def million(many: int) -> Iterator[str]:
    pairs = [(t, as_label(y)) for t, y in banking("train")]
    rng = random.Random(0)
    for number in range(many):
        text, label = rng.choice(pairs)
        yield line(number, f"{text} {number % 997}", label, BANKING)


def bench_million(_: Choice, many: int = 1_000_000) -> None:
    with tempfile.TemporaryDirectory(prefix="distill-") as folder:
        place = Path(folder)
        source = place / "log.jsonl"
        with source.open("w") as file:
            file.writelines(million(many))
        order = Order(
            source=source,
            log="stillhouse",
            form="linear",
            key=b"k" * 32,
            now=Instant(time.time_ns() // 1000),
        )
        run = Run(order, House(data=place / "data", registry=shipped(), price=lambda _: None))
        for stage in ("plan", "consent", "curate"):
            wall, cpu = time.monotonic(), time.process_time()
            run.until(stage)
            tell(
                bench=f"{many:,} calls: {stage}",
                cpu_s=round(time.process_time() - cpu, 1),
                wall_s=round(time.monotonic() - wall, 1),
                peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
            )


BENCHES: dict[str, Callable[[Choice], None]] = {
    "banking": bench_banking,
    "clinc": bench_clinc,
    "corrupted": bench_corrupted,
    "teachers": bench_teachers,
    "indonesian": bench_indonesian,
    "million": bench_million,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", nargs="*", choices=[*BENCHES, []], default=[])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--forms", nargs="+", default=["linear", "encoder"])
    chosen = parser.parse_args()
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    for name in chosen.which or BENCHES:
        BENCHES[name](Choice(seeds, chosen.forms))


if __name__ == "__main__":
    main()
