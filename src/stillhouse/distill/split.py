"""Which rows are learned from and which are kept to judge by: the later ones judge.

    by time               the last tenth, at most as many as a verdict needs
    by time, per label    the same within each label: where the log is in the order of its labels,
                          the last tenth would hold labels that were never learned

A student is judged on what came after all that it saw, because that is what it will be asked.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple

from stillhouse.distill.example import Example, as_label

Way = Literal["by time", "by time, per label"]
SHARE = 10
"""One row in ten judges."""
UNSEEN_MAX = 0.02


class Split(NamedTuple):
    learned: tuple[Example, ...]
    judging: tuple[Example, ...]
    way: Way


def split(rows: Sequence[Example], *, judging: int, labels: bool) -> Split:
    """Cut rows in two.

    Args:
        rows: in any order.
        judging: how many to judge by, at most; never more than one in ten.
        labels: the outputs are labels.
    """
    ordered = sorted(rows, key=lambda r: (r.at, r.id))
    many = min(judging, len(ordered) // SHARE)
    learned, later = ordered[: len(ordered) - many], ordered[len(ordered) - many :]
    if not labels or not later:
        return Split(tuple(learned), tuple(later), "by time")
    known = {as_label(r.output).casefold() for r in learned}
    unseen = sum(as_label(r.output).casefold() not in known for r in later)
    if unseen <= UNSEEN_MAX * len(later):
        return Split(tuple(learned), tuple(later), "by time")
    return _per_label(ordered, many)


def _per_label(ordered: Sequence[Example], many: int) -> Split:
    """The last of each label, in proportion; of a label with few rows none."""
    total = Counter(as_label(r.output).casefold() for r in ordered)
    left = {name: n * many // len(ordered) for name, n in total.items()}
    learned: list[Example] = []
    later: list[Example] = []
    for row in reversed(ordered):
        name = as_label(row.output).casefold()
        if left[name] > 0:
            left[name] -= 1
            later.append(row)
        else:
            learned.append(row)
    return Split(tuple(reversed(learned)), tuple(reversed(later)), "by time, per label")
