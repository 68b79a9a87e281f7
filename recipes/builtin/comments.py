"""Synthetic comments with their true labels.

A comment is a frame with slots (what is talked about, a verdict on it, an insult, an offer),
dressed with an opener, a closer, emoji, typos, shorthand and stretched letters. Truth is by
construction, never by a model's opinion:

    language   of the frame: en, id, or mixed (a frame of both, or a clause in each)
    topic      whose thing fills the slot; "other" for the video itself, or nothing at all
    sentiment  of the frame towards the thing; an advertisement alone is neutral
    spam       it sells, begs for follows or sends people away
    toxicity   it insults a person; a bad review does not, nor does a swear word in praise

Held out of training: every frame whose number is 4 modulo 5 (a fifth of the frames), and one in
seven (frame, thing) pairs among the others. So a test can ask about new frames and about new
combinations apart from merely new draws.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from recipes.builtin.frames import ADS, CLOSERS, EMPTY, FRAMES, OPENERS, SITES, TOXIC
from recipes.builtin.vocabulary import BAD, EMOJI, GOOD, INSULTS, OFFERS, SLANG, TASTY, THINGS

if TYPE_CHECKING:
    import random

Split = Literal["train", "pairs", "frames"]
Sentiment = Literal["positive", "negative", "neutral"]
TOPICS: Final = tuple(THINGS)


@dataclass(frozen=True, slots=True)
class Comment:
    text: str
    topic: str
    sentiment: str
    spam: bool
    toxicity: bool
    language: str
    thing: str  # what it is about, in its own words; "" for nothing


def draw(rng: random.Random, split: Split) -> Comment:
    """One comment of a split, with its labels."""
    language = rng.choices(("en", "id", "mixed"), (4, 4, 3))[0]
    kind = rng.choices(("plain", "ad", "praise and ad", "toxic", "empty"), (68, 11, 5, 13, 3))[0]
    topic = rng.choice(TOPICS)
    match kind:
        case "ad":
            text = _fill(rng, split, ADS[language], ("ads", language), "other", language)[0]
            comment = _dress(rng, text, language, "neutral", spam=True)
            return Comment(comment, "other", "neutral", True, False, language, "")
        case "praise and ad":
            clause, thing = _clause(rng, split, topic, language, "positive")
            ad = _fill(rng, split, ADS[language], ("ads", language), "other", language)[0]
            joined = clause + rng.choice((". ", ", ", "! ", " ")) + ad
            comment = _dress(rng, joined, language, "positive", spam=True)
            return Comment(comment, topic, "positive", True, False, language, thing)
        case "toxic":
            text, thing = _fill(rng, split, TOXIC[language], ("toxic", language), topic, language)
            about = topic if thing else "other"
            comment = _dress(rng, text, language, "negative")
            return Comment(comment, about, "negative", False, True, language, thing)
        case "empty":
            text = rng.choice(EMPTY[language])
            comment = _dress(rng, text, language, "neutral")
            return Comment(comment, "other", "neutral", False, False, language, "")
        case _:
            sentiment = rng.choice(("positive", "negative", "neutral"))
            text, thing = _clause(rng, split, topic, language, sentiment)
            comment = _dress(rng, text, language, sentiment)
            return Comment(comment, topic, sentiment, False, False, language, thing)


def _clause(
    rng: random.Random, split: Split, topic: str, language: str, sentiment: str
) -> tuple[str, str]:
    frames = FRAMES[language, sentiment]
    text, thing = _fill(rng, split, frames, (sentiment, language), topic, language)
    if language != "mixed" or rng.random() < 0.7:
        return text, thing
    # The other way to mix: a clause in each language about the same thing's topic.
    halves = [
        _fill(rng, split, FRAMES[tongue, sentiment], (sentiment, tongue), topic, tongue)
        for tongue in rng.sample(("en", "id"), 2)
    ]
    return halves[0][0] + rng.choice(
        (", ", ". ", " ", " tapi " if sentiment == "neutral" else ", ")
    ) + halves[1][0], halves[0][1]


def _fill(
    rng: random.Random,
    split: Split,
    frames: tuple[str, ...],
    kind: tuple[str, str],
    topic: str,
    language: str,
) -> tuple[str, str]:
    """Fill a frame that the split may use; the text and the thing it speaks of ("" if none)."""
    tongue = rng.choice(("en", "id")) if language == "mixed" else language
    while True:
        at = rng.randrange(len(frames))
        thing, thing_en = (
            rng.choice(THINGS[topic][tongue if language != "mixed" else "id"]),
            rng.choice(THINGS[topic]["en"]),
        )
        if _split(kind, at, thing if "{t}" in frames[at] else thing_en) == split:
            break
    frame = frames[at]
    good, bad = _verdicts(topic, "id" if language == "mixed" else tongue)
    good_en, bad_en = _verdicts(topic, "en")
    text = frame.format(
        t=thing,
        ten=thing_en,
        good=rng.choice(good),
        bad=rng.choice(bad),
        gooden=rng.choice(good_en),
        baden=rng.choice(bad_en),
        x=rng.choice(INSULTS["id" if language == "mixed" else tongue]),
        xen=rng.choice(INSULTS["en"]),
        o=rng.choice(OFFERS["id" if language == "mixed" else tongue]),
        oen=rng.choice(OFFERS["en"]),
        n="".join(rng.choices("0123456789", k=rng.choice((4, 7, 9)))),
        w=rng.choice(SITES),
    )
    said = thing if "{t}" in frame else thing_en if "{ten}" in frame else ""
    return text, said


def _verdicts(topic: str, tongue: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    good, bad = TASTY[topic][tongue]
    return (*GOOD[tongue], *good, *good), (*BAD[tongue], *bad, *bad)


def _split(kind: tuple[str, str], frame: int, thing: str) -> Split:
    """Where a combination belongs. crc32, not hash(): the same in every process."""
    if frame % 5 == 4:
        return "frames"
    pair = f"{kind}|{frame}|{thing}"
    return "pairs" if zlib.crc32(pair.encode()) % 7 == 0 else "train"


def _dress(
    rng: random.Random, text: str, language: str, sentiment: str, *, spam: bool = False
) -> str:
    """What fingers do to a sentence."""
    if rng.random() < 0.22:
        text = f"{rng.choice(OPENERS[language])} {text}"
    if rng.random() < 0.22:
        text = f"{text} {rng.choice(CLOSERS[language])}"
    if rng.random() < 0.35:
        words = text.split(" ")
        text = " ".join(SLANG[w] if w in SLANG and rng.random() < 0.7 else w for w in words)
    if rng.random() < 0.12:
        text = _typo(rng, text)
    if rng.random() < 0.1:
        text = _stretch(rng, text)
    case = rng.random()
    if case < 0.25:
        text = text[:1].upper() + text[1:]
    elif case < 0.32:
        text = text.upper()
    if rng.random() < 0.3:
        text += rng.choice(
            ("!", "!!", "...", ".", "!!!", " :)" if sentiment == "positive" else ".")
        )
    if rng.random() < 0.4:
        emoji = rng.choice(EMOJI["spam" if spam else sentiment])
        text += rng.choice((" ", "")) + emoji * rng.choice((1, 1, 2, 3))
    return text


def _typo(rng: random.Random, text: str) -> str:
    """Drop, double or swap one letter somewhere past the first word's start."""
    if len(text) < 6:
        return text
    at = rng.randrange(1, len(text) - 2)
    match rng.randrange(3):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + text[at] + text[at:]
        case _:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _stretch(rng: random.Random, text: str) -> str:
    """gila -> gilaaaa: the last letter of one word."""
    words = text.split(" ")
    at = rng.randrange(len(words))
    if words[at][-1:].isalpha():
        words[at] += words[at][-1] * rng.randrange(2, 5)
    return " ".join(words)
