"""Sealed and unsealed together, at one moment: sums, searches, one call's story.

    watch.look ─► totals and what is posted, of one posting ─► unsealed receipts of the other files

The posting counter is read before and after: when it stayed, both are of the same state.
"""

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import Any, NamedTuple

from stillhouse.compose.watch import Second, Watch
from stillhouse.console.views import Days
from stillhouse.ledger.fold import fold
from stillhouse.ledger.ports import Store, Total
from stillhouse.ledger.receipt import Open, Receipt
from stillhouse.store.calls import CallFiles, Page, Wanted
from stillhouse.store.rollups import Rolled, Rollups
from stillhouse.store.sqlite_desk import SQLiteDesk
from stillhouse.tenants.key import is_imported
from stillhouse.units.instant import Instant

SUMS_KEPT_MAX, ROWS_KEPT_MAX = 100, 20_000
AHEAD_MAX = 60
"""Questions that are asked again after a posting: what three or four pages ask."""
LATELY_S = 1_800.0
"""for as long after somebody asked them"""
_STEADY = 20
_NEVER = 2**62


class _Question(NamedTuple):
    """What `Newest.asked` was asked."""

    by: tuple[str, ...]
    first: str
    last: str
    only: tuple[tuple[str, tuple[str, ...]], ...]
    limit: int | None


@dataclass(frozen=True, slots=True)
class Story:
    """segment "": not sealed yet."""

    receipt: Receipt
    attempts: list[Receipt]
    segment: str = ""
    sha256: str = ""
    sealed_at: Instant | None = None


