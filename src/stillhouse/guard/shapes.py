"""What a prompt looks like, whatever it is about: marks, labels, lists, and asking for reasons.

Structure first (marks around an answer, labelled parts, lists), words in a dozen languages second,
because collectors ask for reasoning in whatever language is watched least. First-person words and
topics are not looked at: the one is a habit of genre that one `sed` removes, the other is nobody's
business.

Everything is a search for fixed text or a meeting of two sets of words; an expression is only tried
where a cheap look says that it may be there. 1,024 letters take about 15 us.
"""
# ruff: noqa: RUF001 # letters of other scripts are meant

import re
from collections.abc import Sequence
from enum import IntFlag

LABEL_WORDS, LABEL_CHARS = 4, 40


class Flag(IntFlag):
    """What is so of one request."""

    SYSTEM = 1
    TOOLS = 1 << 1
    TOOL_RESULT = 1 << 2
    FOLLOW_UP = 1 << 3  # an assistant's turn, or a stored conversation, comes before
    SCHEMA = 1 << 4  # the answer must be JSON
    MANY = 1 << 5  # several answers to one prompt
    LOGPROBS = 1 << 6
    SEED = 1 << 7
    HOT = 1 << 8  # temperature of 0.5 or more, said
    COLD = 1 << 9  # temperature 0, said
    EFFORT = 1 << 10  # reasoning asked for as a parameter
    STEPS = 1 << 11  # asks for steps or reasons, in words
    MARKS = 1 << 12  # asks for marks around parts of the answer: tags, boxes, rulers
    RUBRIC = 1 << 13  # asks for a grade on a scale
    BREEDS = 1 << 14  # asks for questions, tasks, examples or rewordings, by number
    LABELLED = 1 << 15  # has a line that is a label: "Input:"
    LISTED = 1 << 16  # has numbered or dotted lines
    CODE = 1 << 17
    QUESTION = 1 << 18  # ends with a question mark
    FORMED = 1 << 19  # begins with a capital (or in a script without) and ends with a mark
    MEDIA = 1 << 20  # has parts that are no text
    EMBEDS = 1 << 21  # asks for no words


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_STEP_WORDS = _set(
    """
    reasoning rationale rationales justify justification intermediate stepwise
    langkah penalaran alasan jelaskan razona razonamiento étape étapes raisonnement schrittweise
    begründe begründung raciocínio passaggi ragiona шаг шагам рассуждения adım từng bước 단계 추론
    خطوة कदम
    """
)
_STEP_PHRASES = (
    "step by step",
    "step-by-step",
    "chain of thought",
    "your work",
    "the work",
    "your thinking",
    "think aloud",
    "explain why",
    "explain how",
    "explain each",
    "explain every",
    "explain your",
    "paso a paso",
    "passo a passo",
    "schritt für schritt",
)
_STEP_SIGNS = ("逐步", "一步", "推理", "理由", "段階", "단계")
_RUBRIC_WORDS = _set(
    """
    rate grade score rubric judge evaluate critique rank criteria nilai skor menilai bewerte
    bewertung puntúa оцени оценку 평가
    """
)
_RUBRIC_SIGNS = ("评分", "打分", "評価")
_REWORDS = _set(
    """
    paraphrase paraphrases paraphrased reword rephrase rephrased rewrite rewrites parafrasa
    parafrasekan umformulieren reformule reformula
    """
)
_REWORD_SIGNS = ("生成", "改写", "言い換え")
_BREED_VERBS = _set(
    """
    generate write create produce list invent compose provide give devise propose
    buat buatlah tulis tuliskan genera crea erstelle crée créez génère
    """
)
_COUNTS = _set(
    """
    two three four five six seven eight nine ten twelve fifteen twenty fifty hundred several
    multiple diverse varied new different distinct beberapa lima sepuluh dua tiga
    """
)
_MARKS = ("\\boxed", "####", "===", "final answer:")
_marks = re.compile(
    r"<(?:think|reason|answer|scratchpad|solution|rationale|thought|final|analysis)\w*>"
    r"|\"(?:rationale|reasoning|explanation|thought\w*|steps|score|critique|instruction|output)\"\s*:"
).search
_listed = re.compile(r"\s*(?:\d{1,2}[.)]|[-*•])\s").match
_CODE = ("```", "def ", "();", "=> ", "};", "</", "{\n", "#include", "import ")


def shape(text: str, lower: str, words: Sequence[str]) -> Flag:
    """What the text of a prompt looks like. lower, words: of the same text."""
    flags = _asks(lower, words)
    if (
        (("<" in lower or '"' in lower) and _marks(lower))
        or "\\boxed" in lower
        or "####" in lower
        or "===" in lower
        or "final answer:" in lower
    ):
        flags |= Flag.MARKS
    if any(code in text for code in _CODE):
        flags |= Flag.CODE
    lines = text.split("\n")
    if len(lines) > 1:
        if any(_is_label(line) for line in lines):
            flags |= Flag.LABELLED
        if any(_listed(line) for line in lines):
            flags |= Flag.LISTED
    end, start = text.rstrip()[-1:], text.lstrip()[:1]
    if end and end in "?？؟":
        flags |= Flag.QUESTION
    if end and end in ".?!:。？！؟।" and start == start.upper():
        flags |= Flag.FORMED
    return flags


def _asks(lower: str, words: Sequence[str]) -> Flag:
    flags = Flag(0)
    signs = not lower.isascii()
    if (
        not _STEP_WORDS.isdisjoint(words)
        or any(phrase in lower for phrase in _STEP_PHRASES)
        or (signs and any(sign in lower for sign in _STEP_SIGNS))
    ):
        flags |= Flag.STEPS
    if not _RUBRIC_WORDS.isdisjoint(words) or (signs and any(s in lower for s in _RUBRIC_SIGNS)):
        flags |= Flag.RUBRIC
    if (
        not _REWORDS.isdisjoint(words)
        or (signs and any(s in lower for s in _REWORD_SIGNS))
        or (not _BREED_VERBS.isdisjoint(words) and _by_number(words))
    ):
        flags |= Flag.BREEDS
    return flags


def _by_number(words: Sequence[str]) -> bool:
    """A verb of making, with a count within the two words behind it."""
    if _BREED_VERBS.isdisjoint(words):
        return False
    for n, word in enumerate(words):
        if word in _BREED_VERBS:
            for near in words[n + 1 : n + 3]:
                if near in _COUNTS or near.isdigit():
                    return True
    return False


def _is_label(line: str) -> bool:
    head, colon, rest = line.partition(":")
    if not colon:
        head, colon, rest = line.partition("：")
    if not colon or len(head) > LABEL_CHARS or rest[:1] not in {"", " ", "\r", "*"}:
        return False
    return 0 < len(head.split()) <= LABEL_WORDS
