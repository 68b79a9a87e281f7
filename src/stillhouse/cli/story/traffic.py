"""What the demo's customers send: comments under short videos, written here from a seed.

    parts x things x verdicts -> a comment -> a request of one of the tasks

The only thing of the demo that is made up. Every comment is new but for the frames it is built
from, as in life; half of them are Indonesian. Nobody's words: the lists are this file's.
"""

# ruff: noqa: E501 (word lists read better unbroken)

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

THINGS: Final = {
    "id": (
        "lagu", "suara", "lirik", "tarian", "resep", "bakso", "sambal", "martabak", "riasan", "jilbab",
        "sepatu", "baju", "gim", "skin", "gol", "wasit", "pantai", "gunung", "kucing", "anjing",
        "lelucon", "cerita", "tutorial", "penjelasan", "kamera", "laptop", "hape", "filter", "warna", "kopi",
    ),
    "en": (
        "song", "voice", "lyrics", "dance", "recipe", "noodles", "sauce", "dessert", "makeup", "outfit",
        "sneakers", "jacket", "boss fight", "skin", "goal", "referee", "beach", "hike", "cat", "puppy",
        "joke", "story", "tutorial", "explanation", "camera", "laptop", "phone", "filter", "colour", "coffee",
    ),
}  # fmt: skip
VERDICTS: Final = {
    ("id", "positive"): ("keren banget", "bagus", "mantap", "enak didengar", "juara", "bikin senyum", "gemes", "asli keren"),
    ("id", "negative"): ("jelek banget", "garing", "mengecewakan", "nggak banget", "bikin kesal", "payah", "parah", "bosenin"),
    ("en", "positive"): ("amazing", "so good", "fire", "perfect", "beautiful", "brilliant", "lovely", "the best"),
    ("en", "negative"): ("terrible", "so bad", "boring", "awful", "annoying", "disappointing", "ugly", "the worst"),
}  # fmt: skip
FRAMES: Final = {
    ("id", "positive"): ("{t} ini {v}", "{t}nya {v}, sumpah", "suka {t}nya, {v}", "{v}! {t} begini yang dicari", "akhirnya ada {t} yang {v}"),
    ("id", "negative"): ("{t} ini {v}", "{t}nya {v}, maaf", "kecewa sama {t}nya, {v}", "{v}. {t} begini jangan lagi", "kok {t}nya {v} sih"),
    ("id", "neutral"): ("{t} ini di mana ya", "ada yang tahu {t} ini namanya apa", "{t}nya dari tahun berapa", "bagian dua {t} kapan", "ini {t} yang kemarin bukan"),
    ("en", "positive"): ("this {t} is {v}", "love the {t}, {v}", "{v}! more {t} please", "the {t} made my day, {v}", "finally a {t} that is {v}"),
    ("en", "negative"): ("this {t} is {v}", "hate the {t}, {v}", "{v}. no more {t} please", "the {t} ruined it, {v}", "why is the {t} {v}"),
    ("en", "neutral"): ("where is this {t} from", "does anyone know which {t} this is", "what year is the {t}", "when is part two of the {t}", "is this the {t} from yesterday"),
}  # fmt: skip
OPENERS: Final = {
    "id": ("", "", "kak, ", "bang, ", "wah, ", "eh, ", "jujur, ", "min, ", "halo, ", "btw "),
    "en": ("", "", "ok but ", "wow, ", "honestly, ", "hey, ", "lol ", "bro, ", "hello, ", "btw "),
}
CLOSERS: Final = {
    "id": (
        "",
        "",
        " dong",
        " nih",
        " kak",
        " deh",
        " pokoknya",
        " hehe",
        " di menit {n}",
        " ke-{n}",
    ),
    "en": (
        "",
        "",
        " fr",
        " tbh",
        " guys",
        " ngl",
        " today",
        " haha",
        " at minute {n}",
        " take {n}",
    ),
}
OFFERS: Final = {
    "id": ("followers murah", "akun premium", "pinjaman cepat cair", "voucher gratis", "hape murah", "jasa endorse", "slot gacor", "diskon skincare", "koin gratis", "kerja dari rumah"),
    "en": ("cheap followers", "premium accounts", "free coins", "gift cards", "quick loans", "paid promotion", "phone giveaway", "discount skincare", "crypto signals", "work from home"),
}  # fmt: skip
ADS: Final = {
    "id": ("{o}, link di bio", "mau {o}? cek profil aku", "jual {o}, hubungi {n}", "{o} hari ini saja, klik link", "follow aku untuk {o}", "dapatkan {o} di www.{s}.com", "promo {o} cuma {n} ribu, dm ya"),
    "en": ("{o}, link in bio", "want {o}? check my profile", "selling {o}, text {n}", "{o} today only, click the link", "follow me for {o}", "get {o} at www.{s}.com", "promo {o} only {n} dollars, dm me"),
}  # fmt: skip
SITES: Final = ("viralku", "bigdeal", "tokomurah", "getfame", "cuanhub", "freebie", "kilatcair")


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that a customer asks about comments. ads: the share of them that sell."""

    name: str
    instructions: str
    ads: float
    max_tokens: int = 4


SENTIMENT: Final = Task(
    "comment-sentiment",
    "What is the sentiment of this comment? Answer with one word: positive, negative or neutral.",
    ads=0.0,
)
SPAM: Final = Task("comment-spam", "Is this comment spam? Answer yes or no.", ads=0.4)
TOPIC: Final = Task(
    "comment-topic",
    "What is this comment about? One word: food, music, beauty, fashion, gaming, sports, travel,"
    " pets, comedy, education, tech or other.",
    ads=0.0,
)


def comments(task: Task, seed: int) -> Iterator[str]:
    """Comments without end; the same seed gives the same ones."""
    rng = random.Random(seed)  # noqa: S311 - traffic, not a secret
    while True:
        tongue = rng.choice(("id", "en"))
        if rng.random() < task.ads:
            offer, site = rng.choice(OFFERS[tongue]), rng.choice(SITES)
            number = rng.randrange(1_000, 99_999)
            ad = rng.choice(ADS[tongue]).format(o=offer, n=number, s=site)
            yield rng.choice(OPENERS[tongue]) + ad + rng.choice(CLOSERS[tongue]).format(n=number)
            continue
        mood = rng.choice(("positive", "negative", "neutral"))
        verdict = rng.choice(VERDICTS[tongue, mood]) if mood != "neutral" else ""
        frame = rng.choice(FRAMES[tongue, mood]).format(t=rng.choice(THINGS[tongue]), v=verdict)
        closer = rng.choice(CLOSERS[tongue]).format(n=rng.randrange(1, 60))
        yield rng.choice(OPENERS[tongue]) + frame + closer


def request(task: Task, comment: str, model: str) -> dict[str, Any]:
    """The body of a chat completion; nothing in it declares a workload."""
    return {
        "model": model,
        "messages": [
            {"role": "system", "content": task.instructions},
            {"role": "user", "content": comment},
        ],
        "max_tokens": task.max_tokens,
        "temperature": 0,
    }


# -- who collects

SKILLS: Final = (
    "summarise", "rewrite", "classify", "translate into French", "turn into a table", "write a test for",
    "debug", "explain", "criticise", "extend", "shorten", "prove", "estimate", "plan", "compare",
)  # fmt: skip
SUBJECTS: Final = (
    "a sorting algorithm", "a rental contract", "a chess opening", "a bank statement", "a haiku", "a sales e-mail",
    "photosynthesis", "a tax rule", "a train timetable", "a Python decorator", "a short story", "a medical leaflet",
    "a geometry problem", "a marketing plan", "a court ruling", "a weather report", "a recipe", "a SQL query",
    "the French Revolution", "a probability puzzle", "a job interview", "a love letter", "a user manual", "a budget",
)  # fmt: skip
DEMANDS: Final = (
    "Imagine that you are the teacher: lay out the whole reasoning step by step before the answer.",
    "Write the instruction, an input and the ideal output, with your reasoning.",
    "Answer at length, then list every intermediate thought in order.",
    "Give the answer and a rubric of five points that grades it.",
)  # fmt: skip


def harvest(seed: int, model: str) -> Iterator[dict[str, Any]]:
    """Requests of somebody who collects a model's answers: a grid of skills and subjects."""
    rng = random.Random(seed)  # noqa: S311 - traffic, not a secret
    number = 0
    while True:
        cells = [(skill, subject) for skill in SKILLS for subject in SUBJECTS]
        rng.shuffle(cells)
        for skill, subject in cells:
            number += 1
            asked = f"Task {number}: {skill} {subject}. {rng.choice(DEMANDS)}"
            yield {
                "model": model,
                "messages": [{"role": "user", "content": asked}],
                "max_tokens": 600,
                "temperature": 1.0,
                "logprobs": True,
                "top_logprobs": 5,
                "metadata": {"completion_tokens": str(rng.randrange(250, 600))},
            }
