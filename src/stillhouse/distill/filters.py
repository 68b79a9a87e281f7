"""Rows that teach nothing, or the wrong thing: each is named by its reason and counted.

truncated      the answer was cut at its token limit
refusal        the teacher declined, or a filter cut in
empty          there is no question or no answer
foreign        another task's request: other instructions, another form
rare_label     an answer that no closed set holds: given once or twice among thousands
old_schema     JSON of a shape that is no longer answered
old_label      a label that was given up, where nothing took its place
duplicate      the same question with the same answer as a later row
near_duplicate nearly the same question with the same answer as a later row
contradiction  the same question with another answer than most gave
in_evaluation  the same question, or nearly, as one that the student is judged by
not_needed     older rows beyond what a student learns from

What is counted here but not removed: `relabelled`, `renamed`, `scrubbed`.
"""

import re
from collections import Counter
from collections.abc import Sequence

from stillhouse.distill.example import Example, as_json, as_label

_declines = re.compile(
    r"(?i)\b(?:i'?m sorry,? but|i (?:can(?:no|')t|am unable to|won'?t be able to) (?:help|assist|"
    r"provide|comply|answer|do that|fulfil)|as an ai(?: language)? model|maaf,? (?:saya|aku) tidak"
    r" (?:dapat|bisa)|unable to (?:assist|comply)|against my (?:guidelines|policy))"
).search
DECLINED_CHARS = 400
"""A refusal comes at the beginning."""
RECENT = 5
"""A shape is in use when it is among the last fifth of the rows."""
RARE = 0.02


def unusable(row: Example) -> str:
    """The reason why this row alone teaches nothing; "" when it may."""
    if not row.output.strip() or not row.turns:
        return "empty"
    if row.finish == "length":
        return "truncated"
    if row.finish == "content_filter" or _declines(row.output[:DECLINED_CHARS]):
        return "refusal"
    return ""


def target_task(rows: Sequence[Example], asked: str = "") -> str:
    """The template of the task: the one asked for, else that of rows with gold, else the commonest.

    Templates that are rare are one with "no template": their opening words vary.
    """
    if asked:
        return asked
    gold = Counter(row.task for row in rows if row.gold is not None)
    return (gold or Counter(row.task for row in rows)).most_common(1)[0][0]


def shape(text: str) -> str:
    """Of a JSON answer, its members' names; "" of what is none."""
    found = as_json(text)
    return "" if found is None else ",".join(sorted(found))


def current_shapes(rows: Sequence[Example]) -> frozenset[str]:
    """Shapes that the last rows still have. rows: in the order of time."""
    last = [shape(row.output) for row in rows[len(rows) - max(1, len(rows) // RECENT) :]]
    counted = Counter(last)
    return frozenset(name for name, n in counted.items() if name and n >= RARE * len(last))


def majority(rows: Sequence[Example]) -> tuple[str, bool]:
    """What most of these answers to one question say, and whether they all say it."""
    counted = Counter(as_label(row.output).casefold() for row in rows)
    top = max(counted.values())
    best = [name for name, n in counted.items() if n == top]
    last = next(
        as_label(row.output).casefold()
        for row in reversed(rows)
        if as_label(row.output).casefold() in best
    )
    return last, len(counted) == 1
