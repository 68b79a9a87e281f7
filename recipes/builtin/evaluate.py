"""Accuracy of the artefact as it is served: ONNX, greedy, through the server's own engine.

A prompt is answered right when the answer is the due word, to the letter, or a JSON object whose
every key is right. `json.topic` and the like tell the keys apart and count in no total. Splits,
from easy to hard:

    draws     frames and words of training, new draws
    pairs     known frame and known word, never seen together
    frames    comment frames never seen
    phrasing  comments of `pairs`, question and layout never seen
    both      comment frames never seen, question and layout never seen
    written   comments and prompts that no generator wrote; errors read once while it was made
    blind     the same, written afterwards; errors never read (handwritten.py)
"""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from recipes.builtin import asks, handwritten
from recipes.builtin.comments import Comment, Split, draw

from stillhouse.upstream.builtin.model import Engine, Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recipes.builtin.asks import Ask

SPLITS: Final[dict[str, tuple[Split, bool]]] = {
    # name -> which comments, whether the phrasing is unseen
    "draws": ("train", False),
    "pairs": ("pairs", False),
    "frames": ("frames", False),
    "phrasing": ("pairs", True),
    "both": ("frames", True),
}
LIMIT: Final = 60


def measure(files: Path, *, per_split: int, seed: int) -> dict[str, Any]:
    """split -> {"all": share, "by_task": ..., "by_language": ...}; language is the comment's."""
    engine = Engine(files)
    report = {}
    for at, name in enumerate([*SPLITS, "written", "blind"]):
        right: Counter[tuple[str, str]] = Counter()
        asked: Counter[tuple[str, str]] = Counter()
        for task, language, good in scores(engine, name, per_split, seed=seed * 1000 + at):
            keys = [("by_task", task)]
            if not task.startswith("json."):
                keys += [("all", ""), ("by_language", language)]
            for key in keys:
                asked[key] += 1
                right[key] += good
        report[name] = _table(right, asked)
        print(f"{name:9} {json.dumps(report[name])}", flush=True)
    return report


def scores(engine: Engine, split: str, count: int, *, seed: int) -> Iterator[tuple[str, str, bool]]:
    """(task, language of the comment, right?) for each thing asked."""
    if split in ("written", "blind"):
        for ask, language in handwritten.asks(blind=split == "blind"):
            yield from _score(ask, language, say(engine, ask))
        return
    rng = random.Random(seed)
    comments, unseen = SPLITS[split]
    makers: tuple[Callable[..., Ask], ...] = (asks.word, asks.word, asks.as_json)
    for at in range(count):
        comment: Comment = draw(rng, comments)
        ask = makers[at % 3](rng, comment, unseen=unseen)
        yield from _score(ask, comment.language, say(engine, ask))


def say(engine: Engine, ask: Ask) -> str:
    """The engine's greedy answer to all but the last message."""
    start = engine.begin(engine.chat(ask.messages[:-1]))
    return b"".join(t.data for t in engine.speak(start, Wish(LIMIT))).decode(errors="replace")


def _score(ask: Ask, language: str, said: str) -> Iterator[tuple[str, str, bool]]:
    due = ask.messages[-1].text
    if ask.task != "json":
        yield ask.task, language, said == due
        return
    wanted = json.loads(due)
    try:
        given = json.loads(said)
    except json.JSONDecodeError:
        given = {}
    for key, value in wanted.items():
        yield f"json.{key}", language, isinstance(given, dict) and given.get(key) == value
    yield "json", language, given == wanted


def _table(right: Counter[tuple[str, str]], asked: Counter[tuple[str, str]]) -> dict[str, Any]:
    table: dict[str, Any] = {"asked": asked["all", ""]}
    for (group, name), total in sorted(asked.items()):
        share = round(right[group, name] / total, 4)
        if name:
            table.setdefault(group, {})[name] = share
        else:
            table[group] = share
    return table
