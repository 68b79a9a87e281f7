"""Distil a small language model on a CPU, through the pipeline and the gateway: is text enough?

    python -m bench.language_distill --data FOLDER_OF_CLINC150 [--seeds 3] [--epochs 20] [--json]

CLINC150, its first three domains: 45 intents, 4,500 training texts, 1,350 of test; the intent's
name is generated as text by random-initialised Llamas (BPE of 800 tokens). A split that deceives
nobody: the teacher learns from the gold of half A and answers half B, which it never saw, as
traffic through the gateway (`top_logprobs` 5). Only what a log holds of that traffic is learned.

    gold A        the student on the teacher's own gold (upper reference)
    sequence B    on the teacher's text
    top-5 B       on its five likeliest tokens and their log-probabilities
    on-policy B   sequence B, then two epochs in which it speaks and the teacher corrects
    gold 10 %     on 450 rows of gold, as many updates

All weights come from `stillhouse.training.causal`, all answers (traffic and test) from `stillhouse
serve` with the arms as `kind = "student"` providers. Pass: sequence B keeps 90 % of the teacher's
accuracy and is 10 points above gold 10 %; top-5 B is at most a point under sequence B.

CPU seconds are of this process and of the servers, one thread each; the wall clock is told beside
them, and means little on a shared machine. Calls a second are of the student's process, by its CPU.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import http.client
import json
import random
import resource
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
from bench.gateway import COMMAND, _ready, _wait, ask, process
from bench.processes import cpu_s

from stillhouse.distill import artefact, chat
from stillhouse.distill.example import Example, Turn, written
from stillhouse.distill.intake import Intake
from stillhouse.terms import Origin
from stillhouse.training import causal, hub, vocabulary
from stillhouse.training.settings import resolve

TEACHER = {"width": 96, "layers": 2, "heads": 4, "inner": 256}
STUDENT = {"width": 48, "layers": 1, "heads": 4, "inner": 128}
CONTEXT, TOKENS, TOP, CALLERS, RATE = 96, 800, 5, 64, 3e-3
DOMAINS, GOLD_SHARE = 3, 10
KEPT, ABOVE, UNDER = 0.90, 0.10, 0.01
NOW = time.time_ns() // 1000
LINES = """
[server]
host = "127.0.0.1"
port = 0
admin_port = 0
workers = 1
builtin = false
"""
ARM = """
[providers.{name}]
kind = "student"
student = "{folder}"
[deployments.{name}]
provider = "{name}"
model = "arm"
accounts = ["*"]
"""
PRICE = """
[[prices]]
model = "arm"
valid_from = 2026-01-01T00:00:00Z
usd_per_million = { input = "0.10", output = "0.40" }
"""


OPEN = Origin(path="self-hosted", model="Qwen3-8B")
"""The gateway serves no student whose teacher nobody names; ours has no licence on file, as it was
made here, so one whose licence allows everything stands for it."""


class Pair(NamedTuple):
    text: str
    gold: str


class Served(NamedTuple):
    """One answer as it came through the gateway."""

    text: str
    body: bytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of CLINC150")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--first", type=int, default=1, help="number of the first seed")
    parser.add_argument("--epochs", type=float, default=12)
    parser.add_argument("--rows", type=int, default=0, help="of each half; 0: all (for a trial)")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    began = time.monotonic()
    train, test = pairs(given.data)
    runs = []
    for seed in range(given.first, given.first + given.seeds):
        with tempfile.TemporaryDirectory(prefix="language-") as folder:
            runs.append(
                one(Path(folder), train, test, seed=seed, epochs=given.epochs, rows=given.rows)
            )
        print(json.dumps(runs[-1]), file=sys.stderr, flush=True)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = summed(runs) | {
        "cpu_s": round(time.process_time() + children.ru_utime + children.ru_stime),
        "wall_s": round(time.monotonic() - began),
        "runs": runs,
    }
    print(json.dumps(report) if given.json else table(report))
    sys.exit(0 if report["passed"] else 1)


def pairs(folder: Path) -> tuple[list[Pair], list[Pair]]:
    with gzip.open(folder / "data_full.json.gz") as file:
        data = json.load(file)
    domains = json.loads((folder / "domains.json").read_text())
    kept = {intent for name in list(domains)[:DOMAINS] for intent in domains[name]}
    train, test = (
        [Pair(text, intent.replace("_", " ")) for text, intent in data[part] if intent in kept]
        for part in ("train", "test")
    )
    return train, test


def one(
    folder: Path,
    train: Sequence[Pair],
    test: Sequence[Pair],
    *,
    seed: int,
    epochs: float,
    rows: int,
) -> dict[str, Any]:
    """One seed: halves, teacher, traffic, arms, test."""
    rng = random.Random(seed)
    half_a, half_b = halves(train, rng)
    if rows:
        half_a, half_b, test = half_a[:rows], half_b[:rows], test[:rows]
    few = rng.sample([*half_a, *half_b], (len(half_a) + len(half_b)) // GOLD_SHARE)
    texts = [pair.text for pair in (*half_a, *half_b)] + [pair.gold for pair in half_a]
    tokenizer = hub.learn_tokenizer(texts, tokens=TOKENS)
    for name, sizes in (("teacher", TEACHER), ("student", STUDENT)):
        model = hub.fresh("llama", tokenizer, **sizes, context=CONTEXT, seed=seed)
        hub.save(folder / f"{name}-base", model, tokenizer)
    put(folder / "gold-a", gold(half_a))
    put(folder / "gold-few", gold(few))
    spent: dict[str, float] = {}
    cards: dict[str, Any] = {}

    def trained(arm: str, base: str, data: str, **more: Any) -> None:
        before = time.process_time()
        config = {
            "base": str(folder / base), "data": str(folder / data), "out": str(folder / arm),
            "seed": seed, "epochs": epochs, "rate": RATE, "max_tokens": CONTEXT, "threads": 1,
            "smoke_steps": 150, "smoke_rate": 5e-3, **more,
        }  # fmt: skip
        with contextlib.redirect_stdout(sys.stderr):
            cards[arm] = causal.main(*resolve(config, {}))
        spent[arm] = time.process_time() - before
        seal(folder / arm, cards[arm])

    trained("teacher", "teacher-base", "gold-a")
    with serving(folder / "first", {"teacher": folder / "teacher"}) as house:
        traffic, _ = house.answers("teacher", half_b, logprobs=True, top_logprobs=TOP)
    put(folder / "traffic", recorded(half_b, traffic))

    trained("gold-A", "student-base", "gold-a")
    trained("sequence", "student-base", "traffic")
    trained(
        "top-5",
        "student-base",
        "traffic",
        objective="top-k",
        teacher_tokenizer=vocabulary.digest(tokenizer),
    )
    trained("gold-10", "student-base", "gold-few", epochs=epochs * len(half_a) / len(few))
    trained(
        "on-policy", "sequence", "traffic", objective="on-policy", teacher=str(folder / "teacher"),
        epochs=2, rate=RATE / 3, answer_tokens=12,
    )  # fmt: skip

    figures: dict[str, Any] = {}
    folders = {arm: folder / arm for arm in cards}
    with serving(folder / "second", folders) as house:
        told = {arm: house.answers(arm, test) for arm in folders}
    for arm, (got, rate) in told.items():
        figures[arm] = {
            "accuracy": share(got, [pair.gold for pair in test]),
            "agreement": share(got, [said.text for said in told["teacher"][0]]),
            "parameters": cards[arm]["parameters"],
            "updates": cards[arm]["updates"],
            "train_cpu_s": round(spent[arm], 1),
            "calls_per_cpu_s": round(rate),
        }
    return {
        "seed": seed,
        "teacher_on_b": share(traffic, [pair.gold for pair in half_b]),
        "arms": figures,
    }


def halves(train: Sequence[Pair], rng: random.Random) -> tuple[list[Pair], list[Pair]]:
    """Each intent's texts in two halves."""
    by_gold: dict[str, list[Pair]] = {}
    for pair in train:
        by_gold.setdefault(pair.gold, []).append(pair)
    a: list[Pair] = []
    b: list[Pair] = []
    for mine in by_gold.values():
        rng.shuffle(mine)
        a += mine[: len(mine) // 2]
        b += mine[len(mine) // 2 :]
    rng.shuffle(a)
    rng.shuffle(b)
    return a, b


def gold(rows: Sequence[Pair]) -> list[Example]:
    return [row(at, pair.text, pair.gold) for at, pair in enumerate(rows)]


def row(at: int, text: str, output: str) -> Example:
    return Example(
        id=f"r{at}", at=at, account="bench", workload="intent", turns=(Turn("user", text),),
        output=output, lineage=(OPEN,),
    )  # fmt: skip


def recorded(half: Sequence[Pair], traffic: Sequence[Served]) -> list[Example]:
    """The calls as a log of them is read; one without an answer is not learned from."""
    rows = []
    for at, (pair, got) in enumerate(zip(half, traffic, strict=True)):
        said = chat.said(got.body)
        if said is not None:
            asked = row(at, pair.text, said.text)
            rows.append(msgspec.structs.replace(asked, steps=said.steps, finish=said.finish))
    return rows


def put(file: Path, rows: Sequence[Example]) -> None:
    file.write_bytes(b"".join(written(example) + b"\n" for example in rows))


def seal(folder: Path, card: Mapping[str, Any]) -> None:
    """A manifest, so that the gateway serves the folder as it serves every student."""
    files = {p.name: artefact.described(p.read_bytes()) for p in folder.iterdir() if p.is_file()}
    manifest = artefact.Manifest(
        kind="generative", form="causal", workload="intent", intake=Intake(), files=files,
        data=artefact.Data(card["data_sha256"], card["preflight"]["rows"]),
        taught=(artefact.Taught(OPEN, card["preflight"]["rows"], NOW, NOW),), judged=(),
    )  # fmt: skip
    (folder / artefact.MANIFEST).write_bytes(artefact.written(artefact.sealed(manifest)))


def share(got: Sequence[Served], wanted: Sequence[str]) -> float:
    return sum(said.text == right for said, right in zip(got, wanted, strict=True)) / len(wanted)


class House:
    """A gateway that runs, with its students."""

    def __init__(self, url: str, key: str, students: Mapping[str, int]) -> None:
        self._where = urlsplit(url).netloc
        self._key = key
        self._students = students
        self._mine = threading.local()

    def answers(self, arm: str, rows: Sequence[Pair], **more: Any) -> tuple[list[Served], float]:
        """Every row's answer, and answers per CPU second of the student's process."""
        self._one(arm, rows[0].text, more)
        before = cpu_s([self._students[arm]])
        with ThreadPoolExecutor(CALLERS) as callers:
            got = list(callers.map(lambda pair: self._one(arm, pair.text, more), rows))
        return got, len(rows) / max(0.01, cpu_s([self._students[arm]]) - before)

    def _one(self, arm: str, text: str, more: Mapping[str, Any]) -> Served:
        if not hasattr(self._mine, "line"):
            self._mine.line = http.client.HTTPConnection(self._where, timeout=120)
        body = {"model": arm, "messages": [{"role": "user", "content": text}], "max_tokens": 12}
        self._mine.line.request(
            "POST", "/v1/chat/completions", json.dumps({**body, **more}),
            {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
        )  # fmt: skip
        answer = self._mine.line.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{arm} answered {answer.status}: {data[:300]!r}")
        return Served(json.loads(data)["choices"][0]["message"]["content"], data)


@contextlib.contextmanager
def serving(folder: Path, arms: Mapping[str, Path]) -> Iterator[House]:
    """`stillhouse serve` with every arm as a student's process."""
    folder.mkdir()
    config, data = folder / "stillhouse.toml", folder / "data"
    config.write_text(
        LINES + "".join(ARM.format(name=name, folder=at) for name, at in arms.items()) + PRICE
    )
    account = ask(data, "accounts", "create", "bench")["id"]
    key = str(ask(data, "keys", "create", "--account", account)["key"])
    noted = data / "run" / "workers.json"
    command = [*COMMAND, "serve", "--config", str(config), "--data", str(data)]
    with process(command, set(range(64)), folder / "log") as started:
        _wait(lambda: _ready(noted), "the gateway", folder / "log")
        said = json.loads(noted.read_text())
        house = House(said["url"], key, said["students"])
        for name in arms:
            patiently(house, name)
        yield house
        assert started.poll() is None


def patiently(house: House, arm: str, *, within_s: float = 240) -> None:
    """Until the student's process has read its model."""
    until = time.monotonic() + within_s
    while True:
        try:
            house.answers(arm, [Pair("hello", "")])
        except SystemExit:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
        else:
            return


def summed(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Mean and standard deviation over seeds, and the verdict on the means."""
    arms = {
        arm: {
            name: spread([run["arms"][arm][name] for run in runs]) for name in runs[0]["arms"][arm]
        }
        for arm in runs[0]["arms"]
    }
    mean = {arm: figures["accuracy"][0] for arm, figures in arms.items()}
    gates = {
        "sequence keeps of the teacher": (mean["sequence"] / mean["teacher"], KEPT),
        "sequence above gold 10 %": (mean["sequence"] - mean["gold-10"], ABOVE),
        "top-5 above sequence": (mean["top-5"] - mean["sequence"], -UNDER),
    }
    return {
        "arms": arms,
        "gates": gates,
        "passed": all(found >= least for found, least in gates.values()),
    }


def spread(values: Sequence[float]) -> tuple[float, float]:
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else 0.0


def table(report: Mapping[str, Any]) -> str:
    lines = ["arm        accuracy        agreement  parameters  train CPU s  calls per CPU s"]
    for arm, figures in report["arms"].items():
        (right, sd), (agree, _) = figures["accuracy"], figures["agreement"]
        lines.append(
            f"{arm:10} {right:.3f} ± {sd:.3f}   {agree:.3f}      {figures['parameters'][0]:>10,.0f}"
            f"  {figures['train_cpu_s'][0]:>11,.0f}  {figures['calls_per_cpu_s'][0]:>15,.0f}"
        )
    lines += [
        f"{name}: {got:.3f} (at least {least:.2f})"
        for name, (got, least) in report["gates"].items()
    ]
    lines.append(
        f"{'passed' if report['passed'] else 'FAILED'}; "
        f"{report['cpu_s']} CPU s, {report['wall_s']} s"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
