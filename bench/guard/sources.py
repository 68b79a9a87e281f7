"""Texts by split. A source is in one split, never in the other; nothing is copied from ../shared.

    dev    clinc150, IndoNLU emotion (tweets), own generators with the first half of each word list
    test   banking77, IndoNLU sentiment (reviews), arena-hard, gsm8k, GPTeacher code, own generators
           with the other half and with forms that dev has none of (`collectors`)

Weights, calibration and every choice are made on dev. Each run on test is written in the lab log.
"""

import csv
import gzip
import io
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from random import Random

from bench.guard.words import (
    GOODS,
    HELLOS,
    MATTERS,
    MUSINGS,
    PROSE,
    TOPICS,
    TRAITS,
    TROUBLES,
    WANTS,
    Split,
    half,
)

DATA = Path(__file__).parents[2].parent / "shared" / "data"
BY_SPLIT: dict[Split, tuple[str, ...]] = {
    "dev": ("clinc150", "indonlu-emot"),
    "test": ("banking77", "indonlu-smsa", "arena-hard", "gsm8k", "gpteacher"),
}


@cache
def texts(name: str) -> dict[str, tuple[str, ...]]:
    """Topic -> texts, of a public source. Raises FileNotFoundError: it is not there."""
    folder = DATA
    if not folder.is_dir():
        raise FileNotFoundError("../shared/data is absent: see bench/guard/sources.py")
    match name:
        case "clinc150":
            domains = json.loads((folder / "clinc150" / "domains.json").read_text("utf-8"))
            of = {intent: domain for domain, intents in domains.items() for intent in intents}
            rows = json.loads(_read(folder / "clinc150" / "data_full.json.gz"))
            return _by(
                (of[intent], text)
                for part in ("train", "val", "test")
                for text, intent in rows[part]
                if intent in of
            )
        case "banking77":
            with (folder / "banking77" / "train.csv").open(encoding="utf-8") as file:
                return _by(("banking", row["text"]) for row in csv.DictReader(file))
        case "indonlu-emot":
            text = _read(folder / "indonlu" / "emot-train.csv.gz")
            return _by(("tweets", row["tweet"]) for row in csv.DictReader(io.StringIO(text)))
        case "indonlu-smsa":
            lines = _read(folder / "indonlu" / "smsa-train.tsv.gz").splitlines()
            return _by(("reviews", line.rpartition("\t")[0]) for line in lines)
        case "arena-hard":
            lines = _read(folder / "arena-hard" / "arena-hard-v0.1.question.jsonl.gz").splitlines()
            return _by(("arena", json.loads(line)["prompt"]) for line in lines)
        case "gsm8k":
            lines = _read(folder / "gsm8k" / "train-first-3000.jsonl.gz").splitlines()
            lines += _read(folder / "gsm8k" / "test.jsonl.gz").splitlines()
            return _by(("maths", json.loads(line)["question"]) for line in lines)
        case "gpteacher":
            lines = _read(folder / "gpteacher" / "codegen-prompts.jsonl.gz").splitlines()
            return _by(("code", _joined(json.loads(line))) for line in lines)
    raise KeyError(name)


def _joined(row: dict[str, str]) -> str:
    return f"{row['instruction']}\n\n{row['input']}" if row.get("input") else row["instruction"]


def _by(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for topic, text in pairs:
        found.setdefault(topic, []).append(text)
    return {topic: tuple(dict.fromkeys(each)) for topic, each in found.items()}


def _read(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode("utf-8")


def complaint(rng: Random, split: Split, *, neat: bool = False) -> str:
    """What a customer writes to a help desk."""
    text = f"{rng.choice(HELLOS)}my {rng.choice(half(MATTERS, split))} {rng.choice(TROUBLES)}"
    if rng.random() < 0.3:
        text += f" and the {rng.choice(half(MATTERS, split))} {rng.choice(TROUBLES)}"
    text = f"{text}. {rng.choice(WANTS)}".strip()
    return text[0].upper() + text[1:] if neat else messy(rng, text)


_ASKS = frozenset(
    [
        "what",
        "how",
        "why",
        "when",
        "where",
        "who",
        "which",
        "can",
        "could",
        "is",
        "are",
        "do",
        "does",
        "will",
        "would",
        "did",
        "am",
    ]
)


def corrected(text: str) -> str:
    """As a telephone's keyboard corrects it: a capital, and a mark at the end."""
    text = text.strip()
    if not text:
        return text
    end = "?" if text.split()[0].lower() in _ASKS else "."
    return text[0].upper() + text[1:] + ("" if text[-1] in ".?!" else end)


def musing(rng: Random, split: Split, *, neat: bool = False) -> str:
    """What a person asks an assistant, about anything."""
    topics = half(TOPICS, split)
    text = rng.choice(half(MUSINGS, split)).format(t=rng.choice(topics), u=rng.choice(topics))
    if rng.random() < 0.15:
        text += "\n\n" + prose(rng, rng.randrange(2, 9))
    return text[0].upper() + text[1:] if neat else messy(rng, text)


def prose(rng: Random, sentences: int) -> str:
    """Running text of a document."""
    parts = [rng.choice(PROSE) for _ in range(sentences)]
    return " ".join(f"{part[0].upper()}{part[1:]}, {rng.randrange(9999)}." for part in parts)


def good(rng: Random, split: Split) -> str:
    """An article for sale."""
    return f"{rng.choice(half(GOODS, split))}, {rng.choice(TRAITS)}, {rng.choice(TRAITS)}"


def messy(rng: Random, text: str) -> str:
    """As people type: sometimes without capitals, without an end, with a letter lost."""
    if rng.random() < 0.35:
        text = text.lower()
    if rng.random() < 0.25:
        text = text.rstrip(".?!")
    if rng.random() < 0.15 and len(text) > 8:
        at = rng.randrange(1, len(text) - 1)
        text = text[:at] + text[at + 1 :]
    return text
