"""Labels that a teacher gave up for others, midway: the old name and the new one of one thing.

    until t: {sent, lost, ...}     from t on: {dispatched, lost, ...}     ─► sent is dispatched now

A label is *given up* at t when it has no row after t though, at the rate it had, it would have had
several; *new* at t when the same holds before. A rename is believed when both ways agree: what
learned the new rows calls most of the old label's questions by the new name, and what learned the
old rows calls most of the new label's questions by the old one. Old labels without such a partner
teach something that is no longer answered: their rows are taken away.

A log in the order of its labels gives up every label for the next one; that is an order, not a
change of mind, and is left alone: there neighbours share their label far more than chance would.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

EXPECTED = 8
"""Rows that a label should have had where it had none."""
CUTS = 24
AGREED = 0.6
RUNS = 3.0
"""Neighbours may share their label so many times more often than by chance, plus a tenth."""
SHARE = 0.01
"""Of the rows that change: less is not looked into."""


class Change(NamedTuple):
    """At a place in the rows: labels with no row from there on, and labels with none before."""

    at: int
    old: frozenset[str]
    new: frozenset[str]


def sorted_by_label(labels: Sequence[str]) -> bool:
    """Whether neighbours share labels far beyond chance."""
    if len(labels) < 2:
        return False
    same = sum(a == b for a, b in pairwise(labels)) / (len(labels) - 1)
    chance = sum((n / len(labels)) ** 2 for n in Counter(labels).values())
    return same > RUNS * chance + 0.1


def change(labels: Sequence[str]) -> Change | None:
    """Where labels changed most, of rows in the order of time; None where they did not."""
    many = len(labels)
    if sorted_by_label(labels):
        return None
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for place, label in enumerate(labels):
        first.setdefault(label, place)
        last[label] = place
    total = Counter(labels)
    # A change shows at the last row of what is given up.
    edges = sorted({place + 1 for place in last.values() if place + 1 < many})
    step = max(1, len(edges) // (CUTS * 8))
    best: tuple[int, Change] | None = None
    for cut in edges[::step]:
        old = {n for n, p in last.items() if p < cut and total[n] * (many - cut) >= EXPECTED * cut}
        new = {
            n for n, p in first.items() if p >= cut and total[n] * cut >= EXPECTED * (many - cut)
        }
        rows = min(sum(total[n] for n in old), sum(total[n] for n in new))
        if rows >= max(EXPECTED, SHARE * many) and (best is None or rows > best[0]):
            best = (rows, Change(cut, frozenset(old), frozenset(new)))
    return None if best is None else best[1]


def partners(
    found: Change,
    forward: Mapping[str, Counter[str]],
    backward: Mapping[str, Counter[str]],
) -> dict[str, str]:
    """Old name -> new name, where both ways agree.

    forward: old label -> what its questions are called by what learned the new rows; backward: new
    label -> what its questions are called by what learned the old rows.
    """
    named = {}
    for old in sorted(found.old):
        new = _most(forward.get(old))
        if new in found.new and _most(backward.get(new)) == old:
            named[old] = new
    return named


def _most(counted: Counter[str] | None) -> str:
    if not counted:
        return ""
    label, n = counted.most_common(1)[0]
    return label if n >= AGREED * counted.total() else ""
