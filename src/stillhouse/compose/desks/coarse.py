"""Sums for the explanation of all accounts at once: the dearest workloads apart, the others as one.

Thousands of accounts with their keys, projects and workloads are millions of sums, which no page
can wait for and no person can read. What is asked for here keeps the tariff, so each amount is
still usage x price; accounts, projects, keys and cohorts are one, and workloads beyond the dearest
are counted under the name `OTHERS`. All sums stay exact.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from operator import sub

from stillhouse.compose.newest import Newest
from stillhouse.store.rollups import Rolled

OTHERS = "(others)"
WORKLOADS_APART = 100
APART_BY = ("sale_tariff", "workload", "model")
FEW = frozenset({"day", "month", "sale_tariff", "model"})
"""what there are few of, however many accounts there are"""


class Coarse:
    """`compose.explain.Asked` over all accounts. One explanation uses one of these."""

    def __init__(self, newest: Newest) -> None:
        self._newest = newest
        self._apart: set[str] = set()

    def __call__(
        self,
        by: Sequence[str],
        *,
        first: str,
        last: str,
        only: Mapping[str, str | Collection[str]] | None = None,
    ) -> list[Rolled]:
        asked = self._newest.asked
        if FEW.issuperset(by):
            return asked(by, first=first, last=last, only=only)
        if "workload" not in by:
            some_by = [name for name in by if name in FEW]
            rows = asked(some_by, first=first, last=last, only=only)
            return [_keyed(row, some_by, by) for row in rows]
        if not self._apart:  # of the period that is asked for first: the one to explain
            dearest = asked(["workload"], first=first, last=last, only=only, limit=WORKLOADS_APART)
            self._apart = {row.keys[0] for row in dearest}
        some = {**(only or {}), "workload": sorted(self._apart)}
        apart = asked(APART_BY, first=first, last=last, only=some)
        every = asked(["sale_tariff", "model"], first=first, last=last, only=only)
        left = {row.keys: row for row in every}
        for row in apart:
            tariff, _, model = row.keys
            left[tariff, model] = _less(left[tariff, model], row)
        rest = [
            replace(row, keys=(tariff, OTHERS, model))
            for (tariff, model), row in left.items()
            if row.receipts
        ]
        return [_keyed(row, APART_BY, by) for row in (*apart, *rest)]


def _less(whole: Rolled, part: Rolled) -> Rolled:
    return Rolled(
        whole.keys,
        whole.receipts - part.receipts,
        tuple(map(sub, whole.usage, part.usage)),
        whole.charge - part.charge,
        whole.cost - part.cost,
        whole.unrated - part.unrated,
    )


def _keyed(row: Rolled, names: Sequence[str], by: Sequence[str]) -> Rolled:
    """By what was asked for; what is not apart here is the empty name."""
    known = dict(zip(names, row.keys, strict=True))
    return replace(row, keys=tuple(known.get(name, "") for name in by))
