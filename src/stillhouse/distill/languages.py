"""Which languages texts are in, and which of the traffic are hardly among the rows learned from.

    text ─► its script ─► Latin? ─► function words of eleven languages ─► the one with twice the
                └─ any other: the language, or the script of several     rest, or unsure

A look, not a judgement of each text: what is short and has no function word is unsure, a language
that is not in the lists is unsure or taken for a neighbour, Malay counts as Indonesian, and of a
text in two languages the larger counts. What is mistaken so is mistaken alike in the traffic and in
the rows, and they are compared with each other only. Codes are of ISO 639-1, and of ISO 15924 for
scripts.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

UNSURE: Final = "unsure"
SEEN, HARDLY = 0.02, 0.25
"""A language with this share of the traffic counts; rows must hold this part of that share."""
FEWEST = 10
"""Calls of a language that were looked at, below which nothing is said of it."""
TWICE = 2.0

_scripts: Final = {
    "ja": "\u3040-\u30ff",
    "ko": "\u1100-\u11ff\uac00-\ud7af",
    "zh": "\u4e00-\u9fff",
    "th": "\u0e00-\u0e7f",
    "el": "\u0370-\u03ff",
    "he": "\u0590-\u05ff",
    "Cyrl": "\u0400-\u052f",
    "Arab": "\u0600-\u06ff\u0750-\u077f",
    "Deva": "\u0900-\u097f",
    "Beng": "\u0980-\u09ff",
    "Taml": "\u0b80-\u0bff",
}
_latin = re.compile("[a-z\u00c0-\u024f\u1e00-\u1eff]", re.IGNORECASE).findall
_others = {code: re.compile(f"[{letters}]").findall for code, letters in _scripts.items()}
_any_other = re.compile(f"[{''.join(_scripts.values())}]").search
_words = re.compile(r"[^\W\d_]+").findall
_vietnamese = re.compile("[\u0103\u0111\u01a1\u01b0\u1ea0-\u1ef9]", re.IGNORECASE).search
_lists: Final = {
    "en": "the of and to is are was were you i my me it in for on that this with have has do does"
    " did not can how what where when why which if there be been an your we they will would"
    " could should from at please but so am im",
    "id": "yang dan di ke dari ini itu untuk dengan tidak ada saya aku kamu kami kita mereka juga"
    " sudah akan bisa lebih sangat atau karena pada adalah seperti apa bagaimana kalau tapi"
    " nya lagi banget gak nggak tak ya yg sama buat jadi hanya saja dalam oleh para telah"
    " belum bukan sekali",
    "es": "el la los las un una de que y en es por para con no se lo del al mi me su como pero"
    " mas más está qué cómo dónde hay muy ya tengo puedo yo",
    "pt": "o os as um uma de que e em é por para com não se do da no na meu minha mais como mas foi"
    " está eu você tem muito já dos das ao",
    "fr": "le la les un une des de du et est dans pour avec que qui ne pas je il elle nous vous"
    " mon ma sur ce cette au aux mais où comment plus suis c ai j",
    "de": "der die das und ist ich nicht ein eine zu den mit auf für von im wie was wo kann meine"
    " mein sie es auch dem des wir sind habe hat bei aus",
    "it": "il lo la gli le un una di che e in per con non si del della mi mio mia sono come ma"
    " più ho è anche nel questo quanto posso",
    "nl": "de het een en van is ik niet dat in op te met voor zijn aan mijn hoe wat waar kan er"
    " maar ook naar bij heb wij",
    "tl": "ang ng mga sa na at ay ko mo ako ka ito hindi po ba kung para may naman lang si ni"
    " yung ano paano saan kasi pero din rin siya",
    "tr": "bir ve bu da de için ile ne mi ben benim var yok çok ama daha gibi o olan"
    " kadar değil nerede",
    "vi": "không là và của tôi có cho này với một",
}  # fmt: skip


def _weights() -> dict[str, dict[str, float]]:
    """Word -> language -> weight: what several languages share counts for each a part."""
    of: dict[str, list[str]] = {}
    for code, words in _lists.items():
        for word in words.split():
            of.setdefault(word, []).append(code)
    return {word: dict.fromkeys(codes, 1 / len(codes)) for word, codes in of.items()}


_of_word = _weights()


def language(text: str) -> str:
    """A code, or UNSURE."""
    if _any_other(text):
        letters = {code: len(found(text)) for code, found in _others.items()}
        if letters["ja"]:
            letters["ja"] += letters["zh"]  # Japanese is written with both
        best = max(letters, key=lambda code: letters[code])
        if letters[best] >= len(_latin(text)):
            return best
    if _vietnamese(text):
        return "vi"
    score: Counter[str] = Counter()
    for word in _words(text.lower()):
        score.update(_of_word.get(word, {}))
    first, *rest = [*score.most_common(2), ("", 0.0)][:2] if score else [("", 0.0)]
    if first[1] and first[1] >= TWICE * (rest[0][1] if rest else 0.0):
        return first[0]
    return UNSURE


def counted(texts: Iterable[str]) -> dict[str, int]:
    """How many texts are in each language, the commonest first."""
    return dict(Counter(map(language, texts)).most_common())


def missing(traffic: Mapping[str, int], learned: Mapping[str, int]) -> list[str]:
    """A sentence for each language that is asked for and hardly learned."""
    asked, had = _sure(traffic), _sure(learned)
    said = []
    for code, n in asked.items():
        share, part = n / asked.total(), had[code] / max(1, had.total())
        if n >= FEWEST and share >= SEEN and part < HARDLY * share:
            said.append(
                f"{share:.1%} of the calls are in {code!r} and {part:.1%} of the rows learned from:"
                " the student hardly knows it. See in the funnel why they are left out, or collect"
                " more; what it is not sure of goes to the teacher"
            )
    return said


def _sure(counts: Mapping[str, int]) -> Counter[str]:
    return Counter({code: n for code, n in counts.items() if code != UNSURE})
