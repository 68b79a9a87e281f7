"""What a prompt looks like, whatever it is about: marks, labels, lists, and asking for reasons.

Structure first (marks around an answer, labelled parts, lists), words in a dozen languages second,
because collectors ask for reasoning in whatever language is watched least. First-person words and
topics are not looked at: the one is a habit of genre that one `sed` removes, the other is nobody's
business.
"""
# ruff: noqa: RUF001 # letters of other scripts are meant

import re
from enum import IntFlag

LABEL_WORDS = 4


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


_listed = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•])\s", re.MULTILINE).search
_labelled = re.compile(
    rf"^\W{{0,4}}\w+(?: \w+){{0,{LABEL_WORDS - 1}}}\W{{0,2}}[::](?:\s|$)", re.MULTILINE
).search
_code = re.compile(r"```|[;{}]\s*\n|\bdef \w+\(|=>|</\w+>|\(\)").search
_marks = re.compile(
    r"<(?:think|thinking|reason|reasoning|answer|scratchpad|solution|rationale|thought|final)\w*>"
    r"|\\boxed|####|\[\[|={3,}|final answer\s*:|\"(?:rationale|reasoning|explanation|thought\w*|"
    r"steps|score|critique|instruction|output)\"\s*:",
).search
# These read lower case: with re.IGNORECASE the same search takes ten times as long.
_steps = re.compile(
    r"step[- ]by[- ]step|chain of thought|show (?:all |your |the )?(?:work|reasoning|steps)"
    r"|reasoning|rationale|think (?:it )?(?:through|aloud|carefully)"
    r"|explain (?:why|how|each|every|your)"
    r"|intermediate|work(?:ing)? (?:it )?out|justif|langkah|penalaran|alasan|jelaskan"
    r"|paso a paso|razona|étape|raisonne|schritt|begründ|passo a passo|raciocín|passaggi|ragiona"
    r"|шаг|рассужд|ad[ıi]m ad[ıi]m|từng bước|逐步|一步|推理|理由|段階|단계|추론|خطوة|कदम",
).search
_rubric = re.compile(
    r"\b(?:rate|grade|score|rubric|judge|evaluat\w+|assess|critique|rank)\b"
    r"|\b\d\s*(?:[-–]|to|sampai|bis|à|a)\s*(?:5|10|100)\b|/\s?10\b"
    r"|nilai|skor|bewert|not(?:e|er)\b|punt[uú]|оцен|评分|打分|評価|평가",
).search
_breeds = re.compile(
    r"\b(?:generate|write|create|produce|come up with|give|list|invent|compose|provide"
    r"|buat(?:lah)?|tulis(?:kan)?|genera|crea|erstelle|crée[rz]?|génère[rz]?)\s+(?:me\s+)?"
    r"(?:\d+|two|three|four|five|six|eight|ten|twenty|several|multiple|diverse|varied|new"
    r"|beberapa|lima|sepuluh)\b"
    r"|\b(?:paraphras|reword|rephras|rewrit|parafras|umformulier|reformul)\w*"
    r"|生成|改写|言い換え",
).search


def shape(text: str) -> Flag:
    """What the text of a prompt looks like."""
    flags = Flag(0)
    low = text.lower()
    for found, flag in (
        (_steps(low), Flag.STEPS),
        (_marks(low), Flag.MARKS),
        (_rubric(low), Flag.RUBRIC),
        (_breeds(low), Flag.BREEDS),
        (_labelled(text), Flag.LABELLED),
        (_listed(text), Flag.LISTED),
        (_code(text), Flag.CODE),
    ):
        if found:
            flags |= flag
    end = text.rstrip()[-1:]
    if end in "?؟?" and end:
        flags |= Flag.QUESTION
    start = text.lstrip()[:1]
    if end and end in ".?!:。?!؟।" and (start.isupper() or start == start.swapcase()):
        flags |= Flag.FORMED
    return flags
