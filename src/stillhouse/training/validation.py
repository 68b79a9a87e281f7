"""Calls set apart to choose the threshold by: a file with gold, as `distill evaluate` reads one.

    FILE.jsonl ─► request, gold ─► a row that has gold for its answer ─► train: `proven`

Nothing is learned from them, and rows that nearly repeat one are not learned from either. Gold is
the operator's own, so no terms are asked; a teacher's answer on the line is not read.
"""

from collections.abc import Sequence
from pathlib import Path

from stillhouse.distill import chat
from stillhouse.distill.example import Example
from stillhouse.distill.threshold import Cut, needed, proven
from stillhouse.training.fitting import UnfitError
from stillhouse.training.judging import calls_of


def rows_of(path: Path) -> list[Example]:
    """Raises ValueError: a line is no such call; which one, and what is wrong."""
    rows = []
    for number, call in enumerate(calls_of(path), 1):
        asked = chat.asked(call.body)
        if call.gold is None or asked is None:
            raise ValueError(
                f'line {number} of {path.name} holds no "gold": a threshold is chosen by what is'
                " right. Add it, or leave --validation out"
            )
        rows.append(
            Example(f"validation-{number}", 0, "", "", asked.turns, call.gold, (), gold=call.gold)
        )
    return rows


def chosen(judged: Sequence[tuple[float, bool]], *, target: float) -> Cut:
    """The cut on rows set apart. judged: (confidence, whether it was right) of each.

    Raises:
        UnfitError: no cut of so few rows could show the target.
    """
    if not 0 < target < 1:
        raise UnfitError(f"no rows can show a --target of {target:g}: take one between 0 and 1")
    least = needed(target)
    if len(judged) < least:
        raise UnfitError(
            f"the validation file holds {len(judged)} calls of this task, and {least} are the least"
            f" that can show {target:.1%}: add some, lower --target, or leave --validation out"
        )
    return proven(judged, target=target)
