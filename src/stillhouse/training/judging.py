"""A student asked calls whose answers are known, through its own serving path, and timed.

    rows ─► bodies ─► Student.answer ─► distill.score ─► report, verdict

The verdict is on what would be served: the student's answers that are kept, the teacher's where
they are not (the cascade). With gold it is about being right; without gold it is about agreeing
with the teacher, and says so.
"""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw

from stillhouse.distill import chat
from stillhouse.distill.answer import Answer
from stillhouse.distill.example import Example, as_label
from stillhouse.distill.score import Called, Report, score
from stillhouse.training.logs import gold_of, lines

SLICE_LABELS = 400
LENGTHS = ((40, "under 40 letters"), (120, "under 120 letters"), (1 << 30, "longer"))


def called(row: Example) -> Called:
    """A row as the call that it was."""
    messages = [{"role": turn.role, "content": turn.text} for turn in row.turns]
    body = json.dumps({"messages": messages}, ensure_ascii=False).encode("utf-8", "replace")
    return Called(body, row.output, row.gold, slices(row.input, row.output))


def slices(text: str, said: str) -> tuple[str, ...]:
    """Groups that a call is of: its length, and its label where answers are short."""
    length = next(name for most, name in LENGTHS if len(text) < most)
    label = as_label(said)
    return (length, f"label {label}") if len(label) <= 48 else (length,)


def judged(
    rows: Sequence[Example],
    answer: Callable[[bytes], Answer],
    *,
    labels: Sequence[str],
    delta: float,
) -> dict[str, Any]:
    """The report of an evaluation, with its verdict and what it is about."""
    report = score(map(called, rows), answer, labels=labels, delta=delta)
    return report.document() | verdict(report)


def verdict(report: Report) -> dict[str, Any]:
    """accept, reject or undecided, and whether gold or only the teacher was asked."""
    by_gold = report.cascade is not None and report.cascade.n == report.whole.n
    found = report.cascade if by_gold else report.agreed
    if found is None:
        return {"verdict": "undecided", "by": "nothing: neither gold nor a teacher's answer"}
    by = "gold" if by_gold else "agreement with the teacher; no gold was given"
    return {"verdict": found.said, "by": by}


class _Line(msgspec.Struct, gc=False):
    request: Raw = Raw()
    response: Raw = Raw()
    messages: Raw = Raw()
    gold: Any = None


_line = msgspec.json.Decoder(_Line).decode
_NOTHING = frozenset({b"", b"null"})


def calls_of(path: Path) -> Iterable[Called]:
    """Calls of a file to be judged by: a request each, and gold or an answer.

    Raises:
        ValueError: a line is no such call; which one, and what is wrong.
    """
    for number, line in enumerate(lines(path), 1):
        try:
            said = _line(line)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise ValueError(f"line {number} of {path.name} is no call: {error}") from None
        body = bytes(said.request)
        if body in _NOTHING and bytes(said.messages) not in _NOTHING:
            body = b'{"messages":' + bytes(said.messages) + b"}"
        asked = chat.asked(body)
        if asked is None:
            raise ValueError(f'line {number} of {path.name} holds no "request" with text')
        answered = chat.said(bytes(said.response))
        gold = gold_of(said.gold)
        text = asked.turns[-1].text
        teacher = None if answered is None else answered.text
        yield Called(body, teacher, gold, slices(text, gold or teacher or ""))


def evaluated(
    calls: Sequence[Called],
    answer: Callable[[bytes], Answer],
    *,
    labels: Sequence[str],
    delta: float,
) -> dict[str, Any]:
    """What `distill evaluate` prints: the report, and calls a second of one core."""
    for call in calls[:20]:
        answer(call.body)  # what is read once only is not timed
    before = time.thread_time()
    said = [answer(call.body) for call in calls]
    took = max(time.thread_time() - before, 1e-9)
    told = iter(said)
    report = score(calls, lambda _: next(told), labels=labels, delta=delta)
    found = report.document() | verdict(report)
    return found | {"calls_per_second": round(len(calls) / took, 1)}
