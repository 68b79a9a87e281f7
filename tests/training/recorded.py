"""A log of calls to a teacher that sorts comments, made by a seed; small, with words to learn."""

import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stillhouse.units.instant import DAY, SECOND, iso

WORDS = {
    "spam": ["cheap followers", "link in bio", "win a prize", "free crypto", "click here now"],
    "praise": ["love this song", "so beautiful", "great work", "best video", "keren banget"],
    "question": ["what camera is it", "where is this", "how do you do that", "which app"],
    "insult": ["you are ugly", "worst dancer", "nobody likes you", "go away"],
}
FILLERS = ["today", "really", "my friend", "honestly", "again", "kak", "dong", "this", "here", "ok"]
SYSTEM = "Sort the comment. Answer with spam, praise, question or insult."
START = 1_788_000_000 * SECOND


def comment(rng: random.Random, label: str) -> str:
    words = [rng.choice(WORDS[label]), *rng.sample(FILLERS, 3)]
    rng.shuffle(words)
    return f"{' '.join(words)} {rng.choice('abcdefghij')}{rng.choice('klmnopqrst')}"


def call(
    number: int, text: str, answer: str, *, system: str = SYSTEM, **more: Any
) -> dict[str, Any]:
    """One line of a log, as an object."""
    return {
        "id": f"c{number}",
        "at": iso(START + number * DAY // 100),
        "account": "clips",
        "provider": "builtin",
        "path": "builtin",
        "model": "builtin",
        "request": {
            "model": "builtin",
            "messages": [
                {"role": "system", "content": system},
                {"role": "user", "content": f"Comment: {text}"},
            ],
        },
        "response": {
            "choices": [
                {"message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}
            ]
        },
        "usage": {"prompt_tokens": 40, "completion_tokens": 2},
        **more,
    }


def calls(many: int, *, seed: int = 0, **more: Any) -> list[dict[str, Any]]:
    rng = random.Random(seed)
    labels = [rng.choice(list(WORDS)) for _ in range(many)]
    return [call(n, comment(rng, label), label, **more) for n, label in enumerate(labels)]


def written(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path