class Newest:
    """One data folder's receipts, whole, for a process that answers many questions."""

    def __init__(
        self, store: Store, desk: SQLiteDesk, files: CallFiles, watch: Watch, rollups: Rollups
    ) -> None:
        self._store, self._desk, self._files = store, desk, files
        self._watch, self._rollups = watch, rollups
        self._lock = threading.Lock()
        self._kept: dict[_Question, list[Rolled]] = {}
        self._lately: dict[_Question, float] = {}
        self._seen = -1

    def sums(
        self,
        by: Sequence[str],
        days: Days,
        *,
        only: Mapping[str, Collection[str]],
        limit: int | None = None,
    ) -> list[Rolled]:
        return self.asked(by, first=days.first, last=days.last, only=only, limit=limit)

    def asked(
        self,
        by: Sequence[str],
        *,
        first: str,
        last: str,
        only: Mapping[str, str | Collection[str]] | None = None,
        limit: int | None = None,
    ) -> list[Rolled]:
        """Sums right now (`compose.explain.Asked`), of what changed since they were asked last.

        Sealed sums are kept until something is posted; what is not sealed is added each time, by
        this process when it is little beside a whole answer, by DuckDB when only some rows are
        wanted: which those are depends on both.
        """
        kept = {
            name: (value,) if isinstance(value, str) else tuple(sorted(value))
            for name, value in (only or {}).items()
        }
        with self._lock:
            tail = self._steady()
            name = _Question(tuple(by), first, last, tuple(sorted(kept.items())), limit)
            self._lately.pop(name, None)
            self._lately[name] = time.monotonic()  # the newest is the last
            if len(self._lately) > AHEAD_MAX:
                del self._lately[next(iter(self._lately))]
            if limit is not None and tail:
                return self._rollups.sums(
                    by, first=first, last=last, only=kept, tail=tail, limit=limit
                )
            rows = self._answer(name)
        fresh = [t for t in tail if first <= t.day <= last and _is_in(t, kept)]
        return added(rows, fresh, by) if fresh else list(rows)

    def keep_up(self) -> bool:
        """Read what was posted since the last time, and ask again what was asked lately.

        False: nothing was posted. A question that somebody asks meanwhile goes in between.
        """
        if self._seen == self._posting():
            return False
        with self._lock:
            self._steady()
            self._seen = self._posting()
            since = time.monotonic() - LATELY_S
            lately = [question for question, at in self._lately.items() if at > since]
        for question in lately:
            with self._lock:
                self._answer(question)
        return True

    def _answer(self, asked: "_Question") -> list[Rolled]:
        """Sealed sums, with the lock held and the totals up to date."""
        rows = self._kept.get(asked)
        if rows is None:
            rows = self._rollups.sums(
                asked.by,
                first=asked.first,
                last=asked.last,
                only=dict(asked.only),
                limit=asked.limit,
            )
            self._keep(asked, rows)
        return rows

    def leading(
        self, by: str, of: str, days: Days, *, only: Mapping[str, Collection[str]]
    ) -> dict[str, tuple[str, int]]:
        """For each value of `by`: the dearest of `of` in it, and how many it has, right now."""
        with self._lock:
            tail = self._steady()
            return self._rollups.leading(
                by, of, first=days.first, last=days.last, only=only, tail=tail
            )

    def _keep(self, name: "_Question", rows: list[Rolled]) -> None:
        if len(rows) <= ROWS_KEPT_MAX:
            if len(self._kept) >= SUMS_KEPT_MAX:
                self._kept.clear()
            self._kept[name] = rows

    def _steady(self) -> list[Total]:
        """Bring the totals up to date; what they lack, folded."""
        self._watch.look()
        for _ in range(_STEADY):
            before = self._posting()
            if self._rollups.refresh():
                self._kept.clear()
            posted = self._desk.posted_among(self._watch.segments())
            if before == self._posting():
                break
        tail = fold(self._watch.receipts(posted))
        self._watch.drop(posted)
        return tail

    def _posting(self) -> int:
        return self._store.posted_days(_NEVER)[0]

    def search(self, wanted: Wanted) -> Page:
        """A file that is sealed meanwhile is in both; the search keeps one of each number."""
        self._watch.look()
        posted = self._desk.posted_among(self._watch.segments())
        return self._files.search(wanted, self._watch.receipts(posted))

    def story(self, writer: int, seq: int) -> Story | None:
        self._watch.look()
        tail = [r for r in self._watch.receipts(()) if r.writer == writer]
        fresh = next((r for r in tail if r.open.seq == seq), None)
        sealed = self._files.one(writer, seq)
        receipt = sealed[0] if sealed else fresh
        if receipt is None:
            return None
        attempts = {r.open.seq: r for r in tail if r.open.call == receipt.open.call}
        attempts |= {r.open.seq: r for r in self._files.attempts(receipt)}
        attempts[seq] = receipt
        ordered = [attempts[n] for n in sorted(attempts)]
        if sealed is None:
            return Story(receipt, ordered)
        segment = sealed[1].segment
        sha256, sealed_at = self._desk.segment_facts(segment)
        return Story(receipt, ordered, segment, sha256, sealed_at)

    def opens(self) -> list[tuple[int, Open]]:
        self._watch.look()
        return self._watch.opens()

    def recent(self, now: Instant, over_s: int, accounts: Collection[str] | None) -> Second:
        return self._watch.recent(now, over_s, accounts)

    def outcomes(self, start: Instant) -> list[tuple[Any, ...]]:
        return self._files.recent(start)

    def unsealed(self) -> list[Receipt]:
        self._watch.look()
        return self._watch.receipts(self._desk.posted_among(self._watch.segments()))

    def learn(self) -> None:
        """What the first question would have to wait for."""
        self._files.learn()
        with self._lock:
            self._rollups.refresh()

    def close(self) -> None:
        self._files.close()
        self._rollups.close()


def added(rows: Sequence[Rolled], totals: Sequence[Total], by: Sequence[str]) -> list[Rolled]:
    """Sums and totals that they lack, as one answer in the order of `Rollups.sums`."""
    sums = {row.keys: row for row in rows}
    for t in totals:
        keys = tuple(_of(t, name) for name in by)
        had = sums.get(keys)
        sums[keys] = Rolled(
            keys,
            t.receipts + (had.receipts if had else 0),
            tuple(map(add, t.usage, had.usage)) if had else t.usage,
            t.charge + (had.charge if had else 0),
            t.cost + (had.cost if had else 0),
            t.unrated + (had.unrated if had else 0),
        )
    in_time = bool(by) and by[0] in {"day", "month"}
    return sorted(sums.values(), key=lambda r: r.keys if in_time else (-r.charge, r.keys))


def _of(t: Total, name: str) -> str:
    match name:
        case "month":
            return t.day[:7]
        case "imported":
            return "yes" if is_imported(t.key) else ""
        case _:
            return str(getattr(t, name))


def _is_in(t: Total, kept: Mapping[str, tuple[str, ...]]) -> bool:
    return all(_of(t, name) in values for name, values in kept.items())
